"""`gosales score`: a month with the models of an earlier run; what does not fit is refused."""

from __future__ import annotations

import json
from datetime import date

import joblib
import nbformat
import polars as pl
import pytest
import toys
from toy_runs import by_command, ran
from typer.testing import CliRunner

from gosales_lib.batch import borrowed_models, inline, levels, rescore, staleness
from gosales_lib.cli import app
from gosales_lib.core import settings
from gosales_lib.evaluation import drift
from gosales_lib.layout import Layout
from gosales_lib.layout.thresholds import Limits
from gosales_lib.learning.calibration import Calibration
from gosales_lib.learning.level import Level
from gosales_lib.learning.training import Model
from gosales_lib.run_folders import Run, kinds, list_runs, record, releases
from gosales_lib.run_folders.artifacts import Folder, write_json
from gosales_lib.run_folders.plan import Selection

LEARNED, NEW = date(2024, 11, 30), date(2024, 12, 31)
SEASON, TREND = 0.36, 0.1
EARLIER = "".join(f"z,Hang,{day}\n" for day in range(19_300, 20_080, 10))
"""Sales of another division, so that the log is long enough to train on."""
COLUMNS = {"customer_id": "c", "order_date": "d", "invoice": "i", "product": "p"}
OF_REVENUE = COLUMNS | {"quantity": "q", "revenue": "r"}
COLUMNS |= {"quantity": "q", "gross_profit": "g"}
FEATURES = """people = run.read("fact_transactions").filter(division=division)
people = people.group_by("customer_id").len().sort("customer_id")
folder.write("features", people.with_columns(cutoff_date=pl.lit(cutoff).str.to_date()))
none = pl.DataFrame(schema={"customer_id": pl.String, "cutoff_date": pl.Date, "bought": pl.Int8})
folder.write("labels", none)
write_json(folder.path / "02_features.json", REPORT)"""
LAYOUT = """
from gosales_lib import layout as layouts
run.save_layout(layouts.load(layout))"""
TRAIN = f"""import joblib
from gosales_lib.learning import calibration, level, models, training
candidate = models.BaseRate().fit(folder.read("features"), [1])
season = level.Level(season={SEASON}, trend={TREND})
line = calibration.Calibration("shift", shift=season.shift)
model = training.Model(division, "base_rate", candidate, line, season)
with folder.writing("model/model.joblib") as path: joblib.dump(model, path)
write_json(folder.path / "03_train.json", REPORT)"""


def gosales(*words):
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The toy project, trained once at the end of November; 03_train saves a real model."""
    place = tmp_path_factory.mktemp("scored")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(toys.BODY, "01_etl", toys.BODY["01_etl"] + LAYOUT)
        patch.setattr(toys, "SALES", toys.SALES + EARLIER)
        patch.setitem(toys.BODY, "02_features", FEATURES)
        most = toys.HEAD["02_features"] + "\ntraining_cutoffs: int = 8"
        patch.setitem(toys.HEAD, "02_features", most)
        patch.setitem(toys.BODY, "03_train", TRAIN)
        result, _ = by_command(place, "A", "B", **{"--cutoff": LEARNED})
    assert result.exit_code == 0, result.output
    return place


@pytest.fixture(scope="module")
def scored(folder):
    """What `gosales score` said, the training's run and the scored one."""
    trained = list_runs(folder / "runs")[0]
    before = {p: p.read_bytes() for p in trained.path.rglob("*") if p.is_file()}
    words = ("--runs", folder / "runs", "--cutoff", NEW, "--no-publish")
    result = gosales("score", trained.id, *words)
    assert result.exit_code == 0, result.output
    assert {p: p.read_bytes() for p in trained.path.rglob("*") if p.is_file()} == before
    return result, trained, list_runs(folder / "runs")[0]


def test_a_month_is_scored_and_nothing_is_trained(scored):
    result, trained, fresh = scored
    assert f"AUC, lift and verdict are those of the training: run {trained.id}" in result.output
    assert "no month is new" not in result.output
    content = record.read(fresh)
    assert fresh.id != trained.id and content["state"] == "done"
    assert content["cutoffs"] == {str(NEW): ["A", "B"]}
    assert (content["scored_with"], content["trained_at"]) == (trained.id, str(LEARNED))
    started = {key.split()[0] for key in ran(record.events(fresh))}
    assert started == {"01_etl", "02_features", "04_score", "05_holdout", "06_whitespace"}
    assert fresh.at("A", NEW).read("scores").height == 2


