"""Which run the dashboard opens, and what it says of the others."""

from __future__ import annotations

import dashboards as toy
import pytest

from gosales_lib.dashboard.read import choice
from gosales_lib.dashboard.read.choice import Entry
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.run_folders import Run, artifacts, kinds, record, releases
from gosales_lib.run_folders.kinds import Identity

OLD, NEW = "2026-01-01T000000Z", "2026-02-01T000000Z"


def entry(tmp_path, name, **values):
    return Entry(Run(tmp_path / name), **{"state": "done", "layout": "toy", **values})


def test_the_released_run_is_the_front_page_whatever_came_later(tmp_path):
    old, new = entry(tmp_path, OLD, released=True), entry(tmp_path, NEW)
    assert choice.front([new, old]) is old
    assert choice.front([new, entry(tmp_path, OLD)]) is new


@pytest.mark.parametrize(
    "values", [{"state": "failed"}, {"state": "running"}, {"kind": "trial"}, {"kind": "check"}]
)
def test_a_failed_run_a_trial_or_a_check_never_takes_the_front_page(tmp_path, values):
    old, new = entry(tmp_path, OLD), entry(tmp_path, NEW, **values)
    assert choice.front([new, old]) is old
    assert choice.front([new]) is new
    assert choice.front([]) is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "is not released yet"),
        ({"state": "failed"}, "ended as failed"),
        ({"state": "running"}, "is still running"),
    ],
)
def test_a_newer_run_is_a_line_above_the_page(tmp_path, values, words):
    old, new = entry(tmp_path, OLD, released=True), entry(tmp_path, NEW, **values)
    [(sentence, run)] = choice.remarks([new, old], old)
    assert words in sentence and run == NEW


def test_a_newer_trial_or_check_says_nothing(tmp_path):
    old = entry(tmp_path, OLD, released=True)
    for kind in ("trial", "check"):
        assert choice.remarks([entry(tmp_path, NEW, kind=kind), old], old) == []


def test_a_run_that_is_not_in_use_says_so_and_names_the_one_that_is(tmp_path):
    old, new = entry(tmp_path, OLD), entry(tmp_path, NEW, released=True)
    assert choice.remarks([new, old], old) == [
        ("You are reading an older run, not the released run.", NEW)
    ]
    trial = entry(tmp_path, "2026-03-01T000000Z", kind="trial")
    assert choice.remarks([trial, new, old], trial) == [
        ("You are reading a trial, not the released run.", NEW)
    ]


def test_links_follow_the_released_run_and_a_link_to_another_stays_with_it(tmp_path):
    folder = tmp_path / "runs"
    old, new = toy.write_run(folder, toy.EARLIER), toy.write_run(folder, toy.LATER)
    site = Site(folder)
    assert f"run {new.id}," in site.open("?").html
    releases.release(old, why="the team agreed")
    page = site.open("?")
    assert f"run {old.id}," in page.html and "is not released yet" in page.html
    assert page.link == "?" and f"run={old.id}" not in page.html.partition("<main")[2]
    pinned = site.open(f"?run={new.id}&tab=data")
    assert f"run={new.id}" in pinned.link and "not the released run" in pinned.html
    assert f"tab=customer&amp;run={new.id}" in pinned.html or f"run={new.id}&amp;" in pinned.html


def test_a_record_that_cannot_be_read_is_listed_as_damaged(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    (run.path / "run.json").write_text('{"state": "do')
    [only] = choice.listed(tmp_path / "runs")
    assert only.state == "damaged"
    assert "is damaged" in Site(tmp_path / "runs").open("?").html


def test_the_chooser_shows_what_people_call_a_run(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    content = record.read(run)
    identity = kinds.of(run, content)
    named = Identity("trial", ("--division Alpha",), name="without returns", layout="toy")
    assert identity.kind == "candidate"
    kinds.stamp(run, named)
    [only] = choice.listed(tmp_path / "runs")
    assert only.label.startswith("without returns · ") and only.label.endswith("trial")
    artifacts.write_json(run.path / "run.json", content | {"state": "failed"})
    [only] = choice.listed(tmp_path / "runs")
    assert only.label.endswith("failed")
