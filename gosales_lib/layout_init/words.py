"""What people call their columns: one table of words per kind, in one spelling.

A name is cut into words (`CustomerID`, `customer_id`, `CUSTOMERID` and `Kunden-Nr.` alike), without
case and accents; what is run together is cut into words that the table knows.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TABLE = {
    "quantity": """qty quantity quantities units pieces piece pcs menge anzahl stk stuck
        stueck quantite qte cantidad cant quantita qta quantidade qtd qtde aantal ilosc antal
        mnozstvi qnty fkimg kwmeng lfimg 数量
        个数 ilosci""",
    "measure": "bottles cases cds seats hours stunden volume litres liters tons tonnen kg",
    "profit": """gp gm profit margin contribution rohertrag marge margen margine margem db
        marza deckungsbeitrag benefice beneficio utile lucro gewinn winst zysk vinst 粗利 利益
        粗利益 毛利""",
    "revenue": """revenue amount amt sales sale total value turnover net umsatz betrag summe
        erloes erloese netto importe montant extended ext extprice subtotal spend dollars
        dollar usd eur gbp ventes vente ht ca ventas venta ingresos ingreso fatturato importo
        ricavi ricavo imponibile valor valore receita venda vendas faturamento totale omzet
        bedrag kwota wartosc sprzedaz belopp summa omsattning belob omsaetning wert netwr
        nettowert 金額 売上 売上高 売上金額 金额 销售额""",
    "price": """price unitprice preis einzelpreis stueckpreis stuckpreis prix precio prezzo
        preco cena pris prijs pu stuksprijs each retail 単価 单价 価格""",
    "cost": """cost costs cogs kosten einstand einkaufspreis ek wareneinsatz coste cout costo
        custo kostprijs koszt kostnad kostpris wavwr 原価 成本""",
    "tax": """tax vat taxes mwst mehrwertsteuer ust umsatzsteuer steuer iva tva gst hst pst
        duty impuesto imposto btw moms podatek 消費税 税 税額 税金""",
    "discount": """discount discounts disc rabatt nachlass skonto remise descuento desconto
        sconto rebate rebates korting rabat promo coupon 値引 割引 折扣""",
    "freight": """freight shipping postage fracht versand versandkosten porto handling
        delivery envio frete spedizione livraison verzending fragt surcharge tip tips 送料
        运费""",
    "running": """ytd mtd cumulative cumul cumulated running balance kumuliert saldo solde
        acumulado cumulato lifetime budget forecast quota 累計 残高""",
    "percent": """percent pct percentage prozent pourcentage porcentaje rate satz taux tasa
        ratio %""",
    "list": "msrp rrp list listprice catalog catalogue uvp tarif",
    "gross": "gross brutto bruto brut ttc lordo incl including inkl",
    "line": "line ext extended extension lineitem position net netto ht",
    "party": """customer customers client clients account reseller dealer buyer cust acct
        distributor kunde kunden debitor auftraggeber cliente clienti clientes company
        subscriber member shopper payer billto soldto klant klanten klient klienta kontrahent
        kontrahenta nabywca odbiorca kund kunder kunnr kunag firma societe empresa azienda
        debtor debiteur partner organisation organization consumer purchaser abonne acheteur
        asiakas zakaznik 得意先 顧客 取引先 客户 客戶""",
    "ship": "ship shipto recipient consignee lieferadresse",
    "email": "email mail",
    "key": """id key no nr nummer number num code ref kod codigo codice numero nro numer cislo
        kode コード 番号 编号""",
    "name": """name names nom nombre nome naam nazwa namn navn bezeichnung name1 firstname
        lastname 名 名称 氏名""",
    "date": """date day datum fecha data time timestamp datetime when created placed dato dag
        dzien giorno dia jour tag paid billed booked posting factuurdatum fakturadatum
        rechnungsdatum fkdat audat erdat budat 日付 日期 日 年月日 売上日 注文日""",
    "period": """month months monat mois mes mese maand miesiac manad period year yr jahr
        annee ano anno jaar rok week woche quarter qtr quartal trimestre 年 月""",
    "order": """invoice invoices inv order orders document doc receipt transaction rechnung
        beleg bill auftrag voucher basket facture factura fattura fatura ticket vbeln billing
        bestellung bestellnummer factuur factuurnummer commande pedido ordine ordem encomenda
        zamowienie faktura faktury fakturanr zamowienia bon po bestelling ordre bestilling
        deal opportunity 伝票 注文 請求書 发票 订单 受注""",
    "product": """product products item items description article artikel sku stockcode part
        material produkt producto produit desc goods matnr arktx articulo articolo prodotto
        produto descricao descripcion descrizione designation libelle towar vara varenr
        varenavn service lineitem track title tuote bezeichnung drug molecule medicine 商品
        品名 品番 製品 产品 商品名""",
    "division": """division category line family group segment brand department subcategory
        class warengruppe sparte kategorie gamme productline categorie categoria famille
        familia rubro linea gruppo gruppe reparto grupo grupa kategoria varegruppe
        produktgruppe matkl spart vendor genre kategori sector catg cat type 分類 部門 区分
        カテゴリ カテゴリー 类别 类""",
    "rep": """rep salesperson salesrep employee seller agent vertreter owner verkaeufer
        salesman vendedor vendeur advisor consultant manager aussendienst handlowiec
        vertegenwoordiger commercial venditore commerciale saelger saljare reps staff 担当者
        担当 营业员""",
    "branch": """branch office territory region filiale niederlassung location store depot
        country land state pays pais district warehouse city town province county stadt ville
        ciudad vkorg outlet shop magasin tienda paese kraj oddzial 支店 地域 国 店舗""",
    "place": "address adresse direccion indirizzo endereco",
    "store": "store outlet shop magasin tienda filiale pharmacy hospital 店舗",
    "currency": """currency curr waehrung devise moneda valuta moeda waluta munt waerk waers
        通貨 币种""",
    "status": """status stage state phase zustand statut estado stato stan storno cancelled
        canceled fulfillment 状態""",
    "kind": "type art typ tipo kind transaction document doc",
    "trait": """type city town country state region address street phone fax zip postal
        postcode plz since class status group gruppe segment po tel contact email mail
        priority mode""",
}
"""Kind: its words. A word may be of several kinds; values and arithmetic decide between them."""

_ACCENTS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d"})
_TOKENS = re.compile(r"[^\W_]+|[%#]")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")
_LEAST = 2
"""Letters of a word that a name may be cut into; signs of other scripts may stand alone."""


def plain(text: str) -> str:
    """Return a text without case and accents, in one normal form."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(_ACCENTS))
    bare = "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFC", bare)


