"""Releases: the run in use, in the record and in the database."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from datetime import date

import polars as pl
import pytest
import reported
import sqlalchemy as sa
from published import CUTOFF, FIRST, SECOND, finished_run
from typer.testing import CliRunner

from gosales_lib import reports, run_folders
from gosales_lib.batch import release_conditions, request
from gosales_lib.cli import app
from gosales_lib.core import settings
from gosales_lib.database import publishing
from gosales_lib.run_folders import Run, checks, kinds, receipts, record, releases
from gosales_lib.run_folders.artifacts import Folder, write_json
from gosales_lib.whitespace import outputs

THIRD = "2026-03-01T000000Z"


ALL = "FROM holdout_metrics WHERE segment = 'all'"


@pytest.fixture
def engine(tmp_path):
    made = sa.create_engine(f"sqlite:///{tmp_path / 'gosales.db'}")
    yield made
    made.dispose()


def offers_shown(engine):
    with engine.connect() as opened:
        shown = opened.execute(sa.text("SELECT run_id, count(*) FROM current_whitespace"))
        return [tuple(row) for row in shown if row[0]]


def check_of(parent, checked, run_id, buyers=1):
    """Write a finished check of a run, as `gosales holdout` leaves it."""
    path = finished_run(parent, run_id, released=False, kind="check", checks=checked)
    for report in path.glob("*/????-??-??/05_holdout.json"):
        write_json(report, json.loads(report.read_text()) | {"buyers": buyers})
    return path


def test_only_a_released_run_is_current(engine, tmp_path):
    first = finished_run(tmp_path, FIRST, released=False)
    publishing.publish(first, engine)
    assert offers_shown(engine) == []
    releases.release(Run(first), "checked with the regional leads")
    publishing.publish(first, engine)
    assert offers_shown(engine) == [(FIRST, 2)]
    publishing.publish(finished_run(tmp_path, SECOND, size=5, released=False), engine)
    assert offers_shown(engine) == [(FIRST, 2)], "a newer candidate waits for its release"
    assert publishing.current(engine) == {"toy": FIRST}
    releases.take_back(tmp_path, "toy")
    publishing.publish(first, engine)
    assert publishing.current(engine) == {} and offers_shown(engine) == []


def test_a_check_never_becomes_current_and_adds_to_the_track_record(engine, tmp_path):
    first = finished_run(tmp_path, FIRST, released=False)
    for report in first.glob("*/????-??-??/05_holdout.json"):
        reports.write(Folder(report.parent), reported.later(False))
    second = finished_run(tmp_path, SECOND, size=5)
    publishing.publish(first, engine)
    publishing.publish(second, engine)
    publishing.publish(check_of(tmp_path, FIRST, THIRD, buyers=2), engine)
    assert offers_shown(engine) == [(SECOND, 5)]
    with engine.connect() as opened:
        known = opened.execute(sa.text(f"SELECT DISTINCT run_id, buyers {ALL}"))
        assert sorted(map(tuple, known)) == [(FIRST, 2), (SECOND, reported.later().buyers)]
        assert sorted(opened.scalars(sa.text("SELECT run_id FROM runs"))) == [FIRST, SECOND]
    publishing.publish(first, engine)
    with engine.connect() as opened:
        text = sa.text(f"SELECT DISTINCT buyers {ALL} AND run_id = :run")
        assert list(opened.scalars(text, {"run": FIRST})) == [2], "the track record stays"


def test_a_release_is_taken_back_and_the_record_keeps_both(tmp_path):
    for run_id in (FIRST, SECOND):
        releases.release(Run(finished_run(tmp_path, run_id, released=False)), "month end")
    back = releases.take_back(tmp_path, "toy", "the price list was wrong")
    assert back.opened().id == FIRST
    assert releases.released(tmp_path, "toy").run == FIRST
    acts = [(act.act, act.run, act.instead_of, act.why) for act in releases.history(tmp_path)]
    assert acts == [
        ("released", FIRST, None, "month end"),
        ("released", SECOND, FIRST, "month end"),
        ("taken back", FIRST, SECOND, "the price list was wrong"),
    ]
    assert all(act.by and act.time for act in releases.history(tmp_path))
    assert releases.take_back(tmp_path, "toy").run is None, "the first one can be revoked, too"
    assert releases.released(tmp_path, "toy") is None
    with pytest.raises(ValueError, match="no run of layout 'toy' is released"):
        releases.take_back(tmp_path, "toy")


def test_a_release_by_command_is_of_the_named_layout_and_made_once(tmp_path):
    run = Run(finished_run(tmp_path, FIRST, released=False))
    layout = settings.resolve("layouts/gosales.yaml")

    def told(*words):
        asked = ["release", *words, "--runs", tmp_path, "--no-publish", "--no-mlflow"]
        return CliRunner().invoke(app, list(map(str, asked))).output

    assert f"run {run.id} is of layout 'toy', not 'gosales'" in told(run.id, "--layout", layout)
    assert f"released: run {run.id} of layout toy" in told(run.id)
    again = told(run.id)
    assert f"released already: run {run.id} of layout toy" in again
    assert "no newer cutoff is released: this run is the released one" in again
    assert len(releases.history(tmp_path)) == 1


def test_a_release_is_not_taken_back_to_a_run_that_is_gone(tmp_path):
    for run_id in (FIRST, SECOND):
        releases.release(Run(finished_run(tmp_path, run_id, released=False)))
    shutil.rmtree(tmp_path / FIRST)
    with pytest.raises(ValueError, match=f"run {FIRST}, released before, has no folder any more"):
        releases.take_back(tmp_path, "toy")
    assert releases.released(tmp_path, "toy").run == SECOND


def test_a_list_that_was_changed_by_hand_is_not_released(tmp_path):
    run = Run(finished_run(tmp_path, FIRST, released=False))
    listed = run.whitespace(CUTOFF).path
    receipts.write(listed, "06_whitespace", {}, [listed / "whitespace.parquet"])
    release_conditions.refuse(
        each for each in release_conditions.conditions(run) if each.name.startswith("the files")
    )
    (listed / "whitespace.parquet").write_bytes(b"other offers")
    with pytest.raises(
        ValueError, match=r"not released: 1 file changed, such as whitespace/.*verify"
    ):
        release_conditions.refuse(release_conditions.conditions(run))


def test_a_release_says_whether_the_data_are_still_those_of_the_run(tmp_path):
    data, layout = tmp_path / "data", tmp_path / "toy.yaml"
    data.mkdir()
    layout.write_text(
        "name: toy\nshape: long\ndivisions: [A]\ngross_profit: revenue\n"
        "columns: {customer_id: c, order_date: d, invoice: i, product: p, quantity: q,\n"
        "          revenue: r}\n"
    )
    (data / "log.csv").write_text("c,d,i,p,q,r\n1,2024-01-02,7,A,1,5\n")
    asked = request.Request(layout=str(layout), data_dir=str(data))
    content = {"inputs": request.fingerprints(asked), "parameters": asdict(asked)}
    path = finished_run(tmp_path / "runs", FIRST, released=False, **content)

    def told():
        name = "layout and data are as the run read them"
        return next(each for each in release_conditions.conditions(Run(path)) if each.name == name)

    (data / "february.csv").write_text("c,d,i,p,q,r\n1,2024-02-02,8,A,1,5\n")
    assert told().ok, "a new month is no change of the earlier ones"
    (data / "log.csv").write_text("c,d,i,p,q,r\n1,2024-01-02,7,A,1,6\n")
    assert (told().ok, told().answer) == (False, "1 file changed or gone, such as data/log.csv")


def test_released_twice_is_one_act_and_again_after_a_take_back_is_another(tmp_path):
    first, second = (
        Run(finished_run(tmp_path, run_id, released=False)) for run_id in (FIRST, SECOND)
    )
    for run in (first, first, second):
        releases.release(run)
    releases.take_back(tmp_path, "toy")
    releases.release(second)
    assert [act.run for act in releases.history(tmp_path)] == [FIRST, SECOND, FIRST, SECOND]
    assert releases.take_back(tmp_path, "toy").run == FIRST


def test_a_line_that_a_power_cut_left_half_is_no_act(tmp_path):
    releases.release(Run(finished_run(tmp_path, FIRST, released=False)))
    with (tmp_path / releases.FILE).open("a") as file:
        file.write('{"time": "2026-02')
    assert releases.released(tmp_path, "toy").run == FIRST
    releases.release(Run(finished_run(tmp_path, SECOND, released=False)))
    assert releases.released(tmp_path, "toy").run == SECOND


def test_the_reps_saw_the_released_list_before_not_the_newest(tmp_path):
    first, second, third = (
        Run(finished_run(tmp_path, run_id, released=False)) for run_id in (FIRST, SECOND, THIRD)
    )
    assert releases.seen_before(third) is None, "nobody has seen a list"
    releases.release(first)
    assert releases.seen_before(third) == first
    releases.release(third)
    assert releases.seen_before(third) == first, "released itself: the one that it replaced"
    assert releases.seen_before(second) == third
    check = Run(check_of(tmp_path, THIRD, "2026-12-01T000000Z"))
    assert releases.seen_before(check) == first
    ranked = first.whitespace(CUTOFF).read("whitespace")
    told = outputs.previous(third, ranked, CUTOFF, 2)
    assert (told["run"], told["cutoff"], told["same_offers"]) == (FIRST, str(CUTOFF), 1.0)
    assert outputs.previous(third, ranked, date(2024, 6, 30), 2) is None, "a later list"


def test_layouts_have_their_own_released_run(tmp_path):
    releases.release(Run(finished_run(tmp_path, FIRST, "toy", released=False)))
    releases.release(Run(finished_run(tmp_path, SECOND, "other", released=False)))
    known = releases.released_runs(tmp_path)
    assert {layout: act.run for layout, act in known.items()} == {"toy": FIRST, "other": SECOND}
    assert releases.released(tmp_path, "nobody") is None


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"state": "failed"}, "is failed: only a successful run"),
        ({"kind": "check", "checks": FIRST}, f"is a check of run {FIRST}"),
        ({"kind": "trial", "why": ["--division Solid"]}, r"is a trial \(--division Solid\)"),
        ({"parameters": {"divisions": ["Solid"]}}, r"is a trial \(--division Solid\)"),
    ],
)
def test_a_failed_run_a_trial_or_a_check_is_not_released(tmp_path, more, reason):
    run = Run(finished_run(tmp_path, SECOND, released=False, **more))
    with pytest.raises(ValueError, match=reason):
        releases.release(run)
    assert releases.history(tmp_path) == []


def test_a_released_run_whose_folder_is_gone_is_reported_not_replaced(tmp_path):
    releases.release(Run(finished_run(tmp_path, FIRST, released=False)))
    (tmp_path / FIRST).rename(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError, match="its folder is gone"):
        releases.released(tmp_path, "toy").opened()


@pytest.mark.parametrize(
    ("parameters", "commit", "why"),
    [
        ({}, "abc", []),
        ({"parameters": {"seed": 17, "engine": "duckdb", "top_n": 300}}, "abc", []),
        ({"divisions": ["Clothing"]}, "abc", ["--division Clothing"]),
        ({"parameters": {"families": "-trend"}}, None, ["--families -trend"]),
        ({"parameters": {"seed": 18}}, None, ["seed=18"]),
        ({"parameters": {"embargo_days": 14}}, None, ["embargo_days=14"]),
        ({}, "abc+", ["the checkout has uncommitted changes"]),
    ],
)
def test_what_is_less_than_the_whole_layout_is_a_trial(parameters, commit, why):
    assert kinds.why_trial(parameters, {"seed": 17, "engine": "polars"}, commit) == why


def test_a_run_gets_a_name_a_note_and_tags(tmp_path):
    run = Run(finished_run(tmp_path, FIRST, released=False, kind="trial", why=["seed=18"]))
    kinds.tag(run, name="seed 18", note="does chance matter?", add=["seed", "noise"])
    known = kinds.tag(run, remove=["noise"], candidate=True)
    assert known == kinds.of(run)
    assert (known.kind, known.name, known.tags, known.why) == (
        "candidate",
        "seed 18",
        ("seed",),
        (),
    )
    assert record.read(run)["note"] == "does chance matter?"
    check = Run(check_of(tmp_path, FIRST, THIRD))
    with pytest.raises(ValueError, match="release that one"):
        kinds.tag(check, candidate=True)


def test_the_newest_check_is_the_track_record(tmp_path):
    run = Run(finished_run(tmp_path, FIRST, released=False, cutoffs={str(CUTOFF): ["Solid"]}))
    assert checks.track_record(run) == run
    check_of(tmp_path, FIRST, SECOND)
    newest = check_of(tmp_path, FIRST, THIRD)
    assert checks.track_record(run).path == newest
    assert [found.id for found in checks.of(run)] == [THIRD, SECOND]
    assert str(checks.window_end(run)) == "2025-06-30"
    assert not checks.unchecked(run)


def test_a_toy_run_of_the_tests_is_what_the_product_reads(tmp_path):
    run = run_folders.find_run(tmp_path, str(finished_run(tmp_path, FIRST)))
    assert isinstance(run.at("Solid", CUTOFF).read("scores"), pl.DataFrame)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (
            {"kind": "candidate", "parameters": {"divisions": ["Supplies"]}},
            "the run is a candidate of the whole layout",
            "it is a candidate (--division Supplies)",
        ),
        ({"git_commit": None}, "the code is committed", "not known: no git checkout"),
        ({"git_commit": "abc+"}, "the code is committed", "the checkout has uncommitted changes"),
    ],
)
def test_a_condition_that_nothing_proves_is_not_met(tmp_path, content, name, told):
    run = Run(finished_run(tmp_path, FIRST, released=False, **content))
    answers = {each.name: each for each in release_conditions.conditions(run)}
    assert (answers[name].ok, answers[name].answer) == (False, told)
