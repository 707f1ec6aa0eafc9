"""Lists that were once kept by hand come from one source, and are complete."""

from __future__ import annotations

import hashlib
import json
import re

import nbformat
import polars as pl
import pytest
import reported

from gosales_lib.core import settings
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.tabs import division
from gosales_lib.database import contents, schema
from gosales_lib.features import FAMILIES
from gosales_lib.learning import metrics
from gosales_lib.mlflow_log import tags
from gosales_lib.reports import (
    SCHEMA_VERSION,
    Report,
    etl,
    features,
    holdout,
    scores,
    training,
    whitespace,
)
from gosales_lib.reports.measures import MEASURES
from gosales_lib.run_folders import plan
from gosales_lib.run_folders.artifacts import WRITER

NOTEBOOKS = settings.project_root() / "notebooks"


def test_every_measure_is_computed_logged_published_shown_and_documented():
    found = metrics.Ranking(
        [1, 0, 1, 0], [0.9, 0.8, 0.3, 0.1], gross_profit=[1, 2, 3, 4]
    ).evaluate()
    assert tuple(found) == MEASURES
    assert set(MEASURES) <= set(tags.metrics(reported.training("A")))
    assert set(MEASURES) <= set(schema.HOLDOUT_METRICS)
    assert set(MEASURES) <= set(next(contents.metric_rows(reported.later())))
    assert set(MEASURES) <= {column.name for column in division.MEASURES}
    text = (settings.project_root() / "docs" / "models.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", text.partition("## The measures")[2], re.M) == [*MEASURES]


def test_every_alarm_on_a_log_that_a_layout_can_accept_is_documented():
    library = settings.project_root() / "gosales_lib" / "sales_log"
    code = "".join(path.read_text(encoding="utf-8") for path in library.glob("*.py"))
    names = set(re.findall(r'name="([a-z]+-[a-z-]+)"', code))
    assert len(names) > 20
    text = (settings.project_root() / "docs" / "layouts.md").read_text(encoding="utf-8")
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_feature_family_has_words_for_people():
    assert set(words.FAMILIES) == set(FAMILIES)


def test_one_list_of_engines():
    field = settings.Settings.model_fields["engine"]
    assert field.annotation.__args__ == settings.ENGINES


@pytest.mark.parametrize("step", plan.STEPS)
def test_the_error_for_a_missing_file_names_the_notebook_that_writes_it(step):
    cells = nbformat.read(NOTEBOOKS / f"{step}.ipynb", as_version=4).cells
    source = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    written = re.findall(r'(?:run|here)\.write\("(\w+)"', source)
    assert {name: WRITER.get(name) for name in written} == dict.fromkeys(written, step)


def test_every_writer_is_a_step_and_a_measure_is_a_number():
    assert set(WRITER.values()) <= set(plan.STEPS)
    assert {schema.HOLDOUT_METRICS[name] for name in MEASURES} == {pl.Float64()}


def every_report(kind=Report):
    yield kind
    for inner in kind.__subclasses__():
        yield from every_report(inner)


def test_reports_of_other_fields_have_another_schema_version():
    """Whoever changes a field raises `SCHEMA_VERSION` and writes the new digest here.

    `test_older_reports.py` then asks for the step from the older version, or a higher `oldest`.
    """
    homes = (etl, features, holdout, scores, training, whitespace)
    kinds = sorted(
        {k for k in every_report() if k.__module__ in {m.__name__ for m in homes}}, key=str
    )
    schemas = [kind.model_json_schema(mode="serialization") for kind in kinds]
    text = re.sub(r'"description": "(?:[^"\\]|\\.)*",? ?', "", json.dumps(schemas, sort_keys=True))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert (SCHEMA_VERSION, digest) == (9, "65232496cdd6f66a")
