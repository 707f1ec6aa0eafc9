"""Compares champion and challenger when a run is released, on rows that neither was trained on.

Both are asked on the challenger's validation cutoff: the same customers and labels. The challenger
answers with the predictions that its run stored before it learned from that cutoff. The champion
answers with its own stored predictions where its validation cutoff is the same, else it is fitted
once more, as its run validated it: to the windows that had closed by its own validation cutoff.
Where neither is possible the two cannot be compared fairly, and the released run takes its place.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import polars as pl

from gosales_lib import reports
from gosales_lib.core import settings, timeline
from gosales_lib.learning import metrics, training
from gosales_lib.learning.models import Blend, Candidate, Pooled
from gosales_lib.learning.rows import among, inputs
from gosales_lib.learning.training import Model
from gosales_lib.mlflow_log import contract, registry, store, tracking
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, record, releases
from gosales_lib.run_folders.artifacts import Folder

DRAWS, SEED = 400, 17


@dataclass(frozen=True)
class Comparison:
    """The comparison of challenger and champion: the gain in average precision, with interval.

    `gain` is None where both cannot be asked on the same rows; `reason` says why.
    """

    gain: float | None
    low: float | None = None
    high: float | None = None
    rows: int = 0
    cutoff: str = ""
    reason: str = ""

    @property
    def won(self) -> bool:
        """Whether the challenger becomes champion: by the interval, or without a comparison."""
        return self.gain is None or (self.low is not None and self.low > 0)

    @property
    def sentence(self) -> str:
        """The outcome in words, with gain and interval."""
        if self.gain is None:
            return f"the released run becomes champion: {self.reason}"
        band = "no interval"
        if self.low is not None and self.high is not None:
            band = f"95% interval {self.low:+.3f} to {self.high:+.3f}"
        word = "the challenger is better" if self.won else "a tie: the champion stays"
        if not self.won and self.high is not None and self.high < 0:
            word = "the champion is better"
        return (
            f"{word}; average precision {self.gain:+.3f} ({band}) on {self.rows} customers at "
            f"{self.cutoff}, which neither was trained on"
        )


def of_release(run: Run, uri: str | None = None) -> Iterator[str]:
    """Compare each model of a released run with the champion; yield a line per division.

    A model that is not logged yet is logged first. Models of a run whose release was revoked are
    champions no longer.
    """
    uri = uri or settings.load().mlflow_uri()
    layout = run.layout().name
    revoked = releases.revoked(run.path.parent, layout)
    gone = list(_withdraw(store.client(uri), layout, revoked)) if revoked else []
    yield from gone
    if run.id in revoked:
        return
    if source := record.read(run).get("scored_with"):
        if not gone:
            whose = f"its models are run {source}'s"
            yield f"all divisions stays: run {run.id} trained nothing, {whose}"
            return
        run = Run(run.path.parent / source)
    tracking.sync(run, uri)
    client = store.client(uri)
    cutoffs = record.read(run)["cutoffs"]
    day = max(cutoffs)
    for division in cutoffs[day]:
        folder = run.at(division, day)
        if (folder.path / "model" / "model.joblib").exists():
            yield f"{division}: {_compete(client, run, folder)}"


def _withdraw(client: Any, layout: str, revoked: Collection[str]) -> Iterator[str]:
    """Take the alias from the champions of revoked runs; yield a line for each."""
    for name in registry.names(client, layout=layout):
        champion = registry.version_of(client, name, registry.CHAMPION)
        if champion is not None and (whose := champion.tags[registry.RUN]) in revoked:
            client.delete_registered_model_alias(name, registry.CHAMPION)
            division = champion.tags[registry.DIVISION]
            yield f"{division}: none any more, the release of run {whose} was revoked"


def _compete(client: Any, run: Run, folder: Folder) -> str:
    name = contract.name_of(run, str(folder.division))
    mine = _version_of_run(client, name, run.id)
    if mine is None:
        return f"not registered as {name}"
    champion = registry.version_of(client, name, registry.CHAMPION)
    if champion is not None and champion.version == mine.version:
        return "this run's model, as before"
    scores = (
        Comparison(None, reason="there was no champion of this contract")
        if champion is None
        else compare(_folder_of(run, champion, str(folder.division)), folder.path)
    )
    if scores.won:
        client.set_registered_model_alias(name, registry.CHAMPION, mine.version)
    client.set_model_version_tag(name, mine.version, "gosales.comparison", scores.sentence)
    return scores.sentence


def _folder_of(run: Run, version: Any, division: str) -> Path:
    """Return where the run of a registered version lies, beside the released run."""
    other = Run(run.path.parent / version.tags[registry.RUN])
    return other.at(division, version.tags[registry.CUTOFF]).path


def _version_of_run(client: Any, name: str, run_id: str) -> Any | None:
    versions = client.search_model_versions(f"name = '{name}'")
    mine = [each for each in versions if each.tags.get(registry.RUN) == run_id]
    return max(mine, key=lambda each: int(each.version), default=None)


def compare(champion: Path, challenger: Path) -> Comparison:
    """Return how a challenger ranks beside the champion on the challenger's validation cutoff.

    Both are folders of a division and cutoff with `03_train.json`, `selection.parquet` and
    `features.parquet`; the champion's with `labels.parquet` and `model/model.joblib` too.
    """
    if not champion.exists():
        return Comparison(None, reason="the folder of the champion's run is no longer there")
    report = reports.read(challenger, Training)
    judged = pl.read_parquet(challenger / "selection.parquet").sort("customer_id")
    bought = judged["bought"].to_numpy().astype(float)
    if not 0 < bought.sum() < len(bought):
        return Comparison(None, reason="no customer, or every one, bought on the validation cutoff")
    try:
        theirs = _answers(champion, challenger, judged, report)
        mine = judged["model"].to_numpy()
    except (FileNotFoundError, LookupError, ValueError, pl.exceptions.PolarsError) as error:
        reason = f"the champion cannot predict these rows ({error})"
        return Comparison(None, reason=" ".join(reason.split()))
    scores = {"champion": theirs, "challenger": mine}
    precision = {n: metrics.average_precision(bought, s) for n, s in scores.items()}
    drawn = metrics.bootstrap(bought, scores, metrics.average_precision, draws=DRAWS, seed=SEED)
    low, high = metrics.interval(drawn["challenger"] - drawn["champion"]) or (None, None)
    gain = precision["challenger"] - precision["champion"]
    return Comparison(gain, low, high, len(bought), str(report.selection_cutoff))


def _answers(
    champion: Path, challenger: Path, judged: pl.DataFrame, report: Training
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the champion's log odds for the judged rows, from before it learned their labels.

    FileNotFoundError, LookupError, ValueError: it has no predictions for these rows, and cannot be
    fitted as it was validated.
    """
    before = reports.read(champion, Training)
    if before.selection_cutoff == report.selection_cutoff:
        return _stored(champion, judged)
    if before.selection_cutoff > report.selection_cutoff:
        raise ValueError(f"it was trained on windows up to {before.cutoff}")
    features = pl.read_parquet(challenger / "features.parquet")
    rows = features.filter(cutoff_date=report.selection_cutoff)
    labels = judged.select("customer_id").join(
        rows, on="customer_id", how="left", maintain_order="left"
    )
    return np.asarray(as_validated(champion, before).odds(inputs(labels)), dtype=float)


