"""The registry: one model a division, its champion replaced only by a better one."""

from __future__ import annotations

from datetime import date

import joblib
import numpy as np
import polars as pl
import pytest

from gosales_lib import registry, tracking
from gosales_lib import store as stores
from gosales_lib.learning import calibration, models
from gosales_lib.learning.training import Model, inputs
from gosales_lib.runs import Run

SELECTION, CUTOFF = date(2024, 6, 30), date(2024, 12, 31)
DIVISION = "A/B: x"


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    stores.client(f"sqlite:///{file.as_posix()}")
    return f"sqlite:///{file.as_posix()}"


def matrix() -> pl.DataFrame:
    """200 customers on two cutoffs: who has a high `pace` buys."""
    generator = np.random.default_rng(17)
    pace = generator.normal(size=400)
    return pl.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in range(200)] * 2,
            "cutoff_date": [SELECTION] * 200 + [CUTOFF] * 200,
            "pace": pace,
            "orders": generator.integers(0, 9, 400),
            "bought": (pace + generator.normal(size=400) > 1).astype(np.int8),
        }
    )


def trained(path, sign: float = 1.0) -> tuple[Run, float]:
    """A finished training whose model follows `pace`, or with -1 runs against it."""
    run, rows = Run(path), matrix()
    folder = run.at(DIVISION, CUTOFF)
    judged = rows.filter(cutoff_date=SELECTION)
    label = judged["bought"].to_numpy() if sign > 0 else 1 - judged["bought"].to_numpy()
    candidate = models.Logistic().fit(inputs(judged.drop("customer_id", "cutoff_date")), label)
    model = Model(DIVISION, "logistic", candidate, calibration.choose(np.zeros(200), label))
    with folder.writing("model/model.joblib") as file:
        joblib.dump(model, file)
    folder.write("features", rows.drop("bought"))
    folder.write("selection", judged.select("customer_id", "bought"))
    report = {"division": DIVISION, "champion": "logistic", "selection_cutoff": SELECTION}
    found = registry.average_precision(model, folder.path, report)
    report["candidates"] = {"logistic": {"average_precision": found}}
    folder.report("03_train", report)
    return run, found


def registered(store: str, run: Run) -> str:
    client = stores.client(store)
    experiment = tracking._experiment(client, store, DIVISION)
    made = client.create_run(experiment).info.run_id
    return registry.register(client, made, run.at(DIVISION, CUTOFF).path, run.id)


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


def test_an_alias_that_nobody_has_is_told(store):
    with pytest.raises(ValueError, match="has no version under alias 'best'"):
        registry.load("nothing", "best", store)
