"""Propose a layout for a sales log, with what the evidence shows and what a person must decide.

`peek` reads the files, and `tables` arranges their rows. `evidence` judges each column by its name
(`words`) and values. `Roles` collect the proposal: the column of each role, further keys of the
layout, notes on what is assumed, and questions. The other modules each decide some roles or keys:
`essentials` day, customer and order; `shapes` products and, by `money`, `profit` and `discounts`,
the amounts; `states`, `charges`, `returned`, `identity` and `several` which rows count, and how;
`written` and `currencies` formats and units; `customer_tables` the tables that describe customers.
`questions` reads the log under each answer, and `document` writes the YAML.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gosales_lib import layout as layouts
from gosales_lib.layout import Layout, Source
from gosales_lib.layout_init import (
    chains,
    charges,
    currencies,
    customer_tables,
    divisions,
    document,
    essentials,
    gaps,
    identity,
    named,
    parties,
    peek,
    questions,
    returned,
    roles,
    several,
    states,
    tables,
    tax,
    words,
    written,
)  # fmt: skip
from gosales_lib.layout_init.roles import Roles
from gosales_lib.layout_init.shapes import Shape, long, wide
from gosales_lib.sales_log import beside, headers
from gosales_lib.sales_log.numbers import COMMA, POINT
from gosales_lib.sales_log.required_columns import MONTH

SAYS_THE_SAME = {
    "undecided-days": "date_format",
    "undecided-decimal-sign": "decimal",
    "mixed-decimal-signs": "decimal",
    "same-export-twice": "duplicates",
    "overlapping-exports": "revisions",
    "alike-customers": "keys",
    **dict.fromkeys(("rejected-rows", "rejected-money", "rejected-file"), "date_format"),
}
"""Alarms, and the question that asks about the same, or whose answer ends them."""


@dataclass(frozen=True)
class Proposal:
    """A proposed layout, as YAML and loaded, with its evidence and open questions.

    `evidence` has a line per role, `notes` an assumption per key; `questions` block a run.
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
    decimal: str | None = None,
) -> Proposal:
    """Return a layout for a sales log.

    Parameters
    ----------
    path
        A file or folder of a sales log, or a table, view or query of the database.
    columns
        Roles that the user names, and the column of each.
    date_format
        The format of the dates, where the user knows it.
    encoding, delimiter, sheet, decimal
        How the files are to be read, where the user knows it.

    Raises
    ------
    FileNotFoundError, ValueError
        There is no log, or none with a date, a customer and money; the message says what to do.
    """
    if decimal not in (None, POINT, COMMA):
        raise ValueError(f"--decimal {decimal!r}: it is `.` or `,`")
    how_read = {"encoding": _encoding(encoding), "delimiter": delimiter, "decimal": decimal}
    how_read = {key: value for key, value in how_read.items() if value is not None}
    how = beside.PLAIN.model_copy(update={**how_read, "sheet": sheet or beside.PLAIN.sheet})
    looked_at = peek.of_source(path) if isinstance(path, Source) else peek.look(Path(path), how)
    ordered = tables.arranged(looked_at)
    found = roles.given(columns or {}, ordered.looked, ordered.table)
    found.keys |= ordered.keys | how_read
    for join in found.keys.get("join", []):
        keys = " + ".join(map(repr, join["on"].values()))
        found.note("join", f"{join['file']} adds columns to the lines by {keys}")
    if found.keys.get("name_as") == MONTH:
        found.note("name_as", "no column holds dates: names of sheets and files are the months")
    if ordered.looked.log[0].by_words:
        found.keys["encoding"] = ordered.looked.log[0].encoding
        found.note("encoding", "the words of the header tell it")
    shape = _found(found, date_format)
    described = customer_tables.describe(found)
    name = document.name_of(found.looked)
    return _asked(name, lambda: document.lines(name, found, shape, described), found)


