"""Learning: judged out of time, calibrated, seeded, and silent where there is no signal."""

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
    comparison,
    explain,
    metrics,
    models,
    pooled,
    scoring,
    training,
    verdict,
)
from gosales_lib.learning.encoding import LevelEncoder
from gosales_lib.learning.models import Boosted, Logistic, expit
from gosales_lib.learning.rows import Span, inputs, recency_weight, to_pandas
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


def test_only_windows_that_had_closed_by_the_selection_cutoff_teach():
    span = Span.of(CUTOFFS[:3], WINDOW)
    assert span.selection == date(2023, 12, 31)
    assert span.teaching == (date(2023, 6, 30),)  # 2023-09-30 + 6 months ends in 2024
    assert span.closed == tuple(CUTOFFS[:3])
    assert Span.of(CUTOFFS[:3], WINDOW, embargo_days=1).teaching == ()


@pytest.mark.parametrize("bought", [0, 1])
def test_where_all_or_none_bought_there_is_nothing_to_tell_apart(bought):
    features, labels = matrix(1.2, customers=60)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    closed = closed.with_columns(bought=pl.lit(bought, pl.Int8))
    shared = pooled.learn({"PDM": features}, {"PDM": closed}, window_months=WINDOW)["PDM"]
    found = training.learn(features, closed, division="PDM", window_months=WINDOW, pooled=shared)
    judged = verdict.judge(found.selection, "PDM")
    assert not judged.signal
    assert f"No signal: {60 * bought} of 60 known customers bought PDM" in judged.sentence
    assert found.model.probability(features).mean() == pytest.approx(bought, abs=0.03)


def test_the_model_finds_the_planted_signal_and_says_so(learned):
    table = learned.table.filter(segment="all")
    champion = table.filter(name=learned.model.champion)["auc"][0]
    assert learned.how == "out of time"
    assert champion > 0.75
    found = verdict.judge(learned.selection, "PDM")
    assert found.signal
    assert found.beats_rival
    assert "Beats the best naive rival" in found.sentence


def test_all_candidates_and_rivals_stand_in_the_table_for_both_segments(learned):
    names = {
        "logistic",
        "lightgbm",
        "gamma_poisson",
        "blend",
        "base_rate",
        "recency",
        "frequency",
        "rfm_logistic",
    }
    for segment in ("all", "new to division"):
        assert set(learned.table.filter(segment=segment)["name"]) == names


def test_noise_gets_no_signal_in_at_least_95_of_100_divisions():
    false_alarms = 0
    rng = np.random.default_rng(5)
    for trial in range(100):
        bought = rng.random(300) < 0.15
        names = ("recency", "frequency", "rfm_logistic", "probability")
        scores = {name: rng.random(300) for name in names}
        selection = pl.DataFrame(
            {"bought": bought.astype(np.int8), "base_rate": np.full(300, 0.15)} | scores
        )
        false_alarms += verdict.judge(selection, "noise", draws=150, seed=trial).signal
    assert false_alarms <= 5


def test_a_division_nobody_bought_is_silent_and_still_has_a_model():
    features, labels = matrix(1.0)
    nobody = labels.with_columns(bought=pl.lit(0, pl.Int8))
    closed = nobody.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    learned = training.learn(features, closed, division="CPE", window_months=WINDOW)
    assert learned.how == "too few buyers"
    assert not verdict.judge(learned.selection, "CPE").signal
    assert (learned.model.probability(features.head(5)) < 0.01).all()


def test_without_a_closed_teaching_window_customers_are_judged_out_of_fold():
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