def test_the_model_leaves_the_season_of_its_month_behind_and_keeps_the_trend(scored):
    _, trained, fresh = scored
    own, other = (
        joblib.load(run.at("A", day).path / "model" / "model.joblib")
        for run, day in ((trained, LEARNED), (fresh, NEW))
    )
    assert own.calibrate.shift == pytest.approx(SEASON + TREND)
    assert other.calibrate.shift == pytest.approx(TREND)
    assert (other.level.season, other.level.trend) == (0.0, TREND)


def test_in_the_month_of_the_training_the_season_stays(folder, scored):
    _, trained, _ = scored
    words = ("--runs", folder / "runs", "--cutoff", LEARNED, "--no-publish")
    result = gosales("score", trained.id, *words)
    assert result.exit_code == 0
    assert f"no month is new: run {trained.id} was trained at {LEARNED}, too" in result.output
    model = joblib.load(list_runs(folder / "runs")[0].at("A", LEARNED).path / "model/model.joblib")
    assert model.calibrate.shift == pytest.approx(SEASON + TREND)


def test_the_executed_copies_hold_what_the_notebooks_displayed(scored):
    *_, fresh = scored
    copy = nbformat.read(fresh.path / "01_etl.ipynb", as_version=4)
    tags = [tag for cell in copy.cells for tag in cell.metadata.get("tags", [])]
    assert tags.count("injected-parameters") == 1
    assert copy.metadata.papermill.output_path == "01_etl.ipynb"


def test_a_scored_run_is_resumed_as_one(folder, scored):
    *_, fresh = scored
    assert staleness.selection(fresh, Selection()).keep == ("02b_pooled", "03_train")
    again = gosales("run", "--resume", fresh.id, "--runs", folder / "runs", "--no-publish")
    assert again.exit_code == 0, again.output
    assert {key.split()[0] for key in ran(record.events(fresh))}.isdisjoint({"03_train"})


def test_a_month_is_scored_with_what_was_trained_not_with_what_was_scored(folder, scored):
    _, trained, fresh = scored
    second, _ = rescore.prepare(folder / "runs", fresh, None, str(NEW))
    assert record.read(second)["scored_with"] == trained.id


def test_the_window_and_the_divisions_are_those_of_the_training(folder, scored):
    _, trained, _ = scored
    asked = record.read(trained)["parameters"]
    _, request = rescore.prepare(folder / "runs", trained, None, None)
    assert (request.window_months, request.divisions) == (asked["window_months"], ("A", "B"))
    assert request.cutoffs == (), "chosen when the log has been read"


@pytest.mark.parametrize(
    ("cutoff", "words"),
    [
        ("2024-10-31", "were trained at 2024-11-30; score a later month"),
        ("2024-13-01", "--cutoff"),
        ("2025-01-31", "2025-01-31"),  # the log ends before
    ],
)
def test_a_cutoff_that_does_not_fit_is_refused(folder, scored, cutoff, words):
    _, trained, _ = scored
    asked = ("--runs", folder / "runs", "--cutoff", cutoff, "--no-publish")
    result = gosales("score", trained.id, *asked)
    assert result.exit_code == 2 and words in result.output
    assert "Traceback" not in result.output


def test_a_layout_with_an_open_question_is_not_scored_with(folder, scored):
    _, trained, _ = scored
    asking = folder / "asking.yaml"
    asking.write_text((folder / "toy.yaml").read_text() + "\nquestions: ['returns: are they?']\n")
    words = ("--layout", asking, "--runs", folder / "runs", "--cutoff", NEW, "--no-publish")
    result = gosales("score", trained.id, *words)
    assert result.exit_code == 2 and "holds open questions" in result.output
    assert "returns: are they?" in result.output


def test_a_new_month_is_checked_on_the_holdout_beside_its_log(folder, scored, tmp_path):
    _, trained, _ = scored
    _, request = rescore.prepare(folder / "runs", trained, tmp_path, str(NEW))
    assert request.holdout_dir == ""
    (tmp_path / "holdout").mkdir()
    _, request = rescore.prepare(folder / "runs", trained, tmp_path, str(NEW))
    assert settings.resolve(request.holdout_dir).resolve() == tmp_path / "holdout"


