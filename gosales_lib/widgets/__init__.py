"""The dashboard as a widget, the template that Voila shows it in, and the server that Voila is.

The pages come from `gosales_lib.pages`; here they are only sent, to one viewer each.
"""

from pathlib import Path

STATIC = Path(__file__).parent / "voila" / "templates" / "gosales" / "static"
"""Style and script of the page, the same in Voila, in JupyterLab and in a file."""
