"""The one name for arrays of floats, and how they are multiplied alike on every machine."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Function = TypeVar("Function", bound=Callable[..., Any])


def one_thread(function: Function) -> Function:
    """Return a function that runs on one thread of BLAS.

    With more threads BLAS adds in another order: the last digits would depend on their number, and
    so on how many jobs share the cores.
    """

    @functools.wraps(function)
    def limited(*args: Any, **options: Any) -> Any:
        import scipy.linalg  # noqa: F401 its own BLAS is limited only once it is loaded

        with threadpool_limits(limits=1, user_api="blas"):
            return function(*args, **options)

    return cast(Function, limited)
