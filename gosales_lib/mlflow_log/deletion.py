"""Removes trainings of pruned runs from MLflow, with their files; a champion always stays."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from typing import Any

from gosales_lib.mlflow_log import registry, store


def forget(run_ids: Iterable[str], uri: str) -> int:
    """Delete the trainings and registered versions of some runs; return how many trainings."""
    file = store.sqlite_file(uri)
    if file is not None and not file.exists():
        return 0
    client = store.client(uri)
    store.refuse_moved(client, uri)
    ours = client.search_experiments(filter_string="name LIKE 'gosales/%'")
    numbers = [experiment.experiment_id for experiment in ours]
    return sum(_forget(client, numbers, run_id) for run_id in run_ids) if numbers else 0


def _forget(client: Any, experiments: list[str], run_id: str) -> int:
    kept = _versions(client, run_id)
    made = client.search_runs(experiments, f"tags.`gosales.run` = '{run_id}'")
    gone = [each for each in made if each.info.run_id not in kept]
    for each in gone:
        client.delete_run(each.info.run_id)
        if (path := store.local_path(each.info.artifact_uri)) is not None:
            shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _versions(client: Any, run_id: str) -> set[str]:
    """Delete the registered versions of a run; return the trainings of those that stay."""
    kept = set()
    for version in client.search_model_versions(f"tags.`{registry.RUN}` = '{run_id}'"):
        champion = registry.version_of(client, version.name, registry.CHAMPION)
        if champion is not None and champion.version == version.version:
            kept.add(version.run_id)
        else:
            client.delete_model_version(version.name, version.version)
    return kept
