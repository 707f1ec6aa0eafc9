"""Remembers answers in a process that runs the notebooks of many divisions, as `score` does.

A kernel runs one notebook, so nothing is remembered there until `begin` is called.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import polars as pl

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
_answers: dict[tuple[object, ...], tuple[object, object]] | None = None


def begin() -> None:
    """Remember from now on; earlier answers are forgotten."""
    global _answers
    _answers = {}


def begun() -> bool:
    """Return whether this process remembers answers."""
    return _answers is not None


def per_process(function: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Call a function once for each list of positional arguments, where the process remembers.

    A frame counts as the object that it is, so the frames of two calls are the same only if
    neither was read anew. Other arguments are compared by their value and must be hashable.
    """

    @wraps(function)
    def once(*args: Asked.args, **options: Asked.kwargs) -> Answer:
        if _answers is None:
            return function(*args, **options)
        values = [id(each) if isinstance(each, pl.DataFrame) else each for each in args]
        key = (function.__module__, function.__qualname__, *values, *sorted(options.items()))
        if key not in _answers:  # the frames are kept too, so that no other one gets their id
            _answers[key] = args, function(*args, **options)
        answer: Answer = _answers[key][1]  # type: ignore[assignment]
        return answer

    return once
