"""Numbers as people and systems write them: the decimal sign follows from all values of a column.

A value says which sign it can be written with. A group of thousands has three digits and never
begins with 0, so `0.566` and `12.5` have a decimal point, `1.234.567` has a decimal comma. Only
`1.234` can be both; then the other values of its column decide, then the other columns of its file.
A column that holds both signs and such a value is refused: nothing is taken 1,000 times too high.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl
import polars.selectors as cs

from gosales_lib.core import keys
from gosales_lib.core.currencies import CODES
from gosales_lib.sales_log import cleaning

Sign = Literal[".", ","]
POINT: Sign = "."
COMMA: Sign = ","
WORDS = "|".join(CODES) + (
    "|euros?|SFr|Fr|kr|zł|zl|Kč|Kc|Ft|lei|лв|руб|грн|TL|RM|Rp|Rs|R"  # noqa: RUF001
)
"""Currencies in letters; a text with other letters is no number."""
MONEY = rf"(?:(?:US|CA?|AU?|NZ|HK|S|NT|MX|R)?\p{{Sc}}|円|元|(?:{WORDS})\.?)"
UNITS = (
    "db|stk|stck|stück|stuks?|st|pcs?|pieces?|pce|szt|sztuk|ks|kpl|kom|un|unds?|uds?|unid|unids|"
    "pza?s?|pièces?|adet|units?|nos|each|ea|шт|個|个|件|台|本|枚|개|"
    "bags?|box(?:es)?|packs?|sets?|pairs?|rolls?|bottles?|cans?|cartons?|ctns?|cases?|pallets?|"
    "beutel|flaschen?|karton|kartons|paar|rollen?|sacs?|boîtes?|cartones|cajas?|caixas?|scatole?"
)
"""What is counted, behind a quantity: `5 pcs`; a price may be per unit: `34.50/pc`."""
DASHES = "[\u2010-\u2015\u2212\u02d7\u25b2\u25b3]"
"""Signs of a minus: dashes, and the triangles of Japanese accounts."""
SIDES = {"[SD]": "DR", "[HC]": "CR"}
"""Debit and credit behind an amount with two decimals: Soll and Haben, or D and C."""
QUOTES = "[\u2018\u2019\u02bc\u00b4`]"
PARTS = (
    rf"(?i)^(?:{MONEY}\s*)?(?P<open>\()?\s*(?P<before>[CD]R\b\.?)?\s*(?P<a>[-+])?\s*(?:{MONEY})?\s*"
    r"(?P<b>[-+])?\s*"
    r"(?P<text>[\d.,][\d., ']*?(?:E[-+]?\d+)?)(?:[.,]-{1,2}|/[-=])?\s*(?P<percent>%)?"
    rf"\s*(?P<c>-)?\s*(?:{MONEY})?\s*(?P<d>-)?\s*(?P<after>[CD]R\.?)?\s*(?P<close>\))?"
    rf"(?:\s*{MONEY})?(?:\s*/?\s*(?:{UNITS})\.?)?$"
)
"""A number with everything that may surround it."""


def _shape(decimal: str, group: str) -> str:
    """Return the pattern of a number without its minus."""
    grouped = "|".join(rf"[1-9]\d{{0,2}}(?:{sign}\d{{3}})+" for sign in (group, " ", "'"))
    lakhs = rf"[1-9]\d?(?:{group}\d{{2}})+{group}\d{{3}}"
    return (
        rf"^(?:(?:{grouped}|{lakhs})(?:{decimal}\d*)?"
        rf"|(?:\d+{decimal}?\d*|{decimal}\d+)(?:[eE][+-]?\d+)?)$"
    )


SHAPES: Mapping[Sign, str] = {POINT: _shape(r"\.", ","), COMMA: _shape(",", r"\.")}


@dataclass(frozen=True)
class Signs:
    """The evidence of a column's distinct values on its decimal sign, with an example each."""

    point: int = 0  # values that are numbers with this sign only
    comma: int = 0
    open_point: int = 0  # values with one separator and three digits behind: two readings
    open_comma: int = 0
    long: int = 0  # whole numbers of more than three digits, without any separator
    example_point: str | None = None
    example_comma: str | None = None
    example_open: str | None = None

    def __add__(self, other: Signs) -> Signs:
        pairs = {name: (value, getattr(other, name)) for name, value in vars(self).items()}
        return Signs(**{k: a + b if isinstance(a, int) else a or b for k, (a, b) in pairs.items()})

    @property
    def mixed(self) -> bool:
        """Whether some values need a decimal point and others a decimal comma."""
        return bool(self.point and self.comma)

    @property
    def undecided(self) -> bool:
        """Whether values have two readings and no other value of the column decides."""
        return bool(self.open_point or self.open_comma) and self.sign is None

    @property
    def sign(self) -> Sign | None:
        """The sign that the values prove; None if they do not.

        Whole numbers above 999 without a separator say that the column has no groups of thousands.
        Smaller ones say nothing: `7` may stand beside `1.250` pieces or beside `1.250` kg.
        """
        if self.point or self.comma:
            return POINT if self.point >= self.comma else COMMA
        if bool(self.open_point) == bool(self.open_comma) or not self.long:
            return None
        return POINT if self.open_point else COMMA


