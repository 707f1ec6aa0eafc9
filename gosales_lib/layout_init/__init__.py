"""A first layout for a sales log that nobody has described yet, with what a person must decide."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from gosales_lib import layout as layouts
from gosales_lib.layout import Layout, Source
from gosales_lib.layout_init import (
    accounts,
    attributes,
    charges,
    currencies,
    document,
    evidence,
    identity,
    money,
    peek,
    periods,
    questions,
    returned,
    roles,
    states,
    tables,
    units,
    words,
    writing,
)  # fmt: skip
from gosales_lib.layout_init.attributes import Described
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.layout_init.shapes import long, wide
from gosales_lib.sales_log import beside
from gosales_lib.sales_log.files import Text
from gosales_lib.sales_log.numbers import COMMA, POINT, Signs, judge, usual

FEW_UNREAD = 0.02
"""Share of dates that no format reads up to which their rows are only rejected."""
SIMILAR = 0.6
"""Share of columns of the same name from which on a file that is left out looks like sales."""
SAYS_THE_SAME = {
    "undecided-decimal-sign": "decimal",
    "mixed-decimal-signs": "decimal",
    "same-export-twice": "duplicates",
    "overlapping-exports": "revisions",
    "alike-customers": "keys",
}
"""Alarms, and the question that asks about the same."""
MANY_COPIES = 0.05
"""Share of exact copies above which they are a question."""


@dataclass(frozen=True)
class Proposal:
    """A layout as YAML, the same loaded, what it rests on, and what a human must decide.

    `evidence` are lines, `notes` what is assumed by key, `questions` what blocks a run.
    """

    name: str
    text: str
    layout: Layout
    evidence: list[str]
    notes: dict[str, str]
    questions: list[str]
    files: list[str]
    rows: int


def propose(
    path: Path | str | Source,
    columns: Mapping[str, str] | None = None,
    date_format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Proposal:
    """Return a layout for a sales log.

    Parameters
    ----------
    path
        A file or folder of a sales log, or a table, view or query of the database.
    columns
        What the user knows already: our name, and the column that holds it.
    date_format
        The format of the dates, where the user knows it.
    encoding, delimiter, sheet
        How the files are to be read, where the user knows it.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no log, or none with a date, a customer and money; the message says what to do.
    """
    how_read = {"encoding": _encoding(encoding), "delimiter": delimiter}
    how_read = {key: value for key, value in how_read.items() if value is not None}
    how = beside.PLAIN.model_copy(update={**how_read, "sheet": sheet or beside.PLAIN.sheet})
    looked_at = peek.of_source(path) if isinstance(path, Source) else peek.look(Path(path), how)
    ordered = tables.arranged(looked_at)
    looked, rows, decimal = ordered.looked, ordered.rows, ordered.looked.log[0].decimal
    every = [evidence.of(rows, name, decimal) for name in rows.columns]
    chosen_roles = roles.given(columns or {}, rows.columns)
    chosen_roles.keys |= ordered.keys | how_read
    if looked.log[0].by_words:
        chosen_roles.keys["encoding"] = looked.log[0].encoding
        chosen_roles.note("encoding", "the words of the header tell it")
    _aliases(looked, chosen_roles)
    _group_is_customer(every, chosen_roles)
    periods.find(every, chosen_roles, rows)
    roles.common(every, chosen_roles, rows)
    _dates(every, chosen_roles, rows, date_format)
    once = identity.newest(looked, chosen_roles, rows)
    shape = wide(every, chosen_roles, once) or long(every, chosen_roles, once, decimal)
    free = [e for e in every if e.name not in shape.used | chosen_roles.used]
    roles.people(free, chosen_roles, rows.height)
    free = [e for e in free if e.name not in chosen_roles.used]
    states.totals(chosen_roles, once, decimal)
    states.find(free, chosen_roles, once, decimal)
    returned.ask(free, chosen_roles, rows, decimal)
    returned.ask_by_file(looked, chosen_roles)
    charges.ask(chosen_roles, rows)
    units.find(every, chosen_roles, (title for table in looked.log for title in table.titles))
    chosen_roles.keys["currency"] = currencies.find(every, chosen_roles, rows)
    accounts.find(looked, chosen_roles, rows)
    _files(looked, chosen_roles)
    _decimal(looked, chosen_roles, rows)
    identity.find(looked, chosen_roles, rows)
    _duplicates(looked, chosen_roles, rows)
    described = _customers(looked, chosen_roles, chosen_roles.keys["currency"])
    name = document.name_of(looked)

    def lines() -> list[str]:
        return document.lines(name, looked, chosen_roles, shape, described)

    return _asked(name, lines, looked, chosen_roles, every, rows)


def _aliases(looked: Looked, roles: Roles) -> None:
    """Bring headers that drifted to one name; ask where names and values do not say so."""
    if not any(table.drift.aliases or table.drift.doubts for table in looked.log):
        return
    if looked.aliases:
        roles.keys["aliases"] = looked.aliases
    for table in looked.log:
        drift = table.drift
        examples = [f"{theirs!r} for {mine!r}" for theirs, mine in drift.aliases.items()]
        away = Answer(f"{table.name} moved away", {}, frozenset({table.name}))
        answers = [Answer(f"aliases: {writing.scalar(drift.aliases)}", {}), away]
        if drift.doubts:
            asks = f"{table.name} is read with other headers: {'; '.join(drift.doubts)}"
            roles.ask("aliases", asks, examples, answers)
        elif examples:
            roles.settle("aliases", f"{table.name} says {', '.join(examples)}", answers)


def _group_is_customer(every: list[Evidence], roles: Roles) -> None:
    """Let the headings of groups be the customers, where no column is called so."""
    group = roles.keys.get("fill_down", [""])[0]
    if group and not any(e.says(words.PARTY) for e in every):
        roles.columns.setdefault("customer_id", group)
        roles.note(
            "customer_id", "no column is called a customer: the headings of groups are taken"
        )


def _encoding(name: str | None) -> str | None:
    """Return an encoding's name; ValueError where nobody knows it."""
    try:
        return name and codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"--encoding {name!r} is not known: such as cp1250 or utf-16") from None


