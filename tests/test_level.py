"""The level of the window to come, from residuals that the test gives."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from gosales_lib.core.timeline import add_months
from gosales_lib.learning import level

TARGET = date(2024, 12, 31)
YEAR_AGO, NINE, HALF = (add_months(TARGET, -months) for months in (12, 9, 6))


def test_the_season_is_that_of_a_year_ago_and_the_trend_that_of_the_newest_window():
    found = level.forecast({NINE: 9.0, HALF: -0.2, YEAR_AGO: 0.4}, {}, {}, TARGET)
    assert found.season == pytest.approx(level.SEASON * 0.4)
    assert found.trend == pytest.approx(level.TREND * -0.2)
    assert found.shift == pytest.approx(found.season + found.trend)
    assert found.error == pytest.approx(level.USUAL_ERROR)  # nothing is known of this log


def test_without_a_window_a_year_ago_there_is_no_season_and_the_error_is_larger():
    found = level.forecast({NINE: 9.0, HALF: -0.2}, {}, {}, TARGET)
    assert (found.season, found.trend) == (0.0, pytest.approx(level.TREND * -0.2))
    assert found.error == level.NO_SEASON > level.USUAL_ERROR
    nothing = level.forecast({}, {}, {}, TARGET)
    assert (nothing.shift, nothing.error) == (0.0, level.NO_SEASON)
    assert nothing == level.Level()


def test_the_error_is_drawn_to_what_models_of_two_cutoffs_or_more_were_off_by():
    off = {YEAR_AGO: 0.9, NINE: 0.5, HALF: -0.3}
    found = level.forecast({YEAR_AGO: 0.0}, off, {YEAR_AGO: 1, NINE: 2, HALF: 3}, TARGET)
    weight, usual = level.WEIGHT, level.USUAL_ERROR
    expected = (weight * usual**2 + 0.5**2 + 0.3**2) / (weight + 2)
    assert found.error == pytest.approx(np.sqrt(expected))


def test_the_log_and_the_usual_are_weighed_as_the_documentation_says():
    assert 0 < level.SEASON < level.TREND < 1
    assert 0 < level.USUAL_ERROR < level.NO_SEASON < 1
