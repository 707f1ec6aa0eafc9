"""Questions that a person must answer, and what each answer would give, read by the same code."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from gosales_lib import sales_log
from gosales_lib.core.alarms import Alarm
from gosales_lib.core.columns import REJECTED_ROWS
from gosales_lib.core.spelling import counted
from gosales_lib.layout import Layout
from gosales_lib.layout_init import writing
from gosales_lib.layout_init.peek import Looked
from gosales_lib.sales_log import alarms, parties
from gosales_lib.sales_log.extent import settled
from gosales_lib.sales_log.log import FAR
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.text import Text

MOST_ROWS = 500_000
"""Rows of a log that the alternatives are weighed on."""
MOOT = ("decimal", "order_date", "revenue")
"""Keys whose question needs no answer where all answers read the same sales."""
HEARD = {"rejected-rows", "rejected-money", "customers-file", "missing-months"}
HEARD |= {"division-ends-early", "branch-lacks-sales", "rows-dated-ahead", "rows-dated-long-ago"}
HEARD |= {"division-without-rows"}
"""Alarms that as a warning are no question: the rows are named, and nothing is guessed."""


@dataclass(frozen=True)
class Answer:
    """One answer: the line to write, and the same as keys of the layout."""

    line: str
    change: Mapping[str, Any]  # key, with points between its parts: value
    without: frozenset[str] = frozenset()  # files that are no part of the log then


@dataclass(frozen=True)
class Question:
    """A question that the evidence leaves open, about money, dates or identity."""

    key: str
    asks: str
    examples: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()


def of_column(role: str, name: str | list[str], beside: Mapping[str, Any] | None = None) -> Answer:
    """Return the answer that a column has a role, and what else changes with it."""
    change = {**(beside or {}), f"columns.{role}": name}
    columns = {k.removeprefix("columns."): v for k, v in change.items() if k.startswith("columns.")}
    written = {role: name} | {other: column for other, column in columns.items() if column}
    lines = [f"columns: {writing.scalar(written)}"]
    for key, value in (beside or {}).items():
        if value is None and key != f"columns.{role}":
            lines.append(f"no {key}")
        elif value is not None and "." not in key and ":" not in key:
            lines.append(f"{key}: {writing.scalar(value)}")
    return Answer(", ".join(lines), change)


def of_key(key: str, values: Iterable[Any]) -> list[Answer]:
    """Return the answers that a key of the layout has one of several values."""
    return [Answer(f"{key}: {writing.scalar(value)}", {key: value}) for value in values]


def of_rule(column: str, rule: Mapping[str, Any] | None) -> Answer:
    """Return the answer that a column has this rule of `where`, or none."""
    line = f"where: {writing.scalar([rule])}" if rule else f"no `where` on {column!r}"
    return Answer(line, {f"where:{column}": rule})


def with_or_without(key: str, value: Any) -> list[Answer]:
    """Return the answers that the layout has a key as proposed, or that it has none."""
    return [Answer(f"{key}: {writing.scalar(value)}", {}), Answer(f"no `{key}`", {key: None})]


@dataclass(frozen=True)
class Draft:
    """The proposed layout's content, and the rows that its alternatives are weighed on."""

    content: Mapping[str, Any]
    texts: list[Text]
    folder: Path  # with the files beside the log


def weighed(question: Question, draft: Draft) -> tuple[str, bool]:
    """Return a question in one line, without its key, and whether all answers read the same log.

    The line holds the column, examples, and each answer with what it would give; an answer that
    gives no rows is not offered beside one that does.
    """
    parts = [question.asks]
    if question.examples:
        parts.append(f"such as {', '.join(map(repr, question.examples[:3]))}")
    tried = [_tried(draft, answer) for answer in question.answers]
    outcomes = [outcome for _, outcome in tried]
    given = [pair for pair in tried if pair[1].sales is not None] or tried
    sales = [outcome.sales for outcome in outcomes if outcome.sales is not None]
    is_key = question.key == "customer_id" and "customers" not in draft.content
    is_same = len(sales) == len(outcomes) > 1 and all(map(sales[0].equals, sales[1:]))
    by_units = not is_same and len(sales) > 1 and len({o.words for o in outcomes}) == 1
    for line, outcome in given:
        units = f", {outcome.units:,.10g} units" if by_units else ""
        parts.append(f"`{line}` gives {outcome.words}{units}")
    return "; ".join(parts), is_same and (is_key or question.key in MOOT)


def texts_of(looked: Looked, rows: pl.DataFrame) -> list[Text]:
    """Return the first rows of a log as the texts of the files that they stand in."""
    some, texts = rows.head(MOST_ROWS), list[Text]()
    for table in looked.log:
        height = table.rows.height if len(looked.log) > 1 else some.height
        part, some = some.head(height).with_row_index(LINE, 2), some.slice(height)
        if part.height:
            rejected = pl.DataFrame(schema=REJECTED_ROWS)
            texts.append(Text(table.name, part, rejected, table.delimiter))
    return texts


