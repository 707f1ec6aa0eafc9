"""The pages of the dashboard. They show the files of a run and compute nothing.

read    the run that is shown, and the view of a query string
tabs    one file per tab
render  blocks to HTML, figures to words
serve   the server, and the widget for JupyterLab and Voila
export  downloads, the offline snapshot, the notebooks as one page
"""

from pathlib import Path

STATIC = Path(__file__).parent / "serve" / "static"
"""Style and script of the pages, the same in a browser, in JupyterLab and in a file."""
