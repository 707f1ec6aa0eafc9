"""Reads the days of orders: a column's dates by the formats of a layout.

ISO 8601 is always read. The time of day is ignored, and a date with a time zone keeps
the day of its own clock. A value that two formats read as different days is no date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

import polars as pl

from gosales_lib.sales_log import cleaning, months

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
LAST_SHORT_YEAR = 2049  # `49` is 2049, `50` is 1950
ISO = "%Y-%m-%d"
NUMBERED = {"excel": 86_400, "unix": 1, "unix_ms": 1 / 1000}
"""Formats of plain numbers: days of a spreadsheet, seconds or milliseconds since 1970-01-01."""
ERAS = {"令和|R": 2018, "平成|H": 1988, "昭和|S": 1925}
"""Years of the common era before the first year of a Japanese era."""
DIGITS = re.compile("(?:%[dmYy]){3}")
"""Formats of dates without a sign between day, month and year."""
BUDDHIST, BEFORE = "%EY", 543
"""The year of the Buddhist era in a format, and the years that it is ahead: 2567 is 2024."""
YEAR_SIGN = "[年년]"
"""The sign of a year behind its number, in Chinese, Japanese and Korean."""
YEAR_MARK = "[\u0433\u0440r]\\.?"
"""The word for a year behind a date, in Slavic languages: `02.03.2024 r.`."""
QUARTER = "%q"
"""The quarter of a year in a format: the row counts on its last day."""
EXCEL_EPOCH = 25_569  # the spreadsheet's number of 1970-01-01
TIME = (
    r"(?i)(?:[T,]|\s)\s*\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[AP]\.?M\.?)?\s*"
    r"(?:[a-z]{1,5})?(?:[-+]\d{1,2}:?(?:\d{2})?)?\s*(?:\[?[a-z_]+/[\w/+-]+\]?|\([\w ]+\))?$"
)
CLOCK = re.compile(r"[T, ]*%[-_0]?(?:[HIMSTRXpPfsNk]|\.\d?f|%:?z|z|Z).*$")
ENDLESS = (
    r"(^|\D)(2[2-9]\d\d|[3-9]\d{3})(\D|$)|^(2[2-9]|[3-9]\d)\d{6}$"
    r"|^2958465(\.0+)?$|^[-./]*0[-./0]*( 00:00(:00)?)?$|^1900-01-00$"
)
"""Years beyond 2200, a spreadsheet's number of 9999-12-31, and zeros in place of a date."""
ISO_BASIC = r"^(\d{4})(\d\d)(\d\d)T\d\d(?:\d\d){0,2}(?:[.,]\d+)?(?:Z|[-+]\d\d:?(?:\d\d)?)?$"
DB2 = r"^(\d{4})-(\d\d)-(\d\d)-\d\d\.\d\d\.\d\d(?:\.\d+)?$"
"""ISO 8601 with a time that DB2 writes: `2024-03-02-08.15.00.000000`."""
ISO_SHAPE = r"^\d{4}-\d{1,2}-\d{1,2}$"


def together(columns: Sequence[str]) -> pl.Expr:
    """Return columns of parts of a date as one text, such as `March 2024`."""
    parts = [pl.col(name).cast(pl.String).str.strip_chars() for name in columns]
    return parts[0] if len(parts) == 1 else pl.concat_str(parts, separator=" ")