def _found(found: Roles, date_format: str | None) -> Shape:
    """Find all that the log tells of its layout, and return its shape."""
    several.aliases(found)
    _headings(found)
    written.find_parted_days(found)
    essentials.find(found)
    written.find_days(found, date_format)
    once = identity.newest(found)
    shape = wide(found, once) or long(found, once)
    if shape.name == "long":
        named.refuse_lists(found)
    free = [e for e in found.free if e.name not in shape.used]
    is_state = {e.name: e.says(words.STATUS) and states.are_states(found.log, e.name) for e in free}
    roles.people(found, [e for e in free if not is_state[e.name]])
    free = [e for e in free if e.name not in found.used]
    charges.totals(found, once)
    states.find(free, found, once)
    returned.ask(free, found)
    chains.ask(free, found, once)
    returned.ask_by_file(found)
    several.planned(found)
    charges.ask(found)
    charges.ask_for_kits(found, once)
    currencies.find_unit(found)
    tax.ask_for_unit(found)
    tax.ask_by_row(found)
    gaps.ask(found)
    found.keys["currency"] = currencies.find(found)
    currencies.ask_for_cents(found)
    customer_tables.accounts(found)
    customer_tables.beside(found)
    several.left_out(found)
    written.find_sign(found)
    identity.revisions(found)
    identity.alike(found)
    several.duplicates(found)
    if isinstance(months := found.keys.get("months"), dict):
        used = {measure: names for measure, names in months.items() if measure in found.used}
        found.keys["months"] = used
    found.part_keys()
    if found.keys.get("name_as") not in found.used:
        found.keys.pop("name_as", None)
    return shape


def _headings(roles: Roles) -> None:
    """Take group headings as customers or products where no column is named as one.

    A column named only `Name` then holds the other of the two.
    """
    filled = [roles.log.of[name] for name in roles.keys.get("fill_down", [])]
    groups = [e.name for e in filled if not e.is_date] or [""]
    is_party = {e.name for e in roles.log.every if e.says(words.PARTY)} >= set(groups)
    unnamed = [n for n in groups if headers.is_by_place(n) or (len(groups) == 1 and not is_party)]
    group, others = groups[-1], [e for e in roles.log.every if e.name not in unnamed]
    party, thing = (any(e.says(kind) for e in others) for kind in (words.PARTY, words.PRODUCT))
    is_pair = len(groups) > 1 and parties.names_by_values(roles.log, filled)
    if not group or is_pair or (party and thing) or {"customer_id", "product"} & set(roles.columns):
        return
    name = next((e.name for e in others if e.is_text and set(e.words) <= words.NAME), None)
    name = groups[0] if len(groups) > 1 and not (party or thing) else name
    if party or thing or name is None:
        role = "product" if party else "customer_id"
        roles.columns[role] = group
        if len(groups) > 1:
            asks = f"headings stand in {len(groups)} levels, and none is named: is it the last one?"
            return roles.ask_column(role, asks, groups[::-1])
        return roles.note(role, "no column is called so: the headings of groups are taken")
    roles.columns |= {"customer_id": name, "product": group}
    orders = [e.name for e in others if e.says(words.ORDER | words.KEY)]
    both = name, group
    one = [{of for of in both if roles.log.determined(order, of) == 1} for order in orders]
    if {name} not in one:  # an order is of one customer, and often of several products
        turned: dict[str, Any] = {"columns.customer_id": group, "columns.product": name}
        turned |= {"divisions": [divisions.EVERYTHING], "other": divisions.EVERYTHING}
        answers = [questions.of_column("customer_id", name)]
        answers.append(questions.of_column("customer_id", group, turned))
        asks = f"headings of groups are taken for products; are the customers in {name!r}, or are"
        asks += " they the headings?"
        roles.ask("customer_id", asks, roles.examples([name]), answers)


def _encoding(name: str | None) -> str | None:
    """Return the canonical name of an encoding; ValueError where there is no such encoding."""
    try:
        return name and codecs.lookup(name).name
    except LookupError:
        raise ValueError(f"--encoding {name!r} is not known: such as cp1250 or utf-16") from None


def _asked(name: str, lines: Callable[[], list[str]], found: Roles) -> Proposal:
    """Return the proposal, with each question and assumption weighed by reading the log."""
    looked, rows = found.looked, found.log.rows
    content = layouts.parse("\n".join(lines())).model_dump(by_alias=True, exclude_unset=True)
    draft = questions.Draft(content, questions.texts_of(looked, rows), looked.folder)
    for settled in found.settled:
        found.note(settled.key, questions.weighed(settled, draft)[0])
    asked = [*found.questions, *questions.raised(draft)]
    keys = {question.key for question in found.questions}
    in_words = []
    for question in (q for q in asked if SAYS_THE_SAME.get(q.key, "") not in keys):
        sentence, is_moot = questions.weighed(question, draft)
        if is_moot:
            found.note(question.key, sentence)
        else:
            in_words.append(f"{question.key}: {sentence}")
    text = "\n".join([*lines(), *document.questions(in_words)]) + "\n"
    files = [table.name for table in looked.log]
    evidence = document.evidence_of(found)
    layout = layouts.parse(text)
    return Proposal(name, text, layout, evidence, found.notes, in_words, files, rows.height)


__all__ = ["Proposal", "propose"]
