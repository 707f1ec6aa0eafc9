"""Validation errors as sentences: the key, the fault, and the nearest right key."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gosales_lib.core.validation import in_words


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    limit: int = Field(1, ge=0)
    name: str = ""

    @field_validator("name")
    @classmethod
    def _is_short(cls, value: str) -> str:
        if len(value) > 3:
            raise ValueError(f"{value!r} is too long")
        return value


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    inner: Inner = Inner()
    groups: dict[str, list[str | Inner]] = Field({}, alias="groupings")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "key 'title' is missing"),
        ({"title": "t", "titel": 1}, "key 'titel' is unknown; did you mean 'title'?"),
        (
            {"title": "t", "groupins": {}},
            "key 'groupins' is unknown; did you mean 'groupings'?",
        ),
        (
            {"title": "t", "inner": {"limt": 1}},
            "key 'inner.limt' is unknown; did you mean 'limit'?",
        ),
        (
            {"title": "t", "groupings": {"a": [{"nam": "x"}]}},
            "key 'groupings.a.0' is wrong: input should be a valid string, not \"{'nam': 'x'}\"; "
            "key 'groupings.a.0.nam' is unknown; did you mean 'name'?",
        ),
        (
            {"title": "t", "inner": {"limit": "USD"}},
            "key 'inner.limit' is wrong: input should be a valid integer, unable to parse string "
            "as an integer, not 'USD'",
        ),
        ({"title": "t", "inner": {"name": "long"}}, "inner.name: 'long' is too long"),
    ],
)
def test_an_error_names_the_key_and_the_nearest_right_one(content, words):
    with pytest.raises(ValidationError) as error:
        Outer.model_validate(content)
    assert in_words(error.value, Outer, values=True) == words


def test_a_value_is_shown_only_where_it_may_be():
    with pytest.raises(ValidationError) as error:
        Outer.model_validate({"title": "t", "inner": {"limit": "hunter2"}, "a": 1, "b": 2})
    words = in_words(error.value, Outer, "setting", most=1)
    assert "hunter2" not in words
    assert words.startswith("setting 'inner.limit' is wrong: ")
    assert words.endswith(", and 2 more")
