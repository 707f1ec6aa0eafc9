"""Names of months in the languages of sales logs, and what may stand beside them."""

# ruff: noqa: RUF001 months of other scripts

from __future__ import annotations

import re
import unicodedata

ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NAMES = """
january jan janv janvier januar jänner januari enero ene gennaio gen janeiro styczeń stycznia sty
tammikuuta leden ledna ocak ianuarie ian января январь янв ιανουαρίου ιανουάριος ιαν;
february feb febr fév févr février februar februari febrero febbraio fevereiro fev luty lutego lut
helmikuuta únor února şubat februarie февраля февраль фев февр φεβρουαρίου φεβρουάριος φεβ;
march mar mars märz mrz maart mrt marzo março marzec marca maaliskuuta březen března mart március
márc martie марта март мар μαρτίου μάρτιος μαρ;
april apr avr avril abril abr aprile kwiecień kwietnia kwi huhtikuuta duben dubna nisan április
aprilie апреля апрель апр απριλίου απρίλιος απρ;
may mai maj mei mayo maggio mag maio maja toukokuuta květen května mayis május мая май μαΐου μάιος
μάι;
june jun juin juni junio giugno giu junho czerwiec czerwca cze kesäkuuta červen června haziran
június iunie iun июня июнь июн ιουνίου ιούνιος ιουν;
july jul juil juillet juli julio luglio lug julho lipiec lipca lip heinäkuuta červenec července
temmuz július iulie iul июля июль июл ιουλίου ιούλιος ιουλ;
august aug août aoû aou augustus agosto ago augusti sierpień sierpnia sie elokuuta srpen srpna
ağustos augusztus августа август авг αυγούστου αύγουστος αυγ;
september sep sept septembre septiembre settembre set setembro wrzesień września wrz syyskuuta
září eylül szeptember szept septembrie сентября сентябрь сен сент σεπτεμβρίου σεπτέμβριος σεπ;
october oct octobre oktober okt octubre ottobre ott outubro out październik października paź
lokakuuta říjen října ekim octombrie октября октябрь окт οκτωβρίου οκτώβριος οκτ;
november nov novembre noviembre novembro listopad listopada lis marraskuuta listopadu kasim
noiembrie ноября ноябрь ноя νοεμβρίου νοέμβριος νοε;
december dec déc décembre dezember dez desember des diciembre dic dicembre dezembro grudzień
grudnia gru joulukuuta prosinec prosince aralik decembrie декабря декабрь дек δεκεμβρίου
δεκέμβριος δεκ;
"""
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


MONTHS = {
    plain(name): month
    for month, names in zip(ENGLISH, NAMES.strip().strip(";").split(";"), strict=True)
    for name in names.split()
}
UNSAID = {plain(word) for word in BESIDE.split()}


def in_english(text: str) -> str | None:
    """Return a date with an English month and single blanks (`2. März 2024` is `2 Mar 2024`).

    None where it names no month, or a word that belongs to no date.
    """
    words = WORD.findall(text)
    months = [MONTHS[plain(word)] for word in words if plain(word) in MONTHS]
    if not months or any(plain(word) not in MONTHS and plain(word) not in UNSAID for word in words):
        return None
    month = months[-1]  # `Mar 2 Mar 2024` begins with a French Tuesday
    parts = re.sub(r"[^\w]+", " ", WORD.sub(lambda m: _kept(m[0], month), text))
    parts_read = parts.split()
    extra = parts_read.index(month) if parts_read.count(month) > 1 else None
    return " ".join(part for at, part in enumerate(parts_read) if at != extra)


def _kept(word: str, month: str) -> str:
    return f" {month} " if MONTHS.get(plain(word)) == month else " "