def as_validated(folder: Path, report: Training) -> Candidate:
    """Return a champion fitted to what had closed by its newest validation cutoff.

    It keeps the settings that it was tuned to; the pooled model has kept its state of that day.
    """
    model: Model = joblib.load(folder / "model" / "model.joblib")
    features = pl.read_parquet(folder / "features.parquet")
    rows = training.labelled(features, pl.read_parquet(folder / "labels.parquet"), report.division)
    fold = training.span_of(rows, report.cutoff, *_asked(folder)).folds[-1]
    taught = among(rows, fold.training)
    if taught.is_empty():
        raise ValueError("no window had closed by its validation cutoff")
    candidate: Candidate = copy.deepcopy(model.candidate)
    for member in candidate.members if isinstance(candidate, Blend) else [candidate]:
        member.fit(inputs(taught), taught["bought"].to_numpy())
        if isinstance(member, Pooled):
            member.model_ = member.validated[fold.validation]
    return candidate


def _asked(folder: Path) -> tuple[timeline.Length, int]:
    """Return the window and the embargo in days of a division's run."""
    content = record.read(Run(folder.parents[1]))
    own = content["parameters"].get("parameters", {})
    return record.window(content), int(own.get("embargo_days", 0))


def _stored(champion: Path, judged: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the champion's stored predictions for the very same customers and labels."""
    stored = pl.read_parquet(champion / "selection.parquet").sort("customer_id")
    same = stored.select("customer_id", "bought").equals(judged.select("customer_id", "bought"))
    if not same:
        raise ValueError("its validation rows or labels are different")
    return stored["model"].to_numpy().astype(float)
