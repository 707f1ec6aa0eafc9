"""What a run changes beside earlier runs: orders that are gone, quality gates and the list."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from gosales_lib import reports
from gosales_lib.batch.findings import Finding, compared, reported
from gosales_lib.core.columns import KEYS
from gosales_lib.core.spelling import counted
from gosales_lib.layout.thresholds import Limits
from gosales_lib.reports import NotAvailableError
from gosales_lib.reports.division import NOT_AVAILABLE
from gosales_lib.reports.etl import Etl
from gosales_lib.run_folders import Run, kinds, record, releases


def history(run: Run, limits: Limits) -> Iterator[Finding]:
    """Yield how many orders of an earlier run's log are not in this run's any more."""
    before = _earlier(run)
    if before is None:
        return
    try:
        then, now = (reports.read(each, Etl).coverage.months for each in (before, run))
    except (FileNotFoundError, NotAvailableError):
        return  # the finding `reports` says so of this run
    held, every = {part.month: part.orders for part in now}, sum(part.orders for part in then)
    lost = sum(max(0, part.orders - held.get(part.month, 0)) for part in then)
    text = (
        f"{lost:,} of {counted(every, 'order')} in the log of run {before.id} are not in this log"
    )
    shares = [lost / every] if every else []
    gone, customers = _customers_gone(before, run)
    if gone:
        text += f", nor are {gone:,} of {counted(customers, 'customer')}"
        shares.append(gone / customers)
    yield compared("lost-history", max(shares, default=None), limits, f"{text}.")


def _customers_gone(before: Run, run: Run) -> tuple[int, int]:
    """Return how many customers with orders of an earlier run this run lacks, and of how many.

    Orders are counted by month: those of other customers would make up for them.
    """
    try:
        then, now = (each.read("dim_customer") for each in (before, run))
    except FileNotFoundError:
        return 0, 0
    ordered = then.filter(pl.col("first_order_date").is_not_null())
    return ordered.join(now, "customer_id", "anti").height, ordered.height


def _earlier(run: Run) -> Run | None:
    """Return the run whose models a run scores with, else the released one, else the one before."""
    if source := record.read(run).get("scored_with"):
        trained = Run(run.path.parent / source)
        return trained if trained.path.exists() else None
    return releases.seen_before(run) or next(_candidates_before(run), None)


def _candidates_before(run: Run) -> Iterator[Run]:
    """Yield the earlier finished candidates of a run's layout, the latest first."""
    layout = kinds.of(run).layout
    for other, content, identity in kinds.listed(run.path.parent):
        mine = identity.layout == layout and identity.kind == "candidate" and other.id < run.id
        if mine and content.get("state") == "done":
            yield other


def against_released(run: Run, cutoff: str, limits: Limits) -> Iterator[Finding]:
    """Yield what changes for the reps if this run replaces the released one."""
    before = releases.seen_before(run)
    if before is None:
        return
    is_trial = kinds.of(run).kind == "trial"
    yield _gates(run, before, cutoff, limits, is_trial)
    if not is_trial:  # the list of some divisions is another list
        yield _turnover(run, before, cutoff, limits)


def passed_gates(run: Run, cutoff: str | None = None) -> dict[str, bool]:
    """Return whether each division passed its quality gate at a run's newest cutoff."""
    day = cutoff or max(record.read(run).get("cutoffs") or [""])
    names = reported(run, day)
    return {each.name: each.trained.verdict.signal for each in names if each.trained}


def _gates(run: Run, before: Run, cutoff: str, limits: Limits, is_trial: bool) -> Finding:
    now, then = passed_gates(run, cutoff), passed_gates(before)
    if is_trial:  # the other divisions are not part of it
        then = {name: passed for name, passed in then.items() if name in now}
    waits = {each.name for each in reported(run, cutoff) if not each.trained} - set(now)
    then = {name: passed for name, passed in then.items() if name not in waits}
    lost = sorted(name for name, passed in then.items() if passed and not now.get(name, False))
    won = sorted(name for name, passed in now.items() if passed and not then.get(name, False))
    parts = [f"lost in {', '.join(lost)}"] * bool(lost) + [f"won in {', '.join(won)}"] * bool(won)
    text = f"Quality gates beside run {before.id}: {'; '.join(parts) or 'unchanged'}."
    if waits:
        text += f" Not available in {', '.join(sorted(waits))}: no model was trained yet."
    return compared("lost-gates", len(lost) if then or not waits else None, limits, text)


def _turnover(run: Run, before: Run, cutoff: str, limits: Limits) -> Finding:
    now, then = _chosen(run, cutoff), _chosen(before, max(record.read(before)["cutoffs"]))
    if now is None or then is None or now.is_empty():
        text = f"The turnover of the list is {NOT_AVAILABLE}."
        return compared("list-turnover", None, limits, text)
    fresh = now.join(then, on=KEYS, how="anti").height
    text = f"{fresh} of {now.height} chosen offers are not chosen in run {before.id}."
    return compared("list-turnover", fresh / now.height, limits, text)


def _chosen(run: Run, cutoff: str) -> pl.DataFrame | None:
    try:
        offers = run.whitespace(cutoff).read("whitespace")
        return offers.filter("chosen").select("customer_id", "division")
    except (FileNotFoundError, pl.exceptions.ColumnNotFoundError):
        return None
