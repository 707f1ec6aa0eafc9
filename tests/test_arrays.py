"""Matrix products are equal, whichever module loads a library of linear algebra, and whenever."""

import subprocess
import sys

LATE = """
import threadpoolctl
from gosales_lib.core.arrays import one_thread

@one_thread
def threads():
    import sklearn.utils.extmath  # loads SciPy's own BLAS after the function was decorated
    return [each["num_threads"] for each in threadpoolctl.threadpool_info()
            if each["user_api"] == "blas"]

print(*threads())
"""


def test_a_library_that_is_loaded_late_has_one_thread_too(monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    told = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert set(told.stdout.split()) == {"1"}, "NumPy's and SciPy's"
