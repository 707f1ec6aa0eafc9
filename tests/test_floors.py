"""Imports never go up a floor, and never in a circle; late imports count, type-only ones do not."""

import ast
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import gosales_lib

ROOT = Path(gosales_lib.__file__).parent
FLOORS = {
    "ground": "core",
    "folders": "layout run_folders",
    "reports": "reports",
    "sources": "database sample sales_log layout_init",
    "matrix": "features",
    "learning": "learning",
    "decisions": "evaluation whitespace",
    "faces": "charts",
    "running": "batch mlflow_log",
    "doors": "dashboard cli",
}
HEIGHT = {name: level for level, names in enumerate(FLOORS.values()) for name in names.split()}
FILES = {
    ".".join(("gosales_lib", *path.relative_to(ROOT).with_suffix("").parts)): path
    for path in sorted(ROOT.rglob("*.py"))
}


def imports(path: Path) -> set[str]:
    """Return the modules of the library that a file imports when it runs."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    branches = [node for node in ast.walk(tree) if isinstance(node, ast.If)]
    typing = [node.body for node in branches if ast.unparse(node.test) == "TYPE_CHECKING"]
    skipped = {id(inner) for body in typing for part in body for inner in ast.walk(part)}
    found = set()
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gosales_lib"):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if is_module(name) else node.module for name in whole}
        elif isinstance(node, ast.Import):
            found |= {a.name for a in node.names if a.name.startswith("gosales_lib")}
    return found


def is_module(name: str) -> bool:
    return name in FILES or f"{name}.__init__" in FILES


def top(name: str) -> str:
    """Return the module or package of the library that a dotted name lies in."""
    return [*name.split("."), "__init__"][1]


GRAPH = {name: imports(path) for name, path in FILES.items()}


def test_every_module_has_a_floor():
    assert {top(name) for name in FILES} - {"__init__"} <= set(HEIGHT)


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_import_goes_up_a_floor(name):
    if top(name) == "__init__":
        assert not GRAPH[name]
        return
    up = {other for other in GRAPH[name] if HEIGHT.get(top(other), -1) > HEIGHT[top(name)]}
    assert not up, f"{name} lies below what it imports"


def test_no_circle_between_modules_and_packages():
    between = defaultdict(set)
    for name, others in GRAPH.items():
        between[top(name)] |= {top(other) for other in others} - {top(name)}
    for graph in (between, {n.removesuffix(".__init__"): others for n, others in GRAPH.items()}):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            pytest.fail(" imports ".join(error.args[1][::-1]))
