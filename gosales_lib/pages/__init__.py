"""Pages of the dashboard: a run in, blocks out (figures, tables, pictures); nothing is computed.

The same blocks are shown live by `gosales_lib.widgets` and written to one HTML file by `snapshot`.
"""

from pathlib import Path

STATIC = Path(__file__).parents[1] / "widgets" / "voila" / "templates" / "gosales" / "static"
"""Style and script of the pages, the same in Voila, in JupyterLab and in a file."""
