"""The registry: challengers when logged, champions by release, compared on unseen rows."""

from __future__ import annotations

import json
from datetime import date

import joblib
import numpy as np
import polars as pl
import pytest
from reported import training

from gosales_lib import reports
from gosales_lib.layout import Layout
from gosales_lib.learning import calibration, models
from gosales_lib.learning.rows import inputs
from gosales_lib.learning.training import Model
from gosales_lib.mlflow_log import champions, contract, deletion, registry, tracking
from gosales_lib.mlflow_log import store as stores
from gosales_lib.run_folders import Run, receipts, record, releases
from gosales_lib.run_folders.artifacts import write_json

EARLIER, SELECTION, CUTOFF = date(2023, 12, 31), date(2024, 6, 30), date(2024, 12, 31)
LATER = date(2024, 9, 30)
DIVISION = "A/B: x"
SIZE = 200


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    stores.client(f"sqlite:///{file.as_posix()}")
    return f"sqlite:///{file.as_posix()}"


def layout(**more) -> Layout:
    columns = {"customer_id": "c", "order_date": "d", "invoice": "i", "product": "p"}
    columns |= {"quantity": "q", "gross_profit": "g"}
    given = {"name": "toy", "shape": "long", "columns": columns, "divisions": {DIVISION: ["p1"]}}
    return Layout.model_validate(given | more)


def rows(day: date, seed: int = 17) -> pl.DataFrame:
    """200 customers on one cutoff: who has a high `pace` buys more often."""
    generator = np.random.default_rng(seed)
    pace = generator.normal(size=SIZE)
    return pl.DataFrame(
        {
            "customer_id": [f"c{i:03d}" for i in range(SIZE)],
            "cutoff_date": [day] * SIZE,
            "pace": pace,
            "orders": generator.integers(0, 9, SIZE),
            "bought": (pace + generator.normal(size=SIZE) > 1).astype(np.int8),
        }
    )


def model_of(sign: float) -> Model:
    """A model that follows `pace`, or with -1 runs against it."""
    judged = rows(SELECTION)
    label = judged["bought"].to_numpy() if sign > 0 else 1 - judged["bought"].to_numpy()
    candidate = models.Logistic().fit(inputs(judged.drop("customer_id", "cutoff_date")), label)
    return Model(DIVISION, "blend", candidate, calibration.Calibration())


def trained(path, sign=1.0, day=SELECTION, labelled=True, source=None) -> Run:
    """A finished training whose stored predictions follow `pace`, or run against it."""
    run = Run(path)
    folder = run.at(DIVISION, CUTOFF)
    judged, model = rows(day), model_of(sign)
    with folder.writing("model/model.joblib") as file:
        joblib.dump(model, file)
    earlier = rows(EARLIER, 19)
    if sign < 0:
        earlier = earlier.with_columns(bought=1 - pl.col("bought"))
    closed = pl.concat([earlier, judged])
    folder.write("features", pl.concat([closed, rows(CUTOFF, 18)]).drop("bought"))
    if labelled:
        folder.write("labels", closed.select("customer_id", "cutoff_date", "bought"))
    odds = pl.Series("model", model.odds(judged.drop("bought", "customer_id", "cutoff_date")))
    folder.write("selection", judged.select("customer_id", "bought").with_columns(odds))
    report = training(DIVISION, cutoff=CUTOFF, selection_cutoff=day)
    reports.write(folder, report)
    run.save_layout(source or layout())
    key = f"03_train {DIVISION} {CUTOFF}"
    item = {"key": key, "notebook": "03_train", "division": DIVISION, "cutoff": str(CUTOFF)}
    item |= {"state": "done", "folder": folder.path.relative_to(run.path).as_posix()}
    content = {"id": run.id, "kind": "candidate", "cutoffs": {str(CUTOFF): [DIVISION]}}
    content |= {"notebooks": [item], "parameters": {"window_months": 6}, "state": "done"}
    write_json(run.path / "run.json", content)
    receipts.write(folder.path, "03_train", {"parameters": {}}, [folder.path / "03_train.json"])
    return run


def at(run: Run):
    return run.at(DIVISION, CUTOFF).path


def test_on_the_same_validation_cutoff_the_stored_predictions_are_compared(tmp_path):
    poor, good = trained(tmp_path / "poor", -1), trained(tmp_path / "good")
    found = champions.compare(at(poor), at(good))
    assert found.won and found.gain > 0.2 and found.low > 0 and found.rows == SIZE
    assert "the challenger is better; average precision +" in found.sentence
    lost = champions.compare(at(good), at(poor))
    assert not lost.won and lost.high < 0
    assert lost.sentence.startswith("the champion is better")


