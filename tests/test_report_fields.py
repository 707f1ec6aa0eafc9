"""A missing or renamed field is named with its file and is never shown as 0 or as good."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict
from html import unescape
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import dashboards as toy
import pytest
from typer.testing import CliRunner

from gosales_lib import reports
from gosales_lib.batch import levels, outlook, recheck, release_conditions, rescore
from gosales_lib.batch.request import Request
from gosales_lib.cli import app
from gosales_lib.dashboard.export import snapshot
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.dashboard.tabs.overview import MEANING
from gosales_lib.database.contents import Contents
from gosales_lib.layout import Layout
from gosales_lib.mlflow_log import champions, registry, store, tracking
from gosales_lib.reports import NotAvailableError, Report, summary
from gosales_lib.reports.base import VERSION
from gosales_lib.reports.holdout import KEPT, Holdout
from gosales_lib.reports.summary import KINDS
from gosales_lib.reports.training import AS_GOOD, BETTER, Training
from gosales_lib.run_folders import Run, checks, record
from gosales_lib.run_folders.artifacts import write_json
from gosales_lib.whitespace import inputs

FREE = {
    "coverage", "rejected_by_reason", "left_out_by_rule", "fingerprints", "params", "rules",
    "files_left_out", "segments", "when_closed",
}  # fmt: skip
"""Fields whose keys are names from the data or from settings, not fields."""
ZERO = r"€0\b|\b0 purchases|\b0 of 0|\b0 offers"
"""A 0 as the pages write it; a division that nobody offers has some of them rightly."""
LAYOUT = Layout.model_validate(
    {
        "name": "toy",
        "shape": "long",
        "currency": "EUR",
        "columns": {"customer_id": "c", "order_date": "d", "invoice": "i", "product": "p"}
        | {"quantity": "q", "gross_profit": "g"},
        "divisions": list(toy.DIVISIONS),
    }
)
ALPHA, BETA, CUTOFF = toy.ALPHA, toy.BETA, toy.CUTOFF
CLIENT = Mock(**{"search_runs.return_value": []})
CLIENT.get_experiment_by_name.return_value.lifecycle_stage = "active"
SHOWN_ON = {
    "01_etl": ["data", "overview"],
    "02_features": [],
    "02b_pooled": [],
    "03_train": ["overview", "division", "whitespace&division=Gamma"],
    "04_score": ["overview", "division", "holdout"],
    "05_holdout": ["overview", "division", "holdout"],
    "06_whitespace": ["overview", "whitespace", "holdout"],
}
"""The pages that show a report; only `gosales status`, the copy and MLflow read the others."""
BROKEN = {
    "01_etl": "rows_kept",
    "02_features": "coverage",
    "02b_pooled": "divisions",
    "03_train": "verdict.signal",
    "04_score": "mean_probability",
    "05_holdout": "gp_happened",
    "06_whitespace": "payoff.0.gain",
}
"""A field of each report, for readers that take long."""


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    run = toy.write_run(tmp_path_factory.mktemp("whole") / "runs")
    toy.write_pooled(run)
    run.save_layout(LAYOUT)
    asked = asdict(Request("layouts/toy.yaml", "data", "holdout"))
    write_json(run.path / "run.json", record.read(run) | {"parameters": asked})
    return run.path


@pytest.fixture
def run(template, tmp_path) -> Run:
    shutil.copytree(template, tmp_path / "runs" / template.name)
    return Run(tmp_path / "runs" / template.name)


def files(run: Run, step: str) -> list[Path]:
    return sorted(run.path.rglob(f"{step}.json"))


def places(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each field of a report; of a list's entries only to those of the first."""
    if isinstance(content, list):
        yield from places(content[0], (*place, 0)) if content else ()
    elif isinstance(content, dict):
        if place and place[-1] in ("params", "rules"):
            return
        free = bool(place) and place[-1] in FREE and not {"first", "last"} <= content.keys()
        for name, value in content.items():
            if not free:
                yield (*place, name)
            yield from places(value, (*place, name))


def broken(content: Any, place: tuple[Any, ...], rename: bool) -> Any:
    """Return a copy of a report with one field removed or renamed."""
    copy = json.loads(json.dumps(content))
    holder = copy
    for step in place[:-1]:
        holder = holder[step]
    value = holder.pop(place[-1])
    if rename:
        holder[f"{place[-1]}_renamed"] = value
    return copy


