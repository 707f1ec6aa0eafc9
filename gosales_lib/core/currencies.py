"""Signs and names of currencies, and the codes (ISO 4217) that they stand for."""

from __future__ import annotations

SIGNS = {"£": "GBP", "€": "EUR", "¥": "JPY", "$": "USD", "zł": "PLN", "R$": "BRL", "kr": "SEK"}
SIGNS |= {"US$": "USD", "C$": "CAD", "A$": "AUD", "Kč": "CZK", "₹": "INR", "₩": "KRW", "₺": "TRY"}
SIGNS |= {"Ft": "HUF", "Fr.": "CHF", "SFr.": "CHF", "Rs": "INR", "Rs.": "INR", "RMB": "CNY"}
SIGNS |= {"Euro": "EUR", "Euros": "EUR", "Dollar": "USD", "US Dollar": "USD", "Yen": "JPY"}
SIGNS |= {"Pound": "GBP", "Pound Sterling": "GBP", "Sterling": "GBP", "Swiss Franc": "CHF"}
_CODES = {sign.casefold(): code for sign, code in SIGNS.items()}


def code(written: str) -> str:
    """Return the code of a currency: of its sign or name, else the text in capitals."""
    return _CODES.get(written.strip().casefold(), written.strip().upper())


def spellings(currency: str) -> list[str]:
    """Return a currency as it may be written: its code, signs and names."""
    return [currency, *(sign for sign, of in SIGNS.items() if of == code(currency))]
