"""What values say of whole rows: deals that were lost, orders cancelled, credits, currencies."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning, numbers
from gosales_lib.sales_log.numbers import Sign

MOST_VALUES = 25
WON = "won gewonnen gagne gagnee ganado ganada vinto ganho wygrana"
NO_SALE = """lost cancelled canceled cancel void voided draft quote quotation prospecting proposal
    negotiation qualification open pending hold disputed failed declined rejected deleted expired
    unpaid internal intercompany test abandoned storniert storno annulliert verloren angebot offen
    entwurf annule annulee perdu devis brouillon intern interne cancelado cancelada anulado anulada
    perdido presupuesto borrador annullato annullata perso preventivo geannuleerd anulowane
    anulowany annulleret annullerad makulerad true reversed キャンセル 取消 失注 見積 保留"""
CREDIT = """credit refund return returned returns gutschrift retoure avoir remboursement abono
    devolucion reso storno nota kreditnota kredit creditnota zwrot korekta rma cm 返品 赤伝"""
CODES = [
    "USD",
    "EUR",
    "GBP",
    "CHF",
    "CAD",
    "AUD",
    "NZD",
    "JPY",
    "CNY",
    "HKD",
    "SGD",
    "INR",
    "SEK",
    "NOK",
    "DKK",
    "ISK",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "TRY",
    "RUB",
    "ILS",
    "ZAR",
    "BRL",
    "MXN",
    "ARS",
    "CLP",
    "COP",
    "KRW",
    "THB",
    "MYR",
    "IDR",
    "PHP",
    "AED",
    "SAR",
]
SIGNS = {"£": "GBP", "€": "EUR", "¥": "JPY", "$": "USD", "zł": "PLN", "R$": "BRL", "kr": "SEK"}
SIGNS |= {"US$": "USD", "C$": "CAD", "A$": "AUD", "Kč": "CZK", "₹": "INR", "₩": "KRW", "₺": "TRY"}


def _known(text: str) -> set[str]:
    return {words.plain(word.casefold()) for word in text.split()}


LOST, GAINED, BACK = _known(NO_SALE), _known(WON), _known(CREDIT)


def states(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame) -> None:
    """Find columns that say which rows are no sales: won deals are kept, the rest is asked."""
    for e in seen:
        if not 0 < e.distinct <= MOST_VALUES or e.is_date or (e.is_number and not _is_flag(e)):
            continue
        counts = _counts(rows, e.name)
        cut = {value: _words(value) for value in counts}
        flag = bool(e.says(words.STATUS)) and _is_flag(e)
        lost = [v for v, said in cut.items() if said & LOST or (flag and v in ("1", "Y", "yes"))]
        won = [v for v, said in cut.items() if said & GAINED and not said & LOST]
        if won and len(won) < len(counts):
            rule = {"column": e.name, "keep": won}
            roles.keys.setdefault("where", []).append(rule)
            roles.note("where", f"{e.name!r} says which deals were won: the others are no sales")
        elif lost and len(lost) < len(counts) and (e.says(words.STATUS | words.KIND) or flag):
            _ask_lost(e, lost, roles, counts)


def _ask_lost(e: Evidence, lost: list[str], roles: Roles, counts: dict[str, int]) -> None:
    rule = {"column": e.name, "leave_out": lost}
    roles.keys.setdefault("where", []).append(rule)
    others = [value for value in roles.keys["where"] if value is not rule]
    number = sum(counts[value] for value in lost)
    roles.ask(
        "where",
        f"{e.name!r} holds {', '.join(map(repr, lost[:6]))} in {number:,} rows: are they no sales?",
        lost,
        [
            Answer(f"where: [{{column: {e.name}, leave_out: {lost}}}]", {}),
            Answer("no `where` on this column", {"where": others}),
        ],
    )


def returns(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame, usual: Sign) -> None:
    """Ask about credits and refunds whose numbers are positive like those of sales."""
    money = (roles.columns.get(role) for role in ("revenue", "gross_profit", "unit_price"))
    columns = [next(filter(None, money), None), roles.columns.get("quantity")]
    numeric = [str(column) for column in columns if column]
    for e in seen:
        if not e.is_text or not 1 < e.distinct <= MOST_VALUES or e.says(words.PRODUCT, words.PARTY):
            continue
        back = [value for value in _counts(rows, e.name) if _words(value) & BACK]
        if not back or len(back) == e.distinct:
            continue
        some = rows.filter(cleaning.text(e.name).is_in(back))
        signs = {name: numbers.judge(rows[name]).sign or usual for name in numeric}
        values = [numbers.number(some[name], sign).drop_nulls() for name, sign in signs.items()]
        if values and all(evidence.share(value > 0) > 0.5 for value in values):
            _ask_returns(e.name, back, roles)
            return


def _ask_returns(column: str, back: list[str], roles: Roles) -> None:
    key = {"column": column, "values": back}
    roles.keys["returns"] = key
    asks = f"rows whose {column!r} is {', '.join(map(repr, back))} are positive like sales"
    answers = [
        Answer(f"returns: {{column: {column}, values: {back}}}", {"returns": key}),
        Answer("no `returns`", {"returns": None}),
    ]
    roles.ask("returns", f"{asks}: are they returns?", back, answers)


def currency(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame) -> str:
    """Return the currency of the log; several are asked about, one is simply read."""
    seen = list(seen)
    for e in seen:
        codes = {k.upper(): n for k, n in _counts(rows, e.name).items()} if e.is_text else {}
        coded = bool(codes) and set(codes) <= set(CODES)
        if coded and e.distinct <= MOST_VALUES:
            roles.columns["currency"] = e.name
            if len(codes) > 1:
                _ask_currency(e.name, codes, roles)
            return max(codes, key=codes.__getitem__)
    shown = _shown(seen, roles, rows)
    if len(shown) > 1:
        told = ", ".join(f"{code} ({number:,})" for code, number in shown.items())
        roles.ask(
            "currency",
            f"the amounts are written in several currencies: {told}; are they one?",
            list(shown),
            [Answer(f"currency: {next(iter(shown))}", {})],
        )
    if shown:
        return max(shown, key=shown.__getitem__)
    for e in seen:
        for code in CODES:
            if code.lower() in e.words or code in e.name.split():
                return code
    roles.note("currency", "no currency shows in the log")
    return "USD"


def _ask_currency(column: str, codes: dict[str, int], roles: Roles) -> None:
    ranked = sorted(codes, key=codes.__getitem__, reverse=True)
    told = ", ".join(f"{code} ({codes[code]:,} rows)" for code in ranked)
    roles.ask(
        "currency",
        f"{column!r} holds {told}: money of different currencies is not summed; keep one, or give "
        "`rates: {file: rates.csv, by: currency, gives: rate}`",
        ranked,
        [Answer(f"currency: {code}", {"currency": code}) for code in ranked[:4]],
    )


def _shown(seen: list[Evidence], roles: Roles, rows: pl.DataFrame) -> dict[str, int]:
    """Return the currencies that amounts are written with, and in how many rows."""
    found: dict[str, int] = {}
    for role in ("revenue", "gross_profit", "unit_price"):
        name = roles.columns.get(role)
        names = [str(name)] if name else []
        if not names and role == "gross_profit" and not found:
            names = [e.name for e in seen if e.is_number and rows[e.name].dtype == pl.String]
        for column in names:
            if rows[column].dtype != pl.String:
                continue
            marks = rows[column].str.extract(r"([^\d\s.,'()+\-\u2212\u2019%]{1,4})").drop_nulls()
            for mark, number in marks.value_counts().sort("count", descending=True).iter_rows():
                code = SIGNS.get(mark) or (mark.upper() if mark.upper() in CODES else None)
                if code:
                    found[code] = found.get(code, 0) + number
        if found:
            break
    return found


def _counts(rows: pl.DataFrame, name: str) -> dict[str, int]:
    values = rows.select(cleaning.text(name).alias("value")).to_series().drop_nulls()
    if values.len() == 0 or values.n_unique() > MOST_VALUES:
        return {}
    return dict(values.value_counts().sort("count", "value", descending=[True, False]).iter_rows())


def _words(value: str) -> set[str]:
    """Return a value's words; `Not cancelled` and `Non annullato` say nothing of the kind."""
    found = set(words.plain(value.casefold()).replace("-", " ").replace("_", " ").split())
    return set() if found & {"not", "no", "non", "nicht", "false"} else found


def _is_flag(e: Evidence) -> bool:
    return e.distinct <= 2
