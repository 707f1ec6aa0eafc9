"""Validation errors of pydantic as sentences that name the key and the nearest right one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gosales_lib.core.spelling import hint

TAG = re.compile(r"str|int|float|bool|(list|dict|tuple)\[.*\]")
"""The parts of an error's location that pydantic adds for the members of a union."""


def in_words(
    error: ValidationError,
    model: type[BaseModel],
    noun: str = "key",
    *,
    values: bool = False,
    most: int | None = None,
) -> str:
    """Return the errors as one line.

    Parameters
    ----------
    model
        The model that was validated; its fields are the right names.
    noun
        The word for a field: `key`, `field` or `setting`.
    values
        Whether the wrong values are shown; they may be secrets.
    most
        Largest number of errors to show, None for all.
    """
    faults = error.errors(include_url=False)
    texts = [_sentence(fault, model, noun, values) for fault in faults[:most]]
    more = len(faults) - len(texts)
    return "; ".join(texts) + (f", and {more} more" if more else "")


def _sentence(fault: ErrorDetails, model: type[BaseModel], noun: str, values: bool) -> str:
    path, fields = _located(fault["loc"], model)
    key = ".".join(path)
    if fault["type"] == "value_error":
        text = str(fault["ctx"]["error"])
        return text if not key or text.partition(":")[0] in key else f"{key}: {text}"
    what = f"{noun} {key!r}" if key else f"the {noun}s"
    if fault["type"] == "extra_forbidden":
        return f"{what} is unknown{hint(path[-1], fields)}"
    if fault["type"] == "missing":
        return f"{what} is missing"
    text = f"{what} is wrong: {fault['msg'][0].lower()}{fault['msg'][1:]}"
    return f"{text}, not {str(fault['input'])[:60]!r}" if values else text


def _located(location: Sequence[int | str], model: type[BaseModel]) -> tuple[list[str], list[str]]:
    """Return the path of a key without the tags of unions, and the names allowed at its end."""
    models, path, fields = [model], list[str](), _fields([model])
    for part in map(str, location):
        if TAG.fullmatch(part) or part in {each.__name__ for each in models}:
            continue
        path.append(part)
        fields = _fields(models)
        if part in fields:
            models = list(_inside(fields[part])) or models
    return path, list(fields)


def _fields(models: Iterable[type[BaseModel]]) -> dict[str, Any]:
    """Return the types of the fields of models, by the names that a file has."""
    return {
        field.alias or name: field.annotation
        for model in models
        for name, field in model.model_fields.items()
    }


def _inside(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models in a type such as `dict[str, list[Product]] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _inside(inner)
