"""Learning: validated out of time, calibrated, seeded, and silent where there is no signal."""

from __future__ import annotations

import hashlib
from datetime import date

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from threadpoolctl import threadpool_limits

from gosales_lib.learning import (
    baselines,
    calibration,
    card,
    explain,
    gate,
    level,
    metrics,
    models,
    pooled,
    scoring,
    selection,
    training,
    validation,
)
from gosales_lib.learning.encoding import LevelEncoder
from gosales_lib.learning.models import Boosted, Logistic, expit, lifetimes
from gosales_lib.learning.rows import Fold, Span, inputs
from gosales_lib.run_folders.artifacts import Folder

CUTOFFS = [date(2023, 6, 30), date(2023, 9, 30), date(2023, 12, 31), date(2024, 6, 30)]
WINDOW = 6
SOURCE = {"rows": 9, "customers": 3, "features": 2, "buyers": 1, "fingerprints": {}}


def matrix(signal: float, customers: int = 400, seed: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return features and labels of all cutoffs; `signal` is how strongly orders tell of buying."""
    rng = np.random.default_rng(seed)
    frames, labels = [], []
    for cutoff in CUTOFFS:
        orders = rng.poisson(2.0, customers)
        own = rng.poisson(0.8, customers)
        days = np.where(own > 0, rng.integers(0, 700, customers), 0)
        ids = [f"c{i:03d}" for i in range(customers)]
        industry = rng.choice(["steel", "glass", "rare"], customers, p=[0.6, 0.395, 0.005])
        frames.append(
            pl.DataFrame(
                {
                    "customer_id": ids,
                    "cutoff_date": [cutoff] * customers,
                    "orders_all": orders,
                    "gp_all": orders * 100.0,
                    "days_since_order": rng.integers(0, 400, customers),
                    "own_orders_all": own,
                    "own_orders_12m": np.minimum(own, 1),
                    "own_gp_all": own * 50.0,
                    "own_gp_12m": np.minimum(own, 1) * 50.0,
                    "own_days_since_order": pl.Series(days).set(pl.Series(own == 0), None),
                    "attribute__industry": industry,
                }
            )
        )
        odds = -3 + signal * (orders - 2) + 2 * signal * (industry == "steel")
        bought = (rng.random(customers) < expit(odds)).astype(np.int8)
        labels.append(
            pl.DataFrame(
                {
                    "customer_id": ids,
                    "cutoff_date": [cutoff] * customers,
                    "bought": bought,
                    "gp_window": bought * 80.0,
                }
            )
        )
    return pl.concat(frames), pl.concat(labels)


@pytest.fixture(scope="module")
def learned() -> training.Learned:
    features, labels = matrix(1.2)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    return training.learn(features, closed, division="PDM", window_months=WINDOW)


def test_only_windows_that_had_closed_by_a_validation_cutoff_train_it():
    span = Span.of(CUTOFFS[:3], WINDOW)
    assert span.validation == date(2023, 12, 31)
    assert span.training == (date(2023, 6, 30),)  # 2023-09-30 + 6 months ends in 2024
    assert span.closed == tuple(CUTOFFS[:3])
    assert Span.of(CUTOFFS[:3], WINDOW, embargo_days=1).training == ()


def test_the_newest_cutoffs_that_can_validate_do_and_each_has_its_own_training():
    quarters = [date(2023, 3, 31), *CUTOFFS[:3], date(2024, 3, 31)]
    span = Span.of(quarters, WINDOW, most=2)
    assert span.folds == (
        Fold(date(2023, 12, 31), (date(2023, 3, 31), date(2023, 6, 30))),
        Fold(date(2024, 3, 31), (date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 30))),
    )
    assert len(Span.of(quarters, WINDOW, most=9).folds) == 3  # the first two have nothing closed


@pytest.mark.parametrize("bought", [0, 1])
def test_where_all_or_none_bought_there_is_nothing_to_tell_apart(bought):
    features, labels = matrix(1.2, customers=60)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    closed = closed.with_columns(bought=pl.lit(bought, pl.Int8))
    rows = pooled.stack([("PDM", features, closed)])
    shared = pooled.learn(rows, window_months=WINDOW)["PDM"]
    found = training.learn(features, closed, division="PDM", window_months=WINDOW, pooled=shared)
    judged = gate.assess(found.evidence, "PDM")
    assert (judged.signal, judged.word) == (False, "not measurable (quality gate failed)")
    assert f"{60 * bought} of 60 rows of validation are buyers of PDM" in judged.sentence
    assert found.model.probability(features).mean() == pytest.approx(bought, abs=0.03)


def test_the_model_finds_the_planted_signal_and_says_so(learned):
    table = learned.table.filter(segment="all")
    champion = table.filter(name=learned.model.champion)["auc"][0]
    assert learned.how == "out of time"
    assert champion > 0.75
    found = gate.assess(learned.evidence, "PDM")
    assert (found.signal, found.outcome) == (True, gate.BETTER)
    assert found.sentence.startswith("Quality gate passed: better than the best baseline, ")


def test_all_candidates_and_baselines_stand_in_the_table_for_both_segments(learned):
    names = {"logistic", "lightgbm", "blend", *baselines.NAIVE}
    for segment in ("all", "new to division"):
        assert set(learned.table.filter(segment=segment)["name"]) == names


def evidence(bought, scores: dict, cutoffs: int = 1) -> pl.DataFrame:
    """Return what the gate is given: the same customers on each cutoff."""
    people = len(bought) // cutoffs
    ids = [f"c{i:04d}" for i in range(people)] * cutoffs
    days = [CUTOFFS[i] for i in range(cutoffs) for _ in range(people)]
    given = {"customer_id": ids, "cutoff_date": days, "bought": np.asarray(bought, np.int8)}
    flat = {name: np.zeros(len(bought)) for name in baselines.NAIVE}
    return pl.DataFrame(given | flat | scores)


@pytest.mark.slow
def test_with_noise_at_least_95_of_100_divisions_fail_the_quality_gate():
    false_alarms = 0
    rng = np.random.default_rng(5)
    for trial in range(100):
        bought = rng.random(600) < 0.15
        scores = {name: rng.random(600) for name in ("recency", "rfm_logistic", "model")}
        found = gate.assess(evidence(bought, scores, 2), "noise", draws=100, seed=trial)
        false_alarms += found.signal
    assert false_alarms <= 5


def test_customers_who_stay_the_same_over_cutoffs_count_once():
    """Four cutoffs of the same buyers and scores say no more than one: the error stays."""
    rng = np.random.default_rng(3)
    bought = rng.random(200) < 0.2
    score = bought * 1.0 + rng.normal(size=200)
    one = gate.assess(evidence(bought, {"model": score}), "A")
    four = gate.assess(evidence(np.tile(bought, 4), {"model": np.tile(score, 4)}, 4), "A")
    assert (four.low, four.high) == pytest.approx((one.low, one.high), abs=1e-9)
    assert four.signal == one.signal


def test_a_division_nobody_bought_fails_the_quality_gate_and_still_has_a_model():
    features, labels = matrix(1.0)
    nobody = labels.with_columns(bought=pl.lit(0, pl.Int8))
    closed = nobody.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    learned = training.learn(features, closed, division="CPE", window_months=WINDOW)
    assert learned.how == "too few buyers"
    assert not gate.assess(learned.evidence, "CPE").signal
    assert (learned.model.probability(features.head(5)) < 0.01).all()


def test_without_a_closed_training_window_customers_are_validated_out_of_fold():
    features, labels = matrix(1.2)
    one = labels.filter(cutoff_date=CUTOFFS[0])
    learned = training.learn(features, one, division="PDM", window_months=WINDOW)
    assert learned.how == "out of fold"
    assert learned.table.filter(segment="all", name="logistic")["auc"][0] > 0.7


def test_no_closed_window_at_all_is_refused_in_words():
    features, labels = matrix(1.0, customers=20)
    with pytest.raises(ValueError, match="PDM: no closed window to learn from"):
        training.learn(features, labels.head(0), division="PDM", window_months=WINDOW)


def test_the_same_seed_gives_the_same_probabilities(learned):
    features, labels = matrix(1.2)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    again = training.learn(features, closed, division="PDM", window_months=WINDOW)
    now = features.filter(cutoff_date=CUTOFFS[-1])
    assert np.array_equal(again.model.probability(now), learned.model.probability(now))


@pytest.mark.slow
def test_a_saved_model_does_not_depend_on_the_number_of_threads(tmp_path):
    features, labels = matrix(1.2, customers=150)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    saved = []
    for threads in (1, 2):
        rows = pooled.stack([("A", features, closed), ("B", features, closed)])
        learned = pooled.learn(rows, window_months=WINDOW, threads=threads)
        folder = Folder(tmp_path / str(threads), None, CUTOFFS[-1])
        pooled.save(folder, learned)
        own = models.Boosted(trees=20, threads=threads).fit(inputs(features), [0, 1] * 300)
        joblib.dump(own, folder.path / "own.joblib")
        files = [folder.path / name for name in ("pooled.joblib", "own.joblib")]
        saved.append([path.read_bytes() for path in files])
        again = joblib.load(files[1]).odds(inputs(features))
        assert np.array_equal(again, own.odds(inputs(features)))
    assert saved[0] == saved[1]


def test_the_logistic_regression_does_not_depend_on_the_threads_of_blas():
    rng = np.random.default_rng(5)
    wide = pd.DataFrame(rng.gamma(1.0, 2.0, (6000, 120))).add_prefix("x")
    bought = (rng.random(6000) < expit(wide["x0"] - 4)).astype(int)
    odds = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            odds.append(Logistic().fit(wide, bought).odds(wide))
    assert np.array_equal(*odds)


def test_the_pooled_model_lends_strength_to_a_division_with_few_buyers():
    features, labels = matrix(1.2)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    rows = pooled.stack([("Large", features, closed), ("Small", features, closed)])
    models = pooled.learn(rows, window_months=WINDOW)
    learned = training.learn(
        features, closed, division="Small", window_months=WINDOW, pooled=models["Small"]
    )
    assert set(learned.validation.odds) == {"logistic", "lightgbm", "pooled", "rfm_logistic"}
    auc = learned.table.filter(segment="all", name="pooled")["auc"][0]
    assert auc > 0.75
    assert pooled.report(models).judged


def test_a_division_that_nobody_bought_is_compared_with_the_rfm_of_all_divisions():
    features, labels = matrix(1.2)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    nobody = closed.with_columns(bought=pl.lit(0, pl.Int8))
    rows = pooled.stack([("Large", features, closed), ("New", features, nobody)])
    every = pooled.learn(rows, window_months=WINDOW)
    learned = training.learn(
        features, nobody, division="New", window_months=WINDOW, pooled=every["New"]
    )
    assert (learned.how, learned.model.champion) == ("too few buyers", "pooled")
    now = features.filter(cutoff_date=CUTOFFS[-1])
    told = learned.model.baseline.probability(now)
    assert metrics.auc(now["orders_all"] > 2, told) > 0.9
    found = gate.assess(learned.evidence, "New")
    assert card.report(learned, found, CUTOFFS[-1], SOURCE).fields()


def test_generic_columns_leave_out_those_named_after_a_division():
    columns = ["orders_all", "days_since_order__PDM", "attribute__size"]
    assert pooled.generic(columns) == ["orders_all", "attribute__size"]


def test_a_large_log_is_sampled_by_customer_for_the_pooled_model():
    features, labels = matrix(1.0, customers=50)
    keep = pooled.sampled(labels["customer_id"], rows=labels.height * 2, seed=1, most=100)
    assert keep.len() == 12  # 100 of 400 rows: a quarter of 50 customers
    rows = pooled.stack([("A", features, labels), ("B", features, labels)], keep)
    assert rows.height == 12 * len(CUTOFFS) * 2
    assert rows["orders_all"].dtype == pl.Float32
    assert rows["customer_id"].unique().sort().to_list() == keep.sort().to_list()
    assert pooled.sampled(labels["customer_id"], rows=400, seed=1, most=400) is None


@pytest.mark.parametrize("candidate", [Logistic(), Boosted(trees=30)])
def test_contributions_add_up_to_the_odds(candidate):
    features, labels = matrix(1.0)
    x = inputs(features)
    candidate.fit(x, labels["bought"].to_numpy())
    total = candidate.contributions(x).sum(axis=1)
    rest = candidate.odds(x) - total
    assert np.ptp(rest) < 1e-6  # what is left is the mean, the same for everybody


def test_the_simple_baselines_by_hand():
    features = pl.DataFrame(
        {
            "own_days_since_order": [10, None, None],
            "days_since_order": [5, 300, 2],
            "own_orders_all": [1, 0, 0],
            "orders_all": [3, 1, 9],
        }
    ).to_pandas()
    assert list(np.argsort(-baselines.recency(features))) == [0, 2, 1]
    assert list(np.argsort(-baselines.frequency(features))) == [0, 2, 1]


@pytest.mark.parametrize("positives", [5, 60, 600])
def test_calibration_draws_odds_in_by_half_and_keeps_the_order(positives):
    """The planted slope is 0.5 on both cutoffs, at levels that a season tells apart."""
    rng = np.random.default_rng(2)
    odds = [rng.normal(0, 1.5, 12 * positives) for _ in range(2)]
    bought = [
        (rng.random(len(o)) < expit(0.5 * o - level)).astype(float)
        for o, level in zip(odds, (2.8, 2.0), strict=True)
    ]
    found = calibration.fit(odds, bought, 0.1)
    assert found.method == ("shift" if positives < 15 else "platt")
    if found.method == "platt":
        assert found.slope == pytest.approx(0.5**0.5, rel=0.25)
    assert (np.diff(found(np.sort(odds[0]))) > 0).all()
    assert found(found.centre) == pytest.approx(0.1)


def test_no_probability_is_ever_far_below_what_any_customer_shows():
    """A staircase promised 0.0001 where a line says a percent: extreme odds stay apart."""
    rng = np.random.default_rng(8)
    odds = rng.normal(-2, 1, 5000)
    bought = (rng.random(5000) < expit(odds)).astype(float)
    p = calibration.fit([odds], [bought], float(bought.mean()))(odds)
    assert np.unique(p).size == np.unique(odds).size
    assert np.quantile(p, 0.001) > 0.2 * np.quantile(expit(odds), 0.001)


def test_nobody_bought_leaves_the_odds_alone():
    assert calibration.fit([np.zeros(5)], [np.zeros(5)], 0.01).method == "none"


def test_scores_by_hand():
    features = pl.DataFrame(
        {"customer_id": ["a", "b", "c", "d"], "own_days_since_order": [None, 10, 549, 550]}
    )  # the last is 2023-06-30: 18 months before the cutoff
    asked = {"division": "PDM", "cutoff": date(2024, 12, 31)}
    scores = scoring.build(features, [0.1, 0.4, 0.4, 0.2], [100, 10, 10, 50], **asked)
    assert scores["customer_id"].to_list() == ["b", "c", "d", "a"]
    assert scores["percentile"].to_list() == [87.5, 87.5, 50.0, 25.0]
    kinds = dict(scores.select("customer_id", "purchase_type").iter_rows())
    assert kinds == {"a": "new to division", "b": "repeat", "c": "repeat", "d": "lapsed"}
    assert scores["expected_gp"].to_list() == [4.0, 4.0, 10.0, 10.0]


def test_reasons_name_the_number_and_one_family_once(learned):
    features, _ = matrix(1.2)
    now = features.filter(cutoff_date=CUTOFFS[-1]).head(20)
    names = [c for c in features.columns if c not in ("customer_id", "cutoff_date")]
    dictionary = pl.DataFrame(
        [
            {"name": n, "family": "all" if "orders" in n else n, "meaning": n, "unit": "days"}
            | {"window": "all"}
            for n in names
        ]
    )
    reasons = explain.reasons(explain.effects(learned.model, now, dictionary))
    assert reasons.select("customer_id", "family").is_unique().all()
    assert reasons.filter(pl.col("rank") > 0)["effect"].min() > 0
    assert reasons.filter(pl.col("rank") < 0)["effect"].max() < 0
    assert (
        explain.sentence(
            {"name": "x", "meaning": "Days since this division", "unit": "days", "window": "all"},
            {"x": 12},
            "PDM",
        )
        == "Days since PDM: 12 days"
    )


def test_the_model_card_keeps_a_hostile_division_as_code(learned):
    found = gate.assess(learned.evidence, "PDM")
    report = card.report(learned, found, CUTOFFS[-1], SOURCE, seed=17)
    text = card.markdown(report.model_copy(update={"division": "`<script>`\n# x"}))
    assert text.splitlines()[0] == "# Model card: `'<script>' # x` at 2024-06-30"
    assert "average_precision" in text


def test_the_model_card_names_data_candidates_calibration_and_fingerprints(learned, tmp_path):
    features, labels = matrix(1.2)
    for name in ("features", "labels"):
        (tmp_path / f"{name}.parquet").write_bytes(name.encode())
    source = card.data(Folder(tmp_path), features, labels)
    assert source == {
        "rows": 1600, "customers": 400, "features": 9, "buyers": labels["bought"].sum(),
        "fingerprints": {
            "features.parquet": hashlib.sha256(b"features").hexdigest(),
            "labels.parquet": hashlib.sha256(b"labels").hexdigest(),
        },
    }  # fmt: skip
    found = gate.assess(learned.evidence, "PDM")
    text = card.markdown(card.report(learned, found, CUTOFFS[-1], source, seed=17))
    for words in (
        f"- `labels.parquet`: SHA-256 `{hashlib.sha256(b'labels').hexdigest()}`",
        "1,600 rows of 400 customers with 9 features",
        "expected calibration error 0.0",
        "- logistic: c ",
        "| rfm_logistic |",
        "trained on: 2023-06-30, 2023-09-30, 2023-12-31",
        "validated out of time on 2023-12-31; figures are of 2023-12-31",
    ):
        assert words in text


def test_the_baseline_that_is_trained_is_made_as_the_champion_is(learned):
    features, _ = matrix(1.2)
    now = features.filter(cutoff_date=CUTOFFS[-1])
    rfm = learned.model.baseline
    assert rfm.champion == "rfm_logistic"
    told = rfm.probability(now)
    assert metrics.auc(now["orders_all"] > 2, told) > 0.6
    other = now.with_columns(attribute__industry=pl.lit("glass"))
    assert np.array_equal(rfm.probability(other), told)  # recency, frequency and monetary alone
    assert not np.array_equal(learned.model.probability(other), learned.model.probability(now))
    table = learned.table.filter(segment="all", name="rfm_logistic")
    assert table.select("kind", pl.col("brier_skill") > 0).row(0) == ("baseline", True)


def test_as_good_as_a_baseline_is_an_outcome_of_its_own_and_names_it():
    rng = np.random.default_rng(4)
    bought = rng.random(400) < 0.2
    clue = bought + rng.normal(size=400)
    given = evidence(bought, {"frequency": rng.random(400), "rfm_logistic": clue, "model": clue})
    found = gate.assess(given, "PDM")
    assert (found.signal, found.baseline) == (True, "rfm_logistic")
    assert found.outcome == gate.AS_GOOD
    assert "as good as a simple baseline, RFM with logistic regression;" in found.sentence
    easier = given.with_columns(rfm_logistic=pl.col("base_rate"))
    assert gate.assess(easier, "PDM").outcome == gate.BETTER
    strict = gate.assess(given, "PDM", needs="baseline")
    assert (strict.signal, strict.outcome) == (False, gate.AS_GOOD)
    assert strict.word == "as good as a simple baseline (quality gate failed)"
    assert strict.sentence.startswith("Quality gate failed: as good as a simple baseline")


def test_a_layout_may_ask_that_the_best_baseline_be_beaten(learned):
    strict = gate.assess(learned.evidence, "PDM", needs="baseline")
    assert strict == gate.assess(learned.evidence, "PDM", needs="rival")  # as it was spelled
    assert strict.signal
    with pytest.raises(ValueError, match="signal_needs 'both': write chance or baseline"):
        gate.assess(learned.evidence, "PDM", needs="both")


def test_the_calibration_error_stands_with_its_interval():
    generator = np.random.default_rng(17)
    promised = generator.uniform(0.05, 0.6, 2000)
    bought = (generator.random(2000) < promised).astype(float)
    found = calibration.summary(promised, bought)
    assert found["expected_calibration_error_low"] > 0
    assert found["expected_calibration_error_high"] < 0.06
    off = calibration.summary(promised / 3, bought)
    assert off["expected_calibration_error_low"] > found["expected_calibration_error_high"]


def test_the_shift_between_predicted_and_observed_by_hand():
    predicted = np.full(1000, 0.2)
    bought = np.array([1.0] * 400 + [0.0] * 600)
    shift = calibration.shift_between(predicted, bought)
    assert shift == pytest.approx(np.log((0.4 / 0.6) / (0.2 / 0.8)))
    assert calibration.shift_between(predicted, np.zeros(1000)) == 0.0


def test_the_level_takes_some_of_last_years_residual_and_half_of_the_newest():
    old, new, target = date(2023, 12, 31), date(2024, 6, 30), date(2024, 12, 31)
    coming = level.forecast({old: 0.4, new: -0.2}, {new: -0.5}, {new: 3}, target)
    assert (coming.season, coming.trend) == pytest.approx((0.16, -0.1))
    assert coming.shift == pytest.approx(0.06)
    assert coming.error == pytest.approx(np.sqrt((4 * 0.3**2 + 0.5**2) / 5))


def test_a_level_without_a_window_a_year_ago_is_less_sure():
    new, target = date(2024, 6, 30), date(2024, 12, 31)
    coming = level.forecast({new: -0.2}, {new: -0.5}, {new: 1}, target)
    assert (coming.season, coming.trend) == pytest.approx((0.0, -0.1))
    assert coming.error == level.NO_SEASON  # one training cutoff tells of its model alone
    assert level.forecast({}, {}, {}, target).shift == 0.0


def test_one_candidate_alone_wins_only_when_clearly_ahead_of_every_blend():
    rng = np.random.default_rng(7)
    bought = (rng.random(500) < 0.3).astype(np.int8)
    rows = pl.DataFrame({"cutoff_date": [CUTOFFS[0]] * 500, "bought": bought})
    good = bought + rng.normal(0, 1, 500)
    odds = {"a": good, "b": good + rng.normal(0, 0.3, 500), "rfm_logistic": bought * 9.0}
    given = validation.Validation(
        "out of time", rows, odds, dict.fromkeys(odds), {CUTOFFS[0]: 2}, 0.3
    )
    assert selection.choose(given).members == ("a", "b")
    poor = validation.Validation(
        "", rows, odds | {"b": -good}, given.candidates, {CUTOFFS[0]: 2}, 0.3
    )
    assert selection.choose(poor).members == ("a",)


def test_mbg_nbd_ranks_who_buys_often_and_lately_and_breaks_ties_by_all_orders():
    history = pd.DataFrame(
        {
            "own_orders_all": [12, 12, 3, 0, 0, None] * 40,
            "own_days_since_first": [720.0, 720.0, 720.0, None, None, None] * 40,
            "own_days_since_order": [10.0, 600.0, 60.0, None, None, None] * 40,
            "orders_all": [20, 20, 20, 9, 2, 5] * 40,
        }
    )
    score = baselines.mbg_nbd(history)[:6]
    assert score[0] > score[2] > score[1]
    assert list(np.argsort(-score[3:])) == [0, 2, 1]
    assert score[1] > score[3]
    fewer = history.drop(columns="own_days_since_first")
    assert np.array_equal(baselines.mbg_nbd(fewer), baselines.frequency(fewer))


def test_mbg_nbd_finds_the_pace_that_was_planted():
    rng = np.random.default_rng(11)
    pace, age = rng.gamma(2.0, 1 / 0.5, 3000), np.full(3000, 3.0)  # r 2, alpha 0.5 years
    orders = rng.poisson(pace * age)
    last = np.where(orders > 0, age * orders / (orders + 1), 0.0)
    r, alpha, a, b = lifetimes.fit(orders.astype(float), last, age)
    assert r / alpha == pytest.approx(4.0, rel=0.15)
    assert a / (a + b) < 0.1  # nobody stopped


def test_rare_levels_are_pooled_and_unknown_is_none_of_them():
    text = ["Steel"] * 60 + ["Toys"] * 38 + ["Rare"] + ["unknown"]
    encoder = LevelEncoder().fit(pd.DataFrame({"industry": text}))
    row = encoder.transform(pd.DataFrame({"industry": ["unknown", "Rare", "never seen"]}))
    assert list(row) == [f"industry={level}" for level in ("Steel", "Toys", "unknown", "other")]
    assert row.to_numpy().argmax(axis=1).tolist() == [2, 3, 3]


def test_no_row_is_calibrated_by_a_map_that_has_seen_it():
    rng = np.random.default_rng(4)
    odds = rng.normal(0, 2, 600)
    bought = (rng.random(600) < expit(odds / 3)).astype(float)
    customers = np.arange(600)
    before = calibration.out_of_fold(odds, bought, customers, seed=5)
    own = np.random.default_rng(5).permutation(600) % 5 == 0  # the first fold
    other = np.where(own, 1 - bought, bought)
    after = calibration.out_of_fold(odds, other, customers, seed=5)
    assert np.array_equal(before[own], after[own])
    assert not np.allclose(before[~own], after[~own])


def test_a_calibration_never_turns_the_order_round():
    odds = np.linspace(-3, 3, 400)
    bought = (odds < 0).astype(float)  # the higher the odds, the fewer buy
    assert calibration.slope_of([(odds, bought)]) == pytest.approx(0.1)
    line = calibration.fit([odds], [bought], 0.5)
    assert line.method == "platt"
    assert (np.diff(line(odds)) > 0).all()


def test_what_scores_has_been_refitted_to_all_closed_windows(learned):
    features, labels = matrix(1.2)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    rows = training.labelled(features, closed, "PDM")
    fresh = baselines.Rfm(c=learned.model.baseline.candidate.c)
    fresh.fit(inputs(rows), rows["bought"].to_numpy())
    now = inputs(features.filter(cutoff_date=CUTOFFS[-1]))
    assert learned.model.baseline.candidate.odds(now) == pytest.approx(fresh.odds(now))
    early = rows.filter(pl.col("cutoff_date") < CUTOFFS[2])
    fresh.fit(inputs(early), early["bought"].to_numpy())
    assert learned.model.baseline.candidate.odds(now) != pytest.approx(fresh.odds(now))
