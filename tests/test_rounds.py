"""The monthly round over a simulated year: trials, failures, power cuts, releases, revocations."""

from __future__ import annotations

import json
import random
from datetime import date

import pytest
import reported
import sqlalchemy as sa
from published import CUTOFF, EVIL, finished_run

from gosales_lib import reports, run_folders
from gosales_lib.batch import recheck
from gosales_lib.batch.rounds import Round, Step
from gosales_lib.core import timeline
from gosales_lib.database import publishing
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, checks, kinds, record, releases
from gosales_lib.run_folders.artifacts import write_json

FILE = "layouts/toy.yaml"


class PowerCutError(Exception):
    """The machine was switched off."""


class Machine:
    """A machine that runs rounds on tiny folders, and is switched off at a chosen moment.

    A clock of its own names the run folders; `off` moments stand between any two writes.
    """

    def __init__(self, folder, engine=None):
        self.runs, self.engine = folder, engine
        self.current, self.track_records = None, set()  # where there is no database
        self.moment, self.month = 0, date(2024, 6, 30)
        self.off_after = None
        self.bad = False
        self.train_every = 1
        self.was_off = 0

    def power(self):
        if self.off_after is not None:
            self.off_after -= 1
            if self.off_after < 0:
                self.was_off += 1
                assert self.shown() in {act.run for act in releases.history(self.runs)} | {None}
                raise PowerCutError

    def inputs(self):
        return {"layout": "l", "data/log.csv": f"{self.month}", "holdout/x": f"{self.moment}"}

    def new_id(self):
        self.moment += 1
        return f"2026-01-{1 + self.moment // 24:02d}T{self.moment % 24:02d}0000Z"

    def do(self, step):
        if step.deed == "run":
            self.begin()
        else:
            getattr(self, step.deed)(Run(self.runs / step.run))

    def begin(self, kind="candidate", **more):
        run = Run(self.runs / self.new_id())
        source = more.pop("scored_with", None)
        asked = {"layout": FILE, "window_months": 6, **more}
        start = {"id": run.id, "kind": kind, "layout": "toy", "parameters": asked}
        start |= {"scored_with": source} if source else {}
        write_json(run.path / "run.json", start)
        self.power()
        write_json(run.path / "run.json", start | {"state": "running", "inputs": self.inputs()})
        self.power()
        self.resume(run)
        return run

    def resume(self, run):
        content = record.read(run)
        cutoffs = content.get("cutoffs") or {self.month.isoformat(): ["Solid"]}
        write_json(run.path / "run.json", content | {"cutoffs": cutoffs})
        self.power()
        keep = record.read(run)
        judged = kinds.of(run, keep).kind == "check"
        if self.engine:
            finished_run(self.runs, run.id, released=False)  # all that is published
        for division in ("Solid", EVIL) if self.engine else ("Solid",):
            reports.write(run.at(division, CUTOFF), reported.later(judged))
        write_json(run.path / "run.json", record.read(run) | keep | {"state": "running"})
        self.power()
        if self.bad and not judged:
            write_json(run.path / "run.json", record.read(run) | {"state": "failed"})
            return
        write_json(run.path / "run.json", record.read(run) | {"state": "done"})
        self.power()
        if not judged:
            self.publish(run)

    def score(self, run):
        if self.bad:
            self.bad = False
            self.begin(scored_with=run.id)
            newest = next(iter(run_folders.list_runs(self.runs)))
            write_json(newest.path / "run.json", record.read(newest) | {"state": "failed"})
            return
        self.begin(scored_with=run.id)

    def check(self, run):
        fresh = Run(self.runs / self.new_id())
        parameters = record.read(run)["parameters"]
        start = {"id": fresh.id, "kind": "check", "checks": run.id, "layout": "toy"}
        start |= {"parameters": parameters, "cutoffs": record.read(run)["cutoffs"]}
        write_json(fresh.path / "run.json", start)
        self.power()
        write_json(fresh.path / "run.json", start | {"state": "running", "inputs": self.inputs()})
        self.power()
        self.resume(fresh)
        self.publish(fresh)

    def release(self, run):
        self.power()
        releases.release(run, "the conditions of the layout are met")
        self.power()
        self.publish(run)

    def publish(self, run):
        if self.engine:
            publishing.publish(run.path, self.engine)
        elif checked := record.read(run).get("checks"):
            self.track_records.add(checked)
        elif (act := releases.released(self.runs, "toy")) and act.run == run.id:
            self.current = run.id
        self.power()

    def shown(self):
        return publishing.current(self.engine).get("toy") if self.engine else self.current

    def judged(self):
        return publishing.judged(self.engine) if self.engine else self.track_records

    def round(self):
        how = {"auto_release": True, "train_every": self.train_every}
        return Round(self.runs, "toy", FILE, self.inputs(), **how).work(self)

    def round_with_cuts(self, cuts):
        """Switch the machine off at each moment of `cuts`, and give the command again each time."""
        for moment in cuts:
            self.off_after = moment
            try:
                self.round()
            except PowerCutError:
                continue
            finally:
                self.off_after = None
        return self.round()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path / "runs")


