"""Finds names as people type them: in part, in any case, without accents, misspelt."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cached_property

import polars as pl

LIKE = 0.75
"""Ratio of `difflib` from which one word counts as a misspelling of another."""
SHORTEST = 4
"""Least number of letters of a misspelt word; shorter words resemble too many others."""
MOST_WORDS = 30


class Finder:
    """Names by key, each with a text to search, such as a customer's name, number and rep."""

    def __init__(self, texts: pl.DataFrame) -> None:
        plain = pl.col("text").str.normalize("NFKD").str.replace_all(r"\p{M}", "")
        self._texts = texts.with_columns(plain.str.to_lowercase())

    def find(self, typed: str) -> pl.Series:
        """Return the keys whose text holds all typed words, or words like them."""
        text = folded(typed)
        if (hits := self._holding([[text]])).len():
            return hits
        words = [[word] for word in re.findall(r"\w+", text)]
        if not words or (hits := self._holding(words)).len():
            return hits
        return self._holding([self._alike(word) for (word,) in words])

    def _holding(self, words: list[list[str]]) -> pl.Series:
        """Return the keys whose text holds one of each list of words."""
        tests = [
            pl.any_horizontal(
                pl.lit(False), *(pl.col("text").str.contains(w, literal=True) for w in w_list)
            )
            for w_list in words
        ]
        return self._texts.filter(*tests)["key"]

    def _alike(self, word: str) -> list[str]:
        """Return the words of the texts that hold a word, or are spelt like it.

        A word with a slip keeps one of its parts whole, so that few words are compared in full.
        """
        words = self._words
        held = words.filter(words.str.contains(word, literal=True)).head(MOST_WORDS).to_list()
        if held or len(word) < SHORTEST:
            return held
        size = -(-len(word) // (3 if len(word) > 5 else 2))
        parts = [word[at : at + size] for at in range(0, len(word), size)]
        near = words.str.len_chars().is_between(len(word) - 2, len(word) + 2)
        near &= words.str.contains_any(parts)
        return difflib.get_close_matches(word, words.filter(near).to_list(), MOST_WORDS, LIKE)

    @cached_property
    def _words(self) -> pl.Series:
        """Every word of the texts, once."""
        words = self._texts["text"].str.extract_all(r"\w+").explode()
        return words.drop_nulls().unique().sort()


def folded(text: str) -> str:
    """Return a text in lower case without accents."""
    plain = unicodedata.normalize("NFKD", text.strip())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()
