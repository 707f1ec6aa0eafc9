"""`python docs/licences.py` writes docs/licences.md: the licence of each package GoSales needs.

The packages are those of `uv.lock` that the project and its extras need at run time. A licence is
what the installed package says of itself.
"""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences

The licence of each package of `uv.lock` that GoSales or one of its extras needs at run time, as the
package says of itself. This page is written by `python docs/licences.py`.

| package | version | licence |
|---|---|---|
"""
ROW = re.compile(r"^\| (\S+) \| (\d\S*) \| (.+) \|$", re.M)
UNKNOWN = "not available"
ELSEWHERE = {
    "appnope": "BSD-2-Clause",
    "colorama": "BSD License",
    "py4j": "BSD License",
    "pyspark": "Apache-2.0",
    "pywin32": "Python Software Foundation License",
    "pywinpty": "MIT License",
    "waitress": "ZPL 2.1",
}
"""Packages of other systems and of extras that are seldom installed: read at pypi.org."""


def needed() -> dict[str, str]:
    """Return the version of each run-time package of the lock file, by its name."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    packages: dict[str, list[dict[str, Any]]] = {}
    for package in lock:
        packages.setdefault(package["name"], []).append(package)
    left, closure = ["gosales"], set[str]()
    while left:
        name = left.pop()
        if name not in closure:
            closure.add(name)
            for package in packages[name]:
                extras = package.get("optional-dependencies", {}).values()
                further = [package.get("dependencies", []), *extras]
                left += [one["name"] for some in further for one in some]
    versions = {name: max(p["version"] for p in packages[name]) for name in closure - {"gosales"}}
    return dict(sorted(versions.items()))


def licence(name: str) -> str | None:
    """Return the licence of an installed package in a few words, None where it is not installed."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    classes = [
        text.rpartition(" :: ")[2]
        for text in about.get_all("Classifier") or []
        if text.startswith("License ::")
    ]
    short = (about.get("License") or "").strip()
    written = short if "\n" not in short and len(short) < 60 and short != "UNKNOWN" else ""
    words = about.get("License-Expression") or ", ".join(classes) or written or of_file(name)
    return words.replace("|", "/")


def of_file(name: str) -> str:
    """Return the first line of a package's own licence file."""
    for path in metadata.files(name) or []:
        if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            lines = path.locate().read_text(encoding="utf-8", errors="replace").strip()
            return lines.splitlines()[0].strip() if lines else UNKNOWN
    return UNKNOWN


def rows(page: str) -> dict[str, tuple[str, str]]:
    """Return version and licence of each package of a page."""
    return {name: (version, words) for name, version, words in ROW.findall(page)}


def page() -> str:
    """Return the page."""
    lines = [
        f"| {name} | {version} | {licence(name) or ELSEWHERE.get(name, UNKNOWN)} |"
        for name, version in needed().items()
    ]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
