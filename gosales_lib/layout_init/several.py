"""Doubts about several files: different headers, files left out, and rows that occur twice."""

from __future__ import annotations

import polars as pl

from gosales_lib.layout_init import identity, peek, questions, words, writing
from gosales_lib.layout_init.evidence import MOST, Table, share
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import MONEY, Roles

SIMILAR = 0.6
"""Share of columns of the same name from which on a file that is left out looks like sales."""
PLANNED = words.spelled("planned")
"""Words in the name of a file that holds plans, offers or open orders."""
MANY_COPIES = 0.05
"""Share of exact copies above which they are a question."""
FEWEST = 8
"""Lines of several units that must stand once per unit."""


def aliases(roles: Roles) -> None:
    """Map headers that changed between files to one name; ask where that is only likely."""
    if roles.looked.aliases:
        roles.keys["aliases"] = roles.looked.aliases
    groups: dict[str, list[peek.Seen]] = {}
    for table in roles.looked.log:
        groups.setdefault(repr(table.drift), []).append(table)
    for tables in groups.values():
        drift, names = tables[0].drift, [table.name for table in tables]
        named = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if names[3:] else "")
        examples = [f"{theirs!r} for {mine!r}" for theirs, mine in drift.aliases.items()]
        away = Answer(f"{named} moved away", {}, frozenset(names))
        answers = [Answer(f"aliases: {writing.scalar(drift.aliases)}", {}), away]
        says, are = ("says", "is") if len(names) == 1 else ("say", "are")
        if drift.doubts:
            asks = f"{named} {are} read with other headers: {'; '.join(drift.doubts)}"
            roles.ask("aliases", asks, examples, answers)
        elif examples:
            roles.settle("aliases", f"{named} {says} {', '.join(examples)}", answers)


def left_out(roles: Roles) -> None:
    """Ask about files that hold sales as well, and say which ones are left out."""
    looked, mapped = roles.looked, roles.keys.get("accounts", {}).get("file")
    others = [table for table in looked.others if table.file != mapped]
    if not others:
        return
    named = "; ".join(f"{table.file} ({table.reason})" for table in others[:5])
    named += f"; and {len(others) - 5:,} more" if others[5:] else ""
    roles.note("files", f"left out beside the log: {named}")
    for table in others:
        if table.reason == peek.NO_HEADER:
            asks = f"{table.file!r} has no header and may be sales: give it one, or move it away"
            roles.ask("files", asks, [table.file])
    log_names = {words.parts(name) for name in looked.log[0].columns}
    for other in () if looked.chosen else looked.tables:
        if other.name not in {table.file for table in looked.others}:
            continue
        shared = log_names & {words.parts(column) for column in other.columns}
        if len(shared) > SIMILAR * max(len(log_names), len(other.columns)):
            mine = [c for c in looked.log[0].columns if c not in other.columns]
            differ = [*mine, *(c for c in other.columns if c not in looked.log[0].columns)]
            asks = f"{other.name!r} looks like sales as well, with other columns"
            asks = f"{asks} ({', '.join(differ)}): rename them alike, or leave the file out"
            roles.ask("files", asks, [other.name])


def planned(roles: Roles) -> None:
    """Ask about files whose names say plans or offers, beside others that do not."""
    named = [table.name for table in roles.looked.called(PLANNED)]
    if named and len(named) < len(roles.looked.log):
        listed = ", ".join(named[:3])
        away = Answer(f"{listed} moved away", {}, frozenset(named))
        asks = f"{listed}: the names say plans or offers, and their rows count as sales; are they?"
        roles.ask("files", asks, named[:3], [Answer("all files", {}), away])


def duplicates(roles: Roles) -> None:
    """Say how many rows are exact copies; many of them are a question.

    Where an invoice is taken from its newest file, only copies within a file count.
    """
    looked = roles.looked
    rows = roles.log.rows if "fill_down" in roles.keys else looked.rows
    parts = [table.rows for table in looked.log] if "revisions" in roles.keys else [rows]
    copies = sum(_copies(part) for part in parts)
    if not copies:
        _shared(roles, rows)
        return _per_unit(roles, rows)
    roles.keys["duplicates"] = "keep"
    answers = questions.of_key("duplicates", ("keep", "drop"))
    asks = f"{copies:,} of {rows.height:,} rows are exact copies of earlier ones"
    if line := identity.line_number(rows, roles):
        asks = f"{asks}, with the same {line!r}"
    if line or copies > MANY_COPIES * rows.height:
        roles.ask("duplicates", f"{asks}: are they separate sales, or copies?", (), answers)
    else:
        roles.settle("duplicates", f"{asks} and count as sales", answers)


def _copies(rows: pl.DataFrame) -> int:
    """Return the number of rows that are exact copies of earlier ones."""
    return int((~rows.hash_rows(seed=17).is_first_distinct()).sum())


def _shared(roles: Roles, rows: pl.DataFrame) -> None:
    """Ask where rows differ only in the sales rep: a shared sale may be counted twice."""
    rep = roles.columns.get("rep")
    if rep not in rows.columns:
        return
    if (copies := _copies(rows.drop(rep))) > MANY_COPIES * rows.height:
        _ask_to_keep_one(roles, rows, copies, f"{rep!r}: if reps share a sale,")


def _per_unit(roles: Roles, rows: pl.DataFrame) -> None:
    """Ask where a line stands once per unit of its quantity, each with a serial number."""
    quantity, money = roles.column("quantity"), roles.first(*MONEY)
    if not quantity or quantity == money or quantity not in rows.columns:
        return
    units = Table(rows, roles.log.decimal).numbers(quantity)
    for e in roles.free:
        if e.name not in rows.columns or e.distinct < rows.height:
            continue
        line = rows.drop(e.name).hash_rows(seed=17).alias("line")
        lines = (
            pl.DataFrame([line, units.alias("units")])
            .group_by("line")
            .agg(pl.len(), pl.col("units").first())
        )
        several = lines.filter(pl.col("units") > 1)
        if share(several["len"] == several["units"]) >= MOST and several.height >= FEWEST:
            why = f"{e.name!r}, and each line stands as often as its {quantity!r} says:"
            return _ask_to_keep_one(roles, rows, rows.height - lines.height, why, e.example)


def _ask_to_keep_one(
    roles: Roles, rows: pl.DataFrame, copies: int, why: str, *examples: str
) -> None:
    """Ask about rows that are copies but for a column, which no key of a layout leaves out."""
    asks = f"{copies:,} of {rows.height:,} rows are copies of earlier ones but for {why}"
    asks += " keep one row of each in the source"
    roles.ask("duplicates", asks, examples, questions.of_key("duplicates", ["keep"]))
