"""Which formats read a column of dates, and whether anything in the column says so.

All rows decide. Where day and month could change places, a field above 12 tells them apart, else
the order of the rows, where the days of one reading run on and those of the other jump about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

import polars as pl

from gosales_lib.core import keys
from gosales_lib.sales_log import dates, months, named_periods

Order = Literal["settled", "open", "mixed"]
SIGNS = ("/", ".", "-", " ")
SOME, MOST = 300, 0.9
FEWEST_STEPS = 10
RUNS_ON, JUMPS = 0.05, 0.25
"""Share of the steps that go back: below the first a reading runs on, above the second it jumps."""
NAMED = ("%b %Y", "%d %b %Y", "%b %d %Y", "%Y %b %d", "%d %b %y", "%b %d %y", "%b %y")
ONEFOLD = {r"^\d{4}S\d{1,2}S\d{1,2}$": "%YS%mS%d"}
POSTING = {r"^\d{4}S0\d\d$": "%YS0%m", r"^0\d\dS\d{4}$": "0%mS%Y"}
POSTED = r"^(?:\d{4}\D0(?:0\d|1[0-6])|0(?:0\d|1[0-6])\D\d{4})$"
"""Posting periods: all values are, else `2023-005` is a day of the year."""
BESIDE_YEAR = {
    "month": {r"^\d{4}S\d{1,2}$": "%YS%m", r"^\d{1,2}S\d{4}$": "%mS%Y"},
    "quarter": {r"^\d{4}S[1-4]$": "%YS%q", r"^[1-4]S\d{4}$": "%qS%Y"},
    "week": {r"^\d{4}S\d{1,2}$": "%GS%V", r"^\d{1,2}S\d{4}$": "%VS%G"},
}
"""What a number beside a year may be, by what the column's name says."""
TWOFOLD = {
    r"^\d{1,2}S\d{1,2}S\d{4}$": ("%dS%mS%Y", "%mS%dS%Y"),
    r"^\d{1,2}S\d{1,2}S\d{2}$": ("%dS%mS%y", "%mS%dS%y"),
}
"""Shapes of dates in numbers, `S` the sign between; of two readings the day comes first."""
YEAR_FIRST = "%yS%mS%d"
IN_DIGITS = {4: ("%Y%m%d", "%d%m%Y", "%m%d%Y"), 2: ("%Y%m", "%y%m%d", "%d%m%y", "%m%d%y")}
"""Dates in digits alone, by the digits of the year; the first is lost where it is a zero."""
COMPACT = {r"^\d{4}-?W\d{1,2}-\d$": ("%G-W%V-%u", "%GW%V-%u"), r"^\d{4}-\d{3}$": ("%Y-%j",)}
SPREAD = r"^\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})$"
TURNED, FEWEST_TURNED = "%Y-%d-%m", 6
"""ISO dates whose day and month changed places, and how many of each kind show it."""
BARE = {r"^\d{5}([.,]\d+)?$": "excel", r"^1\d{9}(\.\d+)?$": "unix", r"^1\d{12}$": "unix_ms"}
BARE |= {r"^(19|20)\d{2}0(0[1-9]|1[0-2])$": "%Y0%m"}
BARE |= {r"^1\d{6}$": "1%y%m%d"}  # of AS/400: the century, and the day
"""Plain numbers, which are dates only where the column's name says so."""
FEW = 20
BUDDHIST_YEARS = r"(?:^|\D)25\d\d(?:\D|$)"
DATELIKE = r"\d[-/. ]\s?\w|^\d{8}(?:$|T)|\w{3,9}\.?[-, ]+\d|[年년]|^/Date"


@dataclass(frozen=True)
class DateReading:
    """The formats that read a column of dates.

    The order of day and month is `settled`, `open` (no row decides) or `mixed` (rows contradict).
    """

    formats: tuple[str, ...] = ()  # strftime or `dates.NUMBERED`; empty where none reads any value
    read: int = 0  # values that the formats or ISO 8601 read
    filled: int = 0  # values that are not blank
    dates: int = 0  # values that are dates, by the formats or by an alternative
    order: Order = "settled"
    alternatives: tuple[tuple[str, ...], ...] = ()  # other formats with as good a claim
    examples: tuple[str, ...] = ()  # values that show what is open, contradicts or is not read

    @property
    def share(self) -> float:
        """Share of the values that are dates."""
        return self.dates / self.filled if self.filled else 0.0


