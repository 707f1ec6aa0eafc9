"""How Sphinx builds the documentation site: `python3 start.py docs`."""

from __future__ import annotations

from importlib import metadata

project = "GoSales"
author = "The GoSales contributors"
copyright = "2026, the GoSales contributors"
release = metadata.version("gosales")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
html_theme = "furo"
html_title = f"GoSales {release}"
html_static_path: list[str] = []

myst_heading_anchors = 3
suppress_warnings = [
    "myst.xref_missing",  # links to files outside docs/, which tests/test_docs.py checks
    "misc.highlighting_failure",  # Pygments knows no crontab
]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {
    "members": True,
    "show-inheritance": True,
    "exclude-members": "set_fit_request, set_score_request, set_predict_proba_request",
}
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_rtype = False
