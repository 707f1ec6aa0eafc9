"""Reads a file of YAML into a model; an error names the file, the key and the nearest right one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from gosales_lib.core import settings
from gosales_lib.core.spelling import hint
from gosales_lib.core.validation import in_words

Model = TypeVar("Model", bound=BaseModel)


class AsWritten(yaml.SafeLoader):  # type: ignore[misc]
    """A loader of YAML that keeps `No`, `On`, `007` and `2024-01-02` as text.

    Only `~`, nothing at all, and `null` as the value of a key are no text; the model's types make
    numbers and truth values of what must be some. A key written twice, which YAML would silently
    let win, is refused.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 as in its parent
        first: [(tag, regexp) for tag, regexp in resolvers if tag == "tag:yaml.org,2002:merge"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the keys and values of a mapping; ValueError if a key occurs twice."""
        _as_text(key for key, _ in node.value)
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for index, key in enumerate(keys):
            if key in keys[:index]:
                line = node.value[index][0].start_mark.line + 1
                raise ValueError(f"key {key!r} occurs twice, again on line {line}")
        answer: dict[Any, Any] = super().construct_mapping(node, deep)
        return answer

    def construct_sequence(self, node: yaml.SequenceNode, deep: bool = False) -> list[Any]:
        """Return the values of a list, in which `null` is a word like others."""
        _as_text(node.value)
        answer: list[Any] = super().construct_sequence(node, deep)
        return answer


def _as_text(nodes: Iterable[yaml.Node]) -> None:
    """Make text of the word `null`, such as the name of a division."""
    for node in nodes:
        if node.value == "null":
            node.tag = "tag:yaml.org,2002:str"


AsWritten.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile(r"^(~|null|)$"), ["~", "n", ""]
)


def parse(
    text: str,
    model: type[Model],
    completed: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    *,
    secret: bool = False,
) -> Model:
    """Return the model of a YAML text; a ValueError names the key and what is wrong with it.

    Parameters
    ----------
    completed
        What is done to the keys before the model checks them, such as reading a second file.
    secret
        Whether the text holds secrets: errors show no value and no line of it then.
    """
    try:
        text.encode()
        content = yaml.load(text, Loader=AsWritten)
        if content is None and not any(f.is_required() for f in model.model_fields.values()):
            content = {}  # a file of comments alone
        if not isinstance(content, dict):
            raise ValueError("it holds no keys")
        json.dumps(content, ensure_ascii=False, default=str).encode()  # half a character is none
        return model.model_validate(completed(content))
    except ValidationError as error:
        raise ValueError(in_words(error, model, values=not secret)) from None
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half of a character (a surrogate)") from None
    except yaml.YAMLError as error:
        raise ValueError("it is not readable as YAML" if secret else str(error)) from None


def load(
    path: Path | str,
    model: type[Model],
    noun: str,
    completed: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    *,
    secret: bool = False,
) -> Model:
    """Return the model of a YAML file; a relative path starts at the project's root.

    FileNotFoundError names the `noun` of the file and the nearest files; ValueError is as in
    `parse`, and names the file.
    """
    file = settings.resolve(path)
    if not file.is_file():
        near = sorted(p.name for p in file.parent.glob("*.y*ml")) if file.parent.is_dir() else []
        raise FileNotFoundError(f"{noun} {path} does not exist{hint(file.name, near)}")
    try:
        return parse(file.read_text(encoding="utf-8-sig"), model, completed, secret=secret)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8"
        ) from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
