"""06_whitespace on a small run folder: what it reads, guarantees, writes and reports."""

from datetime import date

import nbformat
import numpy as np
import polars as pl
import pytest
import reported
from sales_rows import DIVISIONS, random_sales

from gosales_lib import layout, reports, run_folders
from gosales_lib.core import settings
from gosales_lib.core.columns import ACCOUNTS, ASSETS, DIM_CUSTOMER, SCORES, WHITESPACE
from gosales_lib.core.timeline import Window, to_day
from gosales_lib.features import labels
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.run_folders import releases
from gosales_lib.whitespace import outputs

CUTOFF, CLOSED = date(2024, 12, 31), date(2024, 6, 30)
WINDOW = Window(CUTOFF, 6)
HOSTILE = '=HYPERLINK("http://x","y")'
LAYOUT = layout.Layout.model_validate(
    {
        "name": "toy",
        "shape": "wide",
        "max_missing_days": 5,  # the last sale lies on 2025-06-25
        "columns": {"customer_id": "c", "order_date": "d", "invoice": "i"},
        "divisions": {name: [f"product {name}"] for name in DIVISIONS},
    }
)


def write_run(path):
    """Write the files of 01 to 04 for three divisions; CAM failed the quality gate."""
    run = run_folders.open_run(path)
    run.save_layout(LAYOUT)
    sales = random_sales(lines=500, customers=120)
    sales = sales.sort("order_day", "customer_id", "invoice", "product", maintain_order=True)
    log = sales.filter(pl.col("order_day") <= to_day(CUTOFF))
    run.write("fact_transactions", log)
    run.write("holdout_transactions", sales.filter(pl.col("order_day") > to_day(CUTOFF)))
    run.write("dim_customer", dim_customer(log))
    run.write("assets", pl.DataFrame(schema=ASSETS))
    run.write("accounts", pl.DataFrame(schema=ACCOUNTS))
    for name in DIVISIONS:
        write_division(run.at(name, CUTOFF), sales, log, name)
    return run


def dim_customer(log):
    people = log.group_by("customer_id").agg(
        pl.col("order_date").min().alias("first_order_date"),
        pl.col("order_date").max().alias("last_order_date"),
        pl.col("rep", "branch").drop_nulls().sort().last(),
    )
    named = people.with_columns(customer_name=pl.lit(HOSTILE)).sort("customer_id")
    return named.select(*DIM_CUSTOMER).cast(DIM_CUSTOMER)


def features_at(log, name, cutoff):
    known = log.filter(pl.col("order_day") <= to_day(cutoff), pl.col("quantity") > 0)
    own = known.filter(division=name).group_by("customer_id").agg(own_orders_all=pl.len())
    size = known.group_by("customer_id").agg(quantity_12m=pl.col("quantity").sum())
    people = labels.known_customers(log, cutoff).sort("customer_id")
    rows = people.join(own, "customer_id", "left").join(size, "customer_id", "left")
    return rows.select(
        "customer_id",
        cutoff_date=pl.lit(cutoff),
        own_orders_all=pl.col("own_orders_all").fill_null(0).cast(pl.Float64),
        quantity_12m=pl.col("quantity_12m").fill_null(0.0),
        neighbours_owned_share=pl.lit(0.25),
    )


def write_division(folder, sales, log, name):
    now = features_at(log, name, CUTOFF)
    folder.write("features", pl.concat([features_at(log, name, CLOSED), now]))
    closed = labels.at(log, name, [Window(CLOSED, 6)], LAYOUT.purchase)
    folder.write("labels", closed)
    chance = pl.Series(np.linspace(0.05, 0.6, now.height))
    scores = now.select("customer_id", "cutoff_date").with_columns(
        division=pl.lit(name),
        probability=chance,
        percentile=50.0,
        decile=5,
        purchase_type=pl.lit("repeat"),
        expected_gp=chance * 100,
    )
    folder.write("scores", scores.select(*SCORES).cast(SCORES))
    never = features_at(log, name, CLOSED)["own_orders_all"] == 0
    folder.write(
        "selection",
        closed.select("customer_id", "bought", new=never, probability=pl.lit(0.5)),
    )
    moved = {"family": pl.lit("trend"), "effect": pl.lit(0.4)}
    reasons = now.select("customer_id", rank=pl.lit(1, pl.Int8), **moved)
    folder.write("reasons", reasons)
    reports.write(folder, reported.training(name, signal=name != "CAM"))


def play(run, **given):
    """Run the notebook's own code cells, its pictures included, and return what they left."""
    path = settings.project_root() / "notebooks" / "06_whitespace.ipynb"
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    names: dict = {}
    exec(cells[0].source, names)
    names |= {"run_dir": str(run.path), "top_n": 40} | given
    for cell in cells[1:]:
        exec(compile(cell.source, str(path), "exec"), names)
    return names


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "2026-01-01T000000Z")


@pytest.fixture(scope="module")
def played(run):
    return play(run)


def test_the_list_keeps_its_guarantees(run, played):
    ranked = run.whitespace(CUTOFF).read("whitespace")
    assert dict(ranked.schema) == WHITESPACE
    assert set(ranked["division"]) == {"Sim", "Solid"}  # CAM has no signal
    assert set(ranked["state"]) == {"whitespace"}
    assert ranked["rank"].to_list() == list(range(1, ranked.height + 1))
    assert ranked["chosen"].sum() == 40
    assert set(ranked["customer_name"]) == {HOSTILE}
    owned = run.read("fact_transactions").filter(pl.col("quantity") > 0)
    assert ranked.join(owned, on=["customer_id", "division"], how="semi").is_empty()
    assert ranked["reason_1"].null_count() == 0