def judge(column: pl.Series, is_named_date: bool = False, unit: str = "month") -> DateReading:
    """Return how a text column is read as dates.

    Parameters
    ----------
    column
        All rows, in the order of the files.
    is_named_date
        Whether the column's name says that it holds dates: plain numbers count as such then.
    unit
        What a number beside a year is, by the column's name: a key of BESIDE_YEAR.
    """
    texts = column.cast(pl.String).str.strip_chars()
    texts = keys.without_blanks(texts).drop_nulls()
    some = texts.gather_every(max(1, len(texts) // SOME))
    called = named_periods.forms(some.head(FEW))
    is_called = any(is_named_date or named_periods.TELLING.search(form) for form in called)
    if not is_called and not is_named_date and not some.str.contains(DATELIKE).any():
        return DateReading(filled=len(texts))
    bare = dates.without_time(texts)
    if evidently(dates.without_time(some).str.contains(BUDDHIST_YEARS)):
        common = judge(dates.common_era(bare), is_named_date, unit)
        if not common.read:
            return common
        formats, *others = (
            tuple(form.replace("%Y", dates.BUDDHIST) for form in forms)
            for forms in (common.formats or (dates.ISO,), *common.alternatives)
        )
        return replace(common, formats=formats, alternatives=tuple(others))
    single = ONEFOLD | (BESIDE_YEAR[unit] if is_named_date else {})
    single |= POSTING if is_named_date and bare.str.contains(POSTED).all() else {}
    parts = [_numeric(bare, sign, single) for sign in SIGNS]
    plain = [form for shape, form in BARE.items() if is_named_date and _all_read(bare, shape, form)]
    eight = bare.filter(bare.str.contains(r"^\d{7,8}$" if is_named_date else r"^\d{8}$"))
    parts.append(_Numeric(tuple(plain)) if plain else _digits(eight, IN_DIGITS[4]))
    forms = [form for part in parts for form in part.formats]
    forms += [*_named(bare), *_first(bare, COMPACT)]
    forms += named_periods.forms(bare) if is_called else ()
    if is_named_date and not forms and bare.str.contains(r"^\d{5,6}$").all():
        short = ("%G%V",) if unit == "week" else IN_DIGITS[2]
        parts.append(_digits(bare, short, len(bare)))
        forms += parts[-1].formats
    doubtful = [part for part in parts if part.order != "settled"]
    if turned := _turned(bare):
        forms.append(TURNED)
        doubtful.append(_Numeric((), "mixed", {TURNED: dates.ISO}, turned))
    read = dates.days(bare, forms or [dates.ISO])
    if among := _among(bare, read):
        forms += among
        read = dates.days(bare, forms)
    swapped = {k: v for part in doubtful for k, v in part.swapped.items()}
    other = tuple(dict.fromkeys(swapped.get(form, form) for form in forms))
    either = read.is_not_null() | dates.days(bare, other or forms or [dates.ISO]).is_not_null()
    orders = [part.order for part in doubtful]
    return DateReading(
        tuple(forms),
        read.count(),
        len(texts),
        int(either.sum()),
        "mixed" if "mixed" in orders else "open" if orders else "settled",
        (other,) if doubtful else (),
        doubtful[0].examples if doubtful else tuple(texts.filter(read.is_null()).head(3)),
    )


@dataclass(frozen=True)
class _Numeric:
    """Formats of dates in numbers with one sign between, and what they are when swapped."""

    formats: tuple[str, ...] = ()
    order: Order = "settled"
    swapped: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()


def _turned(bare: pl.Series) -> tuple[str, ...]:
    """Return examples where a spreadsheet took the day for the month, wherever it could; else none.

    All ISO dates then have a day up to 12, and all others, which stayed text, one above.
    """
    is_iso = bare.str.contains(dates.ISO_SHAPE)
    others = bare.filter(~is_iso & bare.str.contains(SPREAD))
    day = bare.filter(is_iso).str.extract(r"(\d+)$").cast(pl.Int32)
    fields = others.str.extract_all(r"\d+").list.head(2).cast(pl.List(pl.Int32))
    is_turned = (day <= 12).all() and (fields.list.max() > 12).all()
    if min(len(day), len(others)) < FEWEST_TURNED or not is_turned:
        return ()
    return bare.filter(is_iso)[0], others[0]


def _all_read(bare: pl.Series, shape: str, form: str) -> bool:
    return evidently(bare.str.contains(shape)) and dates.day(bare, form).count() == len(bare)


def _among(bare: pl.Series, read: pl.Series) -> list[str]:
    """Return the format of plain numbers among dates, where all fall into the same period."""
    rest = bare.filter(read.is_null())
    rest = rest.filter(rest.str.contains(r"^\d{5,}([.,]\d+)?$"))
    first, last = read.min(), read.max()
    if rest.is_empty() or not isinstance(first, date) or not isinstance(last, date):
        return []
    near = (first - (last - first), last + (last - first))
    return [form for form in dates.NUMBERED if dates.day(rest, form).is_between(*near).all()][:1]


def _digits(some: pl.Series, forms: Sequence[str], fewest: int = 1) -> _Numeric:
    """Return the format of dates in digits alone: that which reads the most as the fewest years."""
    read = {form: dates.day(some, form) for form in forms}
    most = max(days.count() for days in read.values())
    if most < max(1, fewest):
        return _Numeric()
    years = {f: days.dt.year().n_unique() for f, days in read.items() if days.count() == most}
    first, *others = sorted(years, key=years.__getitem__)
    near = [form for form in others if years[form] < 2 * years[first]]
    if not near or {first[:2], near[0][:2]} != {"%d", "%m"}:
        open_to = {first: near[0]} if near else {}
        return _Numeric(
            (first,), "open" if near else "settled", open_to, tuple(some.head(len(near)))
        )
    padded = some.str.zfill(8 if "%Y" in first else 6)
    fields = pl.DataFrame(
        {
            f"field_{n}": padded.str.slice(2 * n, 2 if n < 2 else None).cast(pl.Int32)
            for n in range(3)
        }
    )
    order, at, examples = _day_or_month(some, fields)
    both = sorted((first, near[0]))
    return _Numeric((both[at],), order, {both[at]: both[1 - at]}, examples)


def _first(bare: pl.Series, shapes: Mapping[str, Sequence[str]]) -> list[str]:
    """Return of each shape that occurs the first format that reads the most."""
    firsts = []
    for shape, formats in shapes.items():
        some = bare.filter(bare.str.contains(shape))
        counts = {form: dates.day(some, form).count() for form in formats} if len(some) else {}
        if any(counts.values()):
            firsts.append(max(counts, key=counts.__getitem__))
    return firsts


def evidently(which: pl.Series) -> bool:
    """Return whether most values are so, and there are any."""
    return bool(which.len()) and float(which.sum()) >= MOST * which.len()


def _numeric(bare: pl.Series, sign: str, single: Mapping[str, str]) -> _Numeric:
    """Return the formats of dates in numbers with one sign between."""
    texts = bare.filter(bare.str.contains(rf"^\d{{1,4}}[{sign}]\d{{1,4}}"))
    if texts.is_empty():
        return _Numeric()

    def signed(shapes: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        """Return the shapes with this sign in place of `S`."""
        return {
            shape.replace("S", f"[{sign}]"): [form.replace("S", sign) for form in forms]
            for shape, forms in shapes.items()
        }

    formats = _first(texts, signed({shape: [form] for shape, form in single.items()}))
    formats = [form for form in formats if form != dates.ISO]
    twofold = {k: v for k, v in signed(TWOFOLD).items() if _first(texts, {k: v})}
    if not twofold:
        return _Numeric(tuple(formats))
    some = texts.filter(texts.str.contains("|".join(twofold)))
    fields = some.str.splitn(sign, 3).struct.unnest().cast(pl.Int32, strict=False).fill_null(0)
    if _year_first(fields):
        return _Numeric((*formats, YEAR_FIRST.replace("S", sign)))
    order, first, examples = _day_or_month(some, fields)
    swapped = {forms[first]: forms[1 - first] for forms in twofold.values()}
    return _Numeric((*formats, *swapped), order, swapped, examples)


def _year_first(fields: pl.DataFrame) -> bool:
    """Return whether dates such as `23-12-31` begin with the year, which changes least."""
    first, last = fields["field_0"], fields["field_2"]
    are_years = first.n_unique() < 10 and last.n_unique() > 2 * first.n_unique()
    return are_years and bool((first > 12).all() and (last <= 31).all())


def _day_or_month(some: pl.Series, fields: pl.DataFrame) -> tuple[Order, int, tuple[str, ...]]:
    """Return the order, 0 where the day comes first and 1 where the month does, and examples."""
    leading, trailing, year = (fields[f"field_{number}"] for number in range(3))
    day_first, month_first = (leading > 12) & (trailing <= 12), (trailing > 12) & (leading <= 12)
    if day_first.any() and month_first.any():
        examples = (some.filter(day_first)[0], some.filter(month_first)[0])
        return "mixed", int(day_first.sum() < month_first.sum()), examples
    if day_first.any() or month_first.any() or (leading == trailing).all():
        return "settled", int(month_first.any()), ()
    readings = ((leading, trailing), (trailing, leading))
    back = [_goes_back(year * 400 + month * 31 + day) for day, month in readings]
    for first in (0, 1):
        if back[first] <= RUNS_ON and back[1 - first] >= JUMPS:
            return "settled", first, ()
    return "open", int(back[0] > back[1]), tuple(some.filter(leading != trailing).head(3))


def _goes_back(days: pl.Series) -> float:
    """Return the share of steps between neighbouring rows that go the rarer way; 0.5 of too few."""
    steps = days.diff().drop_nulls()
    steps = steps.filter(steps != 0)
    if len(steps) < FEWEST_STEPS:
        return 0.5
    down = float((steps < 0).sum()) / len(steps)
    return min(down, 1 - down)


def _named(bare: pl.Series) -> list[str]:
    """Return the formats of dates with a month's name."""
    some = bare.filter(bare.str.contains(r"\p{L}{3}|\p{L}\p{L}i")).unique(maintain_order=True)
    english = pl.Series([months.in_english(text) for text in some], dtype=pl.String).drop_nulls()
    named, left = [], english
    for form in NAMED:
        read = dates.day(left, form)
        if read.count():
            named.append(form)
            left = left.filter(read.is_null())
    return named
