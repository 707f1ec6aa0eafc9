"""The ranked list: filtered, sorted and cut into pages here, so that a page is all that travels."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.read.view import COLUMNS, SIZES, View
from gosales_lib.dashboard.render.blocks import Block, Head, Many, Note, Offers, Page
from gosales_lib.dashboard.tabs import balance, grouped, offer_rows, standing, verdicts
from gosales_lib.whitespace.reps import UNASSIGNED

ONE = {"division": "Division", "motion": "Sales play"}
SEVERAL = {"rep": "Rep", "branch": "Branch"}
FILTERS = ONE | SEVERAL
"""What the list is filtered by: one value, or several at once."""
COLUMN_OF = {
    "rank": "rank",
    "customer": "customer_name",
    "division": "division",
    "motion": "motion",
    "probability": "probability",
    "if_sold": "expected_gp_if_sold",
    "expected": "expected_gp",
}
HEADS = {
    "rank": ("#", "number", "1 is the first to call; of one rep, the order of the calls"),
    "customer": ("Customer", "text", ""),
    "division": ("Division", "text", "what to offer, and the product to lead with"),
    "when": ("When", "text", "the most likely month; empty where no month stands out"),
    "probability": ("Probability", "bar", "of a purchase in the window after the cutoff"),
    "if_sold": ("If sold", "money", "gross profit if it sells"),
    "expected": ("Expected profit", "money", "probability times gross profit if sold"),
    "reasons": ("What to say", "reasons", "an opening sentence, and what speaks for the offer"),
}
ALWAYS = ("rank", "customer")
"""Columns that cannot be hidden."""
ROWS = {"offer": "offers", "account": "accounts", "rep": "reps"}
ROWS |= {"branch": "branches", "division": "divisions"}
LARGEST_FIRST = ("probability", "if_sold", "expected")
PAIR = ["customer_id", "division"]


def page(shown: Shown, view: View, other: Shown | None = None) -> Page:
    """Return the tab: the filters, and one page of what they leave; beside another run's list.

    A viewer of some accounts has no overview, so the verdict on the list stands above it.
    """
    above = standing.above_list(shown)
    if other is None and view.offers in ("new", "gone"):
        view = replace(view, offers="chosen")
    if view.division in shown.offers_report.no_signal:
        nothing = _filters(shown, view, shown.listed.clear(), other)
        return Page([*above, replace(nothing, note=None, heads=[]), *silent(shown, view)])
    source, rows = selected(shown, view, other)
    filters = _filters(shown, view, rows, other)
    if view.by in FILTERS and not rows.is_empty():
        table = grouped.table(rows, view, FILTERS[view.by], shown)
        even = balance.tables(shown) if view.by == "rep" else []
        return Page([*above, filters, table, *even])
    return Page([*above, _listed(source, view, rows, filters, other)])


def silent(shown: Shown, view: View) -> list[Block]:
    """Return why a division has no offers."""
    division = shown.division(view.division)
    sentence = division.trained.verdict.sentence if division.trained else division.verdict
    text = f"{view.division}: its model failed the quality gate, so no customer is ranked."
    return [Note(f"{text} {sentence}", "warning"), *verdicts.problems(shown, view.division)]


def selected(shown: Shown, view: View, other: Shown | None = None) -> tuple[Shown, pl.DataFrame]:
    """Return the offers that a view asks for, in its order, and the run that they are of.

    Beside another run these may be the offers to call that only one of the two lists holds; those
    that are gone are of the other run.
    """
    if other is None or view.offers not in ("new", "gone"):
        return shown, select(shown, shown.listed, view)
    mine, theirs = (shown, other) if view.offers == "new" else (other, shown)
    return mine, select(mine, only(mine, theirs), view)


def only(mine: Shown, theirs: Shown) -> pl.DataFrame:
    """Return the offers to call of one run that another run does not call."""
    chosen = [
        run.listed.filter("chosen").with_columns(pl.col(PAIR).cast(pl.String).name.suffix("_key"))
        for run in (mine, theirs)
    ]
    keys = [f"{name}_key" for name in PAIR]
    rest = chosen[0].join(chosen[1], on=keys, how="anti", maintain_order="left")
    return rest.drop(keys)


def select(shown: Shown, offers: pl.DataFrame, view: View) -> pl.DataFrame:
    """Return those of some offers that a view's filters leave, in its order; ties by rank."""
    kept = [pl.col("chosen")] if view.offers == "chosen" else []
    kept += [pl.col(name).cast(pl.String) == view[name] for name in ONE if view[name]]
    kept += [
        pl.col(name).cast(pl.String).fill_null(UNASSIGNED).is_in(list(view[name]))
        for name in SEVERAL
        if view[name]
    ]
    if view.least:
        kept.append(pl.col("probability") >= view.least / 100)
    if view.search:
        kept.append(pl.col("customer_id").is_in(shown.finder.find(view.search).implode()))
    rows = offers.filter(*kept) if kept else offers
    if view.sort == "rank":
        return rows.sort("call_order", "rank", nulls_last=True) if in_calls(shown, view) else rows
    names, order = zip(*view.sorts, strict=True)
    by = [*(COLUMN_OF[name] for name in names), "rank"]
    return rows.sort(by, descending=[*order, False], nulls_last=True, maintain_order=True)


