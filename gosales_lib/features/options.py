"""The options of the features, from a layout and the parameters of a run."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from gosales_lib.core import sums, timeline
from gosales_lib.features.family import choose
from gosales_lib.features.history import Options
from gosales_lib.reports.features import Features

if TYPE_CHECKING:
    from gosales_lib.layout import Layout

NEEDED = ("recency", "frequency_monetary")


def options(layout: Layout, families: str, window_months: timeline.Length) -> Options:
    """Return what a layout decides about the features, for `build` and `dictionary`.

    Parameters
    ----------
    families
        A comma list, such as "+affinity,-trend"; empty takes the layout's `features.families`.

    Raises
    ------
    ValueError
        A name is unknown, or one of `NEEDED` is left out.
    """
    named = [n for n in families.split(",") if n.strip()] or layout.features.families
    left_out = [name for name in NEEDED if name not in {f.name for f in choose(named)}]
    if left_out:
        raise ValueError(
            f"feature family {left_out[0]!r} cannot be left out: the baselines are made of it; "
            f"add it to {','.join(named)!r}"
        )
    return Options(
        divisions=layout.divisions,
        window_months=timeline.whole_months(window_months),
        attributes=[(a.column, a.kind) for a in layout.attributes],
        families=named,
        purchase=layout.purchase,
        flags=layout.flags,
        products=layout.features.products,
        winsor=layout.features.winsor,
    )


def report(
    matrix: pl.DataFrame, labels: pl.DataFrame, dictionary: pl.DataFrame, cutoff: date
) -> Features:
    """Return the report of 02_features: sizes, cutoffs, buyers by cutoff, coverage by family."""
    by_cutoff = labels.group_by("cutoff_date").agg(
        customers=pl.len(), buyers=pl.col("bought").cast(pl.Int64).sum()
    )
    coverage = dictionary.group_by("family").agg(sums.mean("coverage").round(4))
    figures: dict[str, Any] = {
        "cutoff": cutoff,
        "customers": matrix.filter(cutoff_date=cutoff).height,
        "rows": matrix.height,
        "features": dictionary.height,
        "training_cutoffs": by_cutoff.sort("cutoff_date").to_dicts(),
        "coverage": dict(coverage.sort("family").iter_rows()),
    }
    return Features.of(**figures, sentence=sentence(figures))


def sentence(figures: dict[str, Any]) -> str:
    """Return the account of 02_features in words."""
    cutoffs = figures["training_cutoffs"]
    customers, buyers = (sum(row[key] for row in cutoffs) for key in ("customers", "buyers"))
    text = f"{figures['customers']:,} customers are known on {figures['cutoff']}, each by "
    text += f"{figures['features']} features in {len(figures['coverage'])} families. "
    if not customers:
        return text + "No earlier window had closed: nothing can be learned from."
    return text + (
        f"{len(cutoffs)} earlier windows had closed; in them {buyers:,} of {customers:,} bought, "
        f"{buyers / customers:.1%}."
    )
