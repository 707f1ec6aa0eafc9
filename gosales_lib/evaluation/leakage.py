"""The leakage checks: six ways in which a model may know what it must not.

`quick` looks at a finished matrix (03_train runs it); `gauntlet` builds matrices anew as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

import joblib
import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib import features as building
from gosales_lib.core import timeline
from gosales_lib.features.options import NEEDED
from gosales_lib.learning import metrics, models
from gosales_lib.learning.rows import FEW_BUYERS, KEYS, LABELS, Span, inputs, rarer
from gosales_lib.run_folders import Run
from gosales_lib.run_folders.artifacts import Folder

ORACLE = 0.995
"""A single feature that ranks buyers better than this is a leak, unless it knows only the past."""
UNDATED = r"attribute__|(own_)?assets"
"""Features from tables without dates: when their values were written down is unknown."""
CHANCE = 3.0
"""Standard errors from chance: one harmless shuffle in 370 would be called a leak."""
EARLIER_DAYS = 14
JUMP = 0.1
"""The AUC gain that two weeks less must not reach. If all orders are dated on a month's last day,
an earlier cutoff loses a whole batch, and a smaller gain can be harmless: the result is `look`."""
TWINS = 5
"""Two customers with the same history of at least this many orders are copies."""
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Build = Callable[[pl.DataFrame, int], tuple[pl.DataFrame, pl.DataFrame]]
"""From `fact_transactions` and days to set the cutoffs back: features and labels, as 02 does."""
Past = Callable[[Sequence[str]], set[str]]
"""From the names of features: those that are the same without the rows after the cutoff."""


@dataclass(frozen=True)
class Check:
    """One leakage check: whether it found a leak, and what was seen, in one sentence.

    `look` marks a result that is odd but no proof of a leak.
    """

    name: str
    ok: bool
    sentence: str
    look: bool = False

    @property
    def result(self) -> str:
        """The result in a word: ok, look or LEAK."""
        return "LEAK" if not self.ok else "look" if self.look else "ok"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def table(checks: list[Check]) -> pl.DataFrame:
    """Return the checks as a frame: name, result, seen."""
    rows = [{"name": c.name, "result": c.result, "seen": c.sentence} for c in checks]
    return pl.DataFrame(rows, schema={"name": pl.String, "result": pl.String, "seen": pl.String})


def quick(
    features: pl.DataFrame,
    labels: pl.DataFrame,
    span: Span,
    limit: float = ORACLE,
    seed: int = 17,
    past: Past | None = None,
) -> list[Check]:
    """Return the checks that need no new matrix: oracle, dates, twins, shuffled labels.

    `past` returns those suspects that know only the past; it is called only if there are suspects.
    """
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    return [
        oracle(rows.filter(cutoff_date=span.validation), limit, past),
        dates(features),
        twins(rows, span),
        shuffled(rows, span, seed),
    ]


def gauntlet(
    sales: pl.DataFrame, build: Build, cutoff: date, span: Span, limit: float = ORACLE
) -> list[Check]:
    """Return all six checks.

    Parameters
    ----------
    sales
        `fact_transactions` with rows after the cutoff, if there are any.
    build
        Makes features and labels as 02_features does.
    """
    features, labels = build(sales, 0)

    def past(names: Sequence[str]) -> set[str]:
        seen = known_by(sales, span.validation)
        return same(features, build(seen, 0)[0], names, span.validation)

    return [
        poison(sales, build, cutoff, features, labels),
        shift(sales, build, span, features, labels),
        *quick(features, labels, span, limit, past=past),
    ]


def poison(
    sales: pl.DataFrame, build: Build, cutoff: date, features: pl.DataFrame, labels: pl.DataFrame
) -> Check:
    """Change, drop and double every row after the cutoff: no feature, label or model may change."""
    again = build(poisoned(sales, cutoff), 0)
    moved = [
        name
        for name in features.columns
        if name not in again[0].columns or not features[name].equals(again[0][name])
    ]
    if moved or features.height != again[0].height:
        return Check(
            "poison", False, f"rows after {cutoff} change {', '.join(moved[:3]) or 'rows'}"
        )
    if not labels.equals(again[1]):
        return Check("poison", False, f"rows after {cutoff} change labels that had closed by then")
    same = len({_bytes(features, labels), _bytes(*again)}) == 1
    sentence = (
        "features, labels, model bytes and scores stay" if same else "the model's bytes change"
    )
    return Check("poison", same, f"every row after {cutoff} scrambled: {sentence}")


def poisoned(sales: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the log with every later row changed, each third gone, each fifth doubled."""
    after = pl.col("order_day") > timeline.to_day(cutoff)
    earlier, later = sales.filter(~after), sales.filter(after)
    if later.is_empty():  # nothing came later yet: next month's are made up
        newest = sales.filter(pl.col("order_day") > timeline.to_day(cutoff) - 90)
        later = newest.with_columns(order_day=pl.col("order_day") + 100)
        later = later.with_columns(order_date=pl.col("order_day").cast(pl.Date))
    number = pl.int_range(pl.len())
    changed = later.filter(number % 3 != 0).with_columns(
        gross_profit=pl.col("gross_profit") * -7 + 1e6, quantity=pl.lit(999.0)
    )
    return pl.concat([earlier, changed, changed.filter(number % 5 == 0)])


