"""Parameters of notebooks: their names and types as papermill sees them, and what is refused.

Papermill itself only warns at a name that a notebook does not have, and runs with the default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gosales_lib.core import settings
from gosales_lib.core.spelling import hint

SECRET_NAME = re.compile(
    r"passw|pwd|secret|token|(api|access|account|private)_?key|credential|connection_?string", re.I
)
SECRET_VALUE = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@|PRIVATE KEY-"
    r"|(password|pwd|secret|token|(api|access|account)_?key|[?&]sig)\s*=",
    re.I,
)
TYPES: dict[str, Any] = {"str": str, "int": int, "float": (int, float), "bool": bool}


def of(notebook: Path) -> dict[str, str]:
    """Return the names and types of a notebook's parameters."""
    return dict(_inspect(notebook, notebook.stat().st_mtime_ns))


@lru_cache(maxsize=64)
def _inspect(notebook: Path, _changed: int) -> tuple[tuple[str, str], ...]:
    import nbformat
    import papermill

    nb = nbformat.read(notebook, as_version=4)
    nb.metadata.setdefault("kernelspec", {}).setdefault("language", "python")
    inspected = papermill.inspect_notebook(nb)
    return tuple((name, entry["inferred_type_name"]) for name, entry in inspected.items())


def check(notebook: Path, given: Mapping[str, Any]) -> None:
    """Refuse a parameter that the notebook does not take, of another type, or that is a secret.

    ValueError names the notebook, the parameter and the nearest name it does take.
    """
    names = of(notebook)
    for name, value in given.items():
        refuse_secret(name, value)
        if name not in names:
            raise ValueError(f"{notebook.name} has no parameter {name!r}{hint(name, names)}")
        expected = TYPES.get(names[name], object)
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            raise ValueError(f"{notebook.name}: {name}={value!r} is not of type {names[name]}")


def taken(notebooks: Iterable[Path]) -> dict[str, str]:
    """Return every parameter that at least one of the notebooks takes, with its type."""
    return {name: kind for notebook in notebooks for name, kind in of(notebook).items()}


def typed(texts: Iterable[str], types: Mapping[str, str]) -> dict[str, Any]:
    """Return `name=value` texts as values of the types that the notebooks declare.

    ValueError: no notebook takes the name, or the value is not of its type.
    """
    values = {}
    for text in texts:
        name, sign, value = text.partition("=")
        refuse_secret(name, value)
        if not sign or name not in types:
            raise ValueError(f"no notebook has a parameter {name!r}{hint(name, types)}")
        values[name] = _value(name, value, types[name])
    return values


def _value(name: str, text: str, kind: str) -> Any:
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return {"int": int, "float": float, "str": str}[kind](text)
    except (ValueError, KeyError):
        raise ValueError(f"parameter {name}={text!r} is not of type {kind}") from None


def refuse_secret(name: str, value: Any) -> None:
    """Raise ValueError, without the value, when a parameter looks like a secret."""
    text = str(value)
    is_secret = any(secret in text for secret in settings.load().secrets())
    if is_secret or SECRET_NAME.search(name) or SECRET_VALUE.search(text):
        raise ValueError(
            f"parameter {name!r} looks like a secret, and notebooks keep their parameters: "
            "put it into .env instead"
        )
