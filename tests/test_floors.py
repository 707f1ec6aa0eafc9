"""Imports never go up a floor, and never in a circle; late imports count, type-only ones do not."""

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

import pytest

from gosales_lib.run_folders import imports

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
FILES = imports.modules()


def top(name: str) -> str:
    """Return the module or package of the library that a dotted name lies in."""
    return [*name.split("."), "__init__"][1]


GRAPH = {name: imports.imports_of(name) for name in FILES}


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
    for graph in (between, GRAPH):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            pytest.fail(" imports ".join(error.args[1][::-1]))