def judge(column: pl.Series) -> Signs:
    """Return the evidence of a column on its decimal sign, from all distinct values."""
    return judge_each(pl.DataFrame({"column": column}))["column"]


def judge_each(rows: pl.DataFrame) -> dict[str, Signs]:
    """Return the evidence of each column on its decimal sign: those of text are read at once."""
    texts = rows.select(cs.string())
    if not texts.width:
        return dict.fromkeys(rows.columns, Signs())
    distinct = texts.select(pl.all().unique(maintain_order=True).drop_nulls().implode())
    long = distinct.unpivot(variable_name="at", value_name="written").explode("written")
    long = long.drop_nulls("written")
    frame = _bare(long["written"]).with_columns(long["at"])
    fits = {sign: pl.col("text").str.contains(shape) for sign, shape in SHAPES.items()}
    both, whole = fits[POINT] & fits[COMMA], ~pl.col("text").str.contains("[.,]")
    kinds = {
        "point": fits[POINT] & ~fits[COMMA],
        "comma": fits[COMMA] & ~fits[POINT],
        "open_point": both & pl.col("text").str.contains("[.]"),
        "open_comma": both & pl.col("text").str.contains(","),
        "long": both & whole & pl.col("text").str.contains(r"^\d{4,}$"),
    }
    examples = {"point": ["point"], "comma": ["comma"], "open": ["open_point", "open_comma"]}
    shown = pl.col("written").str.strip_chars().str.slice(0, 40)
    counts = (
        frame.select("at", "written", **kinds)
        .group_by("at")
        .agg(
            pl.col(*kinds).sum(),
            **{
                f"example_{name}": shown.filter(pl.any_horizontal(columns)).first()
                for name, columns in examples.items()
            },
        )
    )
    signs = {row.pop("at"): Signs(**row) for row in counts.to_dicts()}
    return {name: signs.get(name, Signs()) for name in rows.columns}


def usual(delimiter: str) -> Sign:
    """Return the decimal sign that goes with a delimiter, where no value decides."""
    return COMMA if delimiter == ";" else POINT


def resolve(columns: Mapping[str, Signs], fallback: Sign) -> dict[str, Sign]:
    """Return the decimal sign of each column: its own, else its file's, else `fallback`."""
    counts = Counter(each.sign for each in columns.values())
    points, commas = counts[POINT], counts[COMMA]
    file = POINT if points > commas else COMMA if commas > points else fallback
    return {name: each.sign or file for name, each in columns.items()}


def sign_of(column: pl.Series, given: Sign | None, delimiter: str) -> Sign:
    """Return the decimal sign of one column: the layout's, else what its values tell."""
    return given or judge(column).sign or usual(delimiter)


