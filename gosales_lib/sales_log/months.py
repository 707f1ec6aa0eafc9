"""Names of months in the languages of sales logs, and what may stand beside them."""

# ruff: noqa: RUF001 months of other scripts

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from babel import localedata

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LOCALES = """
en de fr nl sv no da es it pt pl fi cs tr hu ro ru el et lv lt ca sl bg uk sk id sr_Latn sr mk af is
eu gl sq az be kk mt cy he ar
"""
"""The languages whose months are known; none calls a month as another one calls another month."""
SHORT = {
    "janner": "Jan",
    "mrz": "Mar",
    "aou": "Aug",
    "noi": "Nov",
    "фев": "Feb",
    "сен": "Sep",
    "ноя": "Nov",
}
"""Further names."""
BESIDE = """
de del di of the den le el st nd rd th er e om at um г года
mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday sunday
mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche
lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom
lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab
ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
"""
WORD = re.compile(r"[^\W\d_]+")


def plain(word: str) -> str:
    """Return a word in lower case and without accents."""
    apart = unicodedata.normalize("NFKD", word.casefold().replace("\u0131", "i"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


UNSAID = {plain(word) for word in BESIDE.split()}


@cache
def months() -> dict[str, str]:
    """Return the English short name of each month by its names in other languages (CLDR)."""
    return SHORT | {word: month for locale in LOCALES.split() for word, month in of(locale)}


def of(locale: str) -> Iterator[tuple[str, str]]:
    """Yield the names of the months in one language, as plain words, with their English names."""
    forms = localedata.load(locale, merge_inherited=False)["months"]
    for form in (form for form in forms.values() if isinstance(form, dict)):
        for named in (form[width] for width in ("wide", "abbreviated") if width in form):
            for number, name in named.items() if isinstance(named, dict) else ():
                words = [plain(word) for word in WORD.findall(name)]
                if words and len(words[-1]) > 2:  # `de març`
                    yield words[-1], ENGLISH[number - 1]


def in_english(text: str) -> str | None:
    """Return a date with an English month and single blanks (`2. März 2024` is `2 Mar 2024`).

    None where it names no month, or a word that belongs to no date.
    """
    words, known = [plain(word) for word in WORD.findall(text)], months()
    named = [known[word] for word in words if word in known]
    if not named or any(word not in known and word not in UNSAID for word in words):
        return None
    month = named[-1]  # `Mar 2 Mar 2024` begins with a French Tuesday
    parts = re.sub(r"[^\w]+", " ", WORD.sub(lambda m: _kept(m[0], month), text))
    parts_read = parts.split()
    extra = parts_read.index(month) if parts_read.count(month) > 1 else None
    return " ".join(part for at, part in enumerate(parts_read) if at != extra)


def _kept(word: str, month: str) -> str:
    return f" {month} " if months().get(plain(word)) == month else " "
