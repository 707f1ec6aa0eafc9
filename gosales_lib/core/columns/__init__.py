"""Names and types of the columns of all files in a run folder.

`log` has the tidy log and what belongs to it, `scores` a division's scores, `ranked_list` the list.
"""

from __future__ import annotations

from gosales_lib.core.columns.log import (
    ACCOUNTS,
    ASSETS,
    DIM_CUSTOMER,
    FACT_TRANSACTIONS,
    KEYS,
    REJECTED_ROWS,
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
    "WHITESPACE",
]