def _asked(
    name: str,
    lines: Callable[[], list[str]],
    looked: Looked,
    roles: Roles,
    every: list[Evidence],
    rows: pl.DataFrame,
) -> Proposal:
    """Return the proposal; questions and assumptions are weighed by reading the log under each."""
    draft = questions.Draft(_content(lines()), _texts(looked, rows), looked.folder)
    for settled in roles.settled:
        roles.note(settled.key, questions.weighed(settled, draft))
    asked = [*roles.questions, *questions.raised(draft)]
    keys = {question.key for question in roles.questions}
    asked = [q for q in asked if SAYS_THE_SAME.get(q.key, "") not in keys]
    in_words = [questions.in_words(question, draft) for question in asked]
    text = "\n".join([*lines(), *document.questions(in_words)]) + "\n"
    shown = {e.name: f" ({e.distinct:,} values, such as {e.example!r})" for e in every}
    return Proposal(
        name,
        text,
        layouts.parse(text),
        document.evidence_of(roles, shown),
        roles.notes,
        in_words,
        [table.name for table in looked.log],
        rows.height,
    )


def _content(lines: list[str]) -> dict[str, Any]:
    """Return the proposed YAML as the keys of a layout."""
    return layouts.parse("\n".join(lines)).model_dump(by_alias=True, exclude_unset=True)


def _texts(looked: Looked, rows: pl.DataFrame) -> list[Text]:
    some = rows.head(questions.MOST_ROWS)
    files = [(table.name, table.rows.height, table.delimiter) for table in looked.log]
    if len(files) == 1:
        files = [(files[0][0], some.height, files[0][2])]
    return questions.texts_of(some, files)


def _dates(every: list[Evidence], roles: Roles, rows: pl.DataFrame, given: str | None) -> None:
    """Write the date formats down; ask where no row settles day and month, or rows contradict."""
    if given is not None:
        roles.keys["date_format"] = given
    column = roles.columns["order_date"]
    if given is not None or not isinstance(column, str):
        return
    reading = next(e for e in every if e.name == column).reading
    if rows[column].dtype.is_temporal():
        return
    if reading.formats:
        roles.keys["date_format"] = _one_or_more(reading.formats)
    if reading.order != "settled":
        answers = [
            Answer(f"date_format: {_one_or_more(formats)}", {"date_format": _one_or_more(formats)})
            for formats in (reading.formats, *reading.alternatives)
        ]
        what = "no row tells day and month apart"
        if reading.order == "mixed":
            what = "day and month change places within the column"
        roles.ask("date_format", f"{what} in {column!r}", reading.examples, answers)
    elif reading.read < reading.filled:
        unread = reading.filled - reading.read
        asks = f"{unread:,} of {reading.filled:,} dates of {column!r} are read by no format"
        if unread > FEW_UNREAD * reading.filled:
            roles.ask("date_format", asks, reading.examples)
        else:
            roles.note("date_format", f"{asks}, and their rows are rejected")


def _one_or_more(formats: tuple[str, ...]) -> str | list[str]:
    return formats[0] if len(formats) == 1 else list(formats)


