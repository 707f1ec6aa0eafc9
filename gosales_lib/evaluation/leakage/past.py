"""Which features stay the same without the rows after the cutoff: they depend on the past alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import partial

import narwhals as nw
import polars as pl

from gosales_lib import features as building
from gosales_lib.core import timeline
from gosales_lib.evaluation.leakage.check import Past
from gosales_lib.features.options import NEEDED
from gosales_lib.run_folders import Run
from gosales_lib.run_folders.artifacts import Folder

UNDATED = r"attribute__|(own_)?assets"
"""Features from tables without dates: when their values were written down is unknown."""


def same(
    features: pl.DataFrame, again: pl.DataFrame, names: Sequence[str], cutoff: date
) -> set[str]:
    """Return which features of a cutoff have the same values in a matrix built from the past alone.

    Features from a table without dates are left out, because they stay the same in any case.
    """
    first, second = (f.filter(cutoff_date=cutoff).sort("customer_id") for f in (features, again))
    dated = [n for n in names if not re.match(UNDATED, n) and n in second.columns]
    return {name for name in dated if first[name].equals(second[name])}


def known_by(sales: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the rows that were known on the cutoff."""
    rows = nw.from_native(sales).filter(timeline.known(timeline.to_day(cutoff)))
    return rows.to_native()


def rebuilt(run: Run, folder: Folder, cutoff: date, window_months: timeline.Length) -> Past:
    """Return a function that says which features of a division are equal in a new matrix.

    Only rows up to the cutoff are given to it, and only the families of the features in question.
    """
    return partial(_past_only, run, folder, cutoff, window_months)


def _past_only(
    run: Run, folder: Folder, cutoff: date, window_months: timeline.Length, names: Sequence[str]
) -> set[str]:
    dictionary = folder.read("feature_dictionary")
    families = dictionary.filter(pl.col("name").is_in(list(names)))["family"].unique().sort()
    layout, customers = run.layout(), run.read("dim_customer")
    chosen = dict.fromkeys([*NEEDED, *families])
    seen = known_by(run.read("fact_transactions"), cutoff)
    again = building.build(
        nw.from_native(seen.lazy()),
        [cutoff],
        str(folder.division),
        building.options(layout, ",".join(chosen), window_months),
        customers=nw.from_native(customers.lazy()),
        assets=nw.from_native(run.read("assets").lazy()) if layout.assets else None,
    )
    return same(folder.read("features"), again, names, cutoff)