def test_without_a_released_run_one_must_be_named(tmp_path, folder):
    result = gosales("score", "--runs", tmp_path, "--layout", folder / "toy.yaml")
    assert result.exit_code == 2
    assert "no run of layout 'toy' is released: name a RUN to score with" in result.output


def test_a_model_that_was_changed_is_not_scored_with(folder, scored):
    _, trained, _ = scored
    file = trained.at("A", LEARNED).path / "model" / "model.joblib"
    kept = file.read_bytes()
    file.write_bytes(kept + b" ")
    try:
        words = ("--runs", folder / "runs", "--cutoff", NEW, "--no-publish")
        result = gosales("score", trained.id, *words)
    finally:
        file.write_bytes(kept)
    assert result.exit_code == 2 and "changed since it was written" in result.output


def layout(**more):
    given = {"name": "toy", "shape": "long", "columns": COLUMNS, "divisions": {"A": ["p1"]}}
    return Layout.model_validate(given | more)


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("name", {"name": "toy 2"}),
        ("divisions", {"divisions": {"A": ["p1", "p2"]}}),
        ("purchase", {"purchase": {"measure": "gross_profit"}}),
        ("currency", {"currency": "EUR"}),
        ("gross_profit", {"gross_profit": "revenue", "columns": OF_REVENUE}),
        ("learning.label_buffer_days", {"learning": {"label_buffer_days": 7}}),
    ],
)
def test_a_layout_that_makes_it_another_model_is_refused(key, other):
    rescore.refuse_other_question(layout(), layout(holdout="later"))
    with pytest.raises(ValueError, match=f"`{key}` has changed since the models were trained"):
        rescore.refuse_other_question(layout(), layout(**other))


def matrix(day, **features):
    size = len(next(iter(features.values())))
    people = [f"c{n:03d}" for n in range(size)]
    return pl.DataFrame({"customer_id": people, "cutoff_date": [day] * size, **features})


def test_features_are_held_against_the_training_before_anybody_is_scored():
    pace, spend = list(range(100)), [n % 10 for n in range(100)]
    learned = matrix(LEARNED, pace=pace, spend=spend)

    def why(fresh, limit=None):
        return borrowed_models.misfit(learned, fresh, LEARNED, NEW, limit)

    assert why(matrix(NEW, pace=pace, spend=spend)) is None
    assert why(matrix(NEW, pace=pace)) == "the new features lack 1 feature of the model: spend"
    assert why(matrix(LEARNED, pace=pace, spend=spend)) == f"no customer is known on {NEW}"
    moved = matrix(NEW, pace=[1000 + n for n in pace], spend=spend)
    assert drift.row("pace", learned["pace"], moved["pace"])["level"] == drift.MUCH
    assert why(moved) is None, "without a limit the drift is told, not refused"
    assert why(moved, limit=0.6) is None
    assert "50% of the features moved far since 2024-11-30 (limit 40%)" in why(moved, limit=0.4)


def test_what_the_models_learned_from_is_added_to_the_new_month(tmp_path):
    learned, fresh = Folder(tmp_path / "learned"), Folder(tmp_path / "fresh")
    may, june = date(2024, 5, 31), date(2024, 6, 30)
    old = [matrix(day, pace=[1], gone=[0]) for day in (may, june, LEARNED)]
    learned.write("features", pl.concat(old))
    learned.write("labels", pl.concat([matrix(day, bought=[0]) for day in (may, june)]))
    fresh.write("features", pl.concat([matrix(day, pace=[2], more=[7]) for day in (june, NEW)]))
    fresh.write("labels", matrix(june, bought=[1]))
    rescore.add_learned(learned, fresh)
    assert fresh.read("features").drop("customer_id").rows() == [
        (may, 1, None),
        (june, 2, 7),
        (NEW, 2, 7),
    ], "a closed cutoff of the training, not its open one, nor one that was built anew"
    assert fresh.read("labels").drop("customer_id").rows() == [(may, 0), (june, 1)]


