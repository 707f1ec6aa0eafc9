"""Reads a layout from YAML; an error names the key and the nearest right one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from gosales_lib.core.spelling import hint
from gosales_lib.core.validation import in_words
from gosales_lib.layout.model import Layout
from gosales_lib.layout.product_list import with_products


class _AsWritten(yaml.SafeLoader):  # type: ignore[misc]
    """A YAML loader that keeps `No`, `On`, `007` and `2024-01-02` as text.

    Only `null`, `~` and nothing at all are no text; the layout's types make numbers and truth
    values of what must be some. A key written twice, which YAML would silently let win, is refused.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 as in its parent
        first: [(tag, regexp) for tag, regexp in resolvers if tag == "tag:yaml.org,2002:merge"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                line = node.value[index][0].start_mark.line + 1
                raise ValueError(f"key {key!r} occurs twice, again on line {line}")
        answer: dict[Any, Any] = super().construct_mapping(node, deep)
        return answer


_AsWritten.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(~|null|)$"), ["~", "n", ""]
)


def parse(text: str, beside: Path | None = None) -> Layout:
    """Return the layout of a YAML text; products may lie in a file of the folder `beside`.

    A ValueError names the key and what is wrong with it, with the nearest right spelling.
    """
    try:
        text.encode()
        content = yaml.load(text, Loader=_AsWritten)
        if not isinstance(content, dict):
            raise ValueError("it holds no keys")
        json.dumps(content, ensure_ascii=False, default=str).encode()  # half a character is none
        return Layout.model_validate(with_products(content, beside))
    except ValidationError as error:
        raise ValueError(in_words(error, Layout, values=True)) from None
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half of a character (a surrogate)") from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def load(path: Path | str) -> Layout:
    """Return the layout of a YAML file.

    FileNotFoundError lists the nearest files; a ValueError names the file, the key and what is
    wrong with it, with the nearest right spelling.
    """
    from gosales_lib.core import settings

    file = settings.resolve(path)
    if not file.is_file():
        near = sorted(p.name for p in file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
        raise FileNotFoundError(f"layout {path} does not exist{hint(file.name, near)}")
    try:
        return parse(file.read_text(encoding="utf-8-sig"), file.parent)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def answered(path: Path | str) -> Layout:
    """Return the layout of a YAML file; ValueError as well where it holds an open question."""
    layout = load(path)
    if layout.questions:
        raise ValueError(
            f"{path} holds open questions: answer each in the layout and delete its line under "
            f"`questions:`. The first is: {layout.questions[0]}"
        )
    return layout
