"""Alarms on a log: lost rows, exports that were read twice, customers in two spellings.

Each alarm is judged on the tidy log alone, so that `layout check`, 01_etl and pages say the same.
The layout's `alarms:` holds the limits, and names the alarms that a person has accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.alarms import Alarm
from gosales_lib.layout import Layout
from gosales_lib.sales_log import breaks, exports, later_reach, parties, reach, reading, unmatched
from gosales_lib.sales_log.rejects import first_reason, lost, size

if TYPE_CHECKING:
    from gosales_lib.sales_log import SalesLog


def of(log: SalesLog, layout: Layout) -> list[Alarm]:
    """Return the alarms on a log as the layout reads it, without those it accepts."""
    checks: tuple[Callable[[SalesLog, Layout], Iterable[Alarm]], ...] = (
        _nothing, _rejected, _files, exports.overlaps, exports.under_other_numbers, *parties.CHECKS,
        *unmatched.CHECKS, _signs, *reach.CHECKS, *breaks.CHECKS, *reading.CHECKS,
    )  # fmt: skip
    raised = [alarm for check in checks for alarm in check(log, layout)]
    return [alarm for alarm in raised if alarm.name not in layout.alarms.accept]


def of_holdout(log: SalesLog, later: SalesLog, layout: Layout) -> list[Alarm]:
    """Return the alarms on a holdout and how it follows the log, without those accepted."""
    checks = (
        _rejected,
        _files,
        exports.overlaps,
        exports.under_other_numbers,
        _signs,
        *reading.CHECKS,
    )
    own = [alarm for check in checks for alarm in check(later, layout)]
    own = [a.model_copy(update={"sentence": f"in the holdout, {a.sentence}"}) for a in own]
    raised = [*own, *later_reach.of(log, later, layout), *breaks.of_holdout(log, later)]
    return [alarm for alarm in raised if alarm.name not in layout.alarms.accept]


def table(alarms: Iterable[Alarm]) -> pl.DataFrame:
    """Return alarms as rows: name, level, sentence, count, money, example, mend."""
    kinds = {"count": pl.Int64, "money": pl.Float64}
    schema = {name: kinds.get(name, pl.String) for name in Alarm.model_fields}
    return pl.DataFrame([alarm.model_dump() for alarm in alarms], schema=schema)


def refuse(alarms: Iterable[Alarm]) -> None:
    """Raise ValueError if an alarm is failed, because no result may rest on such a log."""
    failed = [alarm for alarm in alarms if alarm.level == "failed"]
    if failed:
        raise ValueError(
            "; ".join(f"{a.name}: {a.sentence} {a.mend or ''}".strip() for a in failed)
        )


def _nothing(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    if log.transactions.is_empty():
        rows = int(log.reconciliation["rows_in"].sum())
        yield Alarm(
            name="nothing-kept",
            level="failed",
            sentence=f"none of {rows:,} rows was kept: the log holds no sale.",
            count=rows,
            example=first_reason(log.rejected),
            mend="Correct the layout: the reasons of the rejected rows name its columns.",
        )


def _rejected(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge the share of rows and of money that was rejected; dropped copies are no loss."""
    gone = lost(log)
    rows, money = int(log.reconciliation["rows_in"].sum()), size(log.transactions) + size(gone)
    shares = {"rows": (gone.height, rows), "money": (size(gone), money)}
    for what, (part, whole) in shares.items():
        share = part / whole if whole else 0.0
        if log.transactions.is_empty() or share <= layout.alarms.rejected_warning:
            continue
        stated = f"{part:,.0f} of {whole:,.0f} rows"
        if what == "money":
            stated = f"{part:,.2f} of {whole:,.2f} {layout.currency}"
        yield Alarm(
            name=f"rejected-{what}",
            level="failed" if share > layout.alarms.rejected_failed else "warning",
            sentence=f"{stated} ({share:.1%}) were rejected.",
            count=gone.height,
            money=size(gone),
            example=first_reason(gone),
            mend="Correct the rows or the layout; "
            f"`alarms: {{accept: [rejected-{what}]}}` says that the loss is right.",
        )


def _files(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge files that lost most of their rows, as a changed format loses a whole month."""
    if log.reconciliation.height < 2:
        return
    gone = (
        lost(log)
        .group_by("file")
        .agg(lost=pl.len(), money=sums.total(pl.col("gross_profit").abs()))
    )
    judged = log.reconciliation.join(gone, on="file", maintain_order="left")
    judged = judged.filter(pl.col("lost") >= layout.alarms.file_rejected * pl.col("rows_in"))
    for file, rows, number, money in judged.select("file", "rows_in", "lost", "money").iter_rows():
        yield Alarm(
            name="rejected-file",
            level="failed",
            sentence=f"{file} lost {number:,} of its {rows:,} rows.",
            count=number,
            money=money,
            example=first_reason(log.rejected.filter(pl.col("file") == file)),
            mend="Give the layout the file's date format or number sign, or remove the file.",
        )


def _signs(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    for column in ("quantity", "gross_profit"):
        some = log.transactions[column].drop_nulls()
        some = some.filter(some != 0)
        negative = int((some < 0).sum())
        if negative > len(some) / 2:
            what = column.replace("_", " ")
            names = (column, "revenue", "unit_price") if column == "gross_profit" else (column,)
            own = (getattr(layout.columns, name) for name in names)
            yield Alarm(
                name=f"mostly-negative-{column.replace('_', '-')}",
                level="warning",
                sentence=f"{negative:,} of {len(some):,} values of {what} are negative: "
                "each negative value counts as a return.",
                count=negative,
                example=str(some.filter(some < 0)[0]),
                mend="Where the source writes sales as negative, `negate: "
                f"[{next(filter(None, own), column)}]` reverses the sign.",
            )
