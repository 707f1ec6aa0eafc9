"""Training by hand: candidates that predict what the test says, so that every figure is known."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pytest

from gosales_lib.core.timeline import add_months
from gosales_lib.learning import calibration, level, training
from gosales_lib.learning.calibration import Calibration
from gosales_lib.learning.level import Level
from gosales_lib.learning.models import Candidate, expit, logit
from gosales_lib.learning.selection import Champion
from gosales_lib.learning.validation import OUT_OF_TIME, TOO_FEW, Validation

TARGET = date(2024, 12, 31)
QUARTERS = [add_months(TARGET, -months) for months in (12, 9, 6)]
EACH = 100


class Clue(Candidate):
    """Predicts log odds: the column `clue`, plus what it was given; it counts what it is fitted to.

    Fitted, it is sure of itself by ten times the odds, as a model that knows its rows.
    """

    def __init__(self, level: float = 0.0) -> None:
        self.level = level
        self.fitted: tuple[int, int] | None = None

    def fit(self, features: pd.DataFrame, bought: np.ndarray) -> Clue:
        self.fitted = len(features), int(np.sum(bought))
        return self

    def odds(self, features: pd.DataFrame) -> np.ndarray:
        return self.level + features["clue"].to_numpy() * (10.0 if self.fitted else 1.0)


def rows(*rates: float, clue: float = 0.0, cutoffs: list[date] = QUARTERS) -> pl.DataFrame:
    """Return labelled rows of each cutoff, so many of a hundred customers being buyers.

    Half of the buyers and half of the others have a clue above 0, the rest the same below.
    """
    frames = []
    for cutoff, rate in zip(cutoffs, rates, strict=True):
        ids = np.arange(EACH)
        frames.append(
            pl.DataFrame(
                {
                    "customer_id": [f"c{i:03d}" for i in ids],
                    "cutoff_date": cutoff,
                    "bought": (ids < round(rate * EACH)).astype(np.int8),
                    "gp_window": np.where(ids < round(rate * EACH), 50.0, 0.0),
                    "clue": np.where(ids % 2, clue, -clue),
                    "own_orders_all": ids % 3,
                    "orders_all": ids % 7,
                    "own_days_since_order": pl.Series(ids).set(pl.Series(ids % 3 == 0), None),
                    "days_since_order": ids,
                }
            )
        )
    return pl.concat(frames)


def validated(
    given: pl.DataFrame, odds: np.ndarray, how: str = OUT_OF_TIME, **more: np.ndarray
) -> Validation:
    """Return a validation of all rows by one candidate, two cutoffs having trained it."""
    every = {"clue": odds} | more
    cutoffs = given["cutoff_date"].unique().to_list()
    return Validation(
        how, given, every, dict.fromkeys(every, Clue()), dict.fromkeys(cutoffs, 2), 0.3
    )


def champion(odds: np.ndarray, candidate: Candidate | None = None) -> Champion:
    return Champion("clue", candidate or Clue(), ("clue",), odds)


def test_the_champion_is_refitted_to_all_closed_windows_and_calibrated_by_its_validated_odds():
    """Odds of -1 and 1 of which one of 10 and nine of 10 buy: a slope of ln 9, half of it kept."""
    closed = rows(0.5, 0.5, 0.5)
    sure = np.tile(np.repeat([1.0, -1.0], EACH // 2), 3)  # buyers stand first
    sure[[0, 1, 2, 3, 4, 50, 51, 52, 53, 54]] *= -1
    sure[100:] = np.tile(sure[:100], 2)
    found = training.finish("PDM", champion(sure), validated(closed, sure), closed, TARGET)
    assert found.candidate.fitted == (300, 150)
    assert found.calibrate.slope == pytest.approx(np.log(9) ** 0.5, abs=1e-3)
    assert found.calibrate.centre == pytest.approx(0.0)
    assert (found.division, found.champion, found.baseline) == ("PDM", "clue", None)
    assert found.calibrate.shift == found.level.shift
    other = training.finish(
        "PDM", champion(sure), validated(closed, sure), closed.head(210), TARGET, found
    )
    assert other.calibrate.centre == pytest.approx(logit(110 / 210))  # of the closed windows
    assert other.baseline is found


def test_the_level_is_of_the_refitted_model_over_closed_windows_and_its_error_out_of_time():
    closed = rows(0.1, 0.2, 0.4)
    out_of_time = np.full(len(closed), logit(0.3))
    given = champion(out_of_time, Clue(logit(0.2)))
    found = training.forecast(given, Calibration(), validated(closed, out_of_time), closed, TARGET)

    def above(predicted: float) -> dict[date, float]:
        rates = dict(zip(QUARTERS, (0.1, 0.2, 0.4), strict=True))
        return {day: float(logit(rate) - logit(predicted)) for day, rate in rates.items()}

    wanted = level.forecast(above(0.2), above(0.3), dict.fromkeys(QUARTERS, 2), TARGET)
    assert (found.season, found.trend) == pytest.approx((wanted.season, wanted.trend))
    assert found.error == pytest.approx(wanted.error)
    assert wanted.season < 0 < wanted.trend
    halved = training.forecast(
        given, Calibration(shift=1.0), validated(closed, out_of_time), closed, TARGET
    )
    assert halved.trend == pytest.approx(
        found.trend - level.TREND
    )  # what the map adds is there already


def test_with_too_few_buyers_the_level_is_that_of_all_rows_with_one_buyer_more():
    closed = rows(0.02, 0.03, cutoffs=QUARTERS[1:])
    odds = np.full(len(closed), logit(0.1))
    given = champion(odds, Clue(logit(0.1)))
    found = training.forecast(
        given, Calibration(), validated(closed, odds, TOO_FEW), closed, TARGET
    )
    assert found == Level(trend=pytest.approx(np.log((5 + 1) / (20 + 1))))


@pytest.mark.parametrize(("buyers", "told"), [(10, True), (9, False), (90, True), (91, False)])
def test_a_window_with_fewer_than_ten_buyers_or_others_has_no_residual(buyers, told):
    bought = (np.arange(100) < buyers).astype(float)
    found = training.residual(np.full(100, 0.5), bought)
    assert found == (pytest.approx(logit(buyers / 100)) if told else None)


def test_the_map_of_a_model_gives_its_probabilities():
    model = training.Model("PDM", "clue", Clue(1.0), Calibration("platt", 2.0, 0.0, 0.5))
    features = rows(0.5, cutoffs=QUARTERS[:1], clue=1.0).drop("bought", "gp_window").head(2)
    assert model.odds(features) == pytest.approx([0.0, 2.0])
    assert model.probability(features) == pytest.approx(expit(np.array([0.5, 4.5])))
    assert model.level == Level()


def test_each_probability_of_the_evidence_is_calibrated_without_its_customer():
    given = rows(0.3, 0.5, cutoffs=QUARTERS[1:])
    odds = np.zeros(len(given))
    found = training.evidence(validated(given, odds), champion(odds))
    for cutoff, rate in zip(QUARTERS[1:], (0.3, 0.5), strict=True):
        part = found.filter(cutoff_date=cutoff)
        assert part["probability"].mean() == pytest.approx(rate, abs=0.01)
        buyers = part.filter(bought=1)["probability"].mean()
        assert buyers < part.filter(bought=0)["probability"].mean()  # its own purchase is left out
    assert found["model"].to_list() == odds.tolist()
    assert found["new"].to_list() == (given["own_orders_all"] == 0).to_list()
    assert set(found["base_rate"]) == {0.3}
    assert found["rfm_logistic"].to_list() == found["base_rate"].to_list()  # it was not trained
    again = training.evidence(validated(given, odds), champion(odds))
    assert found.equals(again)


def test_the_evidence_has_the_odds_of_each_candidate_and_of_a_blend_and_rfm_as_probability():
    given = rows(0.3, cutoffs=QUARTERS[2:])
    odds, rfm = np.linspace(-1, 1, EACH), np.zeros(EACH)
    found = training.evidence(validated(given, odds, rfm_logistic=rfm), champion(odds))
    assert found["clue"].to_list() == odds.tolist()
    assert found["rfm_logistic"].mean() == pytest.approx(0.3, abs=0.01)
    blend = Champion("blend", Clue(), ("clue", "other"), odds / 2)
    table = training.evidence(validated(given, odds, other=0 * odds), blend)
    assert table["blend"].to_list() == table["model"].to_list() == (odds / 2).tolist()
    assert "clue" in table.columns
    assert "blend" not in found.columns


def test_candidates_and_baselines_are_compared_on_the_newest_cutoff_by_what_they_never_saw():
    given = rows(0.2, 0.4, cutoffs=QUARTERS[1:])
    odds = np.tile(np.where(np.arange(EACH) < 40, 8.0, -8.0), 2)  # far too sure of itself
    every = validated(given, odds, rfm_logistic=np.zeros(2 * EACH))
    table = training.compare(training.evidence(every, champion(odds)), every)
    whole = table.filter(segment="all")
    assert set(whole["base_rate"]) == {0.4}
    assert whole.select("name", "kind").rows() == [
        ("clue", "candidate"),
        *[(name, "baseline") for name in training.baselines.NAIVE],
    ]
    [clue, base, recency, *_, rfm] = whole.rows(named=True)
    assert clue["auc"] == pytest.approx(1.0)
    assert clue["brier"] < 0.01
    assert base["brier"] == pytest.approx(0.4 * 0.7**2 + 0.6 * 0.3**2)  # it said 0.3
    assert recency["brier"] is None  # a ranking, no probability
    assert rfm["brier"] == pytest.approx(0.24, abs=0.01)
    assert set(table.filter(segment="new to division")["customers"]) == {34}


def test_without_a_candidate_the_base_rate_stands_in_its_place():
    given = rows(0.3, cutoffs=QUARTERS[2:])
    every = Validation(
        TOO_FEW, given, {"base_rate": np.zeros(EACH)}, {"base_rate": Clue()}, {QUARTERS[2]: 0}, 0.3
    )
    evidence = training.evidence(
        every, Champion("base_rate", Clue(), ("base_rate",), np.zeros(EACH))
    )
    table = training.compare(evidence, every)
    kinds = dict(table.filter(segment="all").select("name", "kind").iter_rows())
    assert kinds["base_rate"] == "candidate"
    assert table.filter(segment="all", name="base_rate")["brier"][0] is not None


def test_rows_are_sorted_by_cutoff_and_customer_and_a_division_without_any_is_refused():
    closed = rows(0.2, 0.2, 0.2)
    labels, features = closed.select(closed.columns[:4]), closed.drop("bought", "gp_window")
    mixed = training.labelled(features.reverse(), labels.sample(fraction=1, shuffle=True), "PDM")
    assert mixed.select(closed.columns).equals(closed)
    keys = mixed.select("cutoff_date", "customer_id").rows()
    assert all(a < b for a, b in pairwise(keys))
    with pytest.raises(ValueError, match="PDM: no closed window to learn from"):
        training.labelled(features, labels.clear(), "PDM")


def test_an_embargo_and_the_day_of_the_cutoff_to_score_at_say_which_windows_had_closed():
    cutoffs = [date(2023, 12, 30), date(2024, 6, 30)]
    target = date(2024, 12, 30)
    closed = rows(0.2, 0.2, cutoffs=cutoffs)
    assert training.span_of(closed, target, 6).training == (cutoffs[0],)
    assert training.span_of(closed, target, 6, embargo_days=1).training == ()
    ends = rows(0.2, 0.2, cutoffs=[date(2023, 6, 30), date(2023, 12, 30)])
    assert training.span_of(ends, target, 6).training == (date(2023, 6, 30),)


def test_a_model_is_learned_for_the_newest_cutoff_of_the_matrix(monkeypatch):
    closed = rows(0.2, 0.3, 0.4, clue=1.0)
    now = closed.filter(cutoff_date=QUARTERS[0]).with_columns(cutoff_date=pl.lit(TARGET))
    labels = closed.select(closed.columns[:4])
    features = pl.concat([now, closed]).drop("bought", "gp_window")
    monkeypatch.setattr(training.models, "candidates", lambda *asked: {"clue": Clue()})
    asked = {"division": "PDM", "window_months": 6}
    found = training.learn(features, labels, **asked)
    assert found.how == OUT_OF_TIME
    assert found.span.closed == tuple(QUARTERS)
    assert found.model.candidate.fitted == (300, 90)
    assert found.model.level.season != 0  # a window a year ago is one before the newest cutoff
    assert found.model.baseline.champion == "rfm_logistic"
    assert found.selection.columns[:2] == ["customer_id", "bought"]
    assert found.selection.height == EACH
    embargoed = training.learn(features, labels, **asked, embargo_days=1)
    assert embargoed.how == "out of fold"


def test_rfm_is_finished_as_the_champion_is_and_is_none_where_it_was_not_trained():
    closed = rows(0.5, 0.5, 0.5)
    odds = np.tile(np.where(np.arange(EACH) < 60, 1.0, -1.0), 3)  # buyers stand first
    every = validated(closed, np.zeros(300), rfm_logistic=odds)
    rfm = training.baseline("PDM", every, closed, TARGET)
    assert (rfm.division, rfm.champion) == ("PDM", "rfm_logistic")
    assert rfm.candidate.fitted == (300, 150)
    line = calibration.fit(every.by_cutoff(odds), every.by_cutoff(every.bought), 0.5)
    assert rfm.calibrate.slope == line.slope > 1
    assert training.baseline("PDM", validated(closed, odds), closed, TARGET) is None
