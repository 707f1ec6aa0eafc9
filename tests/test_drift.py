"""Drift: PSI and KS by hand, and the report of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from gosales_lib.evaluation import drift
from gosales_lib.learning.models import expit


def test_the_same_customers_have_not_drifted():
    values = pl.Series(range(1000))
    assert drift.psi(values, values) == 0
    assert drift.ks(values, values) == 0


def test_psi_by_hand():
    learned = pl.Series([0.0] * 50 + [1.0] * 50)
    scored = pl.Series([0.0] * 20 + [1.0] * 80)
    p, q = np.array([50.5, 50.5, 0.5]) / 101.5, np.array([20.5, 80.5, 0.5]) / 101.5
    assert drift.psi(learned, scored) == pytest.approx(((q - p) * np.log(q / p)).sum())
    assert drift.ks(learned, scored) == pytest.approx(0.3)


def test_levels_of_texts_and_the_unknown_are_bins():
    learned = pl.Series(["a"] * 90 + ["b"] * 10)
    assert drift.psi(learned, learned) == pytest.approx(0)
    assert drift.psi(learned, pl.Series(["a"] * 90 + [None] * 10)) > drift.LARGE
    assert drift.ks(learned, learned) is None


def test_a_level_that_only_one_side_has_counts_half_a_row_on_the_other():
    learned, scored = pl.Series(["a"] * 9 + ["b"]), pl.Series(["a"] * 9 + ["c"])
    p, q = np.array([9.5, 1.5, 0.5]) / 11.5, np.array([9.5, 0.5, 1.5]) / 11.5
    assert drift.psi(learned, scored) == pytest.approx(((q - p) * np.log(q / p)).sum())


def test_features_that_moved_alike_stand_by_name():
    days = [date(2023, 12, 31)] * 2 + [date(2024, 12, 31)] * 2
    rows = pl.DataFrame({"customer_id": list("abab"), "cutoff_date": days})
    rows = rows.with_columns(**dict.fromkeys("cab", pl.Series([1, 2, 8, 9])))
    assert drift.between(rows, date(2024, 12, 31))["feature"].to_list() == ["a", "b", "c"]


def test_a_side_without_rows_says_nothing():
    empty = pl.Series([], dtype=pl.Float64)
    assert drift.psi(empty, pl.Series([1.0])) is None
    assert drift.ks(pl.Series([1.0]), pl.Series([None], dtype=pl.Float64)) is None


@pytest.mark.parametrize(
    ("index", "word"),
    [(None, "stable"), (0.1, "stable"), (0.11, "moderate"), (0.25, "moderate"), (0.26, "large")],
)
def test_the_usual_thresholds(index, word):
    assert drift.level(index, 1000, 1000) == word


@pytest.mark.parametrize("size", [40, 60, 100, 200])
def test_small_samples_of_one_distribution_are_stable(size):
    """By the usual thresholds alone, 98% of the features of 40 customers drift moderately."""
    draw = np.random.default_rng(17)
    words = [
        drift.row("x", *(pl.Series(draw.gamma(2, 1, size)) for _ in range(2)))["level"]
        for _ in range(300)
    ]
    assert words.count("stable") >= 291


def matrix(shift: float) -> pl.DataFrame:
    noise = np.random.default_rng(17).normal(size=(2, 500))
    days = [date(2023, 12, 31)] * 500 + [date(2024, 12, 31)] * 500
    return pl.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(500)] * 2,
            "cutoff_date": days,
            "still": np.concatenate([noise[0], noise[1]]),
            "moved": np.concatenate([noise[0], noise[1] + shift]),
        }
    )


def test_what_moved_is_named_first_and_kept():
    moved = drift.between(matrix(2.0), date(2024, 12, 31))
    assert moved["feature"].to_list() == ["moved", "still"]
    assert moved["level"].to_list() == ["large", "stable"]
    found = reported_drift(moved, [0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    assert (found.large, found.moderate) == (1, 0)
    assert found.scores.level == "stable"
    assert found.sentence.startswith("1 of 2 features drifted much")


def test_a_matrix_in_which_nothing_moved_is_stable():
    found = drift.between(matrix(0.0), date(2024, 12, 31))
    assert set(found["level"]) == {"stable"}


def test_numbers_are_cut_at_the_learned_tenths_and_the_unknown_are_a_bin_of_their_own():
    learned = pl.Series([*range(1, 101)] * 2)
    scored = pl.Series([*range(1, 51), *[None] * 50], dtype=pl.Int64)
    before = np.array([20.0] * 10 + [0.0])  # up to 10.9, up to 20.8, ... and unknown
    now = np.array([10.0] * 5 + [0.0] * 5 + [50.0])
    p, q = (before + 0.5) / 205.5, (now + 0.5) / 105.5
    assert drift.psi(learned, scored) == pytest.approx(((q - p) * np.log(q / p)).sum())


def test_what_is_above_all_learned_numbers_belongs_to_the_highest_tenth():
    learned = pl.Series(range(1, 101))
    within, above, below = (pl.Series([value] * 20) for value in (95, 500, -500))
    assert drift.psi(learned, within) == drift.psi(learned, above) > drift.LARGE
    assert drift.psi(learned, below) == drift.psi(learned, pl.Series([2] * 20))


def test_a_number_on_an_edge_belongs_to_the_bin_below():
    learned = pl.Series([1.0] * 30 + [2.0] * 70)
    before, now = drift._counts(learned, pl.Series([1.0, 1.5, 2.0, 3.0]))
    assert (before.tolist(), now.tolist()) == (
        [30, 0, 70, 0, 0],
        [1, 1, 1, 1, 0],
    )
    assert drift.ks(learned, pl.Series([2.0])) == pytest.approx(0.3)


def test_only_the_newest_earlier_cutoff_is_compared():
    days = [date(2022, 12, 31)] * 4 + [date(2023, 12, 31)] * 4 + [date(2024, 12, 31)] * 4
    rows = pl.DataFrame({"customer_id": list("abcd") * 3, "cutoff_date": days})
    rows = rows.with_columns(x=pl.Series([50.0] * 4 + [1.0, 2.0, 3.0, 4.0] * 2))
    assert drift.between(rows, date(2024, 12, 31)).select("psi", "ks").row(0) == (0.0, 0.0)
    assert drift.between(rows, date(2023, 12, 31))["ks"][0] == 1.0


def test_the_ten_features_that_moved_most_are_reported_and_every_other_that_moved():
    moved = pl.DataFrame(
        {
            "feature": [f"f{n:02}" for n in range(14)],
            "psi": [0.3] * 11 + [0.2] + [0.0] * 2,
            "ks": [0.1] * 14,
            "level": ["large"] * 11 + ["moderate"] + ["stable"] * 2,
        }
    )
    found = reported_drift(moved, [0.1], [0.9])
    assert [row.feature for row in found.features] == [f"f{n:02}" for n in range(12)]
    assert (found.large, found.moderate) == (11, 1)
    calm = reported_drift(moved.with_columns(level=pl.lit("stable")), [0.1], [0.9])
    assert [row.feature for row in calm.features] == [f"f{n:02}" for n in range(10)]


def reported_drift(moved, then, now):
    scores, selection = (pl.DataFrame({"probability": side}) for side in (now, then))
    return drift.report(moved, then, scores, selection)


STILL = pl.DataFrame([drift.row("x", pl.Series([1.0]), pl.Series([1.0]))])
ODDS = np.random.default_rng(17).normal(-4.5, 0.4, 1000)
"""Log odds of a division that hardly anyone buys: most probabilities lie near 0.01."""


@pytest.mark.parametrize("move", [0.1, -0.1, 1.0])
def test_a_new_level_of_the_scores_is_told_and_is_no_drift(move):
    then, now = expit(ODDS), expit(ODDS + move)
    assert abs(move) < 1 or drift.psi(pl.Series(then), pl.Series(now)) > drift.LARGE
    found = reported_drift(STILL, then, now)
    assert (found.scores.psi, found.scores.ks, found.scores.level) == (0.0, 0.0, "stable")
    assert found.sentence.endswith(
        "; the PSI of the shape of the scores is 0.00: stable. The mean score is "
        f"{now.mean():.1%}, after {then.mean():.1%} at the validation cutoff."
    )


@pytest.mark.parametrize("now", [-4.5 + 2 * (ODDS + 4.5), np.where(ODDS > -4.2, ODDS + 1, ODDS)])
def test_scores_of_another_shape_have_drifted(now):
    assert reported_drift(STILL, expit(ODDS), expit(now)).scores.level == "large"


def test_scores_of_two_groups_are_stable_where_a_few_customers_change_groups():
    """The median jumps from one group to the other, and all log odds with it."""
    spread = np.random.default_rng(17).normal(0, 0.4, 1000)
    then, now = (spread + np.where(np.arange(1000) < n, -5, -1) for n in (490, 510))
    assert reported_drift(STILL, expit(then), expit(now)).scores.level == "stable"


def test_the_predictions_of_the_validation_give_the_mean_and_not_the_shape():
    """They are of models trained on less, calibrated anew in five folds."""
    nobody, told = np.full(1000, 0.3), np.linspace(0.2, 0.4, 1000)
    scores, selection = (pl.DataFrame({"probability": side}) for side in (nobody, told))
    found = drift.report(STILL, nobody, scores, selection)
    assert (found.scores.psi, found.scores.level) == (0.0, "stable")
    assert "The mean score is 30.0%, after 30.0% at the validation cutoff" in found.sentence


def test_no_score_drifts_where_nobody_was_scored():
    found = reported_drift(STILL, expit(ODDS), [])
    assert found.scores.psi is None
    assert (
        found.sentence == "0 of 1 features drifted much (PSI above 0.25), 0 moderately (above 0.1)."
    )
