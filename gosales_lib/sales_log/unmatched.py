"""Alarms on what a layout names and the log lacks: keys in files beside it, values of rules."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

import narwhals as nw
import polars as pl

from gosales_lib.core import terms
from gosales_lib.core.alarms import Alarm, warning
from gosales_lib.layout import Layout
from gosales_lib.sales_log.log import SalesLog, first_reason, size

COMPARE = (
    "Compare how both write a customer's key: `keys: alike` passes over case, zeros in front "
    "and signs; `alarms: {accept: [%s]}` says that it is right."
)


def _described(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge whether the customers file and the log speak of the same customers."""
    names, is_stranger = [a.column for a in layout.attributes], pl.col("first_order_date").is_null()
    strangers = log.customers.filter(is_stranger)["customer_id"]
    ordered = log.customers.filter(~is_stranger)
    if not names or strangers.is_empty() or ordered.is_empty():
        return
    matched = ordered.filter(pl.any_horizontal(pl.col(names).is_not_null())).height
    if matched < layout.alarms.customers_matched * ordered.height:
        yield Alarm(
            name="customers-file",
            level="warning" if matched else "failed",
            sentence=f"the customers file describes {matched:,} of the {ordered.height:,} "
            f"customers who ordered; {len(strangers):,} of its rows belong to no customer who "
            "ordered.",
            count=ordered.height - matched,
            example=f"{ordered['customer_id'][0]!r} in the log, {strangers[0]!r} in the file",
            mend=COMPARE % "customers-file",
        )


def _installed(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge whether the assets were read, and belong to customers of the log."""
    gone, kept = log.assets_rejected, log.assets.height
    whole = kept + gone.height
    if gone.height > layout.alarms.rejected_warning * whole:
        yield Alarm(
            name="rejected-assets",
            level="warning" if kept else "failed",
            sentence=f"{gone.height:,} of {whole:,} rows of the assets were rejected.",
            count=gone.height,
            example=first_reason(gone),
            mend=f"{_remedy(gone)}; `alarms: {{accept: [rejected-assets]}}` says that the loss is "
            "right.",
        )
    strangers = log.assets.join(log.customers, on="customer_id", how="anti")["customer_id"]
    owned, ids = kept - len(strangers), log.customers["customer_id"]
    if owned < layout.alarms.customers_matched * kept:
        yield Alarm(
            name="assets-file",
            level="warning" if owned else "failed",
            sentence=f"{owned:,} of the {kept:,} assets belong to a customer of the log.",
            count=len(strangers),
            example=f"{strangers[0]!r} in the assets, {ids[0]!r} in the log" if len(ids) else None,
            mend=COMPARE % "assets-file",
        )


def _remedy(rejected: pl.DataFrame) -> str:
    """Return what mends most of the rejected assets: their products, their dates or the rows."""
    words = {
        "in no division": "Write their products in the file as `divisions` of the layout does",
        "unreadable (start|expiry)": "Add the format of their dates to `date_format` of the layout",
    }
    counts = {mend: rejected["reason"].str.contains(why).sum() for why, mend in words.items()}
    most = max(counts, key=counts.__getitem__)
    return most if 2 * counts[most] > rejected.height else "Correct the rows"


def _ruled(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge whether the values that `where` and `returns` name stand in the log."""
    for column, listed in layout.selections:
        values = log.matches.values.get(column, set())
        others = sorted(values.difference(listed))
        unseen = [value for value in listed if value not in values]
        near = [(v, n) for v in unseen for n in difflib.get_close_matches(v, others, 1, 0.8)]
        if not values or not (near or len(unseen) == len(listed)):
            continue
        pairs = near or [(value, other) for value in unseen[:1] for other in others[:1]]
        yield Alarm(
            name="rule-without-rows",
            level="failed" if near else "warning",
            sentence=f"no row has {', '.join(map(repr, unseen))} in {column!r}, which the layout "
            "selects by.",
            count=len(unseen),
            example="; ".join(f"{v!r} in the layout, {other!r} in the log" for v, other in pairs),
            mend="Write the value as the log does, or take it out of the layout.",
        )


def _divisions(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge whether each division of the layout has a row: else nobody can be scored for it.

    Where many rows were left out or rejected, those of a division may be among them.
    """
    sold = set(log.transactions["division"].unique())
    absent = [name for name in layout.divisions if name not in sold]
    read, kept = (int(log.reconciliation[name].sum()) for name in ("rows_in", "rows_kept"))
    if sold and absent and read - kept <= layout.alarms.rejected_warning * read:
        yield warning(
            name="division-without-rows",
            sentence=f"no row is of {', '.join(map(repr, absent))}, a division of the layout.",
            count=len(absent),
            mend="Write the division, or its products, as the log does, or take it out.",
        )


def _bought(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Tell of divisions with sales of which no line is a purchase: nobody ever buys from them."""
    columns = sorted({"division", "revenue", layout.purchase.measure})
    lines = nw.from_native(log.transactions.select(columns).filter(pl.col("revenue") > 0))
    flags = lines.select("division", bought=terms.purchased(layout.purchase)).to_native()
    each = flags.group_by("division").agg(pl.col("bought").any())
    names = each.filter(~pl.col("bought"))["division"]
    if 0 < len(names) < each.height:
        never = log.transactions.filter(
            pl.col("revenue") > 0, pl.col("division").is_in(names.implode())
        )
        named = ", ".join(map(repr, never["division"].unique().sort()))
        yield warning(
            name="division-without-purchases",
            sentence=f"no line of {named} counts as a purchase by its "
            f"{layout.purchase.measure.replace('_', ' ')}, so nobody can be a buyer of it.",
            count=never.height,
            money=size(never),
            example=f"invoice {never['invoice'][0]}",
            mend="`purchase: {measure: revenue}` counts lines by their revenue.",
        )


def _matched(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge whether files that are looked up row by row list what the log has.

    Accounts list those ids alone that are merged, so that one of them is enough.
    """
    for file, (rows, listed) in log.matches.tables.items():
        merges = layout.accounts is not None and layout.accounts.file == file
        if rows and (not listed or (not merges and listed < rows / 2)):
            yield Alarm(
                name="unmatched-table",
                level="warning" if listed else "failed",
                sentence=f"{file} lists the key of {listed:,} of {rows:,} rows of the log.",
                count=rows - listed,
                mend="Compare how both write the key; "
                "`alarms: {accept: [unmatched-table]}` says that it is right.",
            )


def _numeric(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge whether the numbers among the customers' attributes are numbers."""
    for column, (filled, read, example) in log.matches.numbers.items():
        if filled - read > layout.alarms.rejected_warning * filled:
            yield warning(
                name="unreadable-attribute",
                sentence=f"{filled - read:,} of {filled:,} values of {column!r} in the customers "
                "file are not numbers and count as unknown.",
                count=filled - read,
                example=example,
                mend="Correct the values, or read the attribute as a `category`.",
            )


CHECKS = (_described, _installed, _matched, _ruled, _divisions, _bought, _numeric)
