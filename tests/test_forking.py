"""Forked kernels are like started ones, are used once, end with their parent, and are optional."""

import contextlib
import os
import signal
import tempfile

import nbformat
import psutil
import pytest
import toys
from toy_runs import still_there

from gosales_lib.batch import execute
from gosales_lib.batch.kernels import forking, launch, pool, sharing, zygote

with contextlib.suppress(ImportError):  # not on Windows
    import fcntl
    import resource

pytestmark = pytest.mark.skipif(not forking.POSSIBLE, reason="kernels are forked on Linux only")

LOOK = """
import hashlib, os, random, sys
os.write(1, b"native ")
names = ("OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "PYTHONHASHSEED", "JE_ARROW_MALLOC_CONF")
print(hash("division"), [os.environ.get(name) for name in names], os.getcwd(), sys.path)
print([hasattr(sys.modules["__main__"], name) for name in ("main", "_serve", "LOOK")])
"""


@pytest.fixture
def ahead():
    """Return a function that makes pools, closed in the end."""
    made = []

    def make(libraries=("json",), threads=2, **options):
        made.append(pool.Pool(threads, libraries, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def say(kernel, code):
    """Return what a kernel prints."""
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(60)
    told = []
    client.execute_interactive(code, output_hook=told.append, timeout=60)
    client.stop_channels()
    return "".join(m["content"]["text"] for m in told if m["msg_type"] == "stream")


def is_forked(kernel):
    return isinstance(kernel.provisioner.process, forking.Forked)


def gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_forked_kernel_is_like_one_that_was_started(ahead):
    forked, started = ahead(fork=True).take(), ahead(fork=False).take()
    assert (is_forked(forked), is_forked(started)) == (True, False)
    assert say(forked, LOOK).split() == say(started, LOOK).split()
    assert "['1', '2', '0', None]" in say(forked, LOOK)


def test_a_forked_kernel_has_one_thread_of_blas_and_its_own_random_numbers(ahead):
    kernels_ahead = ahead(("numpy", "sklearn.linear_model"), spares=2)
    code = "import numpy, threadpoolctl as t\nprint(numpy.random.random(), end=' ')\n"
    code += "print({i['num_threads'] for i in t.threadpool_info() if i['user_api'] == 'blas'})"
    first, second = (say(kernels_ahead.take(), code).split() for _ in range(2))
    assert first[0] != second[0]
    assert first[1] == second[1] == "{1}"


def test_nothing_is_left_in_the_next_kernel(ahead):
    kernels_ahead = ahead()
    first, second = kernels_ahead.take(), kernels_ahead.take()
    assert first.provisioner.pid != second.provisioner.pid
    assert say(first, "import json; json.mine = mine = 1; print('done')") == "done\n"
    assert say(second, "import json; print(hasattr(json, 'mine'), 'mine' in dir())") == (
        "False False\n"
    )


def test_a_stopped_kernel_leaves_no_socket_open(ahead):
    """ZeroMQ allows 1,023 sockets; a run of many divisions and cutoffs has more notebooks."""
    kernel = ahead().take()
    assert not kernel._control_socket.closed
    control = kernel._control_socket
    launch.stop(kernel)
    assert control.closed


def test_a_kernel_begins_in_a_process_with_many_open_files():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most[1]), most[1]))
    reading, writing = os.pipe()
    try:
        with os.fdopen(fcntl.fcntl(reading, fcntl.F_DUPFD, 1500), encoding="ascii") as far:
            os.write(writing, b"began 7\n")
            kernel = forking.Forked(far)
            assert (kernel.pid, kernel.poll()) == (7, None)
            os.write(writing, b"ended 3\n")
            assert kernel.wait(1) == 3
    finally:
        os.close(reading)
        os.close(writing)
        resource.setrlimit(resource.RLIMIT_NOFILE, most)


def test_how_a_kernel_ended_is_known(ahead):
    kernel = ahead().take()
    assert kernel.exit_code is None
    os.kill(kernel.provisioner.pid, 9)
    assert kernel.provisioner.process.wait() == -9
    assert kernel.exit_code == -9


