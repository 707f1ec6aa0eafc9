"""No code that nobody uses."""

from __future__ import annotations

import re

import nbformat
from vulture import Vulture

from gosales_lib.core import settings

ROOT = settings.project_root()
HOOKS = {
    "launch_kernel", "execute_managed_notebook", "load_context", "readinto", "get_current_user",
    "set_default_headers", "set_extra_headers", "write_error", "_repr_html_", "_render_traceback_",
    "to_mimebundle",
}  # fmt: skip
"""Methods that a library calls by their names."""
ASKED = {"bring_models", "why_not"}
"""Functions that `batch.rescore` asks for by name in the process that runs the notebooks."""

DECORATED = [
    "@app.*",
    "@*_app.*",
    "@family*",
    "@field_validator*",
    "@model_validator*",
    "@compiles*",
]


def words_elsewhere():
    """Return the words of the notebooks' code and of the templates: uses that are no import."""
    cells = [
        cell.source
        for path in (ROOT / "notebooks").glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]
    templates = [p.read_text(encoding="utf-8") for p in (ROOT / "gosales_lib").rglob("*.jinja")]
    return set(re.findall(r"\w+", "\n".join(cells + templates)))


def test_every_function_class_and_import_is_used_outside_of_the_tests():
    search = Vulture(ignore_names=[*HOOKS, *ASKED], ignore_decorators=DECORATED)
    search.scavenge([ROOT / name for name in ("gosales_lib", "benchmarks", "docs", "start.py")])
    unused = [
        *search.unused_funcs, *search.unused_methods, *search.unused_props,
        *search.unused_classes, *search.unused_imports, *search.unreachable_code,
    ]  # fmt: skip
    elsewhere = words_elsewhere()
    assert [f"{item.filename}:{item.first_lineno} {item.name}" for item in unused
            if item.name not in elsewhere] == []  # fmt: skip
