"""A first layout for a sales log that nobody has described yet, with what is unsure about it."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from gosales_lib import layout as layouts
from gosales_lib.core import settings
from gosales_lib.layout import Layout
from gosales_lib.layout_init import attributes, evidence, peek, roles, writing
from gosales_lib.layout_init.attributes import Described
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.roles import Roles
from gosales_lib.layout_init.shapes import Shape, long, wide
from gosales_lib.sales_log import cleaning

CURRENCIES = {"£": "GBP", "€": "EUR", "¥": "JPY", "$": "USD"}
BOUGHT = (
    "bought: the measure, summed over the window, returns taken off, is above 0; "
    "`aggregate: any` asks for one line above 0, whatever came back"
)
CODES = ("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "JPY", "SEK", "NOK", "DKK", "PLN")


@dataclass(frozen=True)
class Proposal:
    """A layout as YAML, the same loaded, and what a human must decide, by key."""

    name: str
    text: str
    layout: Layout
    doubts: dict[str, str]
    files: list[str]
    rows: int


def propose(path: Path | str, columns: Mapping[str, str] | None = None) -> Proposal:
    """Return a layout for a sales log.

    Parameters
    ----------
    path
        A CSV (plain or gzip) or Parquet file, or a folder of them.
    columns
        What the user knows already: our name, and the column that holds it.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no log, or none with a date, a customer and money; the message says what to do.
    """
    looked = peek.look(Path(path))
    rows, decimal = looked.rows, looked.log[0].decimal
    every = [evidence.of(rows, name, decimal) for name in rows.columns]
    found = roles.given(columns or {}, rows.columns)
    roles.common(every, found)
    _blanks(rows, found)
    shape = wide(every, found, rows) or long(every, found, rows)
    roles.people([e for e in every if e.name not in shape.used], found, rows.height)
    currency = _currency(every, looked, found)
    described = _customers(looked, found, currency)
    name = _name(looked)
    text = "\n".join(_lines(name, looked, rows, every, found, shape, currency, described)) + "\n"
    loaded = layouts.parse(text)
    return Proposal(
        name, text, loaded, found.doubts, [s.path.name for s in looked.log], rows.height
    )


def _lines(
    name: str,
    looked: Looked,
    rows: pl.DataFrame,
    every: list[Evidence],
    found: Roles,
    shape: Shape,
    currency: str,
    described: Described | None,
) -> list[str]:
    """Return the YAML in the order in which a person reads a layout."""
    head = f"Proposed from {', '.join(s.path.name for s in looked.log[:5])}: {rows.height:,} rows."
    doubts, add = found.doubts, writing.entry
    lines = writing.comment(head)
    lines += writing.comment("Lines marked `unsure` want your eye; docs/layouts.md knows each key.")
    lines += add("name", name)
    lines += add("currency", currency, doubt=doubts.get("currency", ""))
    lines += _places(looked, doubts)
    lines += add("shape", shape.name, note=shape.note)
    lines += ["", "columns:"]
    for role in layouts.Columns.model_fields:
        if role in found.columns:
            lines += add(role, found.columns[role], doubt=doubts.get(role, ""), indent="  ")
    used = found.used | shape.used
    unused = [e.name for e in every if e.name not in used]
    if unused:
        lines += writing.comment("in the file, and not needed; a column that is new is refused")
        lines += writing.ignored(unused)
    lines += _dates(rows, every, found)
    lines += _decimal(looked, found)
    lines += _duplicates(rows, found)
    lines += ["", *shape.lines(doubts)]
    lines += ["", *writing.comment(BOUGHT), "purchase: " + writing.scalar(shape.purchase)]
    if described:
        lines += ["", *writing.customers(described)]
    return lines


def _name(looked: Looked) -> str:
    """Return the layout's name: of the folder, or of the file that was named."""
    base = looked.log[0].path.name.split(".")[0] if looked.chosen else looked.folder.resolve().name
    return re.sub(r"[^a-z0-9]+", "_", base.lower()).strip("_")[:40] or "my_log"


def _places(looked: Looked, doubts: dict[str, str]) -> list[str]:
    """Return where the log and its later rows lie, from the project's root where that is near."""
    lines = writing.entry("data", shown(looked.folder))
    if later := looked.holdout:
        lines += writing.entry("holdout", shown(later), note="later rows, opened only at the end")
    else:
        lines += writing.comment("holdout: FOLDER   of later rows, to check what was promised")
    if looked.others:
        doubts["files"] = f"left out beside the log: {', '.join(looked.others[:5])}"
        lines += writing.entry("files", _pattern(looked), doubt=doubts["files"])
    return lines


