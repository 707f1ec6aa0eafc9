"""Numbers as people write them: each value is read right or refused."""

import polars as pl
import pytest

from gosales_lib.sales_log import numbers
from gosales_lib.sales_log.numbers import COMMA, POINT, Signs


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.50", 1234.5),
        ("$1,234.50", 1234.5),
        ("-$5", -5.0),
        ("$ -5", -5.0),
        ("(12.00)", -12.0),
        ("($1,200.00)", -1200.0),
        ("(-5)", -5.0),
        ("\u20ac (12.00)", -12.0),
        ("(12.00) EUR", -12.0),
        ("12.00-", -12.0),
        ("5 EUR-", -5.0),
        ("\u22125", -5.0),
        ("\u00a01 234 ", 1234.0),
        ("1,234", 1234.0),
        ("CHF 1'234.50", 1234.5),
        ("CHF 1\u2019234.50", 1234.5),
        ("SEK 100.00", 100.0),
        ("Rs.500", 500.0),
        ("US$ 5", 5.0),
        ("12.\u2014", 12.0),
        ("450.00 CR", -450.0),
        ("450.00 DR", 450.0),
        ("1.450,00 H", -1450.0),  # Haben, credit
        ("450.00S", 450.0),
        ("100S", None),  # a code
        ("\u25b21,659", -1659.0),  # as in Japan
        ("\u25b31,659", -1659.0),
        ("5%", 0.05),
        ("(1.5%)", -0.015),
        ("1,23,456.78", 123456.78),
        ("\uff11\uff12\uff13", 123.0),
        ("$.50", 0.5),
        ("1.5E+3", 1500.0),
        ("1.234,50", 1234.5),  # can only have a decimal comma
        ("1,23", 1.23),
        ("0,566", 0.566),
        ("1.234.567", 1234567.0),
        ("1,234,5", None),
        ("1.2.3", None),
        ("12 50", None),
        ("1R5", None),
        ("12kr50", None),
        ("-5-", None),
        ("(5", None),
        ("5 pcs", 5.0),
        ("3 bags", 3.0),
        ("1 Box", 1.0),
        ("12 db", 12.0),
        ("5 kg", None),
        ("1e400", None),
        ("-inf", None),
        ("#REF!", None),
    ],
)
def test_a_column_with_a_decimal_point(text, value):
    column = pl.Series([text])
    found = numbers.number(column, POINT)
    assert found.to_list() == [pytest.approx(value)]
    assert numbers.unreadable(column, found).to_list() == [value is None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234", 1234.0),
        ("1,5", 1.5),
        ("1.234.567,8", 1234567.8),
        ("12", 12.0),
        ("kr 250,00", 250.0),
        ("12,50 zł", 12.5),
        ("R$ 99,90", 99.9),
        ("1 234,50 €", 1234.5),
        ("12,-", 12.0),
        ("Rs. 5,985.60/-", 5985.6),
        ("500/=", 500.0),
        ("0.566", 0.566),  # no group of thousands begins with 0
        ("12.30", 12.3),
        ("1,234.50", 1234.5),
        (None, None),
    ],
)
def test_a_column_with_a_decimal_comma(text, value):
    assert numbers.number(pl.Series([text], dtype=pl.String), COMMA).to_list() == [value]


def test_a_typed_column_is_taken_as_it_is():
    assert numbers.number(pl.Series([1.234]), COMMA).to_list() == [1.234]


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        (["1.000", "0.566"], POINT),
        (["1,000", "0,566"], COMMA),
        (["1.234", "12,50"], COMMA),
        (["1.234", "1.234.567"], COMMA),
        (["1.234", "980"], None),  # thousands beside smaller whole numbers, or kg beside pieces
        (["1.234", "1500"], POINT),  # thousands are not grouped
        (["1.234", "2.500"], None),
        (["12", "980"], None),
        (["a", None], None),
    ],
)
def test_the_sign_follows_from_all_values(values, sign):
    signs = numbers.judge(pl.Series(values, dtype=pl.String))
    assert signs.sign == sign
    assert signs.undecided == (sign is None and values[0] == "1.234")


