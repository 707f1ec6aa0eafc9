"""Alarms: facts that a person must know before trusting a result, each with level and mend.

One type covers all that can be wrong with a log, a run or a list. The code that
raises an alarm states the observation and the remedy. The console, `status --json` and the
dashboard only sort alarms.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from pydantic import BaseModel, ConfigDict

Raised = Literal["warning", "failed"]
Level = Literal["ok", Raised]
LEVELS: tuple[Level, ...] = ("ok", "warning", "failed")
"""Levels, the most severe last. A run with a failed alarm ends with an exit status other than 0."""


class Alarm(BaseModel):
    """One alarm.

    Parameters
    ----------
    name
        Stable name in kebab case, as layouts and scripts refer to it: `rejected-money`.
    level
        `warning` or `failed`.
    sentence
        What was seen, in one sentence with its figures.
    count
        Number of rows, files or customers concerned, None where nothing is counted.
    money
        Money concerned, in the layout's currency, None where it is unknown.
    example
        One example: a value, or file and line.
    mend
        What to do, in one sentence; the key of the layout or the option that answers it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    level: Raised
    sentence: str
    count: int | None = None
    money: float | None = None
    example: str | None = None
    mend: str | None = None


warning = partial(Alarm, level="warning")


def worst(alarms: Iterable[Alarm]) -> Level:
    """Return the most severe level among alarms; `ok` when there are none."""
    return max((alarm.level for alarm in alarms), key=LEVELS.index, default="ok")
