"""Alarms on a log: lost rows, exports that were read twice, customers in two spellings.

Each alarm is judged on the tidy log alone, so that `layout check`, 01_etl and pages say the same.
The layout's `alarms:` holds the limits, and names the alarms that a person has accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.alarms import Alarm, warning
from gosales_lib.core.spelling import counted
from gosales_lib.layout import Layout
from gosales_lib.sales_log import breaks, exports, parties, reach, reading, unmatched
from gosales_lib.sales_log.log import SalesLog, first_reason, size

FEWEST_OPPOSITE = 3
"""Lines whose quantity and amount have opposite signs; fewer are corrections."""
FEWEST_AMOUNTS = 20
"""Different amounts of money below which an equal share of profit is chance."""
NEARLY_ALL = 0.98
CENT = 0.0051
Check = Callable[[SalesLog, Layout], Iterable[Alarm]]


def of(log: SalesLog, layout: Layout) -> list[Alarm]:
    """Return the alarms on a log as the layout reads it, without those it accepts."""
    checks: tuple[Check, ...] = (
        _nothing, _rejected, _files, *exports.CHECKS, *parties.CHECKS, *unmatched.CHECKS, _signs,
        _opposite_signs, _profit_of_revenue, *reach.CHECKS, *breaks.CHECKS, *reading.CHECKS,
    )  # fmt: skip
    return _unaccepted((alarm for check in checks for alarm in check(log, layout)), layout)


def of_holdout(log: SalesLog, later: SalesLog, layout: Layout) -> list[Alarm]:
    """Return the alarms on a holdout and how it follows the log, without those accepted."""
    checks: tuple[Check, ...] = (
        _rejected, _files, *exports.CHECKS, _signs, _opposite_signs, *reading.CHECKS,
    )  # fmt: skip
    own = [alarm for check in checks for alarm in check(later, layout)]
    own = [a.model_copy(update={"sentence": f"in the holdout, {a.sentence}"}) for a in own]
    joint = [*reach.of_holdout(log, later, layout), *breaks.of_holdout(log, later)]
    return _unaccepted([*own, *joint], layout)


def _unaccepted(alarms: Iterable[Alarm], layout: Layout) -> list[Alarm]:
    return [alarm for alarm in alarms if alarm.name not in layout.alarms.accept]


def table(alarms: Iterable[Alarm]) -> pl.DataFrame:
    """Return alarms as rows: name, level, sentence, count, money, example, mend."""
    kinds = {"count": pl.Int64, "money": pl.Float64}
    schema = {name: kinds.get(name, pl.String) for name in Alarm.model_fields}
    return pl.DataFrame([alarm.model_dump() for alarm in alarms], schema=schema)


def refuse(alarms: Iterable[Alarm]) -> None:
    """Raise ValueError if an alarm is failed, because no result may rest on such a log."""
    failed = [f"{a.name}: {a.sentence} {a.mend or ''}" for a in alarms if a.level == "failed"]
    if failed:
        raise ValueError("; ".join(text.strip() for text in failed))


def _nothing(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    if log.transactions.is_empty():
        rows = int(log.reconciliation["rows_in"].sum())
        yield Alarm(
            name="nothing-kept",
            level="failed",
            sentence=f"none of {counted(rows, 'row')} was kept: the log holds no sale.",
            count=rows,
            example=first_reason(log.rejected),
            mend="Correct the layout: the reasons of the rejected rows name its columns.",
        )


def _rejected(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge the share of rows and of money that was rejected; dropped copies are no loss."""
    lost, limits = log.lost, layout.alarms
    if log.transactions.is_empty():
        return
    rows, money = int(log.reconciliation["rows_in"].sum()), size(log.transactions) + size(lost)
    of_rows = lost.height / rows, f"{lost.height:,} of {counted(rows, 'row')}"
    of_money = size(lost) / (money or 1), f"{size(lost):,.2f} of {money:,.2f} {layout.currency}"
    for what, (share, stated) in {"rows": of_rows, "money": of_money}.items():
        if share > limits.rejected_warning:
            yield Alarm(
                name=f"rejected-{what}",
                level="failed" if share > limits.rejected_failed else "warning",
                sentence=f"{stated} ({share:.1%}) were rejected.",
                count=lost.height,
                money=size(lost),
                example=first_reason(lost),
                mend="Correct the rows or the layout; "
                f"`alarms: {{accept: [rejected-{what}]}}` says that the loss is right.",
            )


