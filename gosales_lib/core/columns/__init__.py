"""Names and types of the columns of all files in a run folder.

`log` holds the columns of the tidy log and its companions, `scores` those of a division's scores,
and `ranked_list` those of the ranked list.
"""

from __future__ import annotations

from gosales_lib.core.columns.log import (
    ACCOUNTS,
    ASSETS,
    DIM_CUSTOMER,
    FACT_TRANSACTIONS,
    KEYS,
    REJECTED_ROWS,
    UNREADABLE,
    shown_amounts,
)
from gosales_lib.core.columns.ranked_list import WHITESPACE
from gosales_lib.core.columns.scores import SCORES

__all__ = [
    "ACCOUNTS",
    "ASSETS",
    "DIM_CUSTOMER",
    "FACT_TRANSACTIONS",
    "KEYS",
    "REJECTED_ROWS",
    "SCORES",
    "UNREADABLE",
    "WHITESPACE",
    "shown_amounts",
]
