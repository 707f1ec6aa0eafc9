"""Each package that GoSales needs has a licence in the docs, and each package is used."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import licences  # noqa: E402 - a script beside the docs

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEVER_IMPORTED = {
    "jupyterlab": "the notebooks' editor",
    "voila": "serves notebooks/dashboard.ipynb",
    "ipywidgets": "what Voila shows a dashboard with",
    "tzdata": "time zones on Windows",
}


def imported(source: str) -> set[str]:
    modules = set[str]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module.partition(".")[0])
    return modules


def sources() -> list[str]:
    code = [path.read_text(encoding="utf-8") for path in (ROOT / "gosales_lib").rglob("*.py")]
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code += ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return code


def test_the_table_holds_every_run_time_package_of_the_lock_file():
    table = licences.rows((ROOT / "docs" / "licences.md").read_text(encoding="utf-8"))
    named = {name: version for name, (version, _) in table.items()}
    assert named == licences.needed(), "python docs/licences.py writes it anew"
    direct = {re.split(r"[\[<>=!~;\s]", text, maxsplit=1)[0] for text in PROJECT["dependencies"]}
    assert {name.lower() for name in direct} <= set(table)
    unknown = [name for name, (_, words) in table.items() if words == licences.UNKNOWN]
    assert unknown == [], "a licence that nobody has looked at"


def test_every_dependency_is_imported_or_has_another_reason():
    modules = set[str]().union(*map(imported, sources()))
    owners = metadata.packages_distributions()
    used = {name.lower() for module in modules for name in owners.get(module, ())}
    declared = {
        re.split(r"[\[<>=!~;\s]", text, maxsplit=1)[0].lower() for text in PROJECT["dependencies"]
    }
    assert declared - used == set(NEVER_IMPORTED)
