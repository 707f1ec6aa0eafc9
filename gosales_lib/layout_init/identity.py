"""Evidence that two spellings are one customer, and that two files hold the same orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from gosales_lib.core import keys, spelling
from gosales_lib.layout_init import evidence, questions, words
from gosales_lib.layout_init.evidence import Table
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.sales_log import cleaning, spellings

SURE = 0.95
"""Share of the groups of spellings, or of the orders told twice, that must agree."""
CASELESS = r"(?i)@|^\{?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\}?$"
"""Keys in which case tells nothing: e-mail addresses, GUIDs."""
CODED = r"^(?:.*[(\[]([^\s()\[\]]*\d[^\s()\[\]]*)[)\]]|(\S*\d\S*) [-\u2013:|] .*)$"
"""A name with its code in one value: `Abbott Ltd (10450)`, `10450 - Abbott Ltd`."""
KEYS = ("invoice", "customer_id", "product")
AGAIN = 0.5
"""Share of the lines of orders in several files that both files must hold."""


def newest(roles: Roles) -> Table:
    """Return the rows with each order from its newest file only, so that it counts once."""
    log, invoice = roles.log, roles.column("invoice")
    heights = [table.rows.height for table in roles.looked.log]
    if len(heights) < 2 or not invoice or log.rows.height != sum(heights):
        return log
    file = pl.Series(range(len(heights)), dtype=pl.Int32).repeat_by(pl.Series(heights)).explode()
    order = log.texts(invoice)
    frame = pl.DataFrame({"file": file, "order": order})
    is_last = frame.select(pl.col("file") == pl.col("file").max().over("order")).to_series()
    return Table(log.rows.filter(is_last | order.is_null()), log.decimal)


def line_number(rows: pl.DataFrame, roles: Roles) -> str:
    """Return the column that numbers rows, or the lines of each order; empty without one.

    A copy of a row with the same number is the same line, not a second sale.
    """
    invoice, unique = roles.column("invoice"), rows.unique()
    for name in unique.columns:
        parts = words.of(name)
        if name in roles.used or not parts & (words.LINE | words.KEY | words.ORDER):
            continue
        if parts & (words.REVENUE | words.QUANTITY | words.PRICE | words.PARTY | words.PRODUCT):
            continue
        by = [invoice, name] if invoice else [name]
        if not unique.select(pl.struct(by).is_duplicated().any()).item():
            return name
    return ""


def revisions(roles: Roles) -> None:
    """Take an order from its newest file where several files hold it.

    Where the files tell otherwise of one, the newest is the one that reaches furthest; if that is
    not the last by its name, or an order has other days in it, a person must say which one counts.
    """
    looked = roles.looked
    named = {role: name for role in KEYS if (name := roles.column(role))}
    if len(looked.log) < 2 or not {"invoice", "customer_id"} <= set(named):
        return
    if not set(named.values()) <= set(looked.log[0].columns):
        return
    twice = _orders_in_several_files(roles, named)
    if twice.is_empty():
        return
    customers = twice.group_by("invoice").agg(pl.col("customer_id").n_unique())["customer_id"]
    same = twice.select(pl.col("file").n_unique().over(*named) > 1).to_series()
    if evidence.share(customers == 1) < SURE or evidence.share(same) < AGAIN:
        return
    what = f"{len(customers):,} orders, such as {twice['invoice'][0]!r}, stand in several files"
    each = twice.group_by("invoice", "file").agg(
        pl.col("line").sort(), pl.col("edge").any(), pl.col("reach").first(), pl.col("day").min()
    )
    why, ways = _unordered(looked, each.sort("invoice", "file")), ["newest", "all"]
    if not why and each["edge"].all() and not _in_two_files(each):
        why = "each file holds other lines of them, at its beginning or end"
    is_cut = bool(why) and "product" in named and not _contradicts(twice, list(named))
    if is_cut:
        ways.insert(0, "union")
    roles.keys["revisions"] = ways[0]
    answers = questions.of_key("revisions", ways)
    if not why:
        roles.settle("revisions", f"{what}, and the newest one counts", answers)
    elif is_cut and _only_at_edges(each):
        what += ", equal but for lines of an order that a file begins or ends with"
        roles.settle("revisions", f"{what}: each line counts once", answers)
    else:
        roles.ask("revisions", f"{what}; {why}: which lines count?", (), answers)


def _in_two_files(each: pl.DataFrame) -> bool:
    """Return whether any line of an order stands in two files."""
    return bool(
        each.explode("line").select(pl.struct("invoice", "line").is_duplicated().any()).item()
    )


def _contradicts(twice: pl.DataFrame, key: list[str]) -> bool:
    """Return whether files hold other lines of the same product of an order."""
    each = twice.group_by(*key, "file").agg(pl.col("line").sort())
    return bool(each.select((pl.col("line").n_unique().over(key) > 1).any()).item())


def _only_at_edges(each: pl.DataFrame) -> bool:
    """Return whether orders are the same in all files, but for those at an edge of a file."""
    orders = each.group_by("invoice").agg(pl.col("line").n_unique() > 1, pl.col("edge").any())
    return not orders["line"].all() and bool(orders.filter("line")["edge"].all())


def _orders_in_several_files(roles: Roles, named: Mapping[str, str]) -> pl.DataFrame:
    """Return the lines of invoices that several files hold.

    Columns: the roles, file, day, line (the same for the same sale), edge (whether the line stands
    at the beginning or end of its file), reach (the last day of the file).
    """
    files, parts, index = roles.looked.log, [], pl.int_range(pl.len())
    numbers = set(map(roles.column, ("quantity", *MONEY))) & set(files[0].columns)
    for number, table in enumerate(files):
        values = [table.table.numbers(name).cast(pl.Float64) for name in sorted(numbers)]
        values = [value.alias(f"number {i}") for i, value in enumerate(values)]
        part = table.rows.select(keys.normal(name).alias(role) for role, name in named.items())
        part = part.with_columns(roles.days(table.rows).alias("day"), *values)
        part = part.with_columns(
            line=part.hash_rows(seed=17),
            file=pl.lit(number),
            edge=(index == 0) | (index == pl.len() - 1),
            reach=pl.col("day").max(),
        )
        parts.append(part)
    several = pl.col("file").n_unique().over("invoice") > 1
    return pl.concat(parts).drop_nulls("invoice").filter(several)


def _unordered(looked: Looked, each: pl.DataFrame) -> str:
    """Return why the newest file of an order is unclear; empty where it is clear."""
    differ = each.filter(pl.col("line").n_unique().over("invoice") > 1)
    if differ.is_empty():
        return ""
    fewer = (pl.col("line").list.len().diff() < 0).over("invoice")
    alone = pl.lit(each["invoice"].n_unique() == 1)
    cut = differ.filter(pl.col("edge"), fewer | (alone & (pl.col("file") > pl.col("file").min())))
    if cut.height:
        named = looked.log[cut["file"][0]].name
        return f"{named} begins or ends with {cut['invoice'][0]!r}, and may hold a part of it"
    later = differ.filter(pl.col("day").n_unique().over("invoice") > 1)
    if later.height:
        return f"the files give {later['invoice'][0]!r} other days, as parts of one order have"
    back = differ.filter((pl.col("reach").diff() <= timedelta(0)).over("invoice"))
    if back.is_empty():
        return ""
    older, newer = differ.filter(invoice=back["invoice"][0])["file"].to_list()[:2]
    names = [looked.log[number].name for number in (older, newer)]
    return f"they differ, and {names[1]}, the last by its name, reaches no further than {names[0]}"


def alike(roles: Roles) -> None:
    """Take spellings for one customer where their names or the customers file say so.

    Alarms ask about the other ones.
    """
    customer, name = roles.column("customer_id"), roles.column("customer_name")
    if not customer:
        return
    described, ids = roles.looked.customers, roles.log.ids(customer)
    groups = spellings.groups(ids)
    spelled = groups["id"].explode()
    if groups.height and spelled.str.contains(CASELESS).all():
        _take(roles, "e-mail addresses and GUIDs differ in case, which tells no two apart")
    elif groups.height and _hold_codes(ids.unique().drop_nulls()):
        _take(roles, "each customer's spellings hold one code, such as " + repr(groups["id"][0][0]))
    elif groups.height and name:
        named = roles.log.rows.select(
            alike=spellings.forms(ids),
            id=ids,
            name=cleaning.text(name).map_elements(_plain, pl.String),
        ).unique()
        each = named.drop_nulls().group_by("alike").agg(pl.col("name", "id").n_unique())
        twice = each.join(groups.select("alike", spelled=pl.col("id").list.len()), "alike")
        is_one = (twice["name"] == 1) & (twice["id"] == twice["spelled"])
        tells = each["name"].sum() <= (1 + 1 - SURE) * named["name"].n_unique()
        if twice.height == groups.height and is_one.all() and tells:
            what = f"{groups.height:,} customers stand in several spellings of their key, such as "
            what += " and ".join(map(repr, groups["id"][0][:3]))
            _take(roles, f"{what}, under one name")
    elif not groups.height and described:
        listed = described.table.ids(roles.looked.customer_key).drop_nulls()
        ordered = ids.unique().drop_nulls()
        if spellings.groups(listed).height:  # two customers there: a person must tell them apart
            return
        exact = evidence.within(ordered, listed)
        alike = evidence.within(*map(spellings.forms, (ordered, listed)))
        if exact < AGAIN <= alike:
            _take(roles, "the customers file spells keys in another way than the log")


def _hold_codes(ids: pl.Series) -> bool:
    """Return whether each key is a name with a code, one for all of its spellings."""
    parts = pl.DataFrame({"id": ids}).select(
        code=pl.coalesce(pl.col("id").str.extract(CODED, group) for group in (1, 2)),
        alike=spellings.forms(ids),
    )
    counts = parts.unique().select(pl.all().n_unique(), rows=pl.len()).row(0)
    return not parts["code"].has_nulls() and len(set(counts)) == 1


def _take(roles: Roles, what: str) -> None:
    roles.keys["keys"] = "alike"
    answers = questions.of_key("keys", ("alike", "exact"))
    roles.settle("keys", f"{what}: case, leading zeros and signs are passed over", answers)


def _plain(name: str) -> str:
    return "".join(sign for sign in spelling.plain(name.casefold()) if sign.isalnum())