def days(column: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Return a column's dates by the formats and ISO 8601; null where none or several days fit.

    Parameters
    ----------
    formats
        strftime with QUARTER and BUDDHIST, or one of NUMBERED. Without a day of the month or week
        (`%Y-%m`) the row counts on the last day of its month, week or quarter: it was not known
        earlier.
    """
    if column.dtype.is_temporal():
        return sensible(column.dt.date() if column.dtype != pl.Date else column)
    texts, formats = column.cast(pl.String), formats or [ISO]
    if len(formats) == 1:  # blanks around a date do no harm, except where its length counts
        first = day(texts.str.strip_chars() if DIGITS.fullmatch(formats[0]) else texts, formats[0])
        if first.null_count() == texts.null_count():
            return first
    texts = texts.str.strip_chars()
    distinct = texts.unique().drop_nulls()
    return texts.replace_strict(
        distinct, _one_by_one(distinct, formats), default=None, return_dtype=pl.Date
    )


def _one_by_one(texts: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Return the day of each text, null where formats disagree; else ISO 8601 decides."""
    bare = without_time(texts)
    every = pl.DataFrame([_read(texts, bare, form).alias(form) for form in dict.fromkeys(formats)])
    low, high = every.min_horizontal(), every.max_horizontal()
    return low.set(low != high, None).zip_with(low.is_not_null(), iso(bare))


def _read(texts: pl.Series, bare: pl.Series, form: str) -> pl.Series:
    """Return the days of texts by one format: as it stands, else without time, by month names."""
    if form in NUMBERED:
        return day(bare, form)
    days, short = day(texts, form), CLOCK.sub("", form)
    if days.null_count() > texts.null_count() and short:
        days = days.zip_with(days.is_not_null(), day(bare, short))
    if days.null_count() > texts.null_count() and re.search("%[bB]", form):
        english = re.sub(r"%[aA]", "", short).replace("%B", "%b")
        named = day(_in_english(bare), " ".join(re.findall(r"%EY|%[-_0]?[a-zA-Z]", english)))
        days = days.zip_with(days.is_not_null(), named)
    return days


def _in_english(bare: pl.Series) -> pl.Series:
    """Return dates as `months.in_english` writes them: `2. März 2024` is `2 Mar 2024`."""
    distinct = bare.unique().drop_nulls()
    english = [months.in_english(text) for text in distinct]
    return bare.replace_strict(distinct, english, default=None, return_dtype=pl.String)


def day(texts: pl.Series, form: str) -> pl.Series:
    """Return the dates of a text column by one format; null where it does not fit."""
    if form in NUMBERED:
        return sensible(_numbered(texts, form))
    if QUARTER in form:
        return sensible(_quarter_ends(texts, form))
    if BUDDHIST in form:
        texts, form = common_era(texts), form.replace(BUDDHIST, "%Y")
    if "%z" in form or "%Z" in form:  # the day of its own clock: the time is cut off, see `read`
        return pl.repeat(None, len(texts), dtype=pl.Date, eager=True)
    if DIGITS.fullmatch(form):  # the first of 6 or 8 digits is lost where it is a zero
        width = form.count("%") * 2 + 2 * form.count("Y")
        is_lost = texts.str.len_bytes() == width - 1
        texts = ("0" + texts).zip_with(is_lost, texts) if is_lost.any() else texts
    whole, what = _whole_day(texts, form)
    days = whole.str.to_datetime(what, strict=False, time_unit="us").cast(pl.Date)
    if what != form and "%d" in what:
        days = days.dt.month_end()
    if "%y" in form:
        late = days > date(LAST_SHORT_YEAR, 12, 31)
        days = days.zip_with(~late.fill_null(False), days.dt.offset_by("-100y"))
    return sensible(days)


def has_day(form: str) -> bool:
    """Return whether a format holds the day, and not the month, quarter or week alone."""
    return form in NUMBERED or bool(re.search(r"%[-_0]?[deDFjuwxcsa]", form))


def _whole_day(texts: pl.Series, form: str) -> tuple[pl.Series, str]:
    """Return texts and a format with a day of the month (the first) or of the week (the last)."""
    if has_day(form):
        return texts, form
    end = ("7", "%u") if re.search(r"%[VWU]", form) else ("1", "%d")
    return texts + f" {end[0]}", f"{form} {end[1]}"


def _quarter_ends(texts: pl.Series, form: str) -> pl.Series:
    """Return the last days of quarters such as `Q1 2024`; null where the format does not fit."""
    parts = {"%Y": r"(?P<year>\d{4})", "%y": r"(?P<year>\d\d)", QUARTER: "(?P<quarter>[1-4])"}
    pattern = re.escape(form)
    for part, digits in parts.items():
        pattern = pattern.replace(part, digits)
    read = texts.str.extract_groups(f"(?i)^{pattern}$").struct.unnest().cast(pl.Int32)
    year = pl.col("year") + pl.when(pl.col("year") < 100).then(2000).otherwise(0)
    first = pl.date(year, 3 * pl.col("quarter"), 1)
    return read.select(first.dt.month_end()).to_series()


def common_era(texts: pl.Series) -> pl.Series:
    """Return dates whose years of the Buddhist era, 2443 to 2643, are years of the common era."""
    parts = texts.str.extract_groups(r"^(.*\D)?(2[456]\d\d)(\D.*)?$").struct.unnest()
    common = (parts["2"].cast(pl.Int32) - BEFORE).cast(pl.String)
    whole = parts["1"].fill_null("") + common + parts["3"].fill_null("")
    return whole.zip_with(common.is_not_null(), texts)


def _numbered(texts: pl.Series, form: str) -> pl.Series:
    """Return the days of plain numbers: of a spreadsheet's count, or of seconds."""
    number = texts.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    number = number - EXCEL_EPOCH if form == "excel" else number
    whole = (number * NUMBERED[form] / 86_400).floor()
    far = ~whole.is_between(-30_000, 90_000).fill_null(True)
    return whole.set(far, None).cast(pl.Int32).cast(pl.Date)


def sensible(days: pl.Series) -> pl.Series:
    """Return dates; null outside 1900 to 2200."""
    within = days.is_between(FIRST_DAY, LAST_DAY)
    return days if within.all() else days.set(~within, None)


def endless(texts: pl.Series) -> pl.Series:
    """Return where a date means "no end", such as 9999-12-31 or 0000-00-00: see ENDLESS."""
    return texts.str.contains(ENDLESS).fill_null(False)


def without_time(texts: pl.Series) -> pl.Series:
    """Return dates without the time of day and the time zone behind them.

    `2024年3月2日`, `2024년 3월 2일` and `令和6年3月2日` become `2024-3-2`, `2024. 3. 2.` becomes
    `2024.3.2` (as does `2.3.2024 r.`), `20240302T2330+01` is `2024-03-02`, and
    `/Date(1709337600000)/` its number.
    """
    bare = cleaning.in_ascii(texts).str.replace(TIME, "").str.strip_chars(" ,")
    bare = bare.str.replace(r"^(\d+)\.0+$", "$1")
    bare = bare.str.replace(r"^/Date\((\d+)(?:[-+]\d+)?\)/$", "$1")
    bare = bare.str.replace(rf"^(\d+)\.\s*(\d+)\.\s*(\d+)(?:\.|\s*{YEAR_MARK})?$", "$1.$2.$3")
    bare = bare.str.replace(ISO_BASIC, "$1-$2-$3").str.replace(DB2, "$1-$2-$3")
    if bare.str.contains(YEAR_SIGN).any() or bare.str.head(1).is_in(list("RHS")).any():
        bare = _japanese(bare).str.replace_all(rf"\s*(?:{YEAR_SIGN}|[月월])\s*", "-")
        bare = bare.str.replace_all(r"\s*[日일号 ](?:\s*\(.\))?$|-$", "")
    return bare


def _japanese(bare: pl.Series) -> pl.Series:
    """Return dates of Japanese eras with years of the common era; others as they are."""
    for era, before in ERAS.items():
        parts = bare.str.extract_groups(rf"^(?:{era})(\d+|元)([年./-].*)$").struct.unnest()
        year, rest = parts["1"].str.replace("元", "1").cast(pl.Int32), parts["2"]
        bare = bare.zip_with(year.is_null(), (year + before).cast(pl.String) + rest)
    return bare


def iso(bare: pl.Series) -> pl.Series:
    """Return the days of ISO 8601 dates without their time; null where it is none."""
    shaped = bare.set(~bare.str.contains(ISO_SHAPE).fill_null(True), None)
    return sensible(shaped.str.to_date(ISO, strict=False))