def test_the_report_has_the_list_what_each_rule_removed_and_the_payoff(run, played):
    report = reports.read(run.whitespace(CUTOFF), Whitespace)
    assert report.no_signal == ["CAM"]
    assert "Left out, quality gate failed: CAM" in report.sentence
    assert report.top_n == 40
    assert {cut.rule: cut.left for cut in report.cuts}["no signal"] == report.offers
    assert report.cuts[-1].left == 40
    assert {row.mode for row in report.payoff} == {
        "each_rep",
        "overall",
        "rep",
        "branch",
        "division",
        "hybrid",
    }
    assert report.verdict.startswith("In part, 5 days of 181 missing: 40 offers:")
    assert report.previous is None


def test_the_payoff_is_that_of_the_observed_sales(run, played):
    ranked = run.whitespace(CUTOFF).read("whitespace").filter("chosen")
    after = run.read("holdout_transactions")
    sums = after.group_by("customer_id", "division").agg(pl.col("gross_profit").sum())
    brought = ranked.join(sums, on=["customer_id", "division"])["gross_profit"].sum()
    paid = played["paid"].filter(mode="each_rep", list="model")
    assert paid["gross_profit"].item() == pytest.approx(brought)


def test_the_corrected_probability_times_value_is_the_score(run, played):
    ranked = run.whitespace(CUTOFF).read("whitespace")
    product = ranked["probability"] * ranked["expected_gp_if_sold"]
    assert product.to_list() == pytest.approx(ranked["score"].to_list())
    promised = {row["division"]: row for row in played["corrected"].rows(named=True)}
    assert promised["Solid"]["correction"] < 0  # half of the newcomers were promised, fewer bought


def test_same_input_same_list_and_the_released_one_is_compared(run, played, monkeypatch):
    again = run_folders.open_run(run.path.parent / "2026-01-02T000000Z")
    write_run(again.path)
    monkeypatch.setattr(releases, "seen_before", lambda later: run)
    names = play(again)
    first, second = (r.whitespace(CUTOFF).path / "whitespace.parquet" for r in (run, again))
    assert first.read_bytes() == second.read_bytes()
    assert names["report"].previous.fields() == {
        "run": run.id,
        "cutoff": "2024-12-31",
        "compared": 40,
        "same_offers": 1.0,
        "same_customers": 1.0,
    }


def test_rules_capacity_and_sales_plays(tmp_path):
    run = write_run(tmp_path / "one")
    barred = run.read("dim_customer")["customer_id"][:60]
    (tmp_path / "x.csv").write_text("customer_id\n" + "\n".join(barred) + "\nstranger\n")
    text = f"motions: [cross-sell, win-back, renewal, up-sell]\nexclusions: {tmp_path}/x.csv\n"
    (tmp_path / "r.yaml").write_text(text + "per_customer: 1\nsheet_per_rep: true\n")
    names = play(run, rules_file=str(tmp_path / "r.yaml"), mode="hybrid", max_share=0.5)
    ranked = names["ranked"]
    assert not set(ranked["customer_id"]) & set(barred)
    assert names["report"].exclusions.fields() == {
        "rows": 61,
        "of_no_customer": 1,
        "deals": 0,
        "deals_of_no_customer": 0,
        "unknown_stages": {},
    }
    assert {"cross-sell", "up-sell"} <= set(ranked["motion"])
    chosen = ranked.filter("chosen")
    assert chosen["customer_id"].is_unique().all()
    assert chosen["division"].value_counts()["count"].max() <= 20


def test_without_later_sales_the_list_stands_and_claims_nothing(tmp_path):
    run = write_run(tmp_path / "one")
    run.write("holdout_transactions", run.read("holdout_transactions").head(0))
    names = play(run)
    assert names["ranked"].height > 0
    assert names["paid"].is_empty()
    assert "not known yet" in names["report"].verdict


def test_an_empty_list_is_written_and_reported(tmp_path):
    run = write_run(tmp_path / "one")
    for name in DIVISIONS:
        reports.write(run.at(name, CUTOFF), reported.training(name, signal=False))
    names = play(run)
    assert run.whitespace(CUTOFF).read("whitespace").is_empty()
    assert names["report"].sentence.startswith("No offer is left; removed by rule: ")


def test_later_rows_change_no_rank(run, played, tmp_path):
    other = write_run(tmp_path / "one")
    after = other.read("holdout_transactions")
    other.write("holdout_transactions", after.with_columns(pl.col("gross_profit") * -9))
    names = play(other)
    assert names["ranked"].equals(run.whitespace(CUTOFF).read("whitespace"))


def test_observed_sales_are_refused_where_days_are_missing(run):
    assert outputs.happened(run, DIVISIONS, WINDOW, 4) == (None, "")  # refused, not in part
    assert set(outputs.happened(run, DIVISIONS, WINDOW, 5)[0]["division"]) == set(DIVISIONS)
    outcome, lacks = outputs.happened(run, DIVISIONS, WINDOW)  # the layout allows 5
    assert outcome is not None
    assert "missing" in lacks