def with_answer(content: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a layout's content with an answer; None takes a key away.

    A change of `where:COLUMN` concerns the rule on this column alone.
    """
    answered = copy.deepcopy(dict(content))
    for path, value in change.items():
        if column := path.partition("where:")[2]:
            rules = [rule for rule in answered.get("where", []) if rule["column"] != column]
            answered["where"] = [*rules, value] if value else rules
            continue
        parent, _, key = path.rpartition(".")
        part = answered.setdefault(parent, {}) if parent else answered
        if value is None:
            part.pop(key, None)
        else:
            part[key] = value
    return answered


def read(draft: Draft) -> tuple[Layout, sales_log.SalesLog]:
    """Return a layout's content as a layout, and the rows as it reads them."""
    columns = [name for name in draft.texts[0].rows.columns if name != LINE]
    arranged: dict[str, Any] = {"join": [], "fill_down": [], "months": [], "year_in_name": False}
    arranged |= {"name_as": None}
    arranged |= {"ignore": columns, "customers": None}
    layout = Layout.model_validate(dict(draft.content) | arranged)
    build = partial(sales_log.build, draft.texts, layout, draft.folder)
    return layout, settled(build, layout)


def raised(draft: Draft) -> list[Question]:
    """Return the alarms on the log, read as proposed, as questions."""
    layout, log = read(draft)
    alarms_raised = [
        a for a in alarms.of(log, layout) if a.level == "failed" or a.name not in HEARD
    ]
    return [_asked(alarm, _answers(alarm, draft, log)) for alarm in alarms_raised]


def _asked(alarm: Alarm, answers: tuple[Answer, ...]) -> Question:
    """Return an alarm as a question; answers about placeholders replace the alarm's remedy."""
    if alarm.name in NOBODY:
        return Question(alarm.name, alarm.sentence.rstrip("."), (), answers)
    text = f"{alarm.sentence} {alarm.mend or ''}".strip().rstrip(".")
    return Question(alarm.name, text, (alarm.example,) if alarm.example else (), answers)


MENDS = {"alike-customers": ("keys", "alike"), "overlapping-exports": ("revisions", "newest")}
"""Alarms that a key of the layout mends."""
NOBODY = {"placeholder-customer", "one-customer"}
"""Alarms about a customer that is none; a rule leaves its rows out."""
UNACCEPTABLE = {"nothing-kept", "rejected-file", "same-export-twice", "undecided-decimal-sign"}
"""Alarms that nobody should accept unseen."""


def _answers(alarm: Alarm, draft: Draft, log: sales_log.SalesLog) -> tuple[Answer, ...]:
    answers, content = list[Answer](), draft.content
    if alarm.name == "same-sales-twice":
        answers += _one_of_both(str(alarm.example), [text.file for text in draft.texts])
    if alarm.name.startswith("mostly-negative"):
        columns = content["columns"]
        roles = ("quantity", "gross_profit", "revenue", "unit_price", "cost")
        signed = list(dict.fromkeys(columns[role] for role in roles if role in columns))
        answers += of_key("negate", [signed])
    column = content["columns"]["customer_id"]
    if alarm.name in NOBODY and isinstance(column, str):
        nobody = parties.placeholders(log)["customer_id"].to_list() or [str(alarm.example)]
        rule = {"column": column, "leave_out": nobody}
        answers.append(of_rule(column, rule))
    if alarm.name in MENDS:
        key, value = MENDS[alarm.name]
        answers += of_key(key, [value])
    if alarm.name not in UNACCEPTABLE:
        answers += of_key("alarms", [{"accept": [alarm.name]}])
    return tuple(answers)


def _one_of_both(file: str, names: list[str]) -> list[Answer]:
    """Return the lines that leave a file out; of two files each may be the one that counts."""
    if any(name.endswith("]") or "/" in name for name in names):  # a sheet, or in a sub-folder
        return []
    outs = sorted(names, key=lambda name: name != file) if len(names) == 2 else [file]
    kept = {out: writing.pattern([name for name in names if name != out], [out]) for out in outs}
    return [Answer(f"files: {p}", {}, frozenset({out})) for out, p in kept.items() if p]


class Outcome(NamedTuple):
    """What an answer gives: rows, money, customers and days; a number per sale, if any; units."""

    words: str
    sales: pl.Series | None = None
    units: float = 0.0


def _tried(draft: Draft, answer: Answer) -> tuple[str, Outcome]:
    """Return an answer's line and outcome, without units and signs of columns that it takes out."""
    outcome, taken = _outcome(draft, answer), dict(draft.content["columns"]).values()
    roles = with_answer(draft.content, answer.change)["columns"].values()
    idle = {name for name in taken if isinstance(name, str)} - set(map(str, roles))
    keys = [key for key in ("scale", "negate") if idle & set(draft.content.get(key, ()))]
    if outcome.sales is not None or not keys or set(keys) & answer.change.keys():
        return answer.line, outcome
    change = {**answer.change, **dict.fromkeys(keys)}
    line = f"{answer.line}, no {' and no '.join(keys)}"
    return line, _outcome(draft, Answer(line, change, answer.without))


def _outcome(draft: Draft, answer: Answer) -> Outcome:
    """Return the log under an answer; sales are the same whatever their customers' keys say."""
    try:
        texts = [text for text in draft.texts if text.file not in answer.without]
        layout, log = read(Draft(with_answer(draft.content, answer.change), texts, draft.folder))
    except ValueError as error:
        return Outcome(f"no log ({str(error).splitlines()[0][:120]})")
    sales = log.transactions
    if sales.is_empty():
        return Outcome("no rows")
    seen = log.coverage
    beyond = int(log.rejected["reason"].str.contains(FAR).sum())
    far = f", {counted(beyond, 'row')} far from these days" if beyond else ""
    lost = log.rejected.height - beyond
    far += f", {counted(lost, 'row')} rejected" if lost else ""
    first = [pl.col("row").min().over(key).alias(key) for key in ("customer_id", "invoice")]
    return Outcome(
        f"{counted(sales.height, 'row')}, {sales['gross_profit'].sum():,.2f} {layout.currency}, "
        f"{counted(sales['customer_id'].n_unique(), 'customer')}, {seen.first} to {seen.last}{far}",
        sales.with_row_index("row").with_columns(first).hash_rows(seed=17),
        float(sales["quantity"].sum()),
    )
