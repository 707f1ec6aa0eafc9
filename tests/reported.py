"""Small reports as the notebooks write them: measured, judged and summed by the real functions."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from sales_rows import sales_rows

from gosales_lib import features as building
from gosales_lib.core import coverage
from gosales_lib.core.coverage import Coverage
from gosales_lib.evaluation import drift, holdout
from gosales_lib.evaluation.later_sales import Later, Overlap
from gosales_lib.learning import calibration, card, comparison, scoring
from gosales_lib.reports.etl import Etl
from gosales_lib.reports.features import Features
from gosales_lib.reports.holdout import CHECKED, NOTHING, Holdout
from gosales_lib.reports.scores import Scores
from gosales_lib.reports.training import Pooled, Training
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.whitespace import balance, outputs, payoff
from gosales_lib.whitespace.potential import POTENTIAL
from gosales_lib.whitespace.reps import LISTS
from gosales_lib.whitespace.rules import Rules

CUTOFF = date(2024, 12, 31)
SELECTION = date(2024, 6, 30)
SIZE = 40
BASELINES = ("base_rate", "recency", "frequency", "rfm_logistic")


@cache
def scored(quality: float = 1.0) -> pl.DataFrame:
    """Return customers with a probability of that quality, each baseline's score, and purchases."""
    rng = np.random.default_rng(17)
    truth = np.linspace(0.9, 0.1, SIZE)
    bought = (rng.random(SIZE) < truth).astype(int)
    noise = rng.random((len(BASELINES), SIZE))
    mixed = 0.05 + 0.9 * (quality * truth + (1 - quality) * noise[0])
    return pl.DataFrame(
        {
            "customer_id": [f"C{n:02}" for n in range(1, SIZE + 1)],
            "bought": bought,
            "new": [n % 2 == 0 for n in range(SIZE)],
            "gp_window": 100.0 * bought,
            "probability": mixed,
            "base_rate": np.full(SIZE, bought.mean()),
            **{n: (truth + noise[i]) / 2 for i, n in enumerate(BASELINES[1:], 1)},
        }
    )


@cache
def measured(quality: float = 1.0) -> pl.DataFrame:
    """Return the table of a blend and its baselines on those customers."""
    rows = scored(quality)
    scores: dict[str, Any] = {"blend": ("candidate", rows["probability"].to_numpy(), True)}
    for name in BASELINES:
        scores[name] = ("baseline", rows[name].to_numpy(), name in ("base_rate", "rfm_logistic"))
    new = rows["new"].to_numpy()
    return comparison.measure(rows["bought"].to_numpy(), new, scores, rows["gp_window"].to_numpy())


def training(
    division: str, *, signal: bool = True, beats: bool = False, quality: float = 1.0, **more: Any
) -> Training:
    """Return the report of 03_train of a division that passed its quality gate, or did not."""
    rows, table = scored(quality), measured(quality)
    passed = "better than the best baseline" if beats else "as good as a simple baseline"
    outcome = passed if signal else "no signal"
    sizes = {"rows": 80, "features": 9, "customers": SIZE, "buyers": int(rows["bought"].sum())}
    found: dict[str, Any] = {
        "division": division,
        "cutoff": CUTOFF,
        "data": sizes | {"fingerprints": {"labels.parquet": "0" * 64}},
        "selection_cutoff": SELECTION,
        "validation_cutoffs": [SELECTION],
        "training_cutoffs": [date(2024, 3, 31), SELECTION],
        "judged": "out of time",
        "champion": "blend",
        "members": ["logistic", "lightgbm"],
        "calibration": {"method": "platt", "odds_slope": 1.1, "season_shift": 0.1}
        | {"trend_shift": -0.05, "level_error": 0.2}
        | calibration.summary(rows["probability"].to_numpy(), rows["bought"].to_numpy()),
        **card.segment(table, "all"),
        "new_to_division": card.segment(table, "new to division"),
        "verdict": {
            "signal": signal,
            "baseline": "recency",
            "gain": 0.1,
            "low": 0.01 if beats else -0.01,
            "high": 0.2,
            "sentence": f"{division} is judged.",
            "outcome": outcome,
        },
        "params": {"seed": 17, "logistic": {"c": 0.1}},
    }
    return Training.of(**found | more)