def test_an_elastic_net_leaves_out_what_tells_nothing():
    features, labels = matrix(1.2)
    rows = labels.join(features, on=["customer_id", "cutoff_date"]).sort("cutoff_date")
    rng = np.random.default_rng(1)
    noise = [pl.Series(f"noise_{i}", rng.normal(size=rows.height)) for i in range(10)]
    rows = rows.with_columns(noise)
    known, later = rows.filter(cutoff_date=CUTOFFS[0]), rows.filter(cutoff_date=CUTOFFS[2])
    given = [inputs(known), known["bought"], None, inputs(later), later["bought"]]
    none, ridge = (Logistic(l1_ratio=share).tune(*given) for share in (0.5, 0.0))
    left = {
        model: (model.contributions(given[3]).filter(like="noise").abs().sum() > 0).sum()
        for model in (none, ridge)
    }
    assert left[none] < 10
    assert left[ridge] == 10
    again = Logistic(l1_ratio=0.5).tune(*given)
    assert np.array_equal(again.odds(given[3]), none.odds(given[3]))


def test_monotone_trees_never_rank_a_customer_lower_for_an_order_more():
    features, labels = matrix(0.3)
    rows = labels.join(features, on=["customer_id", "cutoff_date"]).sort("cutoff_date")
    asked = inputs(rows)
    falls = {}
    for monotone in (True, False):
        model = Boosted(trees=60, monotone=monotone).fit(asked, rows["bought"])
        odds = [model.odds(asked.assign(orders_all=orders)) for orders in range(8)]
        falls[monotone] = (np.diff(odds, axis=0) < -1e-9).sum()
    assert falls[True] == 0
    assert falls[False] > 0


def test_what_is_saved_does_not_tell_how_many_threads_grew_it(tmp_path):
    features, labels = matrix(1.2, customers=150)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    saved = []
    for threads in (1, 2):
        matrices, bought = {"A": features, "B": features}, {"A": closed, "B": closed}
        learned = pooled.learn(matrices, bought, window_months=WINDOW, threads=threads)
        folder = Folder(tmp_path / str(threads), None, CUTOFFS[-1])
        pooled.save(folder, learned)
        own = models.Boosted(trees=20, threads=threads).fit(to_pandas(features), [0, 1] * 300)
        joblib.dump(own, folder.path / "own.joblib")
        files = [folder.path / name for name in ("pooled.joblib", "own.joblib")]
        saved.append([path.read_bytes() for path in files])
        again = joblib.load(files[1]).odds(to_pandas(features))
        assert np.array_equal(again, own.odds(to_pandas(features)))
    assert saved[0] == saved[1]


def test_the_logistic_regression_does_not_tell_how_many_threads_blas_had():
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
    models = pooled.learn(
        {"Large": features, "Small": features},
        {"Large": closed, "Small": closed},
        window_months=WINDOW,
    )
    learned = training.learn(
        features, closed, division="Small", window_months=WINDOW, pooled=models["Small"]
    )
    auc = learned.table.filter(segment="all", name="pooled")["auc"][0]
    assert auc > 0.75
    assert pooled.report(models).judged


def test_a_division_that_nobody_bought_is_held_against_the_rfm_of_all_divisions():
    features, labels = matrix(1.2)
    closed = labels.filter(pl.col("cutoff_date") < CUTOFFS[-1])
    nobody = closed.with_columns(bought=pl.lit(0, pl.Int8))
    every = pooled.learn(
        {"Large": features, "New": features}, {"Large": closed, "New": nobody}, window_months=WINDOW
    )
    learned = training.learn(
        features, nobody, division="New", window_months=WINDOW, pooled=every["New"]
    )
    assert (learned.how, learned.model.champion) == ("too few buyers", "pooled")
    now = features.filter(cutoff_date=CUTOFFS[-1])
    told = learned.model.rival.probability(now)
    assert metrics.auc(now["orders_all"] > 2, told) > 0.9
    found = verdict.judge(learned.selection, "New")
    assert card.report(learned, found, CUTOFFS[-1], SOURCE).fields()


def test_generic_columns_leave_out_those_named_after_a_division():
    frame = pl.DataFrame({"orders_all": 1, "days_since_order__PDM": 2, "attribute__size": "a"})
    assert pooled.generic(frame).columns == ["orders_all", "attribute__size"]


