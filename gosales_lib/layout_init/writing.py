"""Writes a proposal as commented YAML; names from data are quoted and stay on one line."""

from __future__ import annotations

import fnmatch
import glob
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from gosales_lib.layout import Product

if TYPE_CHECKING:
    from gosales_lib.layout_init.customer_tables import Described

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
    """Return text for a comment: one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def comment(text: str, indent: str = "") -> list[str]:
    """Return a sentence as comment lines."""
    start = f"{indent}# "
    return textwrap.wrap(plain(text), WIDTH, initial_indent=start, subsequent_indent=start)


def entry(key: str, value: Any, note: str = "", doubt: str = "", indent: str = "") -> list[str]:
    """Return `key: value  # note`, below a comment with its doubt."""
    lines = comment(f"assumed: {doubt}", indent) if doubt else []
    line = f"{indent}{key}: {scalar(value)}"
    if not note:
        return [*lines, line]
    both = f"{line:<30}  # {plain(note)}"
    if len(both) <= WIDTH:
        return [*lines, both]
    return [*lines, *comment(note, indent), line]


def items(start: str, values: Iterable[Any], note: str = "", indent: str = "  ") -> list[str]:
    """Return a list in one line behind its key, or one item per line where it is long."""
    values = list(values)
    line = f"{start} {scalar(values)}"
    if len(line) + len(note) <= WIDTH:
        return [line + note]
    return [start + note, *(f"{indent}- {scalar(value)}" for value in values)]


def divisions(
    groups: Mapping[str, Sequence[str | Product]], notes: Mapping[str, str], doubt: str
) -> list[str]:
    """Return the product map; a product with columns of its own names them."""
    lines = [*(comment(f"assumed: {doubt}") if doubt else []), "divisions:"]
    for division, products in groups.items():
        named = [p if isinstance(p, str) else p.model_dump(exclude={"division"}) for p in products]
        note = f"  # {plain(notes[division])}" if division in notes else ""
        lines += items(f"  {scalar(division)}:", named, note, "    ")
    return lines


def customers(described: Described) -> list[str]:
    """Return the customers file with its attributes, and why some columns are none."""
    lines = ["customers:", *entry("file", described.file, indent="  ")]
    lines += entry("key", described.key, indent="  ")
    lines += entry("name", described.name, indent="  ") if described.name else []
    if described.attributes:
        lines.append("  attributes:")
    for attribute in described.attributes:
        unit = {"unit": attribute.unit} if attribute.unit else {}
        lines.append(f"    - {scalar({'column': attribute.column, 'kind': attribute.kind} | unit)}")
    for column, why in described.left_out.items():
        lines += comment(f"left out: {column!r}, {why}", "    ")
    return lines


def pattern(names: Iterable[str], others: Sequence[str]) -> str:
    """Return the pattern that all names of files have and no other one; empty without one."""
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return glob.escape(names[0])
    start = os.path.commonprefix(names)  # noqa: RUF071 of names, not of paths
    end = os.path.commonprefix([name[::-1] for name in names])[::-1]  # noqa: RUF071
    both = (f"{glob.escape(start)}*", f"*{glob.escape(end)}")
    apart = (p for p in both if not any(fnmatch.fnmatch(other, p) for other in others))
    return next(apart, "")