def _bytes(features: pl.DataFrame, labels: pl.DataFrame) -> bytes:
    """Return what a model learned from the rows and how it scores them, as a digest."""
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    if not 0 < rows["bought"].sum() < rows.height:
        return b""
    model = models.Boosted(trees=20).fit(inputs(rows), rows["bought"].to_numpy())
    answer: bytes = joblib.hash((model, model.odds(inputs(rows)))).encode()
    return answer


def shift(
    sales: pl.DataFrame, build: Build, span: Span, features: pl.DataFrame, labels: pl.DataFrame
) -> Check:
    """Set every cutoff two weeks back, its labels kept: knowing less may not rank better."""
    earlier, _ = build(sales, EARLIER_DAYS)
    back = pl.col("cutoff_date") + timedelta(days=EARLIER_DAYS)
    aligned = earlier.with_columns(cutoff_date=back)
    people = labels.join(aligned, on=list(KEYS), how="semi")
    figures = {
        name: _judged(people, rows, span) for name, rows in (("now", features), ("then", aligned))
    }
    if figures["now"] is None or figures["then"] is None:
        return Check("shift", True, "too few buyers to tell")
    (bought, now), (_, then) = figures["now"], figures["then"]
    drawn = metrics.bootstrap(bought, {"now": now, "then": then}, metrics.auc, draws=200, seed=17)
    low, _ = metrics.interval(drawn["then"] - drawn["now"]) or (0.0, 0.0)
    before, after = metrics.auc(bought, now), metrics.auc(bought, then)
    helps = low > 0
    word = "knowing less helps: are the cutoffs kept?" if helps else "knowing less does not help"
    sentence = f"AUC {before:.3f}, two weeks earlier {after:.3f}: {word}"
    return Check("shift", not (helps and after - before > JUMP), sentence, look=helps)


def _judged(labels: pl.DataFrame, features: pl.DataFrame, span: Span) -> tuple[Any, Any] | None:
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    taught = rows.filter(pl.col("cutoff_date").is_in(list(span.training)))
    judged = rows.filter(cutoff_date=span.validation)
    if min(rarer(taught["bought"]), rarer(judged["bought"])) < FEW_BUYERS:
        return None
    both = models.Blend([models.Logistic(), models.Boosted()])  # a single one may be lucky
    model = both.fit(inputs(taught), taught["bought"].to_numpy())
    return judged["bought"].to_numpy(), model.odds(inputs(judged))


def shuffled(rows: pl.DataFrame, span: Span, seed: int = 17) -> Check:
    """Train on shuffled labels: a model that still ranks knows the answer from elsewhere."""
    taught = rows.filter(pl.col("cutoff_date").is_in(list(span.training)))
    judged = rows.filter(cutoff_date=span.validation)
    if min(rarer(taught["bought"]), rarer(judged["bought"])) < FEW_BUYERS:
        return Check("label shuffle", True, "too few buyers to tell")
    dealt = np.random.default_rng(seed).permutation(taught["bought"].to_numpy())
    answers = np.random.default_rng(seed + 1).permutation(judged["bought"].to_numpy())
    odds = models.Logistic().fit(inputs(taught), dealt).odds(inputs(judged))
    away = metrics.auc_above_chance(answers, odds)
    sentence = f"learned from shuffled labels, the AUC is {metrics.auc(answers, odds):.3f}"
    return Check(
        "label shuffle", away < CHANCE, f"{sentence}, {away:+.1f} standard errors from chance"
    )


def oracle(judged: pl.DataFrame, limit: float = ORACLE, past: Past | None = None) -> Check:
    """Name each feature that alone ranks the buyers of the validation cutoff above `limit`.

    A feature that is the same without the rows after the cutoff knows only the past: buyers with
    a rhythm, and no leak. What carries no date, or changes, is taken for a leak.
    """
    bought = judged["bought"].to_numpy()
    if not 0 < bought.sum() < len(bought):
        return Check("single-feature oracle", True, "no customer to rank")
    names = [name for name in judged.columns if _is_feature(judged, name)]
    areas = {name: area(judged[name], bought) for name in names}
    suspects = sorted((n for n, a in areas.items() if a > limit), key=lambda n: -areas[n])
    if not suspects:
        best = max(areas, key=areas.__getitem__)
        fine = f"the best of {len(areas)} features alone is {best}, AUC {areas[best]:.3f}"
        return Check("single-feature oracle", True, fine)
    proven = past(suspects) if past else set()
    leaks = [name for name in suspects if name not in proven]
    named = ", ".join(f"{name} ({areas[name]:.3f})" for name in (leaks or suspects)[:5])
    if not leaks:
        rhythm = (
            f"alone rank buyers above {limit}: {named}; the same without the rows after the "
            "cutoff: a rhythm of the buyers, not a leak"
        )
        return Check("single-feature oracle", True, rhythm, look=True)
    sentence = (
        f"alone rank buyers above {limit}, and may know the window: {named}; leave out what was "
        "written after the cutoff, or raise `learning: {oracle_limit: ...}` in the layout"
    )
    return Check("single-feature oracle", False, sentence)


