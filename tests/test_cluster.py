"""Dask: worker processes write what local workers write, and each run ends only its own kernels.

A real scheduler with two workers runs the real notebooks in `test_end_to_end.py`.
"""

from dataclasses import replace

import pytest
from toy_runs import artifacts_of, by_command, work

from gosales_lib import run_folders
from gosales_lib.batch import cluster, failures, workers
from gosales_lib.run_folders import record

pytest.importorskip("distributed", reason="the extra `dask` is not installed")


@pytest.mark.slow
def test_a_cluster_of_this_machine_writes_the_same_and_reports_every_cell(undisturbed, tmp_path):
    here, _, events = undisturbed
    result, there = by_command(tmp_path, "A", "B", **{"--dask": "local"})
    assert result.exit_code == 0, result.output
    assert artifacts_of(there) == artifacts_of(here)
    cells = [[e["event"] for e in told].count("cell") for told in (events, record.events(there))]
    assert cells[0] == cells[1] > 0


def test_a_missing_scheduler_is_reported_in_one_sentence(undisturbed, tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1)
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        work(run_folders.create(tmp_path, {}), undisturbed[1], dask="tcp://127.0.0.1:9")


HERE = cluster.Place("Python 3.12", ("polars 2.1", "numpy 2.5"), "print", "seen")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({}, None),
        ({"folder": "not seen"}, "put --runs on a file system that every worker mounts"),
        ({"library": "another"}, "has other code of GoSales than the runner"),
        ({"python": "Python 3.11"}, "has Python 3.11, the runner Python 3.12: install the same"),
        ({"packages": ("polars 2.0", "numpy 2.5")}, "has polars 2.0, the runner polars 2.1"),
    ],
)
def test_a_worker_that_would_write_something_else_is_refused(other, words):
    reason = cluster.difference(HERE, replace(HERE, **other))
    assert reason is None if words is None else words in reason


def test_each_worker_is_asked_and_named(tmp_path):
    class Client:
        def run(self, ask, folder):
            return {"tcp://a": ask(folder), "tcp://b": replace(ask(folder), library="another")}

    with pytest.raises(ValueError, match="Dask worker tcp://b has other code of GoSales"):
        cluster.examine(Client(), str(tmp_path))
    assert cluster.look(str(tmp_path / "elsewhere")).folder == "not seen"


def test_a_scheduler_that_ended_is_reported_in_one_sentence():
    assert "the Dask scheduler or its worker ended" in failures.hint("CancelledError: ")


def test_a_run_that_ends_leaves_the_kernels_of_others(monkeypatch):
    closed = []

    class Kernels:
        def __init__(self, *_):
            pass

        def close(self):
            closed.append(self)

    monkeypatch.setattr(workers, "Pool", Kernels)
    mine, other = (workers._pool(topic, 1, (), False) for topic in ("mine", "other"))
    assert workers._pool("mine", 1, (), False) is mine
    workers._close_pools("mine")
    assert closed == [mine]
    assert workers._pool("other", 1, (), False) is other
    workers._close_pools("other")
