"""A proposal as commented YAML: names from data are quoted, and never more than one line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from gosales_lib.layout import Product
from gosales_lib.layout_init.attributes import Described

WIDTH = 100


def scalar(value: Any) -> str:
    """Return a value as YAML in one line, quoted where it must be."""
    how = {"default_flow_style": True, "allow_unicode": True, "width": 10**9, "sort_keys": False}
    text = yaml.safe_dump([value], **how).strip()
    if not text.isprintable():  # a line break in a name: only double quotes keep it in one line
        text = yaml.safe_dump([value], default_style='"', **how).strip()
    answer: str = text[1:-1]
    return answer


def plain(text: str) -> str:
    """Return text for a comment: one line, nothing that a terminal or editor would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def comment(text: str, indent: str = "") -> list[str]:
    """Return a sentence as comment lines."""
    start = f"{indent}# "
    return textwrap.wrap(plain(text), WIDTH, initial_indent=start, subsequent_indent=start)


def entry(key: str, value: Any, note: str = "", doubt: str = "", indent: str = "") -> list[str]:
    """Return `key: value  # note`, under its doubt."""
    lines = comment(f"assumed: {doubt}", indent) if doubt else []
    line = f"{indent}{key}: {scalar(value)}"
    if not note:
        return [*lines, line]
    both = f"{line:<30}  # {plain(note)}"
    if len(both) <= WIDTH:
        return [*lines, both]
    return [*lines, *comment(note, indent), line]


def divisions(
    found: Mapping[str, Sequence[str | Product]], notes: Mapping[str, str], doubt: str
) -> list[str]:
    """Return the product map; a product with columns of its own names them."""
    lines = [*(comment(f"assumed: {doubt}") if doubt else []), "divisions:"]
    for division, products in found.items():
        items = [p if isinstance(p, str) else p.model_dump(exclude={"division"}) for p in products]
        note = f"  # {plain(notes[division])}" if division in notes else ""
        start = f"  {scalar(division)}: "
        one = f"{start}{scalar(items)}"
        if len(one) + len(note) <= WIDTH:
            lines.append(one + note)
        else:
            lines.append(start.rstrip() + note)
            lines += [f"    - {scalar(item)}" for item in items]
    return lines


def ignored(columns: Iterable[str]) -> list[str]:
    """Return the columns that are not used."""
    columns = list(columns)
    one = f"ignore: {scalar(columns)}"
    if len(one) <= WIDTH:
        return [one]
    return ["ignore:", *(f"  - {scalar(column)}" for column in columns)]


def customers(found: Described) -> list[str]:
    """Return the customers file with its attributes, and why some columns are none."""
    lines = ["customers:", *entry("file", found.file, indent="  ")]
    lines += entry("key", found.key, indent="  ")
    lines += entry("name", found.name, indent="  ") if found.name else []
    if found.attributes:
        lines.append("  attributes:")
    for one in found.attributes:
        unit = {"unit": one.unit} if one.unit else {}
        lines.append(f"    - {scalar({'column': one.column, 'kind': one.kind} | unit)}")
    for column, why in found.left_out.items():
        lines += comment(f"left out: {column!r}, {why}", "    ")
    return lines