def with_lift(report: Any, lift: float) -> Any:
    """Return a report whose model has that lift at 10%, its other figures as they were."""
    content = report.fields()
    model = content["candidates"][report.champion] if "champion" in content else content["model"]
    model["lift_10"] = lift
    return type(report).of(**content)


def sales() -> pl.DataFrame:
    """Return one order of each month of a year."""
    days = [date(2024, month, 5) for month in range(1, 13)]
    return sales_rows(*(("c1", day.isoformat(), "Alpha", "p", 1.0, 1.0) for day in days))


def etl(**more: Any) -> Etl:
    """Return the report of 01_etl over one file of 30 rows."""
    sums: dict[str, Any] = {"rows_in": 30, "rows_kept": 27, "rows_rejected": 2, "rows_empty": 1}
    sums |= {"gross_profit_in": 3000.0, "gross_profit_kept": 2900.0, "duplicates": 0}
    sums |= {"gross_profit_rejected": 100.0, "rows_left_out": 0, "gross_profit_left_out": 0.0}
    sums["fact_rows"] = 27
    days = {"first_order": date(2024, 7, 1), "last_order": date(2024, 12, 20)}
    found: dict[str, Any] = {
        **sums,
        **days,
        "layout": "toy",
        "currency": "EUR",
        "divisions": ["Alpha"],
        "customers": 13,
        "customers_with_orders": 12,
        "holdout": sums | {"first_order": date(2025, 1, 2), "last_order": date(2025, 6, 30)},
        "files": [{"file": "log.csv", **sums}],
        "holdout_files": [],
        "rejected_by_reason": {"no customer": 1},
        "left_out_by_rule": {"where": {"rows": 1, "gross_profit": 5.0}},
        "alarms": [],
        "files_left_out": {},
        "keys_changed": 0,
        "coverage": coverage.of(sales()).model_dump(),
        "holdout_coverage": coverage.of(sales()).model_dump(),
        "sentence": "30 rows came in; 27 were kept, 2 rejected, 1 held no product.",
    }
    return Etl.of(**found | more)


def features() -> Features:
    """Return the report of 02_features over two closed cutoffs."""
    days = [date(2024, 3, 31)] * 4 + [SELECTION] * 4 + [CUTOFF] * 4
    matrix = pl.DataFrame({"customer_id": list("abcd") * 3, "cutoff_date": days})
    labels = matrix.filter(pl.col("cutoff_date") < CUTOFF).select("cutoff_date")
    labels = labels.with_columns(bought=pl.Series([1, 0, 0, 0, 1, 1, 0, 0]))
    words = pl.DataFrame({"family": ["recency", "lifecycle"], "coverage": [1.0, 0.5]})
    return building.report(matrix, labels, words, CUTOFF)


def pooled() -> Pooled:
    """Return the report of 02b_pooled."""
    return Pooled.of(divisions=["Alpha"], trees=12, features=9, judged=True)