@pytest.mark.parametrize("rename", [False, True], ids=["removed", "renamed"])
@pytest.mark.parametrize("step", KINDS)
def test_each_field_that_is_lost_is_an_error_that_names_file_and_field(run, step, rename):
    file = files(run, step)[0]
    whole = json.loads(file.read_text())
    silent = []
    for place in places(whole):
        file.write_text(json.dumps(broken(whole, place, rename)))
        try:
            reports.read(file.parent, KINDS[step])
        except NotAvailableError as error:
            named = str(place[-1]) in str(error) or "more" in str(error)
            if not (file.name in str(error) and named):
                silent.append((place, str(error)))
        else:
            silent.append((place, "read as if nothing were missing"))
    assert silent == []


@pytest.fixture(params=BROKEN)
def lost(request, run) -> tuple[Run, str, str]:
    """Break one report in every folder of a run; return the run, the file's name and the field."""
    field = BROKEN[request.param]
    way = tuple(int(part) if part.isdigit() else part for part in field.split("."))
    for file in files(run, request.param):
        file.write_text(json.dumps(broken(json.loads(file.read_text()), way, rename=True)))
    return run, request.param, field


def text_of(html: Any) -> str:
    page = unescape(re.sub(r"<[^>]+>", " ", str(html)))
    return re.sub(r"\s+", " ", page).replace(MEANING, "")


def kinds_of_fields(content: Any) -> list[tuple[Any, ...]]:
    """Return the way to each field of a report; of tables with the same columns to one's."""
    ways = {}
    for place in places(content):
        holder = content
        for step in place[:-1]:
            holder = holder[step]
        ways.setdefault((tuple(holder), place[-1]), place)
    return list(ways.values())


def mlflow(kind: type[Report]) -> Callable[[Run], Any]:
    return lambda run: tracking.log_any(run, f"{kind.step} {ALPHA}", "mlflow://nowhere")


READERS = {
    "01_etl": [lambda run: outlook.sentences(run, {})],
    "02_features": [mlflow(Training)],
    "02b_pooled": [],
    "03_train": [
        mlflow(Training),
        lambda run: registry.register(None, "", run, run.at(ALPHA, CUTOFF).path),
        lambda run: champions.compare(run.at(BETA, CUTOFF).path, run.at(ALPHA, CUTOFF).path),
        lambda run: recheck.prepare(run.path.parent, run, None, None),
        lambda run: rescore.prepare(run.path.parent, run, None, "2025-07-31", str(run.path)),
        lambda run: inputs.read([run.at(name, CUTOFF) for name in toy.DIVISIONS]),
    ],
    "04_score": [],
    "05_holdout": [mlflow(Holdout), lambda run: list(Contents(run.path).frames("holdout_metrics"))],
    "06_whitespace": [],
}
"""What is never made without the report, beside pages and status."""


@pytest.mark.parametrize("step", KINDS)
def test_no_reader_does_without_a_field_that_is_lost(run, step, monkeypatch):
    """Lose each field once, every other one by a new name; each division lacks another field."""
    monkeypatch.setattr(store, "client", lambda uri: CLIENT)
    monkeypatch.setattr(rescore.layouts, "answered", lambda path: LAYOUT)
    whole = {file: file.read_text() for file in files(run, step)}
    fields = kinds_of_fields(json.loads(next(iter(whole.values()))))
    for first in range(0, len(fields), len(whole)):
        lost = (fields[first:] + fields)[: len(whole)]
        for file, place in zip(whole, lost, strict=True):
            content = broken(json.loads(whole[file]), place, rename=bool(first % 2))
            file.write_text(json.dumps(content))
        names = [str(place[-1]) for place in lost]
        heard = [*spoken(run, step), *(refusal(reader, run) for reader in READERS[step])]
        for text in heard:
            assert "ot available" in text and f"{step}.json" in text, (names, text)
            assert " more" in text or any(name in text for name in names), (names, text)
    CLIENT.create_run.assert_not_called()


