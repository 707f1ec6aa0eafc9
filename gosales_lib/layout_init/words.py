"""What people call their columns, in the languages that sales logs here are written in."""

from __future__ import annotations

import re

QUANTITY = {"qty", "quantity", "quantities", "units", "pieces", "pcs", "menge", "anzahl", "stk"}
QUANTITY |= {"stueck", "quantite", "cantidad", "volume", "qnty"}
PROFIT = {"gp", "gm", "profit", "margin", "contribution", "rohertrag", "marge", "margen", "db"}
REVENUE = {"revenue", "amount", "sales", "total", "value", "turnover", "net", "umsatz", "betrag"}
REVENUE |= {"erloes", "importe", "montant", "extended", "subtotal", "spend"}
PRICE = {"price", "unitprice", "preis", "einzelpreis", "prix", "precio"}
COST = {"cost", "costs", "cogs", "kosten", "einstand", "coste", "cout"}
PARTY = {"customer", "client", "account", "reseller", "dealer", "buyer", "cust", "acct", "kunde"}
PARTY |= {
    "kunden",
    "kundenname",
    "debitor",
    "cliente",
    "company",
    "subscriber",
    "member",
    "shopper",
}
KEY = {
    "id",
    "key",
    "no",
    "nr",
    "nummer",
    "number",
    "num",
    "code",
    "ref",
    "kundennr",
    "kundennummer",
}
_BOTH = {"customerid", "custid", "accountid", "clientid", "customerno", "custno", "kundennr"}
_BOTH |= {"kundennummer", "kundenid", "debitorennr", "debitorennummer"}
KEY, PARTY = KEY | _BOTH, PARTY | _BOTH
NAME = {"name", "names", "kundenname", "firma", "nom", "nombre"}
DATE = {"date", "day", "datum", "fecha", "time", "timestamp", "datetime", "when"}
ORDER = {"invoice", "order", "document", "receipt", "transaction", "rechnung", "beleg", "bill"}
ORDER |= {"auftrag", "voucher", "basket", "facture", "factura", "ticket", "invoiceno", "orderid"}
PRODUCT = {"product", "item", "description", "article", "artikel", "sku", "stockcode", "part"}
PRODUCT |= {"material", "produkt", "producto", "produit", "desc", "bezeichnung", "goods"}
DIVISION = {"division", "category", "line", "family", "group", "segment", "brand", "department"}
DIVISION |= {"subcategory", "class", "warengruppe", "sparte", "kategorie", "gamme", "productline"}
REP = {"rep", "salesperson", "salesrep", "employee", "seller", "agent", "vertreter", "owner"}
REP |= {"verkaeufer", "salesman", "vendedor", "vendeur", "advisor", "consultant"}
BRANCH = {
    "branch",
    "office",
    "territory",
    "region",
    "filiale",
    "niederlassung",
    "location",
    "store",
}
BRANCH |= {"depot", "country", "land", "state", "pays", "pais", "district", "warehouse"}

_PARTS = re.compile(r"[A-ZÄÖÜ]+(?![a-zäöüß])|[A-ZÄÖÜ]?[a-zäöüßéèáíóúñç]+|\d+")
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "á": "a"})


def parts(name: str) -> list[str]:
    """Return the words of a column's name: `CustomerID` and `customer_id` are customer, id."""
    return [part.lower().translate(_PLAIN) for part in _PARTS.findall(name)]


def without(name: str, words: set[str]) -> str:
    """Return a name's other words run together, so that `A_Qty`, `A GP` and `A` are the same."""
    return "".join(part for part in parts(name) if part not in words)
