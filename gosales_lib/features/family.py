"""The registry of feature families: each is one file, registered by the decorator `family`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import narwhals as nw
import polars as pl

from gosales_lib.core.settings import ENGINES
from gosales_lib.core.spelling import hint
from gosales_lib.features import engines
from gosales_lib.features.grains import CUSTOMER, DECIMALS
from gosales_lib.features.history import History


@dataclass(frozen=True)
class Feature:
    """One feature: how it is computed and what it means.

    Parameters
    ----------
    name
        Column name, unit or window last (`gp_12m`). A leading `_` marks a step that is not kept.
    expr
        Over the grain's rows of one key: an aggregate. In `Block.derived`: over its columns.
        None: the grain has the column already, one row per key.
    meaning, unit, window
        For the feature dictionary; the window says which rows count ("all" is all history).
    empty
        Value of a customer without any row in the grain: None stays null ("never").
    """

    name: str
    expr: nw.Expr | None = None
    meaning: str = ""
    unit: str = ""
    window: str = "all"
    empty: float | str | None = None

    @property
    def aggregate(self) -> nw.Expr:
        """The aggregate under its name: a number rounded, so that it is the same in any order."""
        if self.expr is None:
            raise ValueError(f"feature {self.name!r} has no expression to aggregate")
        number = self.unit != "category"
        return (self.expr.round(DECIMALS) if number else self.expr).alias(self.name)


@dataclass(frozen=True)
class Block:
    """Features over one grain: aggregates by key, then columns derived from them.

    A block keyed by customer_id describes the customer; one keyed by customer_id and division
    describes the customer in the division on sale: `own_` columns count its purchases, and other
    prefixes (`affinity_`, `neighbours_`) say what other purchases imply for it. A customer without
    a row for the division has the value `Feature.empty`. `together` says that the grain comes from
    `engines.gaps`, where the rows of a key lie together.
    """

    grain: nw.LazyFrame[Any]
    features: Sequence[Feature]
    derived: Sequence[Feature] = ()
    keys: tuple[str, ...] = (CUSTOMER,)
    together: bool = False

    @classmethod
    def finished(
        cls, frame: pl.DataFrame, features: Sequence[Feature], keys: tuple[str, ...] = (CUSTOMER,)
    ) -> Block:
        """Return a block of columns that `frame` has already, one row per key."""
        return cls(nw.from_native(frame.lazy()), [], features, keys)

    @property
    def kept(self) -> list[Feature]:
        """The features that become columns."""
        return [f for f in (*self.features, *self.derived) if not f.name.startswith("_")]

    def goes_with(self, other: Block) -> bool:
        """Return whether one group-by can make both: one grain, one key, no name twice."""
        names = {f.name for f in (*self.features, *self.derived)}
        theirs = {f.name for f in (*other.features, *other.derived)}
        same = self.grain is other.grain and self.keys == other.keys
        return same and bool(self.features and other.features) and not names & theirs

    def with_features_of(self, other: Block) -> Block:
        """Return one block with the features of both."""
        features = (*self.features, *other.features)
        return replace(self, features=features, derived=(*self.derived, *other.derived))

    def frame(self, where: nw.Expr | None = None) -> nw.LazyFrame[Any]:
        """Return one row per key (of the keys in `where`): the keys and the kept features."""
        frame = self.grain if where is None else self.grain.filter(where)
        if self.features:
            aggregates = [feature.aggregate for feature in self.features]
            frame = engines.by_key(frame, self.keys, aggregates, together=self.together)
        derived = [f.expr.alias(f.name) for f in self.derived if f.expr is not None]
        frame = frame.with_columns(*derived) if derived else frame
        return frame.select(*self.keys, *[f.name for f in self.kept])


class Sentence(NamedTuple):
    """A feature's value in the words of a rep, as `learning.wording` fills them in.

    Parameters
    ----------
    pattern
        Regular expression of the feature's whole name. Its groups `own`, `span` (a window) and
        `other` (a division, product group or attribute) choose the words.
    text
        Template of the sentence.
    never
        Template for a customer without a value. None where that says nothing.
    """

    pattern: str
    text: str
    never: str | None = None


@dataclass(frozen=True)
class Family:
    """A named group of features that is switched on or off as one."""

    name: str
    build: Callable[[History], list[Block]]
    default: bool = True
    engines: tuple[str, ...] = ENGINES
    sentences: tuple[Sentence, ...] = ()
    doc: str = field(default="", compare=False)


FAMILIES: dict[str, Family] = {}


def family(
    *,
    default: bool = True,
    engines: tuple[str, ...] = ENGINES,
    sentences: tuple[Sentence, ...] = (),
) -> Callable[[Callable[[History], list[Block]]], Callable[[History], list[Block]]]:
    """Register the decorated function as the family of its own name.

    Parameters
    ----------
    default
        False keeps the family off unless a layout or the command line names it.
    engines
        The engines that it runs on; the others are refused by name.
    sentences
        The wording of its features as reasons; of several that match, the first counts.
    """

    def register(build: Callable[[History], list[Block]]) -> Callable[[History], list[Block]]:
        FAMILIES[build.__name__] = Family(
            build.__name__, build, default, engines, sentences, (build.__doc__ or "").strip()
        )
        return build

    return register


def choose(names: Sequence[str] | None = None) -> list[Family]:
    """Return the families called `names`, or the default ones; "+x" adds, "-x" takes away.

    Raises
    ------
    ValueError
        A name is unknown; the message gives the nearest one.
    """
    named = [n.strip() for n in names or [] if n.strip()]
    relative = all(n[0] in "+-" for n in named)
    chosen = {f.name for f in FAMILIES.values() if f.default} if relative else set()
    for name in named:
        plain = name.lstrip("+-")
        if plain not in FAMILIES:
            raise ValueError(f"feature family {plain!r} is unknown{hint(plain, FAMILIES)}")
        (chosen.discard if name.startswith("-") else chosen.add)(plain)
    return [f for f in FAMILIES.values() if f.name in chosen]