def _is_feature(rows: pl.DataFrame, name: str) -> bool:
    return name not in (*KEYS, *LABELS) and rows[name].dtype.is_numeric()


def area(column: pl.Series, bought: np.ndarray) -> float:
    """Return the AUC of a single feature, ascending or descending, for either meaning of null."""
    values = column.cast(pl.Float64)
    sides = [values.fill_null(end).rank("dense").to_numpy() for end in (-np.inf, np.inf)]
    return max(max(a, 1 - a) for a in (metrics.auc(bought, side) for side in sides))


def same(
    features: pl.DataFrame, again: pl.DataFrame, names: Sequence[str], cutoff: date
) -> set[str]:
    """Return which features of a cutoff have the same values in a matrix built from the past alone.

    What comes from a table without dates says nothing by staying the same, and is left out.
    """
    first, second = (f.filter(cutoff_date=cutoff).sort("customer_id") for f in (features, again))
    dated = [n for n in names if not re.match(UNDATED, n) and n in second.columns]
    return {name for name in dated if first[name].equals(second[name])}


def known_by(sales: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the rows that were known on the cutoff."""
    rows = nw.from_native(sales).filter(timeline.known(timeline.to_day(cutoff)))
    return rows.to_native()


def rebuilt(run: Run, folder: Folder, cutoff: date, window_months: timeline.Length) -> Past:
    """Return a function that tells which features of a division are equal in a new matrix.

    Only rows up to the cutoff are given to it, and only the families of the features in question.
    """
    return partial(_past_only, run, folder, cutoff, window_months)


def _past_only(
    run: Run, folder: Folder, cutoff: date, window_months: timeline.Length, names: Sequence[str]
) -> set[str]:
    dictionary = folder.read("feature_dictionary")
    families = dictionary.filter(pl.col("name").is_in(list(names)))["family"].unique().sort()
    layout, customers = run.layout(), run.read("dim_customer")
    chosen = dict.fromkeys([*NEEDED, *families])
    seen = known_by(run.read("fact_transactions"), cutoff)
    again = building.build(
        nw.from_native(seen.lazy()),
        [cutoff],
        str(folder.division),
        customers=nw.from_native(customers.lazy()),
        assets=nw.from_native(run.read("assets").lazy()) if layout.assets else None,
        **building.options(layout, ",".join(chosen), window_months),
    )
    return same(folder.read("features"), again, names, cutoff)


def dates(features: pl.DataFrame) -> Check:
    """Name each feature that is a date, a text of one, or a day number after its cutoff."""
    suspects = []
    for name in features.columns:
        if name in KEYS:
            continue
        column = features[name]
        if column.dtype.is_temporal():
            suspects.append(f"{name} is a date")
        elif column.dtype == pl.String:
            if column.drop_nulls().head(100).str.contains(f"^{ISO_DATE.pattern}").any():
                suspects.append(f"{name} holds dates as text")
        elif _is_day(column) and (column > features["cutoff_date"].cast(pl.Int32)).any():
            suspects.append(f"{name} holds days after the cutoff")
    sentence = "; ".join(suspects) if suspects else "no feature is a date or a day after its cutoff"
    return Check("dates", not suspects, sentence)


def _is_day(column: pl.Series) -> bool:
    """Return whether a column of numbers looks like days since 1970: all within 2000 to 2100."""
    numbers = column.drop_nulls().cast(pl.Float64)
    first, last = timeline.to_day("2000-01-01"), timeline.to_day("2100-01-01")
    return bool(len(numbers)) and bool(numbers.is_between(first, last).all())


def twins(rows: pl.DataFrame, span: Span) -> Check:
    """Find customers that occur twice on one cutoff, or as a copy under another id.

    Copies of one account in training and in validation let a model remember the answer.
    """
    twice = rows.height - rows.select(KEYS).n_unique()
    if twice:
        return Check("duplicate customers", False, f"{twice:,} rows repeat a customer and cutoff")
    judged = rows.filter(cutoff_date=span.validation)
    if not rarer(judged["bought"]):
        return Check(
            "duplicate customers", True, "all labels are the same: there is nothing to remember"
        )
    if "orders_all" in judged.columns:
        judged = judged.filter(pl.col("orders_all") >= TWINS)
    history = [c for c in judged.columns if c not in (*KEYS, "bought", "gp_window")]
    copies = judged.filter(pl.struct(history).is_duplicated())["customer_id"].sort()
    if len(copies):
        named = ", ".join(copies.head(4).to_list())
        return Check("duplicate customers", False, f"{len(copies)} share their history: {named}")
    return Check("duplicate customers", True, f"{judged.height:,} histories, each its own")