def test_a_tie_keeps_the_champion(tmp_path):
    one, two = trained(tmp_path / "1"), trained(tmp_path / "2")
    found = champions.compare(at(one), at(two))
    assert (found.gain, found.won) == (0.0, False)
    assert found.sentence.startswith("a tie: the champion stays")


def test_on_a_newer_cutoff_the_champion_is_fitted_as_it_was_validated(tmp_path):
    """What 03_train fitted last has learned part of the newer labels: only its settings count."""
    champion, newer = trained(tmp_path / "1"), trained(tmp_path / "2", day=LATER)
    spoiled = model_of(-1)  # as if the labels since had turned it round
    with (at(champion) / "model" / "model.joblib").open("wb") as file:
        joblib.dump(spoiled, file)
    found = champions.compare(at(champion), at(newer))
    assert (found.won, found.cutoff) == (False, "2024-09-30")
    assert abs(found.gain) < 0.05
    poor = trained(tmp_path / "3", -1)
    assert champions.compare(at(poor), at(newer)).won


@pytest.mark.parametrize(
    ("parameters", "closed"),
    [({}, True), ({"window_days": 400}, False), ({"embargo_days": 1}, False)],
)
def test_the_champion_is_fitted_to_the_windows_and_the_embargo_of_its_own_run(
    tmp_path, parameters, closed
):
    """The one earlier window, of six months, closes on the very day of the validation cutoff."""
    champion = trained(tmp_path / "1")
    content = record.read(champion)
    content["parameters"]["parameters"] = parameters
    write_json(champion.path / "run.json", content)
    assert champions.compare(at(champion), at(trained(tmp_path / "2", day=LATER))).won is not closed


@pytest.mark.parametrize("why", ["no labels", "other labels", "newer"])
def test_a_champion_that_cannot_be_compared_fairly_is_not_compared(tmp_path, why):
    champion = trained(tmp_path / "1", labelled=why != "no labels")
    challenger = trained(tmp_path / "2", day=LATER if why == "no labels" else SELECTION)
    if why == "other labels":
        stored = pl.read_parquet(at(champion) / "selection.parquet")
        changed = stored.with_columns(bought=1 - pl.col("bought"))
        changed.write_parquet(at(champion) / "selection.parquet")
    if why == "newer":
        reports.write(
            at_folder(champion), training(DIVISION, cutoff=CUTOFF, selection_cutoff=LATER)
        )
    found = champions.compare(at(champion), at(challenger))
    assert found.gain is None and found.won
    assert "the released run becomes champion: the champion cannot predict" in found.sentence


def test_a_champion_whose_run_was_deleted_is_named_as_such(tmp_path):
    found = champions.compare(tmp_path / "gone", at(trained(tmp_path / "2")))
    assert found.won
    assert found.sentence == (
        "the released run becomes champion: the folder of the champion's run is no longer there"
    )


def at_folder(run: Run):
    return run.at(DIVISION, CUTOFF)


@pytest.mark.parametrize(
    "other",
    [
        {"name": "toy 2"},
        {"divisions": {DIVISION: ["p1", "p2"]}},
        {"purchase": {"measure": "gross_profit"}},
        {"learning": {"label_buffer_days": 7}},
    ],
)
def test_another_contract_is_another_model(tmp_path, other):
    mine = trained(tmp_path / "1")
    theirs = trained(tmp_path / "2", source=layout(**other))
    assert contract.name_of(mine, DIVISION) != contract.name_of(theirs, DIVISION)
    again = trained(tmp_path / "3")
    assert contract.name_of(mine, DIVISION) == contract.name_of(again, DIVISION)


def test_names_are_told_apart_by_layout_and_exact_spelling(tmp_path):
    run = trained(tmp_path / "1", source=layout(divisions={"A B": ["p1"], "A_B": ["p2"]}))
    assert contract.name_of(run, "A B") != contract.name_of(run, "A_B")
    assert contract.name_of(run, "A B").startswith("gosales.toy.a-b.")