def test_a_column_of_both_signs_is_mixed():
    signs = numbers.judge(pl.Series(["1.50", "2,50", "3.5"]))
    assert (signs.mixed, signs.sign) == (True, POINT)
    assert (signs.example_point, signs.example_comma) == ("1.50", "2,50")


def test_a_column_that_does_not_tell_follows_its_file():
    columns = {"qty": Signs(open_point=2), "gp": Signs(point=9), "weight": Signs(comma=1, point=0)}
    assert numbers.resolve(columns, COMMA) == {"qty": COMMA, "gp": POINT, "weight": COMMA}
    assert numbers.resolve({"qty": Signs(open_point=2), "gp": Signs(point=9)}, COMMA) == {
        "qty": POINT,
        "gp": POINT,
    }


@pytest.mark.parametrize("text", ["NULL", "N/A", "-", "nan", "None", "#N/A", " ", ""])
def test_a_blank_is_no_unreadable_number(text):
    column = pl.Series([text])
    assert not numbers.unreadable(column, numbers.number(column)).any()


def test_the_evidence_of_the_pieces_of_a_file_adds_up():
    both = Signs(point=2, example_point="1.5") + Signs(point=3, comma=1, long=4)
    assert both == Signs(point=5, comma=1, long=4, example_point="1.5")
    assert (Signs(point=1, comma=1).sign, Signs(point=1, comma=2).sign) == (POINT, COMMA)
    assert Signs() + Signs() == numbers.judge(pl.Series([1.5]))


def test_each_value_is_of_one_kind_and_the_first_of_a_kind_is_the_example():
    values = ["1.5", "2.25", "1,5", "3.456", "7,890", "12", "999", "1000", "(8)", "x"]
    found = numbers.judge(pl.Series(values))
    kinds = (found.point, found.comma, found.open_point, found.open_comma, found.long)
    assert kinds == (2, 1, 1, 1, 1)
    examples = (found.example_point, found.example_comma, found.example_open)
    assert examples == ("1.5", "1,5", "3.456")


def test_a_semicolon_goes_with_a_decimal_comma_and_every_other_sign_with_a_point():
    assert [numbers.usual(sign) for sign in ";,\t|"] == [COMMA, POINT, POINT, POINT]
    column = pl.Series(["1.234"])
    assert numbers.sign_of(column, None, ";") == COMMA
    assert numbers.sign_of(column, POINT, ";") == POINT
    assert numbers.sign_of(pl.Series(["1.5"]), None, ";") == POINT


def test_as_many_columns_of_either_sign_leave_the_files_usual_one():
    even = {"a": Signs(point=1), "b": Signs(comma=1), "c": Signs(open_point=1)}
    assert numbers.resolve(even, POINT)["c"] == POINT
    assert numbers.resolve(even, COMMA)["c"] == COMMA
    assert numbers.resolve(even | {"d": Signs(comma=1)}, POINT)["c"] == COMMA


def test_a_value_that_stands_several_times_is_read_alike_each_time_and_blanks_are_null():
    column = pl.Series(["$5", None, "$5", "odd", "7", "-"])
    read = numbers.number(column)
    assert read.to_list() == [5.0, None, 5.0, None, 7.0, None]
    assert numbers.unreadable(column, read).to_list() == [False, False, False, True, False, False]
    comma = pl.Series(["1,5", "1,5", None, "2"])
    assert numbers.number(comma, COMMA).to_list() == [1.5, 1.5, None, 2.0]


@pytest.mark.parametrize(("beside", "sign"), [(Signs(point=3), POINT), (Signs(comma=3), COMMA)])
def test_small_whole_numbers_tell_no_sign_and_another_column_does(beside, sign):
    quantities = numbers.judge(pl.Series(["7", "12", "2.125"]))
    assert quantities.undecided
    assert numbers.resolve({"qty": quantities, "net": beside}, POINT)["qty"] == sign
    assert numbers.resolve({"qty": quantities, "net": Signs()}, POINT)["qty"] == POINT
