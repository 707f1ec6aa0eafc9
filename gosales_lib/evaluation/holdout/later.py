"""The sales after a cutoff, and whether they reach as far as the window does."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.timeline import Window

CHECKED, NOTHING, REFUSED = "checked", "nothing to check yet", "refused"


@dataclass(frozen=True)
class Later:
    """The sales after a cutoff, and how far they reach."""

    sales: pl.DataFrame
    status: str
    missing_days: int
    overlap_rows: int
    sentence: str


def later_sales(
    sales: pl.DataFrame, holdout: pl.DataFrame, window: Window, max_missing_days: int = 0
) -> Later:
    """Return the log with the holdout's rows behind it, and whether they cover the window.

    Rows of the holdout dated on or before the log's last day are left aside and counted: the log
    has already told of those days.

    Parameters
    ----------
    sales, holdout
        `fact_transactions` and `holdout_transactions`.
    max_missing_days
        By so many days the data may end before the window does.
    """
    last_of_log = sales.select(pl.max("order_day")).item()
    fresh = holdout.filter(pl.col("order_day") > last_of_log)
    every = pl.concat([sales, fresh])
    last = every.select(pl.max("order_day")).item()
    missing = window.missing_days(last)
    days = "1 day" if missing == 1 else f"{missing} days"
    ends = f"the data ends on {timeline.to_date(last)}, the window on {window.end}"
    if last <= window.cutoff_day:
        status, sentence = NOTHING, f"Nothing to check yet: {ends}."
    elif missing > max_missing_days:
        status = REFUSED
        sentence = (
            f"Refused: {ends}, {days} short; say --max-missing-days {missing} "
            "(or max_missing_days in the layout) to check what there is."
        )
    else:
        short = f" ({days} short, as allowed)" if missing else ""
        status, sentence = CHECKED, f"Checked: {ends}{short}."
    return Later(every, status, missing, holdout.height - fresh.height, sentence)