def _both(word: str) -> set[str]:
    """Return a word as it is spelled: `waehrung` is `wahrung` in a header without accents."""
    word = plain(word.casefold())
    short = re.sub(
        r"(?<=[bdfgklmnprstvwz])(ae|oe|ue)(?=[bcdfghklmnprstvwz])", lambda m: m[0][0], word
    )
    return {word, short}


def _kind(name: str) -> set[str]:
    return {spelled for word in TABLE[name].split() for spelled in _both(word)}


QUANTITY, PROFIT, REVENUE, PRICE = map(_kind, ("quantity", "profit", "revenue", "price"))
MEASURE = _kind("measure")
COST, TAX, DISCOUNT, FREIGHT = map(_kind, ("cost", "tax", "discount", "freight"))
RUNNING, PERCENT, LIST, GROSS, LINE = map(_kind, ("running", "percent", "list", "gross", "line"))
PARTY, SHIP, EMAIL, KEY, NAME = map(_kind, ("party", "ship", "email", "key", "name"))
DATE, PERIOD, ORDER = map(_kind, ("date", "period", "order"))
PRODUCT, DIVISION, REP, BRANCH = map(_kind, ("product", "division", "rep", "branch"))
PLACE, STORE, CURRENCY, STATUS, KIND, TRAIT = map(
    _kind, ("place", "store", "currency", "status", "kind", "trait")
)
NO_MONEY = TAX | DISCOUNT | FREIGHT | RUNNING | PERCENT | LIST
"""A column of such a name is never the money of a sale."""
_FILLERS = {"of", "to", "per", "the", "de", "du", "des", "la", "le", "unit", "bill", "sold", "each"}
_FILLERS |= {"excl", "ex", "excluding", "exkl", "ohne", "without", "hors", "senza", "sem", "sin"}
_FILLERS |= {"item", "ordered", "shipped", "invoiced", "date", "purchase", "due", "code", "address"}
KNOWN = frozenset(spelled for name in TABLE for spelled in _kind(name)) | _FILLERS
EXCLUDED = {"excl", "ex", "excluding", "exkl", "ohne", "without", "hors", "senza", "sem", "sin"}
EXCLUDED |= {"before", "after", "less", "ht"}
"""Beside these, a word such as tax says what is not in the amount."""
_JOINED = {"billto", "soldto", "shipto", "productline", "unitprice", "salesrep", "salesperson"}
_JOINED |= {"lineitem", "extprice", "listprice", "firstname", "lastname", "subtotal"}


@lru_cache(maxsize=4096)
def parts(name: str) -> tuple[str, ...]:
    """Return the words of a column's name: `CustomerID` and `CUSTOMERID` are customer, id."""
    found: list[str] = []
    for token in _TOKENS.findall(plain(name)):
        whole = "no" if token == "#" else token.casefold()
        pieces = [whole] if whole in KNOWN or whole == "%" else _PARTS.findall(token)
        for one in (
            word for piece in pieces for word in _cut(piece.casefold()) or [piece.casefold()]
        ):
            if found and found[-1] + one in _JOINED:
                found[-1] += one
            else:
                found.append(one)
    return tuple(found)


@lru_cache(maxsize=4096)
def _cut(word: str) -> list[str] | None:
    """Return a word that is run together as known words, the longest first; else None."""
    if word in KNOWN:
        return [word]
    for end in range(len(word) - 1, 0, -1):
        head = word[:end] if word[:end] in KNOWN else word[:end].removesuffix("s")  # Rechnungs-nr
        if head in KNOWN and (len(head) > _LEAST or not head.isascii()):
            tail = word[end:]
            if (len(tail) >= _LEAST or not tail.isascii()) and (rest := _cut(tail)):
                return [head, *rest]
    return None


def without(name: str, words: set[str]) -> str:
    """Return a name's other words run together, so that `A_Qty`, `A GP` and `A` are the same."""
    return "".join(part for part in parts(name) if part not in words)
