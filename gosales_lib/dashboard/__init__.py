"""Pages of the dashboard: a run in, blocks out (figures, tables, pictures); nothing is computed.

read    the run that is shown, and the view that a query string asks for
tabs    one file per tab
render  blocks to HTML, figures to words
serve   the widget, the Voila template and the server
export  downloads, the offline snapshot, the notebooks as one page
"""

from pathlib import Path

STATIC = Path(__file__).parent / "serve" / "voila" / "templates" / "gosales" / "static"
"""Style and script of the pages, the same in Voila, in JupyterLab and in a file."""
