"""Finds the modules of the library that a piece of code reaches by its imports.

Imports inside functions count; imports for type checkers only do not. Importing a module also
runs the packages around it, so these count too. Files of a package that are not Python (templates,
style sheets) count with the package.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from gosales_lib.core import syntax

PACKAGE = "gosales_lib"
LIBRARY = Path(__file__).parents[1]
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a statement holds other statements."""


@cache
def modules(library: Path = LIBRARY) -> dict[str, Path]:
    """Return the files of the library by dotted name; a package is its `__init__.py`."""
    files = sorted(library.rglob("*.py"))
    parts = {file: file.relative_to(library).with_suffix("").parts for file in files}
    return {
        ".".join((PACKAGE, *(name for name in parts[file] if name != "__init__"))): file
        for file in files
    }


def imported(source: str, candidates: Iterable[str]) -> set[str]:
    """Return the modules among `candidates` that source code imports by itself.

    Code that walks a package with `pkgutil.iter_modules` imports all modules of the packages
    that it names.
    """
    names, tree = set(candidates), syntax.parsed(source)
    wanted: set[str] = set()
    left: list[ast.AST] = [tree]
    while left:
        node = left.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            left += node.orelse
            continue
        if isinstance(node, ast.Import):
            wanted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            wanted |= {name if name in names else node.module for name in whole}
        for block in BLOCKS:  # imports are statements: no expression is looked into
            left += getattr(node, block, ())
    walks = "iter_modules" in source and any(
        isinstance(node, ast.Attribute) and node.attr == "iter_modules" for node in ast.walk(tree)
    )
    wanted &= names
    if walks:
        wanted |= {n for n in names for package in wanted if n.startswith(f"{package}.")}
    return wanted


@cache
def imports_of(name: str, library: Path = LIBRARY) -> set[str]:
    """Return the modules that a module of the library imports by itself."""
    files = modules(library)
    return imported(files[name].read_text(encoding="utf-8"), files)


def reached(source: str, library: Path = LIBRARY) -> set[str]:
    """Return the modules that the imports of source code reach, with the packages around each."""
    files, closure = modules(library), set[str]()
    left = [*imported(source, files)]
    while left:
        name = left.pop()
        if name not in closure and name in files:
            closure.add(name)
            left += [*imports_of(name, library), name.rpartition(".")[0]]
    return closure


@cache
def fingerprint(source: str, library: Path = LIBRARY) -> str:
    """Return a digest of all modules that source code reaches, and of the files beside them."""
    files = modules(library)
    digest = hashlib.sha256()
    for name in sorted(reached(source, library)):
        digest.update(f"{name}\0{_print(files[name])}\0".encode())
    return digest.hexdigest()


@cache
def _print(file: Path) -> str:
    """Return the digest of a module; of a package, with its files that are not Python."""
    digest = hashlib.sha256(file.read_bytes())
    for other in _beside(file.parent) if file.name == "__init__.py" else []:
        digest.update(f"\0{other.relative_to(file.parent).as_posix()}\0".encode())
        digest.update(other.read_bytes())
    return digest.hexdigest()


def _beside(package: Path) -> list[Path]:
    """Return a package's files that are not Python, those of packages inside it left out."""
    files: list[Path] = []
    for path in sorted(package.iterdir()):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            files.append(path)
        elif path.is_dir() and path.name != "__pycache__" and not (path / "__init__.py").exists():
            files += _beside(path)
    return files
