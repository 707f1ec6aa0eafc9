"""Calibration by hand: the map, its slope, its level, and its report."""

from __future__ import annotations

import numpy as np
import pytest

from gosales_lib.learning import calibration, metrics
from gosales_lib.learning.calibration import Calibration
from gosales_lib.learning.models import expit, logit
from gosales_lib.reports import training as reported


def outcomes(*rates: float, each: int = 1000) -> np.ndarray:
    """Return `each` outcomes for every rate, one rate after the other: so many ones, then zeros."""
    return np.concatenate([np.arange(each) < rate * each for rate in rates]).astype(float)


def test_the_map_spreads_the_odds_around_the_centre_and_moves_all_of_them():
    line = Calibration("platt", slope=2.0, centre=1.0, shift=0.5)
    assert line([1.0, 2.0, 0.0]) == pytest.approx(expit(np.array([1.5, 3.5, -0.5])))
    assert Calibration("platt", slope=2.0)([1.0]) == pytest.approx(expit(2.0))
    assert line.moved(-0.5)([2.0]) == pytest.approx(expit(2.5))


def test_the_slope_is_that_of_the_log_odds_within_each_window_whatever_their_levels():
    """One of 10 and 5 of 10 buy in the one window, 2 of 10 and 9 of 13 in the other: ln 9 apart."""
    odds = np.repeat([-2.0, 1.0], 1300)
    first, second = outcomes(0.1, 0.5, each=1300), outcomes(0.2, 9 / 13, each=1300)
    apart = logit(np.array([0.5, 9 / 13])) - logit(np.array([0.1, 0.2]))
    assert apart == pytest.approx([np.log(9)] * 2)
    assert calibration.slope_of([(odds, first), (odds, second)]) == pytest.approx(
        np.log(9) / 3, abs=1e-3
    )


@pytest.mark.parametrize(("rates", "slope"), [((0.001, 0.999), 4.0), ((0.9, 0.1), 0.1)])
def test_the_slope_stays_between_a_tenth_and_four(rates, slope):
    odds = np.repeat([-1.0, 1.0], 1000)
    assert calibration.slope_of([(odds, outcomes(*rates))]) == pytest.approx(slope)


def test_half_of_the_slopes_logarithm_is_kept_around_the_share_of_buyers():
    odds = np.repeat([-1.0, 1.0], 1000)
    line = calibration.fit([odds], [outcomes(0.1, 0.9)], 0.2)  # the log odds are 2 ln 9 apart
    assert line.method == "platt"
    assert line.slope == pytest.approx(np.log(9) ** 0.5, abs=1e-3)
    assert (line.centre, line.shift) == (pytest.approx(logit(0.2)), 0.0)