@pytest.mark.parametrize("candidate", [Logistic(), Boosted(trees=30)])
def test_contributions_add_up_to_the_odds(candidate):
    features, labels = matrix(1.0)
    x = to_pandas(features)
    candidate.fit(x, labels["bought"].to_numpy())
    total = candidate.contributions(x).sum(axis=1)
    rest = candidate.odds(x) - total
    assert np.ptp(rest) < 1e-6  # what is left is the mean, the same for everybody


def test_the_naive_rivals_by_hand():
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
def test_calibration_mends_odds_that_are_off_and_keeps_the_order(positives):
    rng = np.random.default_rng(2)
    odds = rng.normal(0, 1.5, 12 * positives)
    bought = (rng.random(len(odds)) < expit(0.6 * odds - 2.4)).astype(float)
    found = calibration.choose(odds, bought)
    p = found(odds)
    assert abs(p.mean() - bought.mean()) < 0.02
    assert (np.diff(p[np.argsort(odds)]) >= 0).all()
    assert found.method in calibration.METHODS


def test_few_buyers_are_not_given_a_slope():
    assert calibration.allowed(0) == ["none"]
    assert calibration.allowed(10) == ["shift"]
    assert "isotonic" not in calibration.allowed(100)


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
    reasons = explain.reasons(learned.model, now, dictionary)
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
    found = verdict.judge(learned.selection, "PDM")
    report = card.report(learned, found, CUTOFFS[-1], SOURCE, seed=17)
    text = card.markdown(report.model_copy(update={"division": "`<script>`\n# x"}))
    assert text.splitlines()[0] == "# Model card: `'<script>' # x` at 2024-06-30"
    assert "average_precision" in text


def test_the_model_card_tells_data_candidates_calibration_and_fingerprints(learned, tmp_path):
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
    found = verdict.judge(learned.selection, "PDM")
    text = card.markdown(card.report(learned, found, CUTOFFS[-1], source, seed=17))
    for words in (
        f"- `labels.parquet`: SHA-256 `{hashlib.sha256(b'labels').hexdigest()}`",
        "1,600 rows of 400 customers with 9 features",
        "expected calibration error 0.0",
        "- logistic: c ",
        "| rfm_logistic |",
        "trained on: 2023-06-30, 2023-09-30, 2023-12-31",
    ):
        assert words in text


def test_the_rival_that_learns_is_made_as_the_champion_is(learned):
    features, _ = matrix(1.2)
    now = features.filter(cutoff_date=CUTOFFS[-1])
    rival = learned.model.rival
    assert rival.champion == "rfm_logistic"
    told = rival.probability(now)
    assert metrics.auc(now["orders_all"] > 2, told) > 0.6
    other = now.with_columns(attribute__industry=pl.lit("glass"))
    assert np.array_equal(rival.probability(other), told)  # recency, frequency and monetary alone
    assert not np.array_equal(learned.model.probability(other), learned.model.probability(now))
    table = learned.table.filter(segment="all", name="rfm_logistic")
    assert table.select("kind", pl.col("brier_skill") > 0).row(0) == ("rival", True)


def test_a_model_must_beat_the_best_rival_and_that_may_be_the_one_that_learns():
    rng = np.random.default_rng(4)
    bought = rng.random(400) < 0.2
    clue = bought + rng.normal(size=400)
    selection = pl.DataFrame(
        {"bought": bought.astype(np.int8), "base_rate": np.full(400, 0.2), "recency": clue * 0.0}
        | {"frequency": rng.random(400), "rfm_logistic": clue, "probability": expit(clue)}
    )
    found = verdict.judge(selection, "PDM")
    assert (found.signal, found.beats_rival, found.rival) == (True, False, "rfm_logistic")
    assert "of RFM with logistic regression" in found.sentence
    easier = selection.with_columns(rfm_logistic=pl.col("base_rate"))
    assert verdict.judge(easier, "PDM").beats_rival


def test_an_older_cutoff_counts_less_where_the_layout_says_so():
    rows = pl.DataFrame({"cutoff_date": [date(2023, 12, 31), date(2024, 12, 31)]})
    assert recency_weight(rows, 0) is None
    weight = recency_weight(rows, 12)
    assert weight[1] == 1
    assert weight[0] == pytest.approx(0.5, abs=0.001)