def _decimal(looked: Looked, roles: Roles, rows: pl.DataFrame) -> None:
    """Write the decimal sign down where it is not the usual one; ask where values contradict."""
    signs = {table.decimal for table in looked.log}
    if len(signs) == 1 and any(table.decimal != usual(table.delimiter) for table in looked.log):
        roles.keys["decimal"] = signs.pop()
    asked = {str(roles.columns.get(role, "")): role in roles.given for role in money.ROLES}
    if roles.keys["currency"] in currencies.WHOLE and "decimal" not in roles.keys:
        _whole_money(roles, rows)
    is_told = "decimal" in roles.keys or any(judge(rows[name]).sign for name in rows.columns)
    for column, is_given in asked.items():
        if column in rows.columns and not is_given:
            _ask_for_sign(column, judge(rows[column]), roles, is_told)


def _whole_money(roles: Roles, rows: pl.DataFrame) -> None:
    """Write down that `1,234` are thousands where the currency has no decimals."""
    money_columns = [str(roles.columns.get(role, "")) for role in money.ROLES]
    signs = [judge(rows[name]) for name in money_columns if name in rows.columns]
    undecided = [sign for sign in signs if sign.undecided]
    if undecided and not any(sign.sign for sign in signs):
        roles.keys["decimal"] = POINT if undecided[0].open_comma else COMMA
        roles.note("decimal", f"{roles.keys['currency']} has no decimals: groups are thousands")


def _ask_for_sign(column: str, signs: Signs, roles: Roles, is_told: bool) -> None:
    """Ask where a column mixes decimal signs, or its values have two readings."""
    answers = [Answer(f'decimal: "{sign}"', {"decimal": sign}) for sign in (POINT, COMMA)]
    if signs.mixed:
        examples = [
            str(example) for example in (signs.example_point, signs.example_comma) if example
        ]
        asks = f"{column!r} mixes decimal points and decimal commas; which one is it?"
        roles.ask("decimal", asks, examples, answers)
    elif signs.undecided and not is_told:
        asks = f"nothing tells whether the sign in {column!r} parts thousands or decimals"
        roles.ask("decimal", asks, [str(signs.example_open)], answers)


def _duplicates(looked: Looked, roles: Roles, rows: pl.DataFrame) -> None:
    """Say how many rows are exact copies; many of them are a question.

    Where an invoice is taken from its newest file, only copies within a file count.
    """
    rows = rows if "fill_down" in roles.keys else looked.rows
    parts = [table.rows for table in looked.log] if "revisions" in roles.keys else [rows]
    copies = sum(_copies(part) for part in parts)
    if not copies:
        return _shared(roles, rows)
    roles.keys["duplicates"] = "keep"
    answers = [Answer(f"duplicates: {k}", {"duplicates": k}) for k in ("keep", "drop")]
    asks = f"{copies:,} of {rows.height:,} rows are exact copies of earlier ones"
    if line := identity.line_number(rows, roles):
        asks = f"{asks}, with the same {line!r}"
    if line or copies > MANY_COPIES * rows.height:
        roles.ask("duplicates", f"{asks}: sales, or the same again?", (), answers)
    else:
        roles.settle("duplicates", f"{asks} and count as sales", answers)


def _copies(rows: pl.DataFrame) -> int:
    """Return the number of rows that are exact copies of earlier ones."""
    return int((~rows.hash_rows(seed=17).is_first_distinct()).sum())


def _shared(roles: Roles, rows: pl.DataFrame) -> None:
    """Ask where lines stand once for each of several sales reps: they may be told twice."""
    rep = roles.columns.get("rep")
    if rep not in rows.columns:
        return
    if (copies := _copies(rows.drop(rep))) > MANY_COPIES * rows.height:
        asks = f"{copies:,} of {rows.height:,} rows are copies of earlier ones but for {rep!r}"
        asks += ": if reps share a sale, keep one row of each in the source"
        roles.ask("duplicates", asks, (), [Answer("duplicates: keep", {})])


def _files(looked: Looked, roles: Roles) -> None:
    """Ask about files that hold sales as well, and say which ones are left out."""
    mapped = roles.keys.get("accounts", {}).get("file")
    others = [table for table in looked.others if table.file != mapped]
    if not others:
        return
    named = "; ".join(f"{table.file} ({table.reason})" for table in others[:5])
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


def _customers(looked: Looked, roles: Roles, currency: str) -> Described | None:
    if looked.customers is None:
        return None
    name = roles.columns.get("customer_name")
    key = str(roles.columns["customer_id"])
    return attributes.describe(looked.customers, key, str(name) if name else None, currency)


__all__ = ["Proposal", "propose"]
