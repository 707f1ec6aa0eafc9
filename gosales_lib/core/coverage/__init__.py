"""Coverage: which days of a log are covered. All code that needs the end of a log asks here.

The largest date of a column is not the end of a log: a year that was mistyped, an order that is
booked ahead or a file that could not be read moves it. `of` looks at all days instead.
"""

from gosales_lib.core.coverage.branches import branches, silent
from gosales_lib.core.coverage.measured import FILES, Measured, measure, of
from gosales_lib.core.coverage.result import Aside, Coverage, Month, Seen, Span, Stretch
from gosales_lib.core.coverage.training import Training, training_cutoffs

__all__ = [
    "FILES",
    "Aside",
    "Coverage",
    "Measured",
    "Month",
    "Seen",
    "Span",
    "Stretch",
    "Training",
    "branches",
    "measure",
    "of",
    "silent",
    "training_cutoffs",
]