@cache
def outcome() -> pl.DataFrame:
    """Return the scored customers with their purchases after the cutoff, by customer_id."""
    rows = scored()
    kinds = ["new to division", "repeat"] * (SIZE // 2)
    return rows.with_columns(
        purchase_type=pl.Series(kinds),
        expected_gp=pl.col("probability") * 100.0,
        decile=(pl.int_range(pl.len()) * 10) // pl.len() + 1,
        cutoff_date=pl.lit(CUTOFF),
    )


def scores(division: str) -> Scores:
    """Return the report of 04_score."""
    return scoring.report(outcome(), division, CUTOFF)


@cache
def later(checked: bool = True) -> Holdout:
    """Return the report of 05_holdout, checked or with nothing to check yet."""
    rows = outcome()
    large = {"feature": "orders_12m", "psi": 0.31, "ks": 0.2, "level": "large"}
    still = drift.row("gp_12m", rows["probability"], rows["probability"])
    moved = pl.DataFrame([large, still])
    drifted = drift.report(moved, rows["probability"], rows, rows)
    status, sentence = (CHECKED, "Checked.") if checked else (NOTHING, "Nothing to check yet.")
    sales = Later(pl.DataFrame(), status, None, Overlap(0, 0, 0, 0, 0), sentence, Coverage())
    baselines = rows.select("customer_id", *BASELINES)
    judged = holdout.judge(sales, rows, baselines)
    groups = {}
    if checked:
        since = rows.select("customer_id", days_since_order=pl.int_range(pl.len()) * 20)
        groups = holdout.segments(rows, baselines, since, rows.select("customer_id"))
    tenths = holdout.deciles(rows)
    return holdout.report(sales, judged, deciles=tenths, drift=drifted, segments=groups)


PAID = [
    {"mode": "overall", "list": "model", "offers": 16.0, "bought": 6.0, "share": 0.375}
    | {"gross_profit": 5000.0, "low": 4000.0, "high": 6000.0}
    | {"gain": 0.0, "gain_low": 0.0, "gain_high": 0.0},
    {"mode": "overall", "list": "random", "offers": 16.0, "bought": 3.0, "share": 0.19}
    | {"gross_profit": 2000.0, "low": 1000.0, "high": 3000.0}
    | {"gain": 3000.0, "gain_low": 1500.0, "gain_high": 4500.0},
]


def whitespace(ranked: pl.DataFrame, divisions: tuple[str, ...], *, checked: bool) -> Whitespace:
    """Return the report of 06_whitespace on a list; the last division failed the quality gate."""
    states = {"active": 5, "lapsed": 2, "whitespace": 4, "not eligible": 1, "open": 0}
    nothing = {"promised": 4.0, "bought": 3, "correction": -0.1, "customers": 12}
    what_if = {"per_rep": 5, "offers": 10, "reps": 2, "full_lists": 2, "expected_buyers": 4.5}
    rep = {"rep": "Rep B", "branch": None, "customers": 6, "ranked": 8, "chosen": 8, "called": 6}
    rep |= {"expected_buyers": 4.0, "expected_gp": 4000.0, "note": None}
    opened = dict.fromkeys(POTENTIAL, 1) | {"by": "division", "name": divisions[0]}
    return outputs.report(
        ranked,
        grid=pl.DataFrame([{"division": d, **states} for d in divisions]),
        cuts=pl.DataFrame({"rule": ["not eligible"], "cut": [1], "left": [ranked.height]}),
        corrected=pl.DataFrame([{"division": d, **nothing} for d in divisions]),
        verdicts=pl.DataFrame(
            {"division": divisions, "signal": [d != divisions[-1] for d in divisions]}
        ),
        paid=pl.DataFrame(PAID if checked else [], payoff.SCHEMA),
        lacks="",
        barred={
            "rows": 0,
            "of_no_customer": 0,
            "deals": 0,
            "deals_of_no_customer": 0,
            "unknown_stages": {},
        },
        before=None,
        settings={"mode": "overall", "max_share": 1.0, "places": 16, "per_rep_list": 0}
        | {"rules": Rules().model_dump()},
        lists=pl.DataFrame([rep], LISTS),
        what_if=pl.DataFrame([what_if | {"expected_gp": 4500.0, "last_gp": 450.0}]),
        potential=pl.DataFrame([opened], POTENTIAL),
        balanced=balance.tables(pl.DataFrame([rep], LISTS), ranked, 0),
        values={"windows": [], "low": None, "high": None, "trusted": True}
        | {"sentence": "Not measurable here."},
        prospects=[
            {"division": divisions[0], "prospects": 1, "buyers": 30, "auc": 0.7, "low": 0.6}
            | {"high": 0.8, "ranked": True, "measured": "first orders", "later_buyers": 1}
            | {"expected_buyers": 0.3}
            | {"later_auc": None, "sentence": "AUC 0.70."},
            {"division": divisions[-1], "prospects": 1, "buyers": 0, "auc": None, "low": None}
            | {"high": None, "ranked": False, "measured": "not measurable here"}
            | {"expected_buyers": None, "later_buyers": None, "later_auc": None}
            | {"sentence": "Gamma: not measurable here."},
        ],
        judged={"judged": False, "when": "season", "when_closed": {"season": None}}
        | {"hits": [], "timing": [], "money": [], "interval": None},
    )