def _files(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge files that lost most of their rows, as a changed format loses a whole month."""
    if log.reconciliation.height < 2:
        return
    money = sums.total(pl.col("gross_profit").abs())
    lost = log.lost.group_by("file").agg(money, lost=pl.len())
    rows_in = log.reconciliation.select("file", "rows_in")
    judged = rows_in.join(lost, on="file", maintain_order="left")
    judged = judged.filter(pl.col("lost") >= layout.alarms.file_rejected * pl.col("rows_in"))
    for file, rows, money_lost, number in judged.iter_rows():
        yield Alarm(
            name="rejected-file",
            level="failed",
            sentence=f"{file} lost {number:,} of its {counted(rows, 'row')}.",
            count=number,
            money=money_lost,
            example=first_reason(log.rejected.filter(file=file)),
            mend="Give the layout the file's date format or number sign, or remove the file.",
        )


def _signs(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    columns = layout.columns
    money = columns.gross_profit or columns.revenue or columns.unit_price
    for name, column in (("quantity", columns.quantity), ("gross_profit", money)):
        values = log.transactions[name].drop_nulls()
        negative, filled = values.filter(values < 0), int((values != 0).sum())
        if len(negative) > filled / 2:
            yield warning(
                name=f"mostly-negative-{name.replace('_', '-')}",
                sentence=f"{len(negative):,} of {filled:,} values of {name.replace('_', ' ')} are "
                "negative: each negative value counts as a return.",
                count=len(negative),
                example=str(negative[0]),
                mend="Where the source writes sales as negative, `negate: "
                f"[{column or name}]` reverses the sign.",
            )


def _opposite_signs(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Tell of returned units whose revenue is positive, as a source with one sign writes them."""
    back = log.transactions.filter(pl.col("quantity") < 0)
    opposite = back.filter(pl.col("revenue") > 0)
    if opposite.height >= FEWEST_OPPOSITE and opposite.height > back.height / 2:
        yield warning(
            name="opposite-signs",
            sentence=f"{opposite.height:,} lines have a negative quantity and a positive amount, "
            "which counts as a sale.",
            count=opposite.height,
            money=round(float(opposite["revenue"].sum()), 2),
            example=f"invoice {opposite['invoice'][0]}",
            mend="Write the amounts of returned units as negative in the source, or mark the lines "
            "by a column and name it under `returns`.",
        )


def _profit_of_revenue(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Tell of a named cost or profit that says no more than the revenue does.

    Where the cost is the price, the gross profit is 0; where the profit is the revenue, the cost
    is 0. A cost that is another share of each price is an estimate, and no fault.
    """
    columns = layout.columns
    named = {"cost": columns.cost or columns.unit_cost, "column": columns.gross_profit}
    revenue, profit = pl.col("revenue"), pl.col("gross_profit")
    lines = log.transactions.filter(revenue != 0)
    column = named.get(layout.gross_profit)
    if column is None or lines["revenue"].n_unique() < FEWEST_AMOUNTS:
        return
    share = round(lines.select((profit / revenue).median()).item() or 0.0, 4)
    same = (profit - share * revenue).abs() < CENT
    idle = f", so {column!r} says nothing of what a sale earns"
    cases = (
        ("the revenue", idle, same & (share == 1)),
        ("0", idle, same & (share == 0)),
        (
            "above the revenue",
            f": {column!r} is no cost or profit, or in another unit",
            (profit > revenue) & (revenue > 0),
        ),
    )
    for what, so, which in cases:
        found = lines.filter(which)
        if found.height >= NEARLY_ALL * lines.height:
            yield warning(
                name="profit-of-revenue",
                sentence=f"the gross profit is {what} on {found.height:,} of {lines.height:,} "
                f"lines{so}.",
                count=found.height,
                money=size(found),
                example=f"invoice {found['invoice'][0]}",
                mend="Name the column of the cost or of the profit, or let revenue stand for it "
                "(`gross_profit: revenue`).",
            )
