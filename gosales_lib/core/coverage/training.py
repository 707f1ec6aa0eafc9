"""The earlier cutoffs to train on: those whose windows the log covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from gosales_lib.core import process_cache, timeline
from gosales_lib.core.coverage import measured
from gosales_lib.core.coverage.result import Coverage, Part, Seen
from gosales_lib.core.timeline import Length, Window


class LeftOut(Part):
    """A cutoff whose window lacks more sales than the layout allows."""

    cutoff: date
    seen: Seen


class Training(Part):
    """The cutoffs that train the models of one later cutoff, oldest first, and those left out."""

    cutoffs: tuple[date, ...]
    left_out: tuple[LeftOut, ...] = ()
    partly: tuple[LeftOut, ...] = ()

    @property
    def sentence(self) -> str:
        """The chosen cutoffs and what is missing, in one or more sentences."""
        days = ", ".join(map(str, self.cutoffs))
        text = f"Trained on {len(self.cutoffs)} earlier cutoffs: {days}."
        if self.left_out:
            text += (
                f" Left out, because sales are missing in their windows: {_list(self.left_out)}."
            )
        if self.partly:
            text += f" Covered in part: {_list(self.partly)}."
        return text


def _list(parts: tuple[LeftOut, ...]) -> str:
    return "; ".join(f"{part.cutoff} ({part.seen.lacks})" for part in parts)


def training_cutoffs(
    sales: pl.DataFrame,
    cutoff: date,
    window_months: Length,
    division: str = "",
    *,
    max_missing_months: int = 0,
    step_months: int = 0,
    most: int = 8,
) -> Training:
    """Return the earlier cutoffs that models may be trained on for `cutoff`.

    Only rows up to the cutoff count.

    Parameters
    ----------
    sales
        Tidy rows: customer_id, order_day, gross_profit and division.
    division
        Windows in which this division lacks sales are left out: it had ended or not begun, or a
        file of it is missing. Where none would be left they stay, and are named.
    max_missing_months
        The number of months of a window that may lack sales.
    step_months, most
        See `timeline.training_cutoffs`.

    Raises
    ------
    ValueError
        No earlier cutoff has a covered window and enough of the log behind it.
    """
    log = _until(sales, cutoff)
    how = {"step_months": step_months, "most": most, "max_missing_months": max_missing_months}
    chosen = _chosen(log, cutoff, window_months, **how)
    own = log.of_division(division)
    seen = {day: own.seen(Window(day, window_months, anchor=cutoff)) for day in chosen.cutoffs}
    lost = [day for day, window in seen.items() if len(window.missing_months) > max_missing_months]
    if len(lost) == len(seen):
        return chosen.model_copy(update={"partly": _parts(seen, lost)})
    kept = tuple(day for day in chosen.cutoffs if day not in lost)
    left_out = (*chosen.left_out, *_parts(seen, lost))
    return chosen.model_copy(update={"cutoffs": kept, "left_out": left_out} if lost else {})


@process_cache.per_process
def _until(sales: pl.DataFrame, cutoff: date) -> Coverage:
    return measured.of(sales.filter(pl.col("order_day") <= timeline.to_day(cutoff)))


def _chosen(
    coverage: Coverage,
    cutoff: date,
    window_months: Length,
    *,
    max_missing_months: int,
    step_months: int,
    most: int,
) -> Training:
    """Return the earlier cutoffs whose windows are covered; see `training_cutoffs`."""
    asked: dict[date, Seen] = {}

    def covered(day: date) -> bool:
        asked[day] = coverage.seen(Window(day, window_months, anchor=cutoff))
        return len(asked[day].missing_months) <= max_missing_months

    how = {"step_months": step_months, "most": most}
    try:
        chosen = timeline.training_cutoffs(
            cutoff, window_months, coverage.days[0], covered=covered, **how
        )
    except ValueError as error:
        if not asked:
            raise
        newest = _parts(asked, sorted(asked)[-3:])
        raise ValueError(
            f"no earlier cutoff to train on at {cutoff}: sales are missing in the window of each "
            f"({_list(newest)}); add the missing files, or allow windows that lack months with "
            "max_missing_months in the layout"
        ) from error
    lost = [day for day in sorted(asked) if not covered(day) and day > chosen[0]]
    partly = [day for day in chosen if asked[day].missing_months]
    return Training(
        cutoffs=tuple(chosen), left_out=_parts(asked, lost), partly=_parts(asked, partly)
    )


def _parts(asked: Mapping[date, Seen], days: Iterable[date]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(cutoff=day, seen=asked[day]) for day in days)
