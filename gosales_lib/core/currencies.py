"""Signs and names of currencies, and the codes (ISO 4217) that they stand for."""

from __future__ import annotations

CODES = (
    *("USD", "EUR", "GBP", "CHF", "CAD", "AUD", "NZD", "JPY", "CNY", "HKD", "SGD", "INR", "SEK"),
    *("NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN", "TRY", "RUB", "ILS", "ZAR", "BRL"),
    *("MXN", "ARS", "CLP", "COP", "KRW", "THB", "MYR", "IDR", "PHP", "AED", "SAR", "PEN", "EGP"),
    *("UAH", "VND", "TWD", "HRK", "RSD", "QAR", "KWD", "NGN", "KES", "MAD", "PKR", "BDT", "LKR"),
    "UYU",
)
"""Currencies (ISO 4217) that are known in texts, the most usual first."""
SIGNS = {"£": "GBP", "€": "EUR", "¥": "JPY", "$": "USD", "zł": "PLN", "R$": "BRL", "kr": "SEK"}
SIGNS |= {"US$": "USD", "C$": "CAD", "A$": "AUD", "Kč": "CZK", "₹": "INR", "₩": "KRW", "₺": "TRY"}
SIGNS |= {"Ft": "HUF", "Fr.": "CHF", "SFr.": "CHF", "Rs": "INR", "Rs.": "INR", "RMB": "CNY"}
SIGNS |= {"Euro": "EUR", "Euros": "EUR", "Dollar": "USD", "US Dollar": "USD", "Yen": "JPY"}
SIGNS |= {"Pound": "GBP", "Pound Sterling": "GBP", "Sterling": "GBP", "Swiss Franc": "CHF"}
SIGNS |= {"kr.": "SEK", "円": "JPY", "元": "CNY", "원": "KRW", "₽": "RUB", "TL": "TRY", "₴": "UAH"}
SIGNS |= {"₪": "ILS", "฿": "THB", "₫": "VND", "lei": "RON"}
SIGNS |= {"HK$": "HKD", "S$": "SGD", "NT$": "TWD", "NZ$": "NZD", "MX$": "MXN", "CA$": "CAD"}
SIGNS |= {"AU$": "AUD", "RM": "MYR", "Rp": "IDR", "R": "ZAR", "₱": "PHP", "₦": "NGN", "грн": "UAH"}
SIGNS |= {"руб": "RUB", "руб.": "RUB", "лв": "BGN"}  # noqa: RUF001
CROWNS, DOLLARS = ("DKK", "NOK", "ISK"), ("CAD", "AUD", "NZD", "HKD", "SGD", "MXN")
ALSO = {"kr": CROWNS, "kr.": CROWNS, "$": DOLLARS, "Dollar": DOLLARS, "¥": ("CNY",)}
ALSO |= dict.fromkeys(("Rs", "Rs."), ("PKR", "LKR"))
"""Further currencies of a sign, which stands for them where a layout names one of them."""
_CODES = {sign.casefold(): code for sign, code in SIGNS.items()}


def code(written: str) -> str:
    """Return the code of a currency: of its sign or name, else the text in capitals."""
    return _CODES.get(written.strip().casefold(), written.strip().upper())


def spellings(currency: str) -> list[str]:
    """Return a currency as it may be written: its code, signs and names."""
    named = code(currency)
    signs = [sign for sign, of in SIGNS.items() if named in (of, *ALSO.get(sign, ()))]
    return [currency, *signs]
