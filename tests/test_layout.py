import pytest

from gosales_lib import layout

WIDE = """
name: toy
shape: wide
columns: {customer_id: Id, order_date: Date, invoice: Invoice}
divisions: {Solid: [SWX], Plan: [{product: Success, gross_profit: Success GP, quantity: S_Qty}]}
"""


def load(folder, text):
    file = folder / "toy.yaml"
    file.write_text(text, encoding="utf-8")
    return layout.load(file)


def test_products_take_the_pair_or_their_own_columns(tmp_path):
    found = [
        (p.division, p.product, p.gross_profit, p.quantity) for p in load(tmp_path, WIDE).products
    ]
    assert found == [
        ("Solid", "SWX", "SWX", "SWX_Qty"),
        ("Plan", "Success", "Success GP", "S_Qty"),
    ]


def test_words_of_yaml_are_names_in_a_list_and_as_a_key(tmp_path):
    text = WIDE.replace("Solid: [SWX]", "null: ['SWX', null, No]")
    found = [(p.division, p.product) for p in load(tmp_path, text).products[:3]]
    assert found == [("null", "SWX"), ("null", "null"), ("null", "No")]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("shape: wide", "shap: wide"), r"toy\.yaml: .*'shap' is unknown; did you mean 'shape'"),
        (("invoice: Invoice", "invoise: Invoice"), r"'columns\.invoise'.*did you mean 'invoice'"),
        (("invoice: Invoice", "rep: R"), r"'columns\.invoice' is missing"),
        (("quantity: S_Qty", "qty: S_Qty"), r"'divisions\..*qty' is unknown"),
        (("shape: wide", "shape: tall"), r"'shape' is wrong: .*'wide' or 'long'.*'tall'"),
        (("shape: wide", "shape: long"), r"columns\.product: order lines"),
        (("name: toy", "name: toy\nname: toy2"), r"key 'name' occurs twice, again on line 3"),
        (("[SWX]", "[Success]"), r"'Success' is in two divisions"),
        (("name: toy", "name: toy\nflags: {seat: [SWXX]}"), r"flags\.seat: 'SWXX'.*mean 'SWX'"),
        (("name: toy", "name: toy\npurchase: {above: x}"), r"'purchase\.above'.*not 'x'"),
        (("name: toy", "name: [toy"), r"toy\.yaml: "),
        (("name: toy", "name: toy\nfeatures: {familes: x}"), r"familes.*did you mean 'families'"),
        (
            ("name: toy", "name: toy\nfeatures: {products: [SWY]}"),
            r"features\.products: 'SWY' .*SWX",
        ),
        (("name: toy", "name: toy\nfeatures: {winsor: 2}"), r"'features\.winsor'.*not '2'"),
        (("name: toy", "name: toy\npair: ['{prodcut}', Q]"), r"pair: '\{prodcut\}'.*\{product\}"),
        (("name: toy", "name: toy\npair: [V, '{product:>3000000000}']"), r"pair: '\{product:>30"),
        (("name: toy", "name: toy\npair: ['{product.upper}', Q]"), r"pair: '\{product\.upper"),
        (("name: toy", "name: toy\npair: ['{product} }', Q]"), r"pair: '\{product\} \}'"),
        (("name: toy", "name: toy\nfiles: ../holdout/*"), r"files: '\.\./holdout/\*' leaves"),
        (
            ("name: toy", "name: toy\nfiles: 'a\\..\\..\\b.csv'"),
            r"files: .* leaves the data folder",
        ),
        (("name: toy", "name: toy\nfiles: /srv/holdout/*"), r"files: '/srv/holdout/\*' leaves"),
        (("name: toy", "name: toy\nfiles: 'C:/log*'"), r"files: 'C:/log\*' leaves"),
        (
            ("name: toy", "name: toy\ncustomers: {file: ../crm/c.csv, key: K}"),
            r"customers\.file: '\.\./crm/c\.csv' leaves the data folder",
        ),
        (
            ("name: toy", "name: toy\njoin: [{file: /srv/heads.csv, on: K}]"),
            r"join\.0\.file: '/srv/heads\.csv' leaves the data folder",
        ),
    ],
)
def test_what_is_wrong_is_said_with_file_and_key(tmp_path, change, message):
    assert change[0] in WIDE
    with pytest.raises(ValueError, match=message):
        load(tmp_path, WIDE.replace(*change))


def test_a_products_name_is_text_in_the_pair_whatever_it_holds(tmp_path):
    text = WIDE.replace("[SWX]", "['{0.__class__}', 'A{product}']")
    text += "pair: ['{product} of {product}', '{product}_Qty']"
    first, second = load(tmp_path, text).products[:2]
    assert first.gross_profit == "{0.__class__} of {0.__class__}"
    assert second.quantity == "A{product}_Qty"


def test_families_are_named_as_on_the_command_line(tmp_path):
    told = load(tmp_path, WIDE + 'features: {families: "+trend,-affinity"}').features
    listed = load(tmp_path, WIDE + "features: {families: [+trend, -affinity]}").features
    assert told.families == listed.families == ["+trend", "-affinity"]


def test_products_of_order_lines_with_a_division_column_are_taken_as_they_are(tmp_path):
    columns = "product: P, quantity: Q, revenue: R, division: D"
    text = WIDE.replace("shape: wide", "shape: long\ngross_profit: revenue")
    text = text.replace("invoice: Invoice", f"invoice: Invoice, {columns}")
    assert load(tmp_path, text + "flags: {toy: [Bear]}").flags == {"toy": ["Bear"]}


def test_a_layout_with_an_open_question_may_be_checked_but_not_used(tmp_path):
    load(tmp_path, WIDE + "questions: ['returns: are these rows returns?']")
    with pytest.raises(ValueError, match=r"open questions.*are these rows returns"):
        layout.answered(tmp_path / "toy.yaml")


def test_an_empty_file_and_a_missing_one_are_refused(tmp_path):
    with pytest.raises(ValueError, match="holds no keys"):
        load(tmp_path, "")
    with pytest.raises(FileNotFoundError, match=r"did you mean 'toy\.yaml'"):
        layout.load(tmp_path / "toi.yaml")


@pytest.mark.parametrize("name", ["gosales", "adventureworks", "online_retail_ii"])
def test_our_layouts_survive_json(name):
    one = layout.load(f"layouts/{name}.yaml")
    assert layout.Layout.model_validate(one.model_dump(mode="json")) == one


def test_our_layouts_have_the_divisions_of_their_readme():
    counts = {
        name: len(layout.load(f"layouts/{name}.yaml").divisions)
        for name in ("gosales", "adventureworks", "online_retail_ii")
    }
    assert counts == {"gosales": 10, "adventureworks": 7, "online_retail_ii": 11}


def test_a_division_is_known_or_refused_with_the_nearest(tmp_path):
    one = load(tmp_path, WIDE)
    assert one.spelled("Solid") == "Solid"
    with pytest.raises(
        ValueError, match="division 'Solids' is not in layout 'toy'; did you mean 'S"
    ):
        one.spelled("Solids")


@pytest.mark.parametrize("role", ["cost", "unit_cost", "gross_profit"])
def test_revenue_as_profit_beside_a_column_that_gives_it_is_refused(role):
    text = (
        "name: t\nshape: long\ngross_profit: revenue\ndivisions: [A]\ncolumns: {customer_id: C, "
        f"order_date: D, invoice: I, product: P, quantity: Q, revenue: R, {role}: X}}\n"
    )
    with pytest.raises(ValueError, match="name a cost or a profit, which nothing would read"):
        layout.parse(text)