def test_a_division_that_does_not_fit_is_skipped_with_the_reason(folder, scored, monkeypatch):
    _, trained, _ = scored
    asked = inline.Process.answer

    def answer(process, function, *given):
        if function.endswith(".why_not"):
            return "1 features are missing: spend"
        return asked(process, function, *given)

    monkeypatch.setattr(inline.Process, "answer", answer)
    words = ("--runs", folder / "runs", "--cutoff", NEW, "--no-publish")
    result = gosales("score", trained.id, *words)
    assert result.exit_code == 1
    assert "1 features are missing: spend" in result.output
    fresh = list_runs(folder / "runs")[0]
    assert not list(fresh.path.rglob("scores.parquet"))
    assert record.read(fresh)["state"] == "failed"


def test_the_age_of_the_models_warns(tmp_path):
    run = Run(tmp_path / "2026-01-01T000000Z")
    write_json(run.path / "run.json", {"trained_at": "2024-05-31"})
    found = levels._model_age(run, str(NEW), Limits())
    assert (found.figure, found.level) == (7.0, "warning")
    assert "trained at 2024-05-31, 7 months before" in found.sentence
    write_json(run.path / "run.json", {"trained_at": "2024-06-30"})
    assert levels._model_age(run, str(NEW), Limits()).level == "ok"


def test_a_model_without_season_keeps_its_baseline_alike():
    level = Level(season=SEASON, trend=TREND)
    line = Calibration("shift", shift=level.shift)
    rfm = Model("A", "rfm", None, line, level)
    moved = borrowed_models.without_season(Model("A", "blend", None, line, level, rfm))
    shifts = [moved.baseline.calibrate.shift, moved.calibrate.shift]
    assert shifts == pytest.approx([TREND, TREND])


def test_pictures_are_left_out_and_nothing_else():
    cells = [
        "from gosales_lib.charts import learning as pictures\nfrom gosales_lib.charts import show",
        "rows = 1\npictures.gains(\n    rows\n)",
        "show.say('a')\nkept = pictures.gains(rows)",
    ]
    assert inline.without_pictures(cells) == [
        cells[0],
        "rows = 1\n\n\n",
        "show.say('a')\nkept = pictures.gains(rows)",
    ]


def process():
    from gosales_lib.batch.kernels.sharing import environment

    return inline.Process(environment(1))


def test_one_process_runs_notebooks_with_nothing_left_of_the_one_before():
    worker = process()
    try:
        (shown,) = worker.outputs(["x = 6\nx * 7"], 60)
        assert shown[0]["data"]["text/plain"] == "42"
        first, failed = worker.outputs(["y = 1", "print(x)", "z = 1"], 60)
        assert first == [] and failed[0]["ename"] == "NameError", "the cells after it do not run"
        assert worker.outputs(["1"], 60)
    finally:
        worker.close()


def test_the_process_answers_what_a_function_of_the_library_does_or_raises():
    worker = process()
    try:
        given = ("gosales_lib.run_folders.slug", "Success Plan")
        assert worker.answer(*given) == "success-plan"
        with pytest.raises(ValueError, match="'2025-13-01'"):
            worker.answer("gosales_lib.core.timeline.parse_date", "2025-13-01")
        with pytest.raises(RuntimeError, match="TypeError"):
            worker.answer("gosales_lib.run_folders.slug")
    finally:
        worker.close()


def test_a_process_that_dies_or_hangs_is_reported():
    worker = process()
    with pytest.raises(ChildProcessError, match=r"the kernel was killed \(signal 9\)"):
        worker.outputs(["import os; os.kill(os.getpid(), 9)"], 60)
    with pytest.raises(ChildProcessError):
        worker.outputs(["1"], 60)
    slow = process()
    with pytest.raises(TimeoutError, match="still running after 1 s"):
        slow.outputs(["import time; time.sleep(60)"], 1)
    assert slow.process.poll() is not None


def test_a_scored_run_is_a_candidate_where_its_training_was_one(folder, scored):
    _, trained, fresh = scored
    assert kinds.of(trained).kind == kinds.of(fresh).kind == "trial", "of two divisions"
    kinds.tag(fresh, candidate=True)
    releases.release(fresh, "looked at")
    assert json.loads((fresh.path / "run.json").read_text())["kind"] == "candidate"
