"""The one name for arrays of floats, and how they are multiplied alike on every machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

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
    limited: Function = threadpool_limits.wrap(limits=1, user_api="blas")(function)
    return limited
