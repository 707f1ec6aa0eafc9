"""Attributes: the customer's columns in the customers file."""

from __future__ import annotations

import narwhals as nw

from gosales_lib.core.spelling import in_words
from gosales_lib.features.family import Block, Feature, Sentence, family
from gosales_lib.features.history import History

UNKNOWN = "unknown"
SENTENCES = (Sentence("attribute__(?P<other>.+)", "{other}: {value}"),)


@family(sentences=SENTENCES)
def attributes(history: History) -> list[Block]:
    """The layout's customer attributes: size, industry, region, age. A blank value stays unknown.

    A `year` (of founding) becomes the number of years from it to the cutoff. `learning.encoding`
    learns from a model's training rows which levels are rare (below 2%), pools them and keeps
    unknown values separate. Attributes carry no date: today's file describes today's customers.
    Source: Bonoma and Shapiro, Segmenting the Industrial Market (1983).
    """
    if history.customers is None or not history.options.attributes:
        return []
    derived = []
    for column, kind in history.options.attributes:
        name, meaning = f"attribute__{column}", f"{in_words(column)} of the customer"
        if kind == "category":
            text = nw.col(column).cast(nw.String).fill_null(UNKNOWN)
            derived.append(Feature(name, text, meaning, kind, "now", UNKNOWN))
            continue
        value = nw.col(column).cast(nw.Float64)
        if kind == "year":
            age = history.cutoff.year - value
            value, meaning = nw.when(age >= 0).then(age), f"Years since {in_words(column)}"
        derived.append(Feature(name, value, meaning, kind, "now"))
    return [Block(history.customers, [], derived)]
