"""Which cutoffs train and validate, and the measures that candidates are chosen by."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest

from gosales_lib.core.timeline import add_months
from gosales_lib.learning import baselines, metrics, models, selection, validation
from gosales_lib.learning.models import Candidate
from gosales_lib.learning.rows import Fold, Span, is_new, rarer
from gosales_lib.learning.validation import OUT_OF_FOLD, OUT_OF_TIME, TOO_FEW, Validation

QUARTERS = [add_months(date(2024, 6, 30), -3 * n) for n in range(5, -1, -1)]


def test_the_newest_validation_cutoff_is_that_of_the_reports_whatever_order_cutoffs_come_in():
    span = Span.of(QUARTERS[::-1], 6)
    assert span.closed == tuple(QUARTERS)
    assert span.validation == QUARTERS[-1]
    assert span.training == tuple(QUARTERS[:4])  # the window of the fifth ends three months later
    assert [fold.validation for fold in span.folds] == QUARTERS[-3:]


def test_a_customer_who_never_ordered_the_division_is_new_to_it():
    rows = pl.DataFrame({"own_orders_all": [None, 0, 2], "orders_all": [3, 3, 3]})
    assert is_new(rows).to_list() == [True, True, False]
    assert (rarer([1, 0, 0]), rarer([1, 1, 0]), rarer([0, 0])) == (1, 1, 0)


def test_a_window_that_ends_on_the_validation_cutoff_had_closed_unless_days_are_kept_free():
    half, whole = date(2024, 6, 30), date(2024, 12, 31)
    assert Span.of([half, whole], 6).training == (half,)
    assert Span.of([half, whole], 6, embargo_days=1).training == ()
    assert Span.of([half, date(2025, 1, 31)], 6, embargo_days=31).training == (half,)
    assert Span.of([half, whole], 7).folds == (Fold(whole, ()),)


def test_at_most_three_cutoffs_validate_and_the_newest_stands_for_them():
    years = [date(2019 + n, 12, 31) for n in range(6)]
    span = Span.of(years, 6)
    assert [fold.validation for fold in span.folds] == years[-3:]
    assert [len(fold.training) for fold in span.folds] == [3, 4, 5]
    assert (span.validation, span.training) == (years[-1], tuple(years[:-1]))
    assert [fold.validation for fold in Span.of(years, 6, most=1).folds] == years[-1:]


def of(bought: dict[date, list[int]], odds: list[float]) -> Validation:
    """Return a validation of one candidate from the outcomes of each cutoff."""
    outcome = np.concatenate(list(bought.values()))
    cutoffs = [cutoff for cutoff, values in bought.items() for _ in values]
    rows = pl.DataFrame({"cutoff_date": cutoffs, "bought": outcome})
    rows = rows.with_columns(own_orders_all=pl.int_range(pl.len()) % 2)
    trained = dict.fromkeys(bought, 2)
    return Validation(OUT_OF_TIME, rows, {"a": np.asarray(odds)}, {}, trained, 0.3)


def test_a_cutoff_on_which_nobody_or_everybody_bought_has_no_measure():
    first, second = QUARTERS[:2]
    ranked = [float(n) for n in range(20, 0, -1)]
    found = of({first: [1, 0, 1, 0, 0, 0, 0, 0, 0, 0], second: [1] * 10}, ranked)
    assert found.cutoffs == [first, second]
    [row] = found.table().rows(named=True)
    assert row[str(first)] == pytest.approx((1 + 2 / 3) / 2)
    assert row[str(second)] is None
    assert row["mean"] == row[str(first)]
    assert row["new"] == pytest.approx(1.0)  # of those in even places the two buyers stand first
    odds = found.odds["a"]
    assert selection.precision_of(found, odds) == row["mean"]


def test_a_cutoff_with_one_buyer_counts_for_the_choice_and_one_without_does_not():
    first, second = QUARTERS[:2]
    found = of({first: [0, 1, 0, 0], second: [0, 0]}, [4.0, 3, 2, 1, 2, 1])
    assert selection.precision_of(found, found.odds["a"]) == 0.5
    nobody = of({first: [0, 0]}, [2.0, 1])
    assert selection.precision_of(nobody, nobody.odds["a"]) == 0.0


def test_one_buyer_is_enough_for_a_precision_and_all_but_one_too():
    score, everywhere = np.array([3.0, 2, 1]), np.ones(3, bool)
    assert validation.precision(np.array([0.0, 1, 0]), score, everywhere) == 0.5
    assert validation.precision(np.array([1.0, 0, 1]), score, everywhere) == pytest.approx(5 / 6)
    assert (
        validation.precision(np.array([0.0, 1, 1]), score, np.array([True, False, False])) is None
    )


def test_the_mean_of_measures_leaves_out_those_that_are_not_there():
    assert validation.mean([None, 0.25, 0.75]) == 0.5
    assert validation.mean([None]) is None


HALF = date(2024, 6, 30)


def chosen(bought: list[int], **odds: list[float]):
    """Return the champion among candidates that gave these log odds on one cutoff."""
    rows = pl.DataFrame({"cutoff_date": [HALF] * len(bought), "bought": bought})
    given = {name: np.asarray(values, float) for name, values in odds.items()}
    candidates = dict.fromkeys(given, models.BaseRate())
    found = Validation(OUT_OF_TIME, rows, given, candidates, {HALF: 2}, 0.3)
    return selection.choose(found)


def test_the_best_candidate_wins_alone_where_it_leads_by_enough():
    right, wrong = [4.0, 3, 2, 1], [-9.0, -5, 5, 9]
    best = chosen([1, 1, 0, 0], right=right, wrong=wrong)
    assert (best.name, best.members) == ("right", ("right",))
    assert best.odds.tolist() == right


def test_a_tie_goes_to_the_best_blend_with_the_mean_of_its_members_odds():
    best = chosen([1, 1, 0, 0], a=[4.0, 3, 2, 1], b=[2.0, 5, 0, 1], c=[-9.0, -9, 9, 9])
    assert (best.name, best.members) == ("blend", ("a", "b"))
    assert best.odds.tolist() == [3, 4, 1, 1]
    assert isinstance(best.candidate, models.Blend)


def test_a_blend_is_the_mean_of_its_members_in_odds_and_in_what_each_feature_adds():
    class Adds(models.BaseRate):
        def odds(self, features):
            return self.contributions(features).sum(axis=1).to_numpy()

        def contributions(self, features):
            return pd.DataFrame({name: [value] for name, value in self.added.items()})

    one, other = Adds(), Adds()
    one.added, other.added = {"a": 2.0}, {"a": 4.0, "b": 2.0}
    blend, row = models.Blend([one, other]), pd.DataFrame({"a": [1.0]})
    assert blend.odds(row).tolist() == [4.0]
    assert blend.contributions(row).to_dict("records") == [{"a": 3.0, "b": 1.0}]


@pytest.mark.parametrize(("lead", "name"), [(0.0199, "blend"), (0.02, "a"), (0.0201, "a")])
def test_a_lead_of_two_hundredths_is_no_tie(lead, name, monkeypatch):
    def precision_of(found: Validation, score: np.ndarray) -> float:
        return lead if score[0] == 1.0 else 0.0

    monkeypatch.setattr(selection, "precision_of", precision_of)
    assert chosen([1, 0], a=[1.0, 0], b=[0.0, 0]).name == name


def test_rfm_is_validated_but_never_the_champion():
    odds = {"clue": [1.0, 1, 1, 1], baselines.LEARNED: [4.0, 3, 2, 1]}
    assert chosen([1, 1, 0, 0], **odds).members == ("clue",)


class Rows(Candidate):
    """Predicts the number of rows that it was fitted to, or 99 for a customer among them."""

    def fit(self, features: pd.DataFrame, bought: np.ndarray) -> Rows:
        self.seen = set(features["number"])
        return self

    def validate(self, splits: list[models.Split]) -> list[np.ndarray]:
        return [self.fit(s.features, s.bought).odds(s.later) for s in splits]

    def odds(self, features: pd.DataFrame) -> np.ndarray:
        known = features["number"].isin(self.seen)
        return np.where(known, 99.0, float(len(self.seen)))


def labelled(cutoffs: list[date], buyers: list[int], each: int = 40) -> pl.DataFrame:
    """Return rows of the same customers on each cutoff; `number` is of the row."""
    frames = []
    for cutoff, some in zip(cutoffs, buyers, strict=True):
        ids = range(each)
        frames.append(
            pl.DataFrame({"customer_id": [f"c{n:02}" for n in ids], "cutoff_date": cutoff})
            .with_columns(bought=(pl.int_range(pl.len()) < some).cast(pl.Int8), gp_window=0.0)
            .with_columns(own_orders_all=pl.int_range(pl.len()) % 3, days_since_order=5)
        )
    return pl.concat(frames).with_columns(
        number=pl.int_range(pl.len()), orders_all=1, own_days_since_order=pl.lit(None, pl.Int64)
    )


def validated(cutoffs: list[date], buyers: list[int], **more) -> Validation:
    rows = labelled(cutoffs, buyers)
    return validation.validate(rows, Span.of(cutoffs, 6), {"rows": Rows()}, **more)


def test_out_of_time_each_cutoff_is_predicted_from_the_windows_that_had_closed_by_it():
    years = [date(2021 + n, 12, 31) for n in range(4)]
    found = validated(years, [10, 12, 14, 16])
    assert (found.how, found.cutoffs) == (OUT_OF_TIME, years[1:])
    assert [set(part) for part in found.by_cutoff(found.odds["rows"])] == [{40}, {80}, {120}]
    assert found.training_cutoffs == dict(zip(years[1:], (1, 2, 3), strict=True))
    assert found.rate == pytest.approx((10 + 12 + 14) / 120)  # of what trained the newest
    assert found.bought.sum() == 12 + 14 + 16


def test_a_cutoff_whose_training_has_nine_buyers_does_not_validate():
    years = [date(2021 + n, 12, 31) for n in range(3)]
    assert validated(years, [9, 12, 14]).cutoffs == years[2:]
    assert validated(years, [10, 12, 14]).cutoffs == years[1:]
    assert validated(years, [31, 12, 14]).cutoffs == years[2:]  # 9 who did not buy


def test_out_of_fold_no_customer_is_predicted_by_a_model_that_saw_one_of_its_rows():
    quarters = [date(2024, 6, 30), date(2024, 9, 30)]  # neither window closes by the other
    found = validated(quarters, [14, 10])
    assert (found.how, found.cutoffs) == (OUT_OF_FOLD, quarters[1:])
    assert set(found.odds["rows"]) == {64.0}  # both rows of 32 of 40 customers
    assert found.rate == pytest.approx(24 / 80)
    assert found.training_cutoffs == {quarters[1]: 0}
    assert baselines.LEARNED in found.odds


@pytest.mark.parametrize(("buyers", "how"), [((10, 10), OUT_OF_FOLD), ((10, 9), TOO_FEW)])
def test_with_nine_buyers_on_the_newest_cutoff_the_base_rate_stands_in(buyers, how):
    found = validated([date(2024, 6, 30), date(2024, 9, 30)], list(buyers))
    assert found.how == how
    if how == TOO_FEW:
        assert list(found.odds) == ["base_rate"]
        assert found.training_cutoffs == {date(2024, 9, 30): 0}
        assert found.rate == pytest.approx(19 / 80)
        assert set(found.rows["cutoff_date"]) == {date(2024, 9, 30)}


def test_the_splits_are_the_rows_of_training_and_of_validation():
    years = [date(2022 + n, 12, 31) for n in range(3)]
    rows = labelled(years, [10, 12, 14])
    [split] = validation.splits(rows, [Fold(years[2], (years[0], years[1]))])
    assert split.features["number"].tolist() == list(range(80))
    assert split.later["number"].tolist() == list(range(80, 120))
    assert (split.bought.sum(), split.later_bought.sum()) == (22, 14)
    assert metrics.rate_of(split.later_bought) == pytest.approx(14 / 40)
