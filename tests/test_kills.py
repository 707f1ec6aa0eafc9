"""SIGKILL, SIGTERM, Ctrl-C, at any moment: nothing is left running, and the run can be resumed.

`benchmarks/kills.py` does the same to the real notebooks, at twenty moments and more.
"""

import contextlib
import os
import random
import signal
import time

import psutil
import pytest
from toy_runs import artifacts_of, ask, begin, still_there, wait_for_cell, work

from gosales_lib import run_folders
from gosales_lib.batch import runner
from gosales_lib.batch.kernels import forking
from gosales_lib.batch.kernels import zygote as zygotes
from gosales_lib.run_folders import record

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
]


@pytest.mark.parametrize("seed", range(3))
def test_a_runner_killed_at_any_moment_is_resumable(undisturbed, tmp_path, seed):
    run, request, _ = undisturbed
    process = begin(tmp_path, request)
    time.sleep(random.Random(seed).uniform(0.5, 7))
    children = process.children(recursive=True)
    process.kill()
    process.wait()
    assert not still_there(children)
    found = run_folders.list_runs(tmp_path / "runs")
    killed = found[0] if found else run_folders.create(tmp_path / "runs", {})
    if record.read(killed).get("state") == "running":
        assert record.read_live(killed)["state"] == "interrupted"
    assert work(killed, request)[0] == "done"
    assert artifacts_of(killed) == artifacts_of(run)


def test_two_runs_at_once_in_one_folder_are_two_whole_runs_with_the_same_files(
    undisturbed, tmp_path
):
    run, request, _ = undisturbed
    for process in [begin(tmp_path, request) for _ in range(2)]:
        assert process.wait() == 0
    both = run_folders.list_runs(tmp_path / "runs")
    assert [record.read(each)["state"] for each in both] == ["done", "done"]
    assert all(artifacts_of(each) == artifacts_of(run) for each in both)


@pytest.mark.skipif(not forking.POSSIBLE, reason="kernels are forked on Linux only")
@pytest.mark.parametrize(
    ("victims", "status"), [("the kernels", 1), ("what they are forked from", 0)]
)
def test_killed_kernels_cost_their_notebooks_and_no_more(undisturbed, tmp_path, victims, status):
    """Where they die with the process they were forked from, their notebooks are run once more."""
    run, request, _ = undisturbed
    process = begin(tmp_path, request)
    wait_for_cell(tmp_path / "runs", "02_features")
    (zygote,) = (child for child in process.children() if zygotes.__name__ in child.cmdline())
    family = process.children(recursive=True)
    for victim in zygote.children() if victims == "the kernels" else [zygote]:
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            victim.kill()
    assert process.wait(60) in (0, status)
    assert not still_there(family)
    (hit,) = run_folders.list_runs(tmp_path / "runs")
    assert work(hit, request)[0] == "done"
    assert artifacts_of(hit) == artifacts_of(run)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGHUP])
def test_a_stopped_runner_leaves_no_kernel_behind(tmp_path, stop):
    process = begin(tmp_path, ask(tmp_path, "Hang"))
    wait_for_cell(tmp_path / "runs", "03_train")
    children = process.children(recursive=True)
    assert children, "a kernel runs"
    process.send_signal(stop)
    assert process.wait(20) == 130
    assert not still_there(children, seconds=10)
    (run,) = run_folders.list_runs(tmp_path / "runs")
    states = {item["notebook"]: item["state"] for item in record.read(run)["notebooks"]}
    assert record.read(run)["state"] == "interrupted"
    assert (states["02_features"], states["03_train"]) == ("done", "interrupted")


def test_what_nohup_ignores_is_ignored():
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with runner._stoppable():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGHUP, old)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