def _filters(shown: Shown, view: View, rows: pl.DataFrame, other: Shown | None) -> Offers:
    """Return the filters above the list, and what they leave in one sentence."""
    names = [n for n in possible(shown) if n in (view.columns or COLUMNS)]
    return Offers(
        which=_which(shown, other),
        rows_of=list(ROWS.items()),
        filters=[
            (n, label, v) for n, label in ONE.items() if len(v := shown.values(n)) > 1 or view[n]
        ],
        several=[several(shown, view, n) for n in SEVERAL if len(shown.values(n)) > 1 or view[n]],
        columns=columns(shown, view),
        summary=offer_rows.summary(rows, shown.currency, shown.is_priced),
        filtered=any((*(view[name] for name in FILTERS), view.search, view.least)),
        heads=[head(view, name, *HEADS[name]) for name in (*ALWAYS, *names)],
        offers=rows.height,
        note=_nothing(view, rows),
        excel=offer_rows.excel(rows.height),
    )


def several(shown: Shown, view: View, name: str) -> Many:
    """Return the choice of reps or branches."""
    chosen: tuple[str, ...] = view[name]
    hint = chosen[0] if len(chosen) == 1 else f"{len(chosen)} chosen" if chosen else "all"
    return Many(name, SEVERAL[name], [(v, v) for v in shown.values(name)], chosen, hint)


def possible(shown: Shown) -> list[str]:
    """Return the list's columns that can be shown: those of money only where it is trusted."""
    return [name for name in COLUMNS if shown.is_priced or HEADS[name][1] != "money"]


def columns(shown: Shown, view: View) -> Many:
    """Return the choice of the list's columns."""
    names = possible(shown)
    values = [(name, HEADS[name][0]) for name in names]
    chosen = [name for name in view.columns if name in names]
    hint = f"{len(chosen)} of {len(names)}" if chosen else "all"
    return Many("columns", "Columns", values, view.columns or COLUMNS, hint)


def _listed(
    shown: Shown, view: View, rows: pl.DataFrame, filters: Offers, other: Shown | None
) -> Offers:
    """Return the filters with one page of rows: offers, or accounts with theirs folded in."""
    unit = shown.currency
    accounts = grouped.accounts(rows, view) if view.by == "account" else None
    count = rows.height if accounts is None else accounts.height
    last = max(1, -(-count // view.size))
    at = min(view.page, last)
    start = (at - 1) * view.size
    part = (rows if accounts is None else accounts).slice(start, view.size)
    if accounts is not None:
        part = part.join(rows, "customer_id", maintain_order="left_right")
    before = _before(other, part) if other is not None and view.offers != "gone" else {}
    texts = shown.with_reasons(part).iter_rows(named=True)
    lines = [
        offer_rows.row_of(row, unit, before) | offer_rows.place(row, in_calls(shown, view))
        for row in texts
    ]
    return replace(
        filters,
        rows=lines if accounts is None else [],
        accounts=[] if accounts is None else grouped.folded(part, lines, unit),
        range=f"{start + 1:,} to {min(start + view.size, count):,} of {count:,}",
        first=view.link(page=1) if at > 1 else "",
        back=view.link(page=at - 1),
        next=view.link(page=at + 1) if at < last else "",
        sizes=[(size, view.link(size=size, page=1)) for size in SIZES],
    )


def _before(other: Shown, part: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Return where each offer of a page stood on the other run's list, in words."""
    theirs = other.listed.filter(pl.col("customer_id").is_in(part["customer_id"].implode()))
    places = theirs.select(*PAIR, "rank", "chosen").iter_rows()
    return {
        (who, str(division)): f"was {rank:,}" + ("" if chosen else ", not to call")
        for who, division, rank, chosen in places
    } | {("", ""): "new"}


def _which(shown: Shown, other: Shown | None) -> list[tuple[str, str]]:
    called, ranked = int(shown.listed["chosen"].sum()), shown.listed.height
    which = [("chosen", f"To call ({called:,})"), ("all", f"All ranked ({ranked:,})")]
    if other is not None:
        new, gone = only(shown, other).height, only(other, shown).height
        which += [("new", f"New ({new:,})"), ("gone", f"Gone ({gone:,})")]
    return which


def _nothing(view: View, rows: pl.DataFrame) -> Note | None:
    """Return advice if no offer is left: a sentence, and a link with its label."""
    if rows.height:
        return None
    if view.offers == "chosen":
        text = "No offer to call matches. The capacity goes to offers that are worth more."
        link = view.link(offers="all", page=1)
        return Note(text, "info", link, "Look in the whole ranked list")
    return Note("No offer matches these filters.", "info", view.cleared(), "Clear the filters")


def head(view: View, name: str, label: str, kind: str, sorted_by: str) -> Head:
    """Return a column's head; a click sorts by it, another click reverses the order.

    What the list was sorted by before breaks ties.
    """
    if name not in COLUMN_OF:
        return Head(name, label, kind, help=sorted_by)
    sorts = dict(view.sorts)
    mine = name in sorts and view.sorts[0][0] == name
    down = not sorts[name] if mine else name in LARGEST_FIRST
    order = ("descending" if sorts[name] else "ascending") if name in sorts else "none"
    position = list(sorts).index(name) + 1 if name in sorts else 0
    return Head(name, label, kind, view.sorted_by(name, down), order, sorted_by, position)


def in_calls(shown: Shown, view: View) -> bool:
    """Return whether a view is one rep's list, which has an order of its own."""
    reps = view.rep or (shown.scope.reps if shown.scope and not shown.scope.branches else ())
    return len(reps) == 1 and view.offers == "chosen"
