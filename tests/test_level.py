"""The level of the window to come, from residuals that the test gives."""

from __future__ import annotations

from datetime import date

import pytest

from gosales_lib.core.timeline import add_months
from gosales_lib.learning import level

TARGET = date(2024, 12, 31)
YEAR_AGO, NINE, HALF = (add_months(TARGET, -months) for months in (12, 9, 6))


def test_two_fifths_of_a_year_ago_and_half_of_the_newest_window_recur():
    found = level.forecast({NINE: 9.0, HALF: -0.2, YEAR_AGO: 0.4}, {}, {}, TARGET)
    assert found.season == pytest.approx(0.16)
    assert found.trend == pytest.approx(-0.1)
    assert found.shift == pytest.approx(0.06)
    assert found.error == pytest.approx(0.3)  # nothing is known of this log


def test_without_a_window_a_year_ago_there_is_no_season_and_the_error_is_larger():
    found = level.forecast({NINE: 9.0, HALF: -0.2}, {}, {}, TARGET)
    assert (found.season, found.trend) == (0.0, pytest.approx(-0.1))
    assert found.error == pytest.approx(0.8)
    nothing = level.forecast({}, {}, {}, TARGET)
    assert (nothing.shift, nothing.error) == (0.0, pytest.approx(0.8))
    assert nothing == level.Level()


def test_the_error_is_drawn_to_what_models_of_two_cutoffs_or_more_were_off_by():
    """What is usual, 0.3, counts for four windows: (4 x 0.09 + 0.25 + 0.09) / 6 is 0.1167."""
    off = {YEAR_AGO: 0.9, NINE: 0.5, HALF: -0.3}
    found = level.forecast({YEAR_AGO: 0.0}, off, {YEAR_AGO: 1, NINE: 2, HALF: 3}, TARGET)
    assert found.error == pytest.approx(0.11667**0.5, abs=1e-4)
    unknown = level.forecast({}, off, {YEAR_AGO: 1, NINE: 2, HALF: 3}, TARGET)
    assert unknown.error == pytest.approx(((4 * 0.64 + 0.34) / 6) ** 0.5)