def number(column: pl.Series, decimal: Sign = POINT, plain: pl.Series | None = None) -> pl.Series:
    """Return the numbers of a column; null where there is none or it cannot be read.

    Read are `1234.5`, `1,234.50`, `1'234.50`, `$1,234.50`, `12.50 CHF`, `(12.00)`, `12.00-`,
    `12.00 CR` and `12,00 H` (negative), `12,-`, `12/-`, `7%` (0.07) and `5 pcs`. A column of a
    numeric type is taken as it is.

    Parameters
    ----------
    decimal
        The column's decimal sign, see `judge`: it decides for `1.234` and `1,234`.
    plain
        The column cast to numbers, where the caller has it.
    """
    if column.dtype == pl.String and decimal == COMMA:
        return _each(column, decimal)
    plain = column.cast(pl.Float64, strict=False) if plain is None else plain
    if not math.isfinite(plain.sum()):  # of all, sooner than one by one
        plain = pl.select(pl.when(plain.is_finite()).then(plain)).to_series()
    if plain.null_count() == column.null_count() or column.dtype != pl.String:
        return plain
    left = plain.is_null() & column.is_not_null()
    return plain.scatter(left.arg_true(), _each(column.filter(left), decimal))


def _each(column: pl.Series, decimal: Sign) -> pl.Series:
    """Return the numbers of a text column; each distinct value is read once."""
    distinct = column.unique().drop_nulls()
    if distinct.len() == column.len():
        return written(column, decimal)
    numbers = written(distinct, decimal)
    return column.replace_strict(distinct, numbers, default=None, return_dtype=pl.Float64)


def written(column: pl.Series, decimal: Sign) -> pl.Series:
    """Return the numbers of a text column as people write them."""
    other = COMMA if decimal == POINT else POINT
    value = (
        pl.when(pl.col("text").str.contains(SHAPES[decimal]))
        .then(_plain(decimal, other))
        .when(pl.col("text").str.contains(SHAPES[other]))
        .then(_plain(other, decimal))
    )
    frame = _bare(column).with_columns(value=value.cast(pl.Float64, strict=False))
    signed = pl.when("negative").then(-pl.col("value")).otherwise("value")
    signed = pl.when("percent").then(signed / 100).otherwise(signed)
    return frame.select(pl.when(pl.col("value").is_finite()).then(signed)).to_series()


def _plain(decimal: Sign, group: Sign) -> pl.Expr:
    """Return the text of a number without groups and with a decimal point."""
    bare = pl.col("text").str.replace_all(rf"[\{group} ']", "")
    return bare.str.replace(decimal, ".", literal=True)


def _bare(column: pl.Series) -> pl.DataFrame:
    """Return values as `written`, their digits and separators as `text`, `negative` and `percent`.

    The text is null where more than a minus and a currency surrounds it.
    """
    frame = pl.DataFrame({"written": column}).with_columns(
        text=pl.col("written").str.strip_prefix("-"),
        negative=pl.col("written").str.starts_with("-"),
        percent=pl.lit(False),
    )
    left = (~column.str.contains(r"^-?[0-9.,]+$")).arg_true()
    if left.is_empty():
        return frame
    parts = _parts(column.gather(left))
    return frame.with_columns(frame[name].scatter(left, parts[name]) for name in parts.columns)


def _parts(column: pl.Series) -> pl.DataFrame:
    """Return `text`, `negative` and `percent` of values with currency, brackets or more."""
    plain = pl.col("written").str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()
    plain = plain.str.replace_all(DASHES, "-").str.replace_all(QUOTES, "'")
    for side, sign in SIDES.items():
        plain = plain.str.replace(rf"([.,]\d\d) ?{side}$", f"$1 {sign}")
    minus = [pl.col(name).fill_null("").eq("-").cast(pl.Int8) for name in "abcd"]
    bracket, closed = pl.col("open").is_not_null(), pl.col("close").is_not_null()
    credit = pl.any_horizontal(pl.col("before", "after").str.to_uppercase().str.starts_with("C"))
    frame = pl.DataFrame({"written": cleaning.in_ascii(column)})
    frame = frame.select(plain.str.extract_groups(PARTS).alias("parts"))
    sound = (bracket == closed) & (pl.sum_horizontal(minus) <= 1)
    return frame.unnest("parts").select(
        pl.when(sound).then("text"),
        negative=bracket | (pl.sum_horizontal(minus) == 1) | credit.fill_null(False),
        percent=pl.col("percent").is_not_null(),
    )


def unreadable(column: pl.Series, numbers: pl.Series) -> pl.Series:
    """Return where a column holds something that is no number."""
    left = column.is_not_null() & numbers.is_null()
    return left & ~keys.blank(column.cast(pl.String).str.strip_chars()) if left.any() else left
