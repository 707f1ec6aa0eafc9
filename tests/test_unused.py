"""No code that nobody uses."""

from __future__ import annotations

import ast
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
ASKED = {"bring_models", "why_not", "page"}
"""Functions that are asked for by name: by `batch.rescore` in the process that runs the notebooks,
and `page` of the module of a tab."""

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


def uses(source: str, module: str = "") -> set[str]:
    """Return what code uses of the library by its full name, `gosales_lib.core.log.set_up`."""
    tree, homes, names = ast.parse(source), dict[str, str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            homes |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            names |= {homes.get(node.id, ""), f"{module}.{node.id}"}
        elif isinstance(node, ast.Attribute):
            names.add(f"{homes.get(ast.unparse(node.value), '')}.{node.attr}")
    return names | set(homes.values())


def test_no_function_hides_behind_another_of_its_name():
    """Vulture takes any use of a name for a use of all functions of that name."""
    library = ROOT / "gosales_lib"
    code = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in library.rglob("*.py")
    }
    texts = {module: path.read_text(encoding="utf-8") for module, path in code.items()}
    used = set[str]().union(*(uses(text, module) for module, text in texts.items()))
    for path in [*(ROOT / "benchmarks").glob("*.py"), *(ROOT / "docs").glob("*.py")]:
        used |= uses(path.read_text(encoding="utf-8"))
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        used |= uses("\n".join(cell.source for cell in cells if cell.cell_type == "code"))
    unused = [
        f"{module}.{node.name}"
        for module, text in texts.items()
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and not node.decorator_list
        if node.name not in {*HOOKS, *ASKED} and f"{module}.{node.name}" not in used
    ]
    assert unused == []
