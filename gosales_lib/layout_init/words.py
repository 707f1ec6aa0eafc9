"""Words in the names of columns: one table of words per kind, in one spelling.

A name is cut into words (`CustomerID`, `customer_id`, `CUSTOMERID` and `Kunden-Nr.` alike), without
case and accents; what is run together is cut into words that the table knows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from gosales_lib.core import currencies
from gosales_lib.core.spelling import MARKS, plain
from gosales_lib.sales_log import encodings

_PARTED = Path(__file__).with_name("words.txt").read_text("utf-8").split("\n[")[1:]
_LISTED = {kind: tuple(listed.split()) for kind, _, listed in (p.partition("]") for p in _PARTED)}
TABLE = {kind.removesuffix(" *"): listed for kind, listed in _LISTED.items()}
"""Kind: its words. A word may be of several kinds; values and arithmetic decide between them."""

_TOKENS = re.compile(rf"(?:[^\W_]|[{MARKS}])+|[%#]")
_PARTS = re.compile(rf"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|(?:[^\W\d_a-zA-Z]|[{MARKS}])+")
_WORD = re.compile(r"\w{3}")
_LEAST, _LONG = 2, 5
"""Letters of a word that a name may be cut into; signs of other scripts may stand alone."""
_IDEOGRAPHS = "\u2e80"
"""The first sign of scripts whose words have few signs: Chinese, Japanese, Korean."""
_SHORT = ("nr", "dat")
"""Short for number and date, in front of which any word may stand."""
_LINKED = ("ings", "ungs")
"""Endings of a word in front of another in a compound, where the s belongs to neither."""


def _both(word: str) -> set[str]:
    """Return a word as it is spelled: `waehrung` is `wahrung` in a header without accents."""
    word = plain(word.casefold())
    short = re.sub(
        r"(?<=[bdfgklmnprstvwz])(ae|oe|ue)(?=[bcdfghklmnprstvwz])", lambda m: m[0][0], word
    )
    return {word, short}


def spelled(kind: str) -> set[str]:
    """Return the words of a kind, in each spelling."""
    return {spelling for word in TABLE[kind] for spelling in _both(word)}


QUANTITY, PROFIT, REVENUE, PRICE = map(spelled, ("quantity", "profit", "revenue", "price"))
MEASURE, WEIGHT, PRICE_UNIT, MERGED = map(spelled, ("measure", "weight", "price_unit", "merged"))
UNITS = {0.01: spelled("hundredths"), 1e5: spelled("lakhs"), 1e7: spelled("crores")}
UNITS |= {1000.0: spelled("thousands") | spelled("thousands_short")}
UNITS |= {1e6: spelled("millions") | spelled("millions_short")}
"""What one unit of a column is in its currency, and the words of a name that say so."""
COST, TAX, DISCOUNT, FREIGHT = map(spelled, ("cost", "tax", "discount", "freight"))
CHARGE = TAX | DISCOUNT | FREIGHT | spelled("charge")
"""What an order is charged beside its products."""
RUNNING, PERCENT, LIST, GROSS, LINE = map(spelled, ("running", "percent", "list", "gross", "line"))
RUNNING |= spelled("prior")
SHORT_DISCOUNT = spelled("short_discount")
"""Short for discount beside money or percent, else for a description."""
WHOLE, PER_UNIT, DELIVERED = map(spelled, ("whole", "per_unit", "delivered"))
"""Beside a price or cost: of the line, of a unit. Beside a quantity: what was sold in the end."""
DEBIT, CREDIT, ACTUAL = map(spelled, ("debit", "credit_side", "actual"))
"""The sides of a ledger as columns; beside a plan, what came of it."""
RETURNED, EXCLUDED = map(spelled, ("returned", "excluded"))
EXCLUDED |= {"0", "s"}
"""What came back; beside EXCLUDED a word such as tax says what is not in the amount: `alv 0`."""
SHIP, EMAIL, KEY, NAME, TAX_NUMBER = map(spelled, ("ship", "email", "key", "name", "tax_number"))
PARTY = spelled("party") | TAX_NUMBER
"""TAX_NUMBER is of a party, and its key only where there is no other."""
DATE, PERIOD, QUARTER, DAY = map(spelled, ("date", "period", "quarter", "day"))
WEEK, FISCAL = map(spelled, ("week", "fiscal"))
"""Beside a period: one that need not begin with the calendar's year."""
OTHER_DAYS, CLOSING = map(spelled, ("other_days", "closing"))
"""What a date is of that is not the day of the order; and of a deal that is one."""
ORDER, LINE_ITEM, PRODUCT, DIVISION = map(spelled, ("order", "line_item", "product", "division"))
DESCRIBED, REP, BRANCH, LOCAL = map(spelled, ("described", "rep", "branch", "local"))
PLACE, TOWN, STORE, CURRENCY, STATUS, KIND, TRAIT = map(
    spelled, ("place", "town", "store", "currency", "status", "kind", "trait")
)
NO_MONEY = TAX | DISCOUNT | FREIGHT | RUNNING | PERCENT | LIST
"""A column of such a name is never the money of a sale."""
CODES = {code.lower() for code in currencies.CODES}
KNOWN = frozenset(one for kind in _LISTED if not kind.endswith(" *") for one in spelled(kind))


