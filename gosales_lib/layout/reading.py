"""Reads a layout from YAML; an error names the key and the nearest right one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from gosales_lib.core import settings, yaml_files
from gosales_lib.layout.model import Layout
from gosales_lib.layout.product_list import with_products


def parse(text: str, beside: Path | None = None) -> Layout:
    """Return the layout of a YAML text; products may lie in a file of the folder `beside`.

    A ValueError names the key and what is wrong with it, with the nearest right spelling.
    """
    return yaml_files.parse(text, Layout, partial(with_products, beside=beside))


def load(path: Path | str) -> Layout:
    """Return the layout of a YAML file.

    FileNotFoundError lists the nearest files; a ValueError names the file, the key and what is
    wrong with it, with the nearest right spelling.
    """
    beside = settings.resolve(path).parent
    return yaml_files.load(path, Layout, "layout", partial(with_products, beside=beside))


def answered(path: Path | str) -> Layout:
    """Return the layout of a YAML file; ValueError as well where it holds an open question."""
    layout = load(path)
    if layout.questions:
        raise ValueError(
            f"{path} holds open questions: answer each in the layout and delete its line under "
            f"`questions:`. The first is: {layout.questions[0]}"
        )
    return layout