def test_only_a_release_makes_a_champion(store, tmp_path):
    from mlflow import MlflowClient, pyfunc, set_tracking_uri

    client, runs = MlflowClient(store), tmp_path / "runs"
    poor, good, tie = (
        trained(runs / name, sign) for name, sign in (("poor", -1), ("good", 1), ("tie", 1))
    )
    assert tracking.sync(poor, store) == 1
    name = contract.name_of(poor, DIVISION)
    assert registry.version_of(client, name, "champion") is None, "logged, not released"
    with pytest.raises(ValueError, match="no version under alias 'champion'"):
        registry.load(DIVISION, uri=store)
    (line,) = champions.of_release(poor, store)
    assert "there was no champion of this contract" in line
    (line,) = champions.of_release(good, store)
    assert "the challenger is better" in line
    (line,) = champions.of_release(tie, store)
    assert "a tie: the champion stays" in line
    assert registry.version_of(client, name, "champion").tags["gosales.run"] == "good"
    expected = model_of(1)
    judged = rows(CUTOFF, 18).drop("bought", "customer_id", "cutoff_date")
    model = registry.load(DIVISION, uri=store)
    assert model.probability(judged).tolist() == expected.probability(judged).tolist()
    set_tracking_uri(store)
    served = pyfunc.load_model(f"models:/{name}@champion")
    assert [c.name for c in served.metadata.signature.inputs] == ["pace", "orders"]
    assert served.predict(served.input_example) == pytest.approx(
        expected.probability(judged.head(5))
    )
    kept = registry.local(registry.version_of(client, name, "champion"))
    assert kept.samefile(at(good) / "model" / "model.joblib"), "one file on the disk"
    assert not list(kept.parents[1].rglob("uv.lock"))


def test_a_revoked_run_keeps_no_champion(tmp_path):
    """The run that is released again takes the alias, though the revoked model ranked better."""
    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    client, runs = stores.client(uri), tmp_path / "runs"
    poor, good = trained(runs / "poor", -1), trained(runs / "good")
    name = contract.name_of(poor, DIVISION)

    def champion():
        found = registry.version_of(client, name, registry.CHAMPION)
        return found and found.tags[registry.RUN]

    for run in (poor, good):
        releases.release(run)
        list(champions.of_release(run, uri))
    assert champion() == "good"
    assert releases.take_back(runs, "toy").run == "poor"
    gone, again = champions.of_release(poor, uri)
    assert gone == f"{DIVISION}: none any more, the release of run good was revoked"
    assert "there was no champion of this contract" in again
    assert champion() == "poor"
    assert releases.take_back(runs, "toy").run is None
    (gone,) = champions.of_release(poor, uri)
    assert gone.endswith("the release of run poor was revoked") and champion() is None
    releases.release(good)
    list(champions.of_release(good, uri))
    assert champion() == "good", "released once more, it may be champion again"


def test_scores_that_are_released_again_bring_back_the_models_they_were_made_with(tmp_path):
    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    client, runs = stores.client(uri), tmp_path / "runs"
    source, scored, newer = trained(runs / "1", -1), trained(runs / "2"), trained(runs / "3")
    content = record.read(scored) | {"scored_with": "1"}
    write_json(scored.path / "run.json", content)
    for run in (source, scored, newer):
        releases.release(run)
        list(champions.of_release(run, uri))
    releases.take_back(runs, "toy")
    assert len(list(champions.of_release(scored, uri))) == 2
    name = contract.name_of(source, DIVISION)
    assert registry.version_of(client, name, registry.CHAMPION).tags[registry.RUN] == "1"


def test_pruned_trainings_leave_mlflow_and_a_champion_stays(tmp_path):
    from mlflow import MlflowClient

    uri = f"sqlite:///{(tmp_path / 'mlflow.db').as_posix()}"
    stores.client(uri)
    client, runs = MlflowClient(uri), tmp_path / "runs"
    good, poor = trained(runs / "good"), trained(runs / "poor", -1)
    for run in (good, poor):
        tracking.sync(run, uri)
    list(champions.of_release(good, uri))
    name = contract.name_of(good, DIVISION)
    made = {v.tags[registry.RUN]: v.run_id for v in client.search_model_versions(f"name='{name}'")}
    place = stores.local_path(client.get_run(made["poor"]).info.artifact_uri)
    assert place.exists()
    assert deletion.forget(["good", "poor"], uri) == 1
    assert not place.exists()
    assert client.get_run(made["poor"]).info.lifecycle_stage == "deleted"
    assert client.get_run(made["good"]).info.lifecycle_stage == "active"
    (left,) = client.search_model_versions(f"name='{name}'")
    assert left.tags[registry.RUN] == "good"
    assert registry.version_of(client, name, registry.CHAMPION).version == left.version
    assert deletion.forget(["good"], f"sqlite:///{tmp_path / 'none.db'}") == 0


def test_a_trial_is_logged_and_not_registered(store, tmp_path):
    from mlflow import MlflowClient

    run = trained(tmp_path / "trial", source=layout(name="tried"))
    content = json.loads((run.path / "run.json").read_text()) | {"kind": "trial"}
    write_json(run.path / "run.json", content)
    assert tracking.sync(run, store) == 1
    names = registry.names(MlflowClient(store), DIVISION, "tried")
    assert names == []


def test_an_alias_that_no_model_has_is_reported(store):
    with pytest.raises(ValueError, match="no registered model of division 'nothing'"):
        registry.load("nothing", "best", store)
