"""A field that is missing or renamed: named with its file, never shown as 0 or as praise."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import dashboards as toy
import pytest
from typer.testing import CliRunner

from gosales_lib import reports
from gosales_lib.cli import app
from gosales_lib.dashboard.export import snapshot
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.dashboard.tabs.overview import MEANING
from gosales_lib.database.contents import Contents
from gosales_lib.mlflow_log import store, tracking
from gosales_lib.reports import NotAvailableError, summary
from gosales_lib.reports.base import VERSION
from gosales_lib.reports.features import Features
from gosales_lib.reports.holdout import KEPT, Holdout
from gosales_lib.reports.summary import KINDS
from gosales_lib.reports.training import AS_GOOD, BETTER, Training
from gosales_lib.run_folders import Run, record

FREE = {
    "coverage", "rejected_by_reason", "left_out_by_rule", "fingerprints", "params", "rules",
    "files_left_out", "segments", "when_closed",
}  # fmt: skip
"""Fields whose keys are names from the data or from settings, not fields."""
ZERO = r"€0\b|\b0 purchases|\b0 of 0|\b0 offers"
"""A 0 as the pages write it; a division that nobody offers has some of them rightly."""
PRAISE = (KEPT, BETTER, AS_GOOD)
BROKEN = {
    "01_etl": ("rows_kept", ["data", "overview"]),
    "02_features": ("coverage", []),
    "02b_pooled": ("divisions", []),
    "03_train": ("verdict.signal", ["overview", "division", "whitespace&division=Gamma"]),
    "04_score": ("mean_probability", ["overview", "division", "holdout"]),
    "05_holdout": ("gp_happened", ["overview", "division", "holdout"]),
    "06_whitespace": ("payoff.0.gain", ["overview", "whitespace", "holdout"]),
}
"""A field of each report, and the pages that show the report; only `gosales status`, the copy and
MLflow read those that no page shows."""


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    return toy.write_run(tmp_path_factory.mktemp("whole") / "runs").path


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
    toy.write_pooled(run)
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
    field, _ = BROKEN[request.param]
    toy.write_pooled(run)
    way = tuple(int(part) if part.isdigit() else part for part in field.split("."))
    for file in files(run, request.param):
        file.write_text(json.dumps(broken(json.loads(file.read_text()), way, rename=True)))
    return run, request.param, field


def text_of(html: Any) -> str:
    page = unescape(re.sub(r"<[^>]+>", " ", str(html)))
    return re.sub(r"\s+", " ", page).replace(MEANING, "")


def test_the_pages_that_show_it_say_not_available_with_file_and_field(lost):
    run, step, field = lost
    site = Site(run.path.parent)
    for tab in BROKEN[step][1]:
        seen = text_of(site.open(f"?tab={tab}").html)
        assert "ot available" in seen, tab
        assert f"{step}.json" in seen and f"'{field}'" in seen, tab


def test_no_page_praises_what_is_lost_or_shows_a_0(lost, template):
    run, step, _ = lost
    site, whole = Site(run.path.parent), Site(template.parent)
    for tab in ("overview", "whitespace", "division", "holdout", "data", "customer&customer=C01"):
        seen = text_of(site.open(f"?tab={tab}").html)
        assert "could not be drawn" not in seen, tab
        before = re.findall(ZERO, text_of(whole.open(f"?tab={tab}").html))
        assert len(re.findall(ZERO, seen)) <= len(before), tab
        if step in ("03_train", "05_holdout"):
            praise = PRAISE[1:] if step == "03_train" else PRAISE[:1]
            assert not [word for word in praise if word in seen], tab


def test_the_copy_in_a_file_says_so_too(lost):
    run, step, field = lost
    seen = text_of(snapshot.write(run).read_text(encoding="utf-8"))
    assert f"{step}.json" in seen and f"'{field}'" in seen


def test_the_status_the_report_and_scripts_are_told(lost):
    run, step, field = lost
    told = CliRunner().invoke(app, ["status", str(run.path)]).output
    assert "not available" in told and f"{step}.json" in told and f"'{field}'" in told
    status = json.loads(CliRunner().invoke(app, ["status", str(run.path), "--json"]).stdout)
    held = [entry for entry in summary.entries(status) if step in entry["notebooks"]]
    assert held and all(step not in entry["reports"] for entry in held)
    assert all(field in entry["not_available"][step] for entry in held)


def test_every_report_is_among_those_that_are_broken():
    assert set(BROKEN) == set(KINDS)


def key_of(run: Run, step: str) -> str:
    """Return the key of a division's notebook in the record."""
    notebooks = record.read(run)["notebooks"]
    return next(str(item["key"]) for item in notebooks if item["notebook"] == step)


@pytest.mark.parametrize(("kind", "field"), [(Training, "baselines"), (Features, "features")])
def test_neither_mlflow_nor_its_registry_take_a_training_of_which_a_figure_is_lost(
    run, tmp_path, kind, field
):
    (run.path / "layout.json").unlink()  # the toy layout has a name alone
    key = key_of(run, Training.step)
    for file in files(run, kind.step):
        file.write_text(json.dumps(broken(json.loads(file.read_text()), (field,), rename=True)))
    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    with pytest.raises(NotAvailableError, match=f"{kind.step}.json: field '{field}' is missing"):
        tracking.log(run, key, uri)
    client = store.client(uri)
    [experiment] = client.search_experiments(filter_string="name LIKE 'gosales/%'")
    assert list(client.search_runs([experiment.experiment_id])) == []
    assert list(client.search_registered_models()) == []


def test_neither_database_nor_mlflow_take_a_track_record_that_is_lost(run, tmp_path):
    key = key_of(run, Holdout.step)
    for file in files(run, Holdout.step):
        lacking = broken(json.loads(file.read_text()), ("baselines",), rename=True)
        file.write_text(json.dumps(lacking))
    message = "05_holdout.json: field 'baselines' is missing"
    with pytest.raises(NotAvailableError, match=message):
        list(Contents(run.path).frames("holdout_metrics"))
    with pytest.raises(NotAvailableError, match=message):
        tracking.log_holdout(run, key, f"sqlite:///{(tmp_path / 'x.db').as_posix()}")


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
