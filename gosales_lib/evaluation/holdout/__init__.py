"""The holdout: what the scores promised against what happened after the cutoff."""

from gosales_lib.evaluation.holdout.judged import evaluate, report, rivals, segments
from gosales_lib.evaluation.holdout.later import CHECKED, later_sales
from gosales_lib.evaluation.holdout.tables import deciles, kept, segment_table, table

__all__ = [
    "CHECKED",
    "deciles",
    "evaluate",
    "kept",
    "later_sales",
    "report",
    "rivals",
    "segment_table",
    "segments",
    "table",
]
