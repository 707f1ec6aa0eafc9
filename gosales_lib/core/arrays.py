"""The type of float arrays, and matrix products that are equal on every machine."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

Floats = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., Any])


def one_thread(function: Function) -> Function:
    """Return a function that runs on one thread of BLAS.

    With more threads BLAS adds in another order. The last digits would then depend on the number of
    threads, and so on how many jobs share the cores.
    """

    @functools.wraps(function)
    def limited(*args: Any, **options: Any) -> Any:
        with blas().limit(limits=1):
            return function(*args, **options)

    return cast(Function, limited)


@functools.cache
def blas() -> ThreadpoolController:
    """Return the libraries of linear algebra of this process: NumPy's and SciPy's."""
    import scipy.linalg  # noqa: F401 its own library is limited only once it is loaded

    return ThreadpoolController().select(user_api="blas")
