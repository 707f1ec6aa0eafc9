"""Kernels: used once, tried again, told of in words when they end; Papermill's entry point."""

import importlib
import re
import socket
import subprocess
import sys
import threading
import tomllib

import nbformat
import pytest

from gosales_lib import run_folders
from gosales_lib.batch import failures
from gosales_lib.batch.kernels import launch, pool, sharing
from gosales_lib.cli import doctor


def test_a_kernel_is_used_once_and_leaves_no_name_behind():
    kernels_ahead = pool.Pool(threads=1, libraries=("json", "no_such_library"), spares=1)
    try:
        first, second = kernels_ahead.take(), kernels_ahead.take()
        assert first is not second
        client = first.blocking_client()
        client.start_channels()
        client.wait_for_ready(30)
        told = []
        client.execute_interactive(
            "import sys; print('json' in sys.modules, 'name' in dir(), 'names' in dir())",
            output_hook=told.append,
        )
        client.stop_channels()
        texts = [m["content"]["text"] for m in told if m["msg_type"] == "stream"]
        assert texts == ["True False False\n"]
    finally:
        kernels_ahead.close()


def test_a_kernel_that_fails_to_start_is_tried_once_more(monkeypatch):
    tries = []

    def fail(kernel, libraries):
        tries.append(kernel)
        raise RuntimeError("did not answer")

    monkeypatch.setattr(launch, "_warm_up", fail)
    with pytest.raises(RuntimeError, match="failed to start twice: did not answer"):
        launch.start(1)
    assert len(tries) == 2
    assert not any(kernel.is_alive() for kernel in tries)


@pytest.mark.parametrize("taken", [3, 6])
def test_a_kernel_that_loses_its_port_to_another_process_gets_another(monkeypatch, taken):
    tries, begin = [], launch.Kernel.begin

    def unlucky(kernel, *how):
        tries.append(kernel)
        if len(tries) <= taken:
            kernel.cache_ports, kernel.shell_port = False, another.getsockname()[1]
        begin(kernel, *how)

    monkeypatch.setattr(launch.Kernel, "begin", unlucky)
    monkeypatch.setattr(launch, "PORTS_LOST", 3)
    with socket.create_server(("127.0.0.1", 0)) as another:
        if taken == 3:
            launch.stop(launch.start(1))
        else:
            with pytest.raises(RuntimeError, match=r"failed to start twice: .*already in use"):
                launch.start(1)
    assert len(tries) == (4 if taken == 3 else 5)


def test_papermill_finds_the_engine_by_its_entry_point(tmp_path):
    import papermill

    project = tomllib.loads((run_folders.settings.project_root() / "pyproject.toml").read_text())
    (name, target), *_ = project["project"]["entry-points"]["papermill.engine"].items()
    module, _, attribute = target.partition(":")
    engine = getattr(importlib.import_module(module), attribute)
    papermill.engines.papermill_engines.register(name, engine)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "x"}
    nbformat.write(nb, tmp_path / "in.ipynb")
    quiet = {"engine_name": name, "progress_bar": False}
    done = papermill.execute_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", **quiet)
    assert done.cells[0].outputs[0]["data"]["text/plain"] == "42"


