"""The registry: one model a division, its champion replaced only by a better one."""

from __future__ import annotations

from datetime import date

import joblib
import numpy as np
import polars as pl
import pytest

from gosales_lib.learning import calibration, models
from gosales_lib.learning.rows import inputs
from gosales_lib.learning.training import Model
from gosales_lib.mlflow_log import registry, tracking
from gosales_lib.mlflow_log import store as stores
from gosales_lib.run_folders import Run

SELECTION, CUTOFF = date(2024, 6, 30), date(2024, 12, 31)
DIVISION = "A/B: x"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    stores.client(f"sqlite:///{file.as_posix()}")
    return f"sqlite:///{file.as_posix()}"


def matrix(day: date = SELECTION) -> pl.DataFrame:
    """200 customers on two cutoffs: who has a high `pace` buys."""
    generator = np.random.default_rng(17)
    pace = generator.normal(size=400)
    return pl.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in range(200)] * 2,
            "cutoff_date": [day] * 200 + [CUTOFF] * 200,
            "pace": pace,
            "orders": generator.integers(0, 9, 400),
            "bought": (pace + generator.normal(size=400) > 1).astype(np.int8),
        }
    )


def trained(
    path, sign: float = 1.0, division=DIVISION, day=SELECTION, told: float | None = None
) -> tuple[Run, float]:
    """A finished training whose model follows `pace`, or with -1 runs against it.

    It says that its average precision on `day` was `told`; if left out, what its model has.
    """
    run, rows = Run(path), matrix(day)
    folder = run.at(division, CUTOFF)
    judged = rows.filter(cutoff_date=day)
    label = judged["bought"].to_numpy() if sign > 0 else 1 - judged["bought"].to_numpy()
    candidate = models.Logistic().fit(inputs(judged.drop("customer_id", "cutoff_date")), label)
    model = Model(division, "logistic", candidate, calibration.choose(np.zeros(200), label))
    with folder.writing("model/model.joblib") as file:
        joblib.dump(model, file)
    folder.write("features", rows.drop("bought"))
    folder.write("selection", judged.select("customer_id", "bought"))
    report = {"division": division, "champion": "logistic", "selection_cutoff": day}
    found = told or registry.average_precision(model, folder.path, report)
    report["candidates"] = {"logistic": {"average_precision": found}}
    folder.report("03_train", report)
    return run, found


def registered(store: str, run: Run, division: str = DIVISION) -> str:
    client = stores.client(store)
    experiment = tracking._experiment(client, store, division)
    made = client.create_run(experiment).info.run_id
    return registry.register(client, made, run.at(division, CUTOFF).path, run.id)


def test_the_better_one_is_the_champion_and_loads_by_its_alias(store, tmp_path):
    from mlflow import MlflowClient, pyfunc, set_tracking_uri

    poor, low = trained(tmp_path / "poor", -1)
    good, high = trained(tmp_path / "good")
    assert low < high
    assert registered(store, poor) == "champion"
    assert registered(store, good) == "champion"
    assert registered(store, poor) == "challenger"
    client = MlflowClient(store)
    name = registry.name_of(DIVISION)
    assert client.get_model_version_by_alias(name, "champion").tags["gosales.run"] == "good"
    assert client.get_model_version_by_alias(name, "challenger").tags["gosales.run"] == "poor"
    rows = matrix().filter(cutoff_date=CUTOFF).drop("bought")
    model = registry.load(DIVISION, uri=store)
    expected = joblib.load(good.at(DIVISION, CUTOFF).path / "model" / "model.joblib")
    assert model.probability(rows).tolist() == expected.probability(rows).tolist()
    set_tracking_uri(store)
    served = pyfunc.load_model(f"models:/{name}@champion")
    assert [c.name for c in served.metadata.signature.inputs] == ["pace", "orders"]
    example = served.input_example
    assert served.predict(example) == pytest.approx(expected.probability(rows.head(5)))


def test_no_champion_is_judged_on_a_window_that_it_has_learned_from(store, tmp_path):
    first, _ = trained(tmp_path / "1", division="Again", told=0.5)
    folder = first.at("Again", CUTOFF).path
    report = {"selection_cutoff": SELECTION}
    model = joblib.load(folder / "model" / "model.joblib")
    assert registry.average_precision(model, folder, report) > 0.6  # of what it knows by heart
    better, _ = trained(tmp_path / "2", division="Again", told=0.55)
    worse, _ = trained(tmp_path / "3", division="Again", told=0.52)
    assert [registered(store, run, "Again") for run in (first, better, worse)] == [
        "champion", "champion", "challenger",
    ]  # fmt: skip


def test_on_a_newer_selection_cutoff_the_champion_ranks_again_and_an_older_one_judges_nobody(
    store, tmp_path
):
    newer, older = date(2024, 9, 30), date(2024, 3, 31)
    first, _ = trained(tmp_path / "1", division="Time", told=0.1)
    high, _ = trained(tmp_path / "2", division="Time", day=older, told=0.99)
    low, _ = trained(tmp_path / "3", division="Time", day=newer, told=0.3)
    best, _ = trained(tmp_path / "4", division="Time", day=newer, told=0.98)
    assert [registered(store, run, "Time") for run in (first, high, low, best)] == [
        "champion", "challenger", "challenger", "champion",
    ]  # fmt: skip


def test_an_alias_that_nobody_has_is_told(store):
    with pytest.raises(ValueError, match="has no version under alias 'best'"):
        registry.load("nothing", "best", store)