@pytest.fixture
def machine_with_database(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'gosales.db'}")
    yield Machine(tmp_path / "runs", engine)
    engine.dispose()


def test_a_round_given_twice_does_nothing_the_second_time(machine):
    first = machine.round()
    assert [step.deed for step in first] == ["run", "release"]
    before = sorted(path.name for path in machine.runs.iterdir())
    assert machine.round() == []
    assert sorted(path.name for path in machine.runs.iterdir()) == before


@pytest.mark.parametrize("moment", range(9))
def test_whenever_the_machine_was_off_the_next_round_ends_alike(machine, moment):
    machine.round_with_cuts([moment])
    done = [r for r in run_folders.list_runs(machine.runs) if record.read(r).get("state") == "done"]
    (run,) = done
    assert releases.released(machine.runs, "toy").run == run.id
    assert machine.shown() == run.id
    assert machine.round() == []


def test_a_trial_beside_the_round_changes_nothing(machine):
    machine.round()
    (current,) = (act.run for act in releases.history(machine.runs))
    machine.begin("trial", divisions=["Solid"])
    assert machine.round() == []
    assert machine.shown() == releases.released(machine.runs, "toy").run == current


def test_a_failed_month_is_tried_again_and_the_old_list_stays(machine):
    machine.round()
    current, machine.month = machine.shown(), timeline.add_months(machine.month, 1)
    machine.bad = True
    assert [step.deed for step in machine.round()] == ["run", "resume"]
    assert machine.shown() == current
    machine.bad = False
    assert [step.deed for step in machine.round()] == ["resume", "release"]
    assert machine.shown() != current


def test_what_was_taken_back_is_not_released_again_by_itself(machine):
    machine.round()
    first, machine.month = machine.shown(), timeline.add_months(machine.month, 1)
    machine.round()
    releases.take_back(machine.runs, "toy", "prices were wrong")
    assert [step.deed for step in machine.round()] == ["publish"]
    assert machine.shown() == first
    assert machine.round() == []


@pytest.mark.slow
def test_a_year_of_rounds(machine_with_database):
    machine = machine_with_database
    drawn = random.Random(17)
    months, taken_back = [timeline.add_months(machine.month, n) for n in range(12)], None
    for number, month in enumerate(months):
        machine.month = month
        machine.bad = number in (4, 9)
        machine.round_with_cuts(drawn.sample(range(24), 6))
        machine.begin("trial", divisions=["Solid"])
        machine.bad = False
        machine.round_with_cuts(drawn.sample(range(12), 3))
        if number == 7:
            taken_back = machine.shown()
            releases.take_back(machine.runs, "toy", "two reps saw wrong prices")
            machine.round()
        assert machine.shown() == releases.released(machine.runs, "toy").run

    by_month = {}
    for run in run_folders.list_runs(machine.runs):
        content = record.read(run)
        if content["kind"] == "candidate" and content.get("state") == "done":
            (cutoff,) = content["cutoffs"]
            by_month.setdefault(cutoff, []).append(run)
    assert sorted(by_month) == [month.isoformat() for month in months]
    assert {len(runs) for runs in by_month.values()} == {1}, "one finished candidate per month"
    due = [month.isoformat() for month in months if timeline.add_months(month, 6) <= months[-1]]
    for cutoff, (run,) in by_month.items():
        assert (checks.track_record(run) is not None) == (cutoff in due)
        assert len(checks.of(run)) == (1 if cutoff in due else 0)
    (last,) = by_month[months[-1].isoformat()]
    assert machine.shown() == releases.released(machine.runs, "toy").run == last.id
    acts = releases.history(machine.runs)
    assert [act.act for act in acts].count("taken back") == 1
    assert taken_back in {act.instead_of for act in acts}
    with machine.engine.connect() as opened:
        judged = opened.scalars(sa.text("SELECT DISTINCT run_id FROM holdout_metrics"))
        assert sorted(judged) == sorted(run.id for day in due for run in by_month[day])


