"""Reports which data a run can use for training and for its holdout, before its notebooks run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from gosales_lib import reports
from gosales_lib.batch.request import Request
from gosales_lib.core import coverage, timeline
from gosales_lib.core.coverage import Coverage
from gosales_lib.core.spelling import counted
from gosales_lib.reports.etl import Etl
from gosales_lib.reports.holdout import NOTHING
from gosales_lib.run_folders import Run

if TYPE_CHECKING:
    from gosales_lib.features.labels import LeftOut

LATER = "holdout_transactions"
A_MONTH = 20
"""A longer gap between log and holdout, in days, may have moved the default cutoff."""


def choose(run: Run, request: Request) -> dict[date, list[str]]:
    """Return the divisions of each cutoff after 01_etl: the given ones or those with enough buyers.

    ValueError: the log does not cover a cutoff or is too short for a window to train on, or no
    division had enough purchases by it.
    """
    from gosales_lib.features import labels

    sales = run.read("fact_transactions")
    cutoffs = cutoffs_of(run, request, sales)
    _refuse_short(run, request, sales, cutoffs)
    if request.all_divisions:
        return {day: list(run.layout().divisions) for day in cutoffs}
    if request.divisions:
        return {day: list(request.divisions) for day in cutoffs}
    length, purchase = request.length, run.layout().purchase
    chosen = {day: labels.sellable_divisions(sales, day, length, purchase) for day in cutoffs}
    for day, names in chosen.items():
        if not names:
            raise ValueError(
                f"no division had enough buyers in the {timeline.in_words(length)} up to {day}: "
                "choose another --cutoff, or name a --division"
            )
    return chosen


def _refuse_short(run: Run, request: Request, sales: pl.DataFrame, days: Iterable[date]) -> None:
    """Refuse a log without a window to train on, before a notebook finds out.

    A 01_etl of one's own that leaves no layout is not judged.
    """
    if not (run.path / "layout.json").exists():
        return
    seen, months = coverage.of(sales), request.window_months
    allowed = run.layout().max_missing_months
    for day in days:
        try:
            coverage.training_cutoffs(sales, day, months, max_missing_months=allowed)
        except ValueError as error:
            raise ValueError(
                f"the log, {seen.first} to {seen.last}, is too short for windows of {months} "
                f"months at cutoff {day}: {error}"
            ) from None


def sentences(run: Run, chosen: Mapping[date, Sequence[str]]) -> list[str]:
    """Return what the run will do: what was read of the log, and the divisions of each cutoff."""
    lines = []
    with contextlib.suppress(FileNotFoundError):
        log = reports.read(run.path, Etl)
        lines.append(
            f"{counted(len(log.files), 'file')}, {log.rows_kept:,} of "
            f"{log.rows_in:,} rows kept, orders from {log.first_order} to {log.last_order}"
        )
    for day, names in chosen.items():
        lines.append(f"cutoff {day}: {counted(len(names), 'division')}: {', '.join(names)}")
    return lines


def left_out(run: Run, request: Request, chosen: Mapping[date, Sequence[str]]) -> list[LeftOut]:
    """Return the divisions that `choose` did not take because too few customers bought them."""
    from gosales_lib.features import labels

    if request.all_divisions or request.divisions:
        return []
    sales, layout = run.read("fact_transactions"), run.layout()
    asked = (request.length, layout.purchase)
    return [
        missing
        for day in chosen
        for missing in labels.left_out(sales, layout.divisions, day, *asked)
    ]


def cutoffs_of(run: Run, request: Request, sales: pl.DataFrame) -> list[date]:
    """Return the cutoffs asked for, or the latest that the log covers.

    ValueError: the log does not cover a cutoff; or none was named, and nothing covers the days
    between the log and its holdout, so that the latest cutoff is likely to be too early.
    """
    seen = coverage.of(sales)
    asked = [timeline.parse_date(text) for text in request.cutoffs]
    if not asked:
        _refuse_gap(seen, sales, _later(run), allowed_days(run, request))
    for day in asked:
        seen.refuse(day)
    return asked or [seen.default_cutoff()]


def _later(run: Run) -> pl.DataFrame | None:
    """Return the rows of the holdout, None where there are none."""
    if not (run.path / f"{LATER}.parquet").exists():
        return None
    rows = run.read(LATER)
    return rows if rows.height else None


def allowed_days(run: Run, request: Request) -> int:
    """Return how many days of a holdout's window may lack sales, from the option or the layout."""
    asked = int(request.parameters.get("max_missing_days", -1))
    return run.layout().max_missing_days if asked < 0 else asked


def _refuse_gap(
    seen: Coverage, sales: pl.DataFrame, later: pl.DataFrame | None, allowed: int
) -> None:
    if later is None or seen.last is None:
        return
    least = max(allowed, A_MONTH)
    for part in coverage.of(sales, later).missing:
        if 0 < (part.first - seen.last).days <= timeline.GRACE_DAYS and part.days > least:
            begins = timeline.to_date(timeline.to_day(part.last) + 1)
            raise ValueError(
                f"the log ends on {seen.last} and the holdout begins on {begins}: {part.days} days "
                f"between them are missing ({part.first:%Y-%m} to {part.last:%Y-%m}). Is a file of "
                "the log or of the holdout missing, or did it lose its rows? Add it, or accept the "
                f"gap with --cutoff {seen.default_cutoff()}"
            )


def holdouts(run: Run, request: Request, days: Iterable[date]) -> dict[str, dict[str, str]]:
    """Return status and sentence of each cutoff's holdout, as 05_holdout will judge it.

    Where no holdout was asked for and there is no later row, nothing is said.
    """
    from gosales_lib.evaluation.later_sales import later_sales  # loads no library of models

    later = _later(run)
    if later is None:
        folder = request.holdout_dir
        sentence = f"Nothing to check: {folder} holds no sale of the layout's divisions."
        verdict = {"status": NOTHING, "sentence": sentence}
        return {day.isoformat(): verdict for day in days} if folder else {}
    sales, layout = run.read("fact_transactions"), run.layout()
    allowed = allowed_days(run, request)
    verdicts = {}
    for day in days:
        window = timeline.Window(day, request.length, layout.learning.label_buffer_days)
        judged = later_sales(sales, later, window, allowed)
        verdicts[day.isoformat()] = {"status": judged.status, "sentence": judged.sentence}
    return verdicts
