"""`gosales new`: makes a new project from the installed package."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from gosales_lib.cli.common import relative

PARTS = ("notebooks", "layouts", ".env.template")
PROJECT = """[project]
name = "sales-project"
version = "0"
dependencies = ["gosales"]

[tool.gosales]
# This file marks the folder as a GoSales project: relative paths start here.
"""


def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the project: a new or an empty one.")
    ],
) -> None:
    """Create a project folder with the notebooks, the layouts and a template of the settings."""
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty: name another folder")
    home = source()
    folder.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        part = home / name
        if part.is_dir():
            hidden = shutil.ignore_patterns(".*", "__pycache__")
            shutil.copytree(part, folder / name, ignore=hidden)
        else:
            shutil.copy2(part, folder / name)
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    for name in ("data", "runs"):
        (folder / name).mkdir()
    typer.echo(f"wrote {relative(folder)}: {', '.join((*PARTS, 'pyproject.toml', 'data', 'runs'))}")
    typer.echo(f"next: cd {relative(folder)}, then `gosales layout init` or `gosales sample-data`")


def source() -> Path:
    """Return where the notebooks and layouts lie: in the installed package, else the checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "project"
    return inside if inside.is_dir() else package.parent
