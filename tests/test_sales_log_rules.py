"""Rules of a layout for rows: join, fill down, accounts, rates, returns."""

import pytest
from order_lines import HEAD
from order_lines import LAYOUT as BASE

from gosales_lib import layout, sales_log


def read(folder, files, **changed):
    """Return the log of files by name as a layout reads it; its account must close."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    columns = BASE["columns"] | changed.pop("columns", {})
    known = layout.Layout.model_validate(
        BASE | {"columns": {k: v for k, v in columns.items() if v}, "files": "log*"} | changed
    )
    log = sales_log.read(known, folder)
    sales_log.check(log.reconciliation)
    return log


def facts(log, *columns):
    return log.transactions.select(*columns).rows()


def test_heads_give_lines_their_customer_and_a_line_without_a_head_is_rejected(tmp_path):
    log = read(
        tmp_path,
        {
            "log.csv": "Invoice,Product,Qty,Amount\n1,PDM,1,10\n1,CAM,2,20\n2,PDM,3,30\n"
            "9,PDM,1,5\n",
            "heads.csv": "No,Customer,Date,Amount,Freight\n1,A,2024-01-01,30,3\n"
            "2,B,2024-01-02,30,3\n",
        },
        join=[{"file": "heads.csv", "on": {"Invoice": "No"}}],
    )
    assert facts(log, "customer_id", "gross_profit") == [("A", 10.0), ("A", 20.0), ("B", 30.0)]
    assert log.rejected["reason"].to_list()[0].startswith("no customer")


def test_a_table_to_join_has_one_row_a_key_after_its_own_where(tmp_path):
    files = {
        "log.csv": "Invoice,Date,Product,Qty,Amount\n1,2024-01-01,PDM,1,10\n",
        "partners.csv": "Invoice,Role,Customer\n1,WE,Ship\n1,AG,Sold\n",
    }
    join = {"file": "partners.csv", "on": "Invoice"}
    with pytest.raises(ValueError, match=r"partners.csv: Invoice '1' occurs twice"):
        read(tmp_path, files, join=[join])
    only = join | {"where": [{"column": "Role", "keep": ["AG"]}]}
    assert facts(read(tmp_path, files, join=[only]), "customer_id") == [("Sold",)]


def test_merged_customers_are_one_account(tmp_path):
    files = {
        "log.csv": f"{HEAD}\n007,2024-01-01,1,PDM,1,10\n7,2024-01-02,2,PDM,1,10\n"
        "8,2024-01-03,3,PDM,1,5\n",
        "accounts.csv": "id,account\n007,7\n",
    }
    log = read(tmp_path, files, accounts={"file": "accounts.csv", "by": "id", "gives": "account"})
    assert log.transactions["customer_id"].to_list() == ["7", "7", "8"]


ACCOUNTS = {"file": "accounts.csv", "by": "id", "gives": "account"}


def test_merged_ids_are_one_account_in_every_file(tmp_path):
    files = {
        "log.csv": f"{HEAD}\n 7.0,2024-01-01,1,PDM,1,10\n8,2024-01-02,2,PDM,1,10\n",
        "accounts.csv": "id,account\n7,8\n",
        "people.csv": "Id,Name\n7,Old\n8,New\n9,Other\n",
        "seats.csv": "Id,Product,From\n7,PDM,2024-01-01\n",
    }
    log = read(
        tmp_path,
        files,
        accounts=ACCOUNTS,
        customers={"file": "people.csv", "key": "Id", "name": "Name"},
        assets={"file": "seats.csv", "customer_id": "Id", "product": "Product", "start": "From"},
    )
    assert log.transactions["customer_id"].to_list() == ["8", "8"]
    assert log.customers.select("customer_id", "customer_name").rows() == [
        ("8", "New"),
        ("9", "Other"),
    ]
    assert log.rejected["reason"].to_list() == [
        "7 belongs to account 8, of which another row counts"
    ]
    assert log.assets["customer_id"].to_list() == ["8"]


def test_an_account_has_one_parent_by_its_own_id(tmp_path):
    text = "id,account,above\n1,,\n2,1,\n3,,2\n4,3,\n5,,5\n"
    files = {"log.csv": f"{HEAD}\n4,2024-01-01,1,PDM,1,10\n", "accounts.csv": text}
    log = read(tmp_path, files, accounts=ACCOUNTS | {"parent": "above"})
    assert log.accounts.rows() == [
        ("1", "1", None),
        ("2", "1", None),
        ("3", "3", "1"),
        ("4", "3", "1"),
        ("5", "5", None),
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1,,2\n2,,1\n", "account '[12]' is its own ancestor"),
        ("1,,2\n1,,3\n", "account '1' has two parents, '2' and '3'"),
        ("1,2,\n1,3,\n", "id '1' occurs twice and means different rows"),
        ("1,2,\n2,3,\n3,1,\n", "'1' belongs to itself"),
    ],
)
def test_accounts_that_contradict_themselves_are_refused(tmp_path, rows, words):
    files = {"log.csv": f"{HEAD}\n", "accounts.csv": f"id,account,above\n{rows}"}
    with pytest.raises(ValueError, match=words):
        read(tmp_path, files, accounts=ACCOUNTS | {"parent": "above"})


def test_an_account_that_is_merged_again_takes_its_customers_with_it(tmp_path):
    rows = "A,2024-01-01,1,PDM,1,10\nB,2024-01-02,2,PDM,1,10\nC,2024-01-03,3,PDM,1,10\n"
    files = {"log.csv": f"{HEAD}\n{rows}", "accounts.csv": "id,account\nA,B\nB,C\n"}
    log = read(tmp_path, files, accounts=ACCOUNTS)
    assert log.customers["customer_id"].to_list() == ["C"]


@pytest.mark.parametrize(
    ("rates", "money"),
    [
        ("EUR;1,000\nUSD;1,040\n", [10.0, 10.4]),
        ("EUR;1.000\nUSD;1.040\n", [10.0, 10.4]),
        ("EUR;1\nUSD;1,25\n", [10.0, 12.5]),
        ("USD;1,040\n", "nothing shows whether '1,040' has decimals or thousands"),
        ("EUR;1.1\nUSD;1\n", "the rate of EUR, the layout's currency, must be 1"),
    ],
)
def test_rates_are_read_by_the_rate_of_the_layout_s_own_currency(tmp_path, rates, money):
    log = f"{HEAD},Curr\nA,2024-01-01,1,PDM,1,10,EUR\nA,2024-01-02,2,PDM,1,10,USD\n"
    files = {"log.csv": log, "rates.csv": f"code;rate\n{rates}"}
    keys = {"columns": {"currency": "Curr"}, "currency": "EUR"}
    keys["rates"] = {"file": "rates.csv", "by": "code", "gives": "rate"}
    if isinstance(money, str):
        with pytest.raises(ValueError, match=money):
            read(tmp_path, files, **keys)
    else:
        assert [row[0] for row in facts(read(tmp_path, files, **keys), "gross_profit")] == money


def test_money_of_other_currencies_is_left_out_or_has_a_rate(tmp_path):
    files = {
        "log.csv": f"{HEAD},Curr\nA,2024-01-01,1,PDM,1,10,EUR\nA,2024-01-02,2,PDM,1,10,usd\n"
        "A,2024-01-03,3,PDM,1,10,JPY\n",
        "rates.csv": "code,rate\nUSD,0.9\nusd,0.9\n",
    }
    with_code = {"columns": {"currency": "Curr"}, "currency": "EUR"}
    log = read(tmp_path, files, **with_code)
    assert facts(log, "gross_profit") == [(10.0,)]
    assert log.left_out.select("rule", "rows", "gross_profit").rows() == [
        ("Curr is usd", 1, 10.0),
        ("Curr is JPY", 1, 10.0),
    ]
    log = read(
        tmp_path, files, **with_code, rates={"file": "rates.csv", "by": "code", "gives": "rate"}
    )
    assert facts(log, "gross_profit") == [(10.0,), (9.0,)]
    assert log.rejected["reason"].to_list() == ["no rate for currency: JPY"]


@pytest.mark.parametrize(
    ("currency", "signs", "kept"),
    [
        ("NOK", ("kr", "NOK", "SEK"), 2),
        ("DKK", ("kr.", "EUR", "DKK"), 2),
        ("SEK", ("kr", "DKK", "SEK"), 2),
        ("AUD", ("$", "AUD", "US$"), 2),
        ("CNY", ("¥", "CNY", "$"), 2),
        ("EUR", ("€", "kr", "$"), 1),
    ],
)
def test_a_sign_that_currencies_share_is_the_one_of_the_layout(tmp_path, currency, signs, kept):
    rows = "".join(f"A,2024-01-0{i + 1},{i},PDM,1,10,{sign}\n" for i, sign in enumerate(signs))
    log = read(
        tmp_path,
        {"log.csv": f"{HEAD},Curr\n{rows}"},
        columns={"currency": "Curr"},
        currency=currency,
    )
    assert log.transactions.height == kept


def test_a_shared_sign_has_the_rate_that_the_rates_file_gives_it(tmp_path):
    files = {
        "log.csv": f"{HEAD},Curr\nA,2024-01-01,1,PDM,1,10,$\nA,2024-01-02,2,PDM,1,10,AUD\n",
        "rates.csv": "code,rate\n$,1.5\n",
    }
    rates = {"file": "rates.csv", "by": "code", "gives": "rate"}
    log = read(tmp_path, files, columns={"currency": "Curr"}, currency="AUD", rates=rates)
    assert facts(log, "gross_profit") == [(15.0,), (10.0,)]


def test_returns_turn_the_sign_of_their_lines(tmp_path):
    text = f"{HEAD},Type\nA,2024-01-01,1,PDM,2,10,Invoice\nA,2024-01-02,2,PDM,1,5,Credit Memo\n"
    log = read(tmp_path, {"log.csv": text}, returns={"column": "Type", "values": ["credit memo"]},
               ignore=["Type"])  # fmt: skip
    assert facts(log, "quantity", "gross_profit") == [(2.0, 10.0), (-1.0, -5.0)]


@pytest.mark.parametrize(
    ("kind", "off", "left"),
    [("amount", "3", 17.0), ("share", "0.1", 18.0), ("percent", "25", 15.0)],
)
def test_a_discount_is_taken_off_price_times_quantity(tmp_path, kind, off, left):
    text = f"Customer,Date,Invoice,Product,Qty,Price,Off\nA,2024-01-01,1,PDM,2,10,{off}\n"
    log = read(
        tmp_path,
        {"log.csv": text},
        columns={"revenue": None, "unit_price": "Price", "discount": "Off"},
        discount=kind,
    )
    assert facts(log, "revenue", "gross_profit") == [(left, left)]


def test_cost_of_the_line_or_of_a_unit(tmp_path):
    text = f"{HEAD},Cost\nA,2024-01-01,1,PDM,2,10,3\n"
    for role, profit in (("cost", 7.0), ("unit_cost", 4.0)):
        log = read(tmp_path, {"log.csv": text}, columns={role: "Cost"}, gross_profit="cost")
        assert facts(log, "gross_profit") == [(profit,)]


def test_products_in_no_division_are_named_at_once_or_have_a_place(tmp_path):
    text = f"{HEAD}\nA,2024-01-01,1,PDM,1,10\nA,2024-01-02,2,New,1,5\nB,2024-01-02,3,New,1,5\n"
    text += "A,2024-01-02,2,Old,1,1\n"
    with pytest.raises(ValueError, match=r"2 values in no division .*: 'New' \(2\), 'Old' \(1\)"):
        read(tmp_path, {"log.csv": text})
    assert facts(read(tmp_path, {}, other="CAM"), "division") == [("PDM",), *[("CAM",)] * 3]
    log = read(tmp_path, {}, other="leave out")
    assert log.transactions.height == 1
    assert log.left_out.select("rule", "rows").rows() == [("Product is in no division", 3)]


def test_a_log_of_one_product(tmp_path):
    text = "Customer,Date,Invoice,Qty,Amount\nA,2024-01-01,1,1,10\n"
    log = read(tmp_path, {"log.csv": text}, columns={"product": None}, product="CAM")
    assert facts(log, "division", "product") == [("CAM", "CAM")]


def test_products_and_short_names_from_a_file(tmp_path):
    (tmp_path / "products.csv").write_text(
        "SKU;Line;Short\nPDM-500-XL;PDM;PDM\nCAM-1;CAM;\n", encoding="utf-8-sig"
    )
    (tmp_path / "t.yaml").write_text(
        "name: t\nshape: long\n"
        "columns: {customer_id: Customer, order_date: Date, invoice: Invoice, "
        "product: Product, quantity: Qty, revenue: Amount}\ngross_profit: revenue\nfiles: log*\n"
        "products_file: {file: products.csv, product: SKU, division: Line, name: Short}\n"
    )
    (tmp_path / "log.csv").write_text(f"{HEAD}\nA,2024-01-01,1,PDM-500-XL,1,10\n")
    known = layout.load(tmp_path / "t.yaml")
    assert known.divisions == ["PDM", "CAM"]
    assert facts(sales_log.read(known, tmp_path), "division", "product") == [("PDM", "PDM")]
    (tmp_path / "products.csv").write_text("SKU;Group\nCAM-1;CAM\n")
    with pytest.raises(ValueError, match=r"products\.csv: column 'Line' is missing"):
        layout.load(tmp_path / "t.yaml")


def test_a_pair_of_price_and_quantity(tmp_path):
    (tmp_path / "log.csv").write_text(
        "Customer,Date,Invoice,PDM price,PDM qty\nA,2024-01-01,1,2.5,4\n"
    )
    known = layout.Layout.model_validate(
        {
            "name": "t",
            "shape": "wide",
            "columns": {k: BASE["columns"][k] for k in ("customer_id", "order_date", "invoice")},
            "pair": ["{product} price", "{product} qty"],
            "pair_holds": "price",
            "divisions": ["PDM"],
        }
    )
    assert facts(sales_log.read(known, tmp_path), "gross_profit", "quantity") == [(10.0, 4.0)]


def test_a_group_is_filled_down_over_files_each_on_its_own(tmp_path):
    text = f"{HEAD}\n,2024-01-01,0,PDM,1,1\nA,,,,,\n,2024-01-01,1,PDM,1,10\nTotal A,,,,1,10\n"
    log = read(tmp_path, {"log1.csv": text, "log2.csv": text}, fill_down=["Customer"])
    assert facts(log, "customer_id", "gross_profit") == [("A", 10.0), ("A", 10.0)]
    assert log.rejected["reason"].to_list() == ["no customer", "no customer"]
    assert set(log.left_out["rule"]) == {"a heading", "a total"}


def test_the_name_of_a_file_is_a_column(tmp_path):
    head = "Date,Invoice,Product,Qty,Amount\n2024-01-02"
    files = {"log A.csv": f"{head},1,PDM,1,5\n", "log B.csv": f"{head},2,PDM,1,5\n"}
    log = read(tmp_path, files, columns={"customer_id": "who"}, name_as="who")
    assert facts(log, "customer_id", "gross_profit") == [("log A", 5.0), ("log B", 5.0)]
    with pytest.raises(ValueError, match=r"log A\.csv: it has a column 'Product' of its own"):
        read(tmp_path, files, columns={"customer_id": "Product"}, name_as="Product")