CASES = ("a", "u", "i", "y", "e", "ow", "ov", "om", "em", "ie", "ou", "um", "ej")
"""Endings of nouns, as Slavic languages and their kin have them."""


@lru_cache(maxsize=4096)
def parts(name: str) -> tuple[str, ...]:
    """Return the words of a column's name: `CustomerID` and `CUSTOMERID` are customer, id.

    Of a path of three names or more, such as `Invoice lines/Product/Category`, the last two tell.
    """
    cut: list[str] = []
    path = name.split("/")
    path = path[-2:] if all(map(_WORD.search, path)) else path
    for token in _TOKENS.findall(plain("/".join(path))):
        whole = "no" if token == "#" else token.casefold()
        pieces = [whole] if whole in KNOWN or whole == "%" else _PARTS.findall(token)
        for text in (
            word
            for piece in pieces
            for word in _cut(piece.casefold())
            or _end(piece.casefold())
            or [_stem(piece.casefold())]
        ):
            if cut and cut[-1] + text in TABLE["joined"]:
                cut[-1] += text
            else:
                cut.append(text)
    if (PERCENT | REVENUE).intersection(cut):  # `Desc. %`, `Valor desc.`
        cut = ["discount" if word in SHORT_DISCOUNT else word for word in cut]
    return tuple(cut)


def of(*names: str) -> set[str]:
    """Return the words of names."""
    return {word for name in names for word in parts(name)}


@lru_cache(maxsize=4096)
def _cut(word: str) -> list[str] | None:
    """Return a compound word as known words, the longest first; else None."""
    if word in KNOWN:
        return [word]
    for end in range(len(word) - 1, 0, -1):
        head = word[:end] if word[:end] in KNOWN else word[:end].removesuffix("s")  # Rechnungs-nr
        if head in KNOWN and (len(head) > _LEAST or not head.isascii()):
            tail = word[end:]
            if (len(tail) >= _LEAST or not tail.isascii()) and (rest := _cut(tail)):
                is_key = len(rest[-1]) > _LEAST or rest[-1] in KEY or not rest[-1].isascii()
                if len(rest) == 1 or is_key:  # `EXTICOST` is no `ext`, `ico` and `st`
                    return [head, *rest]
    return None


def _end(word: str) -> list[str] | None:
    """Return a compound as what nobody knows and the known word at its end: `Zeilen-betrag`.

    Words for cost do not count: shipping costs are not the cost of goods. The short words for
    number and date count: `Betalar-nr`.
    """
    least = _LEAST if word[-1:] >= _IDEOGRAPHS else _LONG
    ends = [at for at in range(1, len(word) - least + 1) if word[at:] in KNOWN - COST]
    ends += [len(word) - len(s) for s in _SHORT if word[_LONG - 1 :].endswith(s)]
    linked = [at for at in ends[1:2] if word[:at].endswith(_LINKED)]  # Fakturerings-konto
    at = next(iter(linked or ends), None)
    return None if at is None else [word[:at], word[at:]]


def _stem(word: str) -> str:
    """Return the known word of which a word is an inflection: `towaru` is `towar`.

    `slevou` is `sleva`.
    """
    cut = [word.removesuffix(ending) for ending in CASES if word.endswith(ending)]
    stems = [stem + ending for ending in ("", "a") for stem in cut]
    return next((stem for stem in stems if len(stem) >= _LONG and stem in KNOWN), word)


def without(name: str, words: set[str]) -> str:
    """Return a name's other words run together, so that `A_Qty`, `A GP` and `A` are the same."""
    return "".join(part for part in parts(name) if part not in words)


def encoding(header: Sequence[str], read_as: str) -> str | None:
    """Return the encoding that gives a header more known words; None where there is none.

    Only encodings that read the header as everyday letters count: no `Q.tÓ` for `Q.tà`.
    """
    if read_as == "utf-8":
        return None
    data = "\n".join(header).encode(read_as, errors="ignore")
    fit = [e for e in encodings.EXPECTED if encodings.share(data, e) >= encodings.LIKELY]
    counts = {name: _known_words(data, name) for name in (read_as, *fit)}
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] > counts[read_as] else None


def _known_words(data: bytes, encoding: str) -> int:
    """Return how many words of a header with foreign letters are known ones."""
    header = data.decode(encoding, errors="replace").split()
    return sum(part in KNOWN for word in header if not word.isascii() for part in parts(word))