def test_kernels_end_with_their_zygote_and_the_next_is_started_without(ahead):
    kernels_ahead = ahead()
    kernel = kernels_ahead.take()
    kernels_ahead._zygote.process.kill()
    assert kernel.provisioner.process.wait() == -9
    psutil.wait_procs([psutil.Process(p) for p in [kernel.provisioner.pid] if not gone(p)], 10)
    assert gone(kernel.provisioner.pid)
    last = [kernels_ahead.take() for _ in range(2)][-1]
    assert not is_forked(last)
    assert say(last, "print(6 * 7)") == "42\n"


class Orphans(pool.Pool):
    """Hands out a kernel whose forker has just died, as it may before the system has ended both."""

    def take(self):
        kernel = super().take()
        if not self.forker_died:
            self._zygote.process.kill()
            self._zygote.process.wait()
            kernel.provisioner.process.wait()
        return kernel


def test_a_notebook_whose_kernel_was_forked_by_a_process_that_died_runs_once_more(tmp_path):
    (tmp_path / "01_etl.ipynb").write_text(nbformat.writes(toys.notebook("01_etl", "6 * 7")))
    parameters = {"layout": "", "data_dir": "", "holdout_dir": "", "run_dir": str(tmp_path / "run")}
    task = execute.Task(
        "01_etl", "01_etl", str(tmp_path / "01_etl.ipynb"), str(tmp_path / "run"), parameters, {}
    )
    kernels_ahead = Orphans(1, ("json",), spares=1, fork=True)
    try:
        outcome = execute.run(task, execute.in_kernels(kernels_ahead), lambda event: None)
    finally:
        kernels_ahead.close()
    assert (outcome.state, outcome.failure) == ("done", None)


def test_a_zygote_that_hangs_is_not_used_again(ahead, monkeypatch):
    monkeypatch.setattr(forking, "BEGIN_SECONDS", 1)
    monkeypatch.setattr(forking, "END_SECONDS", 1)
    kernels_ahead = ahead()
    first, second = kernels_ahead.take(), kernels_ahead.take()
    kernels_ahead._zygote.process.send_signal(signal.SIGSTOP)
    kernels_ahead.discard(first)
    kernels_ahead.discard(second)
    last = [kernels_ahead.take() for _ in range(2)][-1]
    assert not is_forked(last)
    assert say(last, "print(6 * 7)") == "42\n"
    kernels_ahead.close()
    assert all(gone(kernel.provisioner.pid) for kernel in (first, second))
    assert kernels_ahead._zygote.process.returncode == -signal.SIGKILL


def test_a_system_that_refuses_a_process_harms_no_kernel(monkeypatch, capfd):
    monkeypatch.setattr(os, "fork", lambda: os.close(-1))  # an OSError, as from fork itself
    assert zygote._fork() is None
    assert "OSError" in capfd.readouterr().err


def test_a_closed_pool_leaves_no_process(ahead):
    kernels_ahead = ahead(spares=2)
    kernels_ahead.take()
    family = psutil.Process(kernels_ahead._zygote.process.pid)
    family = [family, *family.children(recursive=True)]
    kernels_ahead.close()
    kernels_ahead.close()
    assert not still_there(family)


def test_a_pool_that_is_closed_at_once_waits_for_nothing(ahead, caplog):
    kernels_ahead = ahead(launch.LIBRARIES)
    kernels_ahead.expect(1)
    zygote = psutil.Process(kernels_ahead._zygote.process.pid)
    kernels_ahead.close()
    assert gone(zygote.pid)
    assert kernels_ahead._live == set()
    with pytest.raises(launch.NotWantedError):
        kernels_ahead.take()
    assert "once more" not in caplog.text


def test_a_library_that_starts_a_thread_is_named_and_no_kernel_is_forked(ahead, monkeypatch):
    monkeypatch.setattr(forking, "THREADLESS", ("polars",))
    zygote = forking.Zygote(sharing.environment(1), ("polars",))
    with (
        tempfile.TemporaryFile() as words,
        pytest.raises(RuntimeError, match=r"[2-9] threads after importing polars: unsafe to fork"),
    ):
        zygote.fork([], words)
    zygote.close()
    assert not is_forked(ahead(("polars",)).take()), "it is started as on other systems"


def test_what_every_notebook_needs_can_be_forked():
    zygote = forking.Zygote(sharing.environment(2), launch.LIBRARIES)
    with tempfile.TemporaryFile() as words:
        process = zygote.fork(["--help-all"], words)
        assert process.poll() in (None, 0)
        process.kill()
        assert process.wait() in (-9, 0)
    zygote.close()
    assert zygote.process.returncode == -signal.SIGKILL