def spoken(run: Run, step: str) -> Iterator[str]:
    """Yield what pages, tables and scripts say of a run of which a report lacks a field."""
    site = Site(run.path.parent)
    for tab in SHOWN_ON[step]:
        page = text_of(site.open(f"?tab={tab}").html)
        assert "could not be drawn" not in page
        assert step != "05_holdout" or KEPT not in page
        assert step != "03_train" or not (BETTER in page or AS_GOOD in page)
        yield page
    status = summary.of(run)
    held = [entry for entry in summary.entries(status) if step in entry["notebooks"]]
    assert held and all(step not in entry["reports"] for entry in held)
    yield from (entry["not_available"][step] for entry in held)
    lines = summary.rows(status)
    assert step != "03_train" or all("not available" in (r["AUC"], r["verdict"]) for r in lines)
    assert step != "05_holdout" or all(row["holdout"] == "not available" for row in lines)
    yield from (
        each.answer for each in release_conditions.conditions(run) if "reports" in each.name
    )


def refusal(reader: Callable[[Run], Any], run: Run) -> str:
    with pytest.raises(NotAvailableError) as refused:
        reader(run)
    return str(refused.value)


def test_no_page_shows_a_0_for_what_is_lost(lost, template):
    run, _, _ = lost
    site, whole = Site(run.path.parent), Site(template.parent)
    for tab in ("overview", "whitespace", "division", "holdout", "data", "customer&customer=C01"):
        seen = text_of(site.open(f"?tab={tab}").html)
        assert "could not be drawn" not in seen, tab
        before = re.findall(ZERO, text_of(whole.open(f"?tab={tab}").html))
        assert len(re.findall(ZERO, seen)) <= len(before), tab


def test_the_copy_in_a_file_says_so_too(lost):
    run, step, field = lost
    seen = text_of(snapshot.write(run).read_text(encoding="utf-8"))
    assert f"{step}.json" in seen and f"'{field}'" in seen


def test_the_status_the_report_and_scripts_name_file_and_field(lost):
    run, step, field = lost
    told = CliRunner().invoke(app, ["status", str(run.path)]).output
    assert "not available" in told and f"{step}.json" in told and f"'{field}'" in told
    status = json.loads(CliRunner().invoke(app, ["status", str(run.path), "--json"]).stdout)
    held = [entry for entry in summary.entries(status) if step in entry["notebooks"]]
    assert held and all(step not in entry["reports"] for entry in held)
    assert all(field in entry["not_available"][step] for entry in held)


def test_every_report_is_among_those_that_are_broken():
    assert set(BROKEN) == set(READERS) == set(SHOWN_ON) == set(KINDS)


def test_a_holdout_without_its_state_is_not_taken_for_one_that_was_never_checked(run):
    for file in files(run, Holdout.step):
        lacking = broken(json.loads(file.read_text()), ("status",), rename=True)
        file.write_text(json.dumps(lacking))
    assert checks.is_checked(run)
    with pytest.raises(NotAvailableError, match=r"05_holdout\.json"):
        list(Contents(run.path).frames("holdout_metrics"))


def test_a_lost_check_of_one_division_is_not_left_out_of_the_verdict_on_calibration(run):
    judged = next(each for each in levels.of(run).findings if each.name == "calibration")
    assert "in 0 of 3 divisions" in judged.sentence
    file = files(run, Holdout.step)[0]
    file.write_text(json.dumps(broken(json.loads(file.read_text()), ("gp_low",), rename=True)))
    judged = next(each for each in levels.of(run).findings if each.name == "calibration")
    assert (judged.figure, judged.level) == (None, "warning")
    assert "not available" in judged.sentence


def test_a_run_of_an_older_version_says_so_and_how_to_redo_it(run):
    for file in files(run, "03_train"):
        content = json.loads(file.read_text())
        del content[VERSION]
        file.write_text(json.dumps(content))
    told = CliRunner().invoke(app, ["status", str(run.path)]).output
    assert "made by an older version of GoSales; `gosales run` makes a new one" in told
    assert "made by an older version" in text_of(Site(run.path.parent).open("").html)


def test_a_run_with_a_report_that_is_not_available_is_not_released(run):
    words = ["release", run.id, "--runs", str(run.path.parent), "--no-publish", "--no-mlflow"]
    file = files(run, "04_score")[0]
    whole = file.read_text(encoding="utf-8")
    file.write_text(whole.replace("mean_probability", "mean_odds"), encoding="utf-8")
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 2
    assert "not released" in refused.output
    file.write_text(whole, encoding="utf-8")
    assert CliRunner().invoke(app, words).exit_code == 0