STAGES = 12
"""More moments than a month's round has; the machine stays on where a round ends before."""


@pytest.mark.slow
@pytest.mark.parametrize("stage", range(STAGES))
def test_a_year_with_the_machine_off_at_this_stage_of_every_month(machine, stage):
    months = [timeline.add_months(machine.month, n) for n in range(12)]
    for number, machine.month in enumerate(months):
        machine.round_with_cuts([stage])
        machine.begin("trial", divisions=["Solid"])
        assert machine.round() == []
        assert machine.shown() == releases.released(machine.runs, "toy").run
        if number == 7:
            releases.take_back(machine.runs, "toy", "two reps saw wrong prices")
            machine.round()
            assert machine.shown() == releases.released(machine.runs, "toy").run
    assert machine.was_off >= (12 if stage < 7 else 6 if stage < 10 else 0)
    known = [(run, record.read(run)) for run in run_folders.list_runs(machine.runs)]
    done = {
        max(content["cutoffs"]): run
        for run, content in known
        if content["kind"] == "candidate" and content.get("state") == "done"
    }
    assert sorted(done) == [month.isoformat() for month in months]
    due = {month.isoformat() for month in months if timeline.add_months(month, 6) <= months[-1]}
    assert {day for day, run in done.items() if not checks.unchecked(run)} == due
    assert all(checks.window_end(run) is not None for run in done.values()), "the rest can be"
    assert machine.shown() == done[months[-1].isoformat()].id


def test_between_two_trainings_the_months_are_scored(machine):
    machine.train_every = 3
    deeds = []
    for _ in range(7):
        deeds.append(machine.round()[0].deed)
        machine.month = timeline.add_months(machine.month, 1)
    assert deeds == ["run", "score", "score", "run", "score", "score", "run"]


def test_a_month_that_the_models_do_not_fit_is_trained(machine):
    machine.round()
    machine.train_every = 3
    machine.bad, machine.month = True, timeline.add_months(machine.month, 1)
    assert [step.deed for step in machine.round()][:2] == ["score", "run"]
    assert machine.round() == []


def test_without_a_released_run_a_month_is_trained(machine):
    machine.train_every = 3
    assert machine.round()[0].deed == "run"


def test_a_check_that_was_cut_off_is_resumed_not_begun_again(machine):
    machine.round()
    machine.month = timeline.add_months(machine.month, 6)
    machine.off_after = 9
    with pytest.raises(PowerCutError):
        machine.round()
    machine.off_after = None
    machine.round()
    (checked,) = [r for r in run_folders.list_runs(machine.runs) if checks.of(r)]
    begun = [r for r in run_folders.list_runs(machine.runs) if kinds.of(r).kind == "check"]
    assert len(begun) - len(checks.of(checked)) <= 1, "at most the one that had not begun"


def test_a_second_round_at_the_same_time_is_refused(machine):
    from gosales_lib.batch import rounds
    from gosales_lib.core import locks

    machine.runs.mkdir(parents=True)
    with (
        locks.hold(machine.runs / rounds.LOCK),
        pytest.raises(RuntimeError, match="another monthly round"),
    ):
        machine.round()


def test_a_step_that_runs_out_of_time_is_not_called_another_round(machine, monkeypatch):
    def slow(self, step):
        raise TimeoutError("the database did not answer")

    monkeypatch.setattr(type(machine), "do", slow)
    with pytest.raises(TimeoutError, match="did not answer"):
        machine.round()


def test_steps_are_compared_by_their_values():
    assert Step("check", "a") == Step("check", "a") != Step("check", "b")
    assert json.dumps(Step("run").__dict__) == '{"deed": "run", "run": ""}'


def test_a_run_of_another_version_is_refused_before_a_check_of_it_begins(tmp_path):
    chosen = {"cutoffs": {CUTOFF.isoformat(): ["Solid"]}}
    run = run_folders.open_run(finished_run(tmp_path, released=False, **chosen))
    report = reports.write(run.at("Solid", CUTOFF), reported.training("Solid"))
    content = json.loads(report.read_text("utf-8"))
    write_json(report, content | {reports.base.VERSION: Training.oldest - 1})
    with pytest.raises(reports.NotAvailableError, match=r"03_train\.json: .*version"):
        recheck.prepare(tmp_path, run, None, None)
    assert run_folders.list_runs(tmp_path) == [run]