def test_a_layout_may_ask_that_a_rival_be_beaten(learned):
    strict = verdict.judge(learned.selection, "PDM", needs="rival")
    usual = verdict.judge(learned.selection, "PDM")
    assert strict.signal == strict.beats_rival == usual.beats_rival
    assert usual.signal
    with pytest.raises(ValueError, match="signal_needs 'both': write chance or rival"):
        verdict.judge(learned.selection, "PDM", needs="both")


def test_the_calibration_error_stands_with_its_interval():
    generator = np.random.default_rng(17)
    promised = generator.uniform(0.05, 0.6, 2000)
    bought = (generator.random(2000) < promised).astype(float)
    found = calibration.summary(promised, bought)
    assert found["expected_calibration_error_low"] > 0
    assert found["expected_calibration_error_high"] < 0.06
    off = calibration.summary(promised / 3, bought)
    assert off["expected_calibration_error_low"] > found["expected_calibration_error_high"]


def test_the_season_of_a_year_ago_moves_the_odds_by_what_was_missing():
    promised = np.full(1000, 0.2)
    bought = np.array([1.0] * 400 + [0.0] * 600)
    shift = calibration.shift_between(promised, bought)
    assert shift == pytest.approx(np.log((0.4 / 0.6) / (0.2 / 0.8)))
    assert calibration.shift_between(promised, np.zeros(1000)) == 0.0


def test_without_the_same_window_a_year_ago_the_season_is_not_told(learned):
    span = Span.of(CUTOFFS[:3], WINDOW)
    rows = pl.DataFrame({"cutoff_date": [CUTOFFS[0]], "bought": [1]})
    assert training.season_shift(learned.model, rows, span, date(2031, 1, 31)) == 0.0
    its_own = date(span.selection.year + 1, span.selection.month, span.selection.day)
    rows = pl.DataFrame({"cutoff_date": [span.selection] * 40, "bought": [1] * 20 + [0] * 20})
    assert training.season_shift(learned.model, rows, span, its_own) == 0.0


def test_gamma_poisson_counts_on_who_buys_often_and_lately():
    history = pd.DataFrame(
        {
            "order_days": [12, 12, 1, 6] * 50,
            "tenure_days": [720.0] * 200,
            "days_since_order": [10.0, 500.0, 700.0, 60.0] * 50,
            "own_order_days": [12, 12, 0, 3] * 50,
        }
    )
    bought = np.array([1, 0, 0, 1] * 50)
    model = models.GammaPoisson().fit(history, bought)
    odds = model.odds(history)[:4]
    assert odds[0] > odds[3] > odds[1]
    assert model.predict_proba(history)[:, 1].mean() == pytest.approx(0.5, abs=1e-3)


def test_gamma_poisson_says_the_base_rate_where_the_history_is_not_among_the_features():
    features = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})
    model = models.GammaPoisson().fit(features, [1, 0, 0, 0])
    assert model.predict_proba(features)[:, 1].tolist() == pytest.approx([0.25] * 4)


def test_who_can_give_no_reasons_is_compared_and_not_chosen():
    row = {"kind": "candidate", "segment": "all", "brier": 0.1}
    table = pl.DataFrame(
        [
            row | {"name": "gamma_poisson", "average_precision": 0.9},
            row | {"name": "logistic", "average_precision": 0.5},
        ]
    )
    assert comparison.pick(table) == "logistic"
    assert comparison.pick(table.filter(name="gamma_poisson")) == "gamma_poisson"


def test_rare_levels_are_pooled_and_unknown_is_none_of_them():
    text = ["Steel"] * 60 + ["Toys"] * 38 + ["Rare"] + ["unknown"]
    encoder = LevelEncoder().fit(pd.DataFrame({"industry": text}))
    row = encoder.transform(pd.DataFrame({"industry": ["unknown", "Rare", "never seen"]}))
    assert list(row) == [f"industry={level}" for level in ("Steel", "Toys", "unknown", "other")]
    assert row.to_numpy().argmax(axis=1).tolist() == [2, 3, 3]
