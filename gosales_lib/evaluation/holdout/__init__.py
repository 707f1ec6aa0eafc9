"""The holdout: predicted scores against the sales observed after the cutoff."""

from gosales_lib.evaluation.holdout.judged import (
    evaluate,
    judge,
    report,
    score_baselines,
    segments,
    sentence,
)
from gosales_lib.evaluation.holdout.tables import deciles, kept, segment_table, table
from gosales_lib.evaluation.later_sales import later_sales
from gosales_lib.reports.holdout import CHECKED

__all__ = [
    "CHECKED",
    "deciles",
    "evaluate",
    "judge",
    "kept",
    "later_sales",
    "report",
    "score_baselines",
    "segment_table",
    "segments",
    "sentence",
    "table",
]
