"""The measures: literal answers, and the properties that any right definition has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from gosales_lib.learning import metrics

BOUGHT = [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]
BEST_FIRST = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


@st.composite
def rankings(draw):
    size = draw(st.integers(4, 60))
    bought = draw(st.lists(st.integers(0, 1), min_size=size, max_size=size))
    bought[0], bought[1] = 0, 1  # both classes
    score = draw(st.lists(st.integers(-20, 20), min_size=size, max_size=size))
    return np.array(bought), np.array(score, float)


def test_lift_and_capture_by_hand():
    assert metrics.lift(BOUGHT, BEST_FIRST, 0.1) == pytest.approx(5.0)
    assert metrics.capture(BOUGHT, BEST_FIRST, 0.2) == pytest.approx(0.5)
    assert metrics.capture(BOUGHT, BEST_FIRST, 0.3) == pytest.approx(1.0)


def test_a_perfect_ranking_lifts_to_one_over_the_base_rate_capped_by_the_share():
    bought = [1] * 10 + [0] * 90
    assert metrics.lift(bought, bought, 0.1) == pytest.approx(10.0)
    assert metrics.lift([1] * 50 + [0] * 50, [1] * 50 + [0] * 50, 0.1) == pytest.approx(2.0)


def test_a_score_that_is_the_same_for_all_has_a_lift_of_one():
    assert metrics.lift(BOUGHT, [0.3] * 10, 0.1) == pytest.approx(1.0)
    assert metrics.auc(BOUGHT, [0.3] * 10) == pytest.approx(0.5)
    assert metrics.average_precision(BOUGHT, [0.3] * 10) == pytest.approx(0.2)


@given(rankings(), st.sampled_from([0.05, 0.1, 0.2]))
@settings(max_examples=40, deadline=None)
def test_over_all_orders_the_lift_is_one_and_no_ranking_has_more_than_the_perfect_one(ranking, top):
    bought, score = ranking
    size, rate = len(bought), bought.mean()
    ranks = np.arange(size)
    turned = [metrics.lift(bought, np.roll(ranks, shift), top) for shift in range(size)]
    assert np.mean(turned) == pytest.approx(1.0)  # each customer stands once in each place
    best = metrics.lift(bought, bought, top)
    assert best == pytest.approx(min(1 / rate, 1 / top))
    assert metrics.lift(bought, score, top) <= best + 1e-9


def test_ties_are_averaged_over_every_order():
    bought, score = [1, 0, 0, 0], [2, 2, 1, 1]
    either = [metrics.lift(bought, s, 0.25) for s in ([4, 3, 2, 1], [3, 4, 2, 1])]
    assert metrics.lift(bought, score, 0.25) == pytest.approx(np.mean(either))


@given(rankings())
@settings(max_examples=60, deadline=None)
def test_auc_and_average_precision_agree_with_scikit_learn(ranking):
    bought, score = ranking
    assert metrics.auc(bought, score) == pytest.approx(roc_auc_score(bought, score))
    expected = average_precision_score(bought, score)
    assert metrics.average_precision(bought, score) == pytest.approx(expected)


@given(rankings())
@settings(max_examples=40, deadline=None)
def test_a_monotone_transform_and_a_shuffle_change_nothing(ranking):
    bought, score = ranking
    order = np.random.default_rng(0).permutation(len(score))

    def top(bought: np.ndarray, score: np.ndarray) -> float:
        return metrics.lift(bought, score, 0.2)

    for measure in (metrics.auc, metrics.average_precision, top):
        value = measure(bought, score)
        assert measure(bought, np.exp(score / 10) + 3) == pytest.approx(value)
        assert measure(bought[order], score[order]) == pytest.approx(value)


@given(rankings())
@settings(max_examples=40, deadline=None)
def test_counting_a_customer_twice_is_having_two_of_them(ranking):
    bought, score = ranking
    weight = np.arange(len(score)) % 3 + 1
    measures = (metrics.auc, metrics.average_precision, metrics.log_loss)
    for measure in measures:
        repeated = measure(np.repeat(bought, weight), np.repeat(score, weight))
        assert measure(bought, score, weight) == pytest.approx(repeated)


def test_brier_and_log_loss():
    brier = metrics.Ranking([1, 0], [0.8, 0.4]).evaluate()["brier"]
    assert brier == pytest.approx((0.04 + 0.16) / 2)
    assert metrics.log_loss([1, 0], [0.8, 0.4]) == pytest.approx(log_loss([1, 0], [0.8, 0.4]))
    skill = metrics.Ranking([1, 0, 0, 0], [0.25] * 4).evaluate()["brier_skill"]
    assert skill == pytest.approx(0.0)


def test_a_sure_prediction_has_a_finite_loss_right_or_wrong():
    assert metrics.log_loss([1, 0], [1.0, 0.0]) == pytest.approx(0.0, abs=1e-9)
    assert metrics.log_loss([0, 1], [1.0, 0.0]) == pytest.approx(-np.log(1e-12), rel=1e-4)


def test_the_calibration_error_by_hand():
    bought, promised = [0, 1, 1, 1], [0.1, 0.3, 0.6, 0.8]
    error = metrics.expected_calibration_error
    halves = (abs(0.2 - 0.5) + abs(0.7 - 1.0)) / 2
    assert error(bought, promised, bins=2) == pytest.approx(halves)
    assert error(bought, promised, np.array([1, 0, 0, 1]), 2) == pytest.approx((0.1 + 0.2) / 2)
    assert error(bought, [0.75] * 4, bins=1) == pytest.approx(0.0)


def test_evaluate_gives_what_each_measure_gives_alone():
    rng = np.random.default_rng(3)
    p, earned = rng.random(80).round(1), rng.normal(10, 20, 80)
    bought, weight = (rng.random(80) < p).astype(float), rng.integers(0, 3, 80)
    found = metrics.Ranking(bought, p, gross_profit=earned).evaluate(weight)
    assert list(found) == list(metrics.NAMES)
    for name in ("auc", "average_precision", "log_loss"):
        assert found[name] == pytest.approx(getattr(metrics, name)(bought, p, weight))
    error = metrics.expected_calibration_error(bought, p, weight)
    assert found["expected_calibration_error"] == pytest.approx(error)
    assert found["lift_20"] == pytest.approx(metrics.lift(bought, p, 0.2, weight))
    assert found["capture_10"] == pytest.approx(metrics.capture(bought, p, 0.1, weight))
    rate = metrics.rate_of(bought, weight)
    brier = np.average((p - bought) ** 2, weights=weight)
    assert found["brier"] == pytest.approx(brier)
    skill = 1 - brier / (rate * (1 - rate))
    assert found["brier_skill"] == pytest.approx(skill)
    drawn = [np.repeat(column, weight) for column in (np.maximum(earned, 0.0), p)]
    assert found["gp_lift_10"] == pytest.approx(metrics.lift(*drawn, 0.1))
    ranked = metrics.Ranking(bought, p, probability=False).evaluate()
    unknown = {"brier", "brier_skill", "log_loss", "expected_calibration_error", "gp_lift_10"}
    assert {name for name, value in ranked.items() if value is None} == unknown


def test_one_class_alone_has_no_measure():
    assert set(metrics.Ranking([0, 0, 0], [0.1, 0.2, 0.3]).evaluate().values()) == {None}


def test_the_bootstrap_is_seeded_shared_and_finite_even_where_a_tie_is_never_drawn():
    rng = np.random.default_rng(1)
    bought = (rng.random(200) < 0.1).astype(float)
    scores = {"model": rng.random(200), "same": np.zeros(200)}
    first = metrics.bootstrap(bought, scores, metrics.average_precision, draws=50)
    again = metrics.bootstrap(bought, scores, metrics.average_precision, draws=50)
    assert np.array_equal(first["model"], again["model"])
    assert np.isfinite(first["model"]).all()
    low, high = metrics.interval(first["model"])
    assert low < metrics.average_precision(bought, scores["model"]) < high


def test_gross_profit_lift_counts_money_and_not_customers():
    profit = [100.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 50.0, -20.0]
    score = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]

    def lift(earned):
        ranking = metrics.Ranking([1] + [0] * 9, score, probability=False, gross_profit=earned)
        return ranking.evaluate()["gp_lift_10"]

    assert lift(profit) == pytest.approx(100 / 150 / 0.1)
    assert lift([0.0] * 9 + [-1.0]) is None


def test_wilson_by_hand():
    low, high = metrics.wilson(np.array([0.5]), np.array([100]))
    assert (low[0], high[0]) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    low, high = metrics.wilson(np.array([0.1]), np.array([100]))
    assert (low[0], high[0]) == pytest.approx((0.0552, 0.1744), abs=1e-4)


def test_how_far_above_chance_by_hand():
    """Of two buyers among five, 5 of 6 pairs stand right; one standard error is 0.289."""
    above = metrics.auc_above_chance([1, 1, 0, 0, 0], [5, 3, 4, 2, 1])
    assert above == pytest.approx((5 / 6 - 1 / 2) / np.sqrt(6 / 72))


def test_a_draw_without_gross_profit_has_no_gross_profit_lift():
    ranking = metrics.Ranking([1, 1, 0], [3, 2, 1], gross_profit=[100.0, 0.0, 0.0])
    assert ranking.evaluate(np.array([0, 3, 1]))["gp_lift_10"] is None


def test_the_calibration_error_has_ten_groups_and_a_customer_is_of_the_group_of_their_middle():
    pairs = [0, 1] * 10  # ten groups of two: in each one of two buys, as predicted
    halves = 0.5 + 1e-9 * np.arange(20)
    error = metrics.expected_calibration_error
    assert error(pairs, halves) == pytest.approx(0.0, abs=1e-7)
    found = error([0, 1, 0], halves[:3], np.array([1, 4, 2]), 2)  # the second lies on 1/7 to 5/7
    assert found == pytest.approx((abs(0.5 - 2.0) + 1.0) / 7)


@pytest.mark.parametrize("first", [True, False])
def test_the_calibration_error_of_equal_probabilities_does_not_depend_on_the_order_of_rows(first):
    bought = np.arange(100) < 10 if first else np.arange(100) % 10 == 0
    error = metrics.expected_calibration_error
    assert error(bought, np.full(100, 0.1)) == pytest.approx(0.0)
    assert error(bought, np.full(100, 0.3)) == pytest.approx(0.2)


def test_draws_with_one_class_only_are_left_out():
    drawn = metrics.bootstrap([1, 0], {"m": [2, 1]}, metrics.auc, draws=40)["m"]
    assert 0 < len(drawn) < 40
    assert set(drawn) == {1.0}


def test_scores_are_drawn_on_the_same_samples():
    bought, score = [1, 0, 0, 1, 0, 0], [6, 5, 4, 3, 2, 1]
    drawn = metrics.bootstrap(bought, {"model": score, "the same": score}, metrics.auc, draws=20)
    assert np.array_equal(drawn["model"], drawn["the same"])
    assert len(set(drawn["model"])) > 1


def test_an_interval_leaves_out_as_much_at_both_ends():
    drawn = np.arange(101.0)
    assert metrics.interval(drawn) == pytest.approx((2.5, 97.5))
    assert metrics.interval(drawn, 0.5) == pytest.approx((25.0, 75.0))
    assert metrics.interval(np.array([])) is None