def test_a_kernel_that_dies_while_it_imports_is_not_waited_for(tmp_path, monkeypatch):
    (tmp_path / "fatal_import.py").write_text("import os\nos.kill(os.getpid(), 9)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"twice: it ended while it imported \(status -9\)"):
        launch.start(1, ("fatal_import",))


def test_a_kernel_that_hangs_while_it_imports_is_not_waited_for_either(tmp_path, monkeypatch):
    (tmp_path / "endless_import.py").write_text("import time\ntime.sleep(1000)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(launch, "WARM_UP_SECONDS", 1)
    with pytest.raises(RuntimeError, match="twice: it still imports after 1 s"):
        launch.start(1, ("endless_import",))


@pytest.mark.parametrize(
    ("exit_code", "words", "told"),
    [
        (-9, "", "killed (signal 9): most often the machine was out of memory"),
        (-6, "memory allocation of 80 bytes failed\nstack", "memory allocation of 80 bytes failed"),
        (-6, "terminate called after throwing 'std::bad_alloc'", "was out of memory: bad_alloc"),
        (-11, "stack\nSegmentation fault\n", "the kernel crashed (signal 11): Segmentation fault"),
        (-6, "", "the kernel crashed (signal 6)"),
        (3, "", "it ended (3)"),
        (None, "", "the kernel died"),
    ],
)
def test_the_death_of_a_kernel_is_explained_in_one_sentence(exit_code, words, told):
    text = f"DeadKernelError: {failures.death(exit_code, words)}"
    assert told in text
    assert ("--jobs" in failures.hint(text)) == ("memory" in text or "signal 6" in text)


@pytest.mark.parametrize(
    "error",
    [
        "MemoryError: Unable to allocate 67.1 GiB for an array",
        "MemoryError",
        "ArrowMemoryError: malloc of size 9000000000 failed",
        "LightGBMError: std::bad_alloc",
        "OutOfMemoryException: Out of Memory Error: failed to offload data block",
    ],
)
def test_every_library_s_word_for_too_little_memory_is_known(error):
    assert failures.hint(error) == "too little memory: fewer --jobs"


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        ("OSError: [Errno 24] Too many open files", "ulimit -n 1024"),
        ("RuntimeError: can't start new thread", "ulimit -u"),
        ("BlockingIOError: [Errno 11] Resource temporarily unavailable", "ulimit -u"),
        ("ZMQError: Cannot assign requested address", "127.0.0.1"),
        ("RuntimeError: Kernel died before replying to kernel_info", "ulimit -v"),
        ("ImportError: x.so: failed to map segment from shared object", "ulimit -v"),
    ],
)
def test_a_limit_of_the_machine_is_reported_with_its_remedy(error, mend):
    assert mend in failures.hint(error)


def test_openmp_threads_of_a_kernel_sleep_while_they_wait(monkeypatch):
    """Spinning ones make training four times slower where another program has a core."""
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert sharing.environment(2)["OMP_WAIT_POLICY"] == "passive"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert sharing.environment(2)["OMP_WAIT_POLICY"] == "active"  # what the machine says wins


def test_a_machine_without_loopback_is_refused_before_a_kernel_is_waited_for(monkeypatch):
    sharing.refuse_no_loopback()

    def unreachable(*_, **__):
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(sharing.socket, "create_connection", unreachable)
    with pytest.raises(RuntimeError, match=r"127\.0\.0\.1 .*Network is unreachable.*ip link set"):
        sharing.refuse_no_loopback()
    check = doctor.loopback()
    assert (check.ok, check.state, check.mend) == (False, "down", "ip link set lo up")


def test_an_account_that_may_not_start_the_threads_is_refused_and_no_thread_is_left(monkeypatch):
    before, left = threading.active_count(), iter(range(5))
    start = threading.Thread.start

    def limited(thread):
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with pytest.raises(RuntimeError, match="the 24 threads that 2 kernels need: raise `ulimit -u`"):
        sharing.refuse_few_threads(2)
    assert threading.active_count() == before
    monkeypatch.undo()
    sharing.refuse_few_threads(2)
    assert threading.active_count() == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit addresses")
@pytest.mark.parametrize(
    ("gib", "words"),
    [
        (1.4, r"may take 1\.4 GiB of memory here, .* at least 2\.\d: `ulimit -v unlimited`"),
        (32, r"^$"),
    ],
)
def test_a_limit_of_memory_that_no_kernel_fits_in_is_refused_before_the_run(gib, words):
    """Python waits for ever for a thread that ends before it has begun: such a run hung."""
    code = (
        "import resource, sys; from gosales_lib.batch.kernels import sharing\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({int(gib * 2**30)},) * 2)\n"
        "try: sharing.refuse_little_memory()\n"
        "except RuntimeError as error: sys.stdout.write(str(error))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert re.search(words, done.stdout), done
