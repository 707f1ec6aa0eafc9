"""The quality gate by literal rows: what ranks better than chance, and what than a baseline."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from gosales_lib.learning import gate, metrics
from gosales_lib.learning.baselines import NAIVE

DAYS = (date(2023, 12, 31), date(2024, 6, 30))
BEFORE = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8, 9, 12]


def evidence(*cutoffs: list[int], **scores: list[float]) -> pl.DataFrame:
    """Return customers with what they bought on each cutoff; a score left out is 0 for all."""
    bought = [value for outcome in cutoffs for value in outcome]
    rows = {
        "customer_id": [f"c{n:02}" for outcome in cutoffs for n in range(len(outcome))],
        "cutoff_date": [day for day, some in zip(DAYS, cutoffs, strict=False) for _ in some],
        "bought": bought,
    }
    flat = dict.fromkeys((*NAIVE, gate.MODEL), [0.0] * len(bought))
    return pl.DataFrame(rows | flat | scores)


def ranked(last: int) -> pl.DataFrame:
    """Return 20 buyers and 20 others: before the n-th buyer stand `BEFORE[n]` of the others."""
    places = [(n, 1) for n in sorted([*BEFORE, last])] + [(n, 0) for n in range(20)]
    order = sorted(places, key=lambda place: (place[0], -place[1]))  # a buyer before the same other
    best_first = [float(-n) for n in range(40)]
    return evidence([bought for _, bought in order], model=best_first)


def test_the_error_of_chance_is_that_of_mann_and_whitney_and_does_not_fall_with_more_cutoffs():
    one = evidence([1, 1] + [0] * 8)
    assert gate.null_error(one) == pytest.approx(np.sqrt(11 / (12 * 2 * 8)))
    two = evidence([1, 1] + [0] * 8, [1] * 5 + [0] * 5)
    expected = (np.sqrt(11 / (12 * 2 * 8)) + np.sqrt(11 / (12 * 5 * 5))) / 2
    assert gate.null_error(two) == pytest.approx(expected)


@pytest.mark.parametrize(("last", "auc", "passed"), [(14, 0.77, False), (8, 0.785, True)])
def test_a_ranking_three_standard_errors_above_chance_passes_and_one_below_does_not(
    last, auc, passed
):
    """The error of chance is 0.0924 here: 0.77 lies 2.92 of it above 0.5, 0.785 lies 3.08."""
    given = ranked(last)
    assert metrics.auc(given["bought"], given["model"]) == pytest.approx(auc)
    assert gate.null_error(given) == pytest.approx(0.09242, abs=1e-5)
    assert gate.assess(given, "PDM").signal is passed


def test_the_larger_of_both_errors_counts(monkeypatch):
    monkeypatch.setattr(gate, "null_error", lambda rows: 0.001)
    assert gate.assess(ranked(8), "PDM").signal
    monkeypatch.setattr(gate, "null_error", lambda rows: 0.2)
    assert not gate.assess(ranked(8), "PDM").signal


def test_the_gain_is_that_of_the_model_over_the_baseline_with_the_highest_average_precision():
    bought = [1, 0, 1, 1, 1, 0, 0, 0, 0, 0]
    best_first = [10.0, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    steep = [10.0, 1, 9, 2, 3, 8, 7, 6, 5, 4]  # two buyers first, the others last: AUC .42
    even = [6.0, 10, 7, 8, 5, 9, 4, 3, 2, 1]  # buyers from the third on: AUC .75, less precision
    given = evidence(bought, model=best_first, recency=steep, frequency=even)
    precision = {n: metrics.average_precision(bought, given[n]) for n in ("model", "recency")}
    assert metrics.auc(bought, even) > metrics.auc(bought, steep)
    found = gate.assess(given, "PDM")
    assert found.baseline == "recency"
    assert found.gain == pytest.approx(precision["model"] - precision["recency"])
    drawn = gate.bootstrap(given, ("model", "recency"), 400, 17)
    gains = drawn["model"][:, 1] - drawn["recency"][:, 1]  # of average precision, not of AUC
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(gains, [0.025, 0.975])))
    assert found.low < found.gain < found.high


def test_figures_are_means_over_the_cutoffs_on_which_some_bought_and_some_did_not():
    first, second = [1, 1, 0, 0], [0, 0, 1, 1]
    score = [4.0, 3, 2, 1]
    given = evidence(first, second, model=score * 2, recency=[2.0, 2, 1, 1] * 2)
    [right, wrong] = gate.scored(given, ("model",))["model"]
    assert gate._mean([right]) == (1.0, 1.0)
    assert gate._mean([right, wrong]) == pytest.approx((0.5, (1 + (1 / 3 + 2 / 4) / 2) / 2))
    assert gate._mean([right], np.array([1, 1, 0, 0])) == (0.5, 0.0)  # nobody else was drawn
    assert gate._mean([right, wrong], np.array([1, 0, 2, 0])) == pytest.approx((0.5, 5 / 6))
    everybody = evidence(first, [1, 1, 1, 1], model=score * 2)
    assert "validation cutoffs: 1)" in gate.assess(everybody, "PDM").sentence


def test_a_draw_without_a_buyer_ranks_by_chance_and_has_no_precision():
    [right] = gate.scored(evidence([1, 1, 0, 0], model=[4.0, 3, 2, 1]), ("model",))["model"]
    assert gate._mean([right], np.array([0, 0, 1, 1])) == (0.5, 0.0)


@pytest.mark.parametrize(("error", "passed"), [(0.124, True), (0.125, False)])
def test_a_ranking_is_certain_where_it_lies_more_than_the_errors_above_chance(
    error, passed, monkeypatch
):
    """An AUC of 1 lies 4 times 0.125 above 0.5: so many are not more than 4."""
    monkeypatch.setattr(gate, "null_error", lambda rows: error)
    monkeypatch.setattr(gate, "CERTAIN", 4.0)
    perfect = evidence([1] * 20 + [0] * 20, model=[float(-n) for n in range(40)])
    assert gate.assess(perfect, "PDM").signal is passed


def test_a_ranking_that_is_right_in_every_draw_is_certain(monkeypatch):
    drawn = {name: np.tile([0.5, 0.2], (400, 1)) for name in NAIVE} | {
        gate.MODEL: np.ones((400, 2))
    }
    monkeypatch.setattr(gate, "bootstrap", lambda *asked: drawn)
    perfect = evidence([1] * 20 + [0] * 20, model=[float(-n) for n in range(40)])
    found = gate.assess(perfect, "PDM")
    assert (found.outcome, found.low, found.high) == (gate.BETTER, 0.8, 0.8)


def test_a_customer_is_drawn_with_the_rows_of_all_cutoffs():
    given = evidence([1, 0, 0, 1], [1, 0, 1, 0], model=[4.0, 3, 2, 1] * 2)
    given = given.sample(fraction=1, shuffle=True, seed=3).sort("cutoff_date", maintain_order=True)
    [first, second] = gate.scored(given, ("model",))["model"]
    assert first[0].tolist() == [1, 0, 0, 1] and second[0].tolist() == [1, 0, 1, 0]
    assert first[1].tolist() == second[1].tolist() == [4, 3, 2, 1]
    assert first[2].tolist() == second[2].tolist() == [0, 1, 2, 3]
    drawn = gate.bootstrap(given, ("model",), 5, 17)["model"]
    weights = list(metrics.resamples(4, 5, 17))
    parts = gate.scored(given, ("model",))["model"]
    assert drawn.tolist() == [list(gate._mean(parts, weight)) for weight in weights]


@pytest.mark.parametrize(("buyers", "judged"), [(0, False), (1, False), (2, True)])
def test_one_buyer_is_no_evidence(buyers, judged):
    bought = [1] * buyers + [0] * 10
    found = gate.assess(evidence(bought, model=[float(-n) for n in range(len(bought))]), "PDM")
    assert (found.gain is not None) == judged
    if not judged:
        few = f"{buyers} of {len(bought)} rows of validation are buyers of PDM"
        assert (found.signal, found.baseline, found.outcome) == (False, "none", gate.NO_SIGNAL)
        assert few in found.sentence


def test_where_nothing_was_measured_nothing_is_called_no_better_than_chance():
    nobody = gate.assess(evidence([0] * 40), "X")
    assert nobody.word == "not measurable (quality gate failed)"
    assert (nobody.outcome, nobody.signal, nobody.gain) == (gate.NO_SIGNAL, False, None)


def test_better_than_the_best_baseline_is_only_what_is_so_over_the_whole_interval():
    bought = [1] * 20 + [0] * 40
    best_first = [float(-n) for n in range(60)]
    same = gate.assess(evidence(bought, model=best_first, recency=best_first), "PDM")
    assert (same.gain, same.low, same.high) == (0.0, 0.0, 0.0)
    assert (same.outcome, same.signal) == (gate.AS_GOOD, True)
    assert not gate.assess(
        evidence(bought, model=best_first, recency=best_first), "PDM", needs="baseline"
    ).signal
    better = gate.assess(evidence(bought, model=best_first), "PDM", needs="baseline")
    assert (better.outcome, better.signal) == (gate.BETTER, True)
    backwards = gate.assess(evidence(bought, model=best_first[::-1]), "PDM")
    assert (backwards.outcome, backwards.signal) == (gate.NO_SIGNAL, False)
    assert backwards.sentence.startswith("Quality gate failed: no better than chance; ")