@pytest.mark.parametrize(("buyers", "method"), [(30, "platt"), (29, "shift"), (1, "shift")])
def test_a_slope_takes_thirty_buyers_over_all_windows(buyers, method):
    odds, first = np.linspace(-3, 3, 60), np.zeros(60)
    second = first.copy()
    first[: buyers // 2] = second[: buyers - buyers // 2] = 1
    line = calibration.fit([odds, odds], [first, second], 0.25)
    assert (line.method, line.centre) == (method, pytest.approx(logit(0.25)))
    assert method == "platt" or line.slope == 1.0
    others = calibration.fit([odds, odds], [1 - first, 1 - second], 0.25)
    assert others.method == method  # so few who did not buy


def test_a_window_in_which_nobody_or_everybody_bought_is_no_evidence():
    odds = np.linspace(-3, 3, 40)
    told = calibration.fit([odds, odds], [np.zeros(40), np.ones(40)], 0.25)
    assert (told.method, told.slope, told.centre) == ("none", 1.0, pytest.approx(logit(0.25)))


def test_every_window_has_an_outcome():
    with pytest.raises(ValueError, match="shorter"):
        calibration.fit([np.zeros(5), np.zeros(5)], [np.zeros(5)], 0.5)


def test_each_row_gets_the_level_of_the_other_folds():
    """All odds are alike, so that the probability is the share of buyers among the other 8."""
    bought = np.array([1.0] * 4 + [0.0] * 6)
    found = calibration.out_of_fold(np.zeros(10), bought, np.arange(10))
    assert set((found * 8).round(9)) <= {2.0, 3.0, 4.0}
    assert found.mean() == pytest.approx(0.4)
    assert np.unique(found[bought == 1].round(9)).max() < 0.5  # without its own purchase
    one = calibration.out_of_fold(np.zeros(1), np.ones(1), np.arange(1))
    assert one == pytest.approx([0.5])  # nobody else tells anything


def test_the_shift_of_one_buyer_alone_by_hand():
    assert calibration.shift_between([0.5] * 4, [1, 0, 0, 0]) == pytest.approx(logit(0.25))
    assert calibration.shift_between([0.5] * 4, [1, 1, 1, 0]) == pytest.approx(logit(0.75))
    for nobody_or_all in ([0] * 4, [1] * 4):
        assert calibration.shift_between([0.5] * 4, nobody_or_all) == 0.0
    predicted, bought = np.repeat([0.1, 0.9], 5), [0] * 5 + [1] * 4 + [0]
    moved = expit(logit(predicted) + calibration.shift_between(predicted, bought))
    assert moved.mean() == pytest.approx(0.4)


def test_a_line_is_held_below_five_and_above_a_twentieth():
    odds = np.repeat([-1.0, 1.0], 100_000)
    steep = calibration.line(expit(odds), outcomes(0.0, 1.0, each=100_000))
    assert steep["slope"] == pytest.approx(5.0)


def test_the_summary_gives_the_means_and_the_error_with_its_interval():
    mixed = np.random.default_rng(1).permutation(1000)  # equal probabilities are in no order
    p, bought = np.repeat([0.2, 0.4], 500)[mixed], outcomes(0.3, 0.5, each=500)[mixed]
    found = calibration.summary(p, bought)
    assert (found["mean_probability"], found["base_rate"]) == pytest.approx((0.3, 0.4))
    assert found["expected_calibration_error"] == metrics.expected_calibration_error(bought, p)
    apart = logit(np.array([0.3, 0.5])), logit(np.array([0.2, 0.4]))
    slope = np.ptp(apart[0]) / np.ptp(apart[1])
    assert found["slope"] == pytest.approx(slope, rel=0.02)
    assert found["intercept"] == pytest.approx(-slope * logit(0.4), abs=0.02)
    low, high = (found[f"expected_calibration_error_{end}"] for end in ("low", "high"))
    error, samples = metrics.expected_calibration_error, metrics.resamples(1000, 400, seed=3)
    inside = [low <= error(bought, p, weight) <= high for weight in samples]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.04)
    said = reported.Calibration.of(**found | {"slope": 0.953, "intercept": -0.117}).sentence
    words = "slope 0.95 (1 is right), intercept -0.12 (0 is right), expected calibration error 0."
    assert said.startswith(words)
    assert said.endswith(f"[{low:.3f}, {high:.3f}]")


def test_a_line_through_one_point_is_the_smoothed_rate():
    """Ten buyers and twenty others at even odds: targets 11/12 and 1/22, mean 0.336."""
    line = calibration.line([0.5] * 30, [1] * 10 + [0] * 20)
    mean = (10 * 11 / 12 + 20 / 22) / 30
    assert line["intercept"] == pytest.approx(np.log(mean / (1 - mean)), abs=1e-4)


def test_an_intercept_of_zero_has_no_minus_sign():
    found = calibration.summary([0.2] * 4 + [0.6] * 6, [1, 0, 0, 0, 1, 1, 1, 1, 0, 0])
    said = reported.Calibration.of(**found | {"slope": 1.0, "intercept": -0.004}).sentence
    assert "intercept +0.00 (0 is right)" in said


@pytest.mark.parametrize(("true_slope", "fitted"), [(0.5, 0.5), (2.0, 2.0), (-1.0, 0.05)])
def test_the_line_has_the_slope_of_the_outcome_and_never_turns_the_ranking_round(
    true_slope, fitted
):
    odds = np.repeat([-1.0, 1.0], 10_000)
    rate = 1 / (1 + np.exp(-true_slope * odds))
    bought = (np.tile(np.arange(10_000), 2) / 10_000 < rate).astype(int)
    line = calibration.line(1 / (1 + np.exp(-odds)), bought)
    assert line["slope"] == pytest.approx(fitted, abs=0.01)