def _pattern(looked: Looked) -> str:
    """Return the glob that finds the sales files and no other."""
    names = [one.path.name for one in looked.log]
    if len(names) == 1:
        return glob.escape(names[0])
    first, last = min(names), max(names)
    same = next(
        (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first)
    )
    if (start := first[:same]) and not any(other.startswith(start) for other in looked.others):
        return glob.escape(start) + "*"
    raise ValueError(
        f"{looked.folder}: sales files and others ({', '.join(looked.others[:3])}) lie side by "
        "side and their names do not tell them apart: move the others away"
    )


def shown(folder: Path) -> str:
    """Return a folder from the project's root, or whole where it lies far from it."""
    root = settings.project_root()
    resolved = folder.resolve()
    near = resolved.is_relative_to(root.parent)
    return Path(os.path.relpath(resolved, root)).as_posix() if near else resolved.as_posix()


def _currency(every: list[Evidence], looked: Looked, found: Roles) -> str:
    """Return the currency that names or values show, else US dollars."""
    for e in every:
        for code in CODES:
            if code.lower() in e.words or code in e.name.split():
                return code
    some = looked.log[0].rows.head(500)
    for column in (c for c in some.columns if some[c].dtype == pl.String):
        for sign, code in CURRENCIES.items():
            if some[column].str.contains(rf"^[\s(-]*[{sign}]\s?\d|\d\s?[{sign}][\s)]*$").any():
                return code
    found.doubt("currency", "no currency shows in the log")
    return "USD"


def _dates(rows: pl.DataFrame, every: list[Evidence], found: Roles) -> list[str]:
    """Return the date format, several where one does not read all."""
    column = str(found.columns["order_date"])
    seen = next(e for e in every if e.name == column)
    if rows[column].dtype.is_temporal():
        return []
    reading = seen.reading
    if reading.order == "open":
        read = " or ".join([*reading.formats, *reading.alternatives[0]])
        shown = ", ".join(reading.examples)
        found.doubt("date_format", f"{read}: no row tells day and month apart, such as {shown}")
    if reading.order == "mixed":
        shown = " and ".join(reading.examples)
        found.doubt("date_format", f"day and month change places within the column: {shown}")
    if reading.read < reading.filled:
        unread = reading.filled - reading.read
        found.doubt("date_format", f"{unread:,} of {reading.filled:,} dates are read by no format")
    if not reading.formats:
        return []
    value = list(reading.formats) if len(reading.formats) > 1 else reading.formats[0]
    return writing.entry("date_format", value, doubt=found.doubts.get("date_format", ""))


def _decimal(looked: Looked, found: Roles) -> list[str]:
    """Return the decimal sign where it is not the one that the delimiter suggests."""
    unusual = {s.decimal for s in looked.log if (s.decimal == ",") != (s.delimiter == ";")}
    if not unusual:
        return []
    signs = {s.decimal for s in looked.log}
    if len(signs) > 1:
        found.doubt("decimal", "files write decimals in different ways; check the sums of each")
        return writing.comment(f"unsure: {found.doubts['decimal']}")
    return writing.entry("decimal", signs.pop())


def _duplicates(rows: pl.DataFrame, found: Roles) -> list[str]:
    """Return what to do with exact copies of rows, where there are any."""
    copies = int((~rows.hash_rows(seed=17).is_first_distinct()).sum())
    if not copies:
        return []
    found.doubt(
        "duplicates", f"{copies:,} rows are exact copies of earlier ones: sales, or errors (drop)?"
    )
    return writing.entry("duplicates", "keep", doubt=found.doubts["duplicates"])


def _blanks(rows: pl.DataFrame, found: Roles) -> None:
    """Doubt a customer column that is often blank: such rows are rejected."""
    column = str(found.columns["customer_id"])
    share = rows.select(cleaning.text(column).is_null().mean()).item()
    if share > 0.01:
        found.doubt("customer_id", f"blank in {share:.0%} of the rows, which are rejected")


def _customers(looked: Looked, found: Roles, currency: str) -> Described | None:
    if looked.customers is None:
        return None
    name = found.columns.get("customer_name")
    key = str(found.columns["customer_id"])
    return attributes.describe(looked.customers, key, str(name) if name else None, currency)
