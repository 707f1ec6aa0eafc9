"""Alarms: their order, and what they may hold."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gosales_lib.core.alarms import Alarm, worst


def alarm(level: str) -> Alarm:
    return Alarm(name="rejected-rows", level=level, sentence="3 of 10 rows were rejected.")


def test_the_most_severe_alarm_decides_the_level():
    assert worst([]) == "ok"
    assert worst([alarm("warning")]) == "warning"
    assert worst([alarm("warning"), alarm("failed"), alarm("warning")]) == "failed"


def test_an_alarm_of_the_level_ok_is_refused():
    with pytest.raises(ValidationError, match="level"):
        alarm("ok")
