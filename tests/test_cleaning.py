"""Texts of a log: digits of other scripts, and blanks at the ends."""

import polars as pl

from gosales_lib.sales_log import cleaning


def test_digits_of_other_scripts_are_read_beside_plain_ones():
    arabic, persian, hindi = "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९"
    bengali, thai = "০১২৩৪৫৬৭৮৯", "๐๑๒๓๔๕๖๗๘๙"
    plain = ["12.5", "١٬٢٠٠٫٥", "１２", None]  # noqa: RUF001 other signs on purpose
    read = cleaning.in_ascii(pl.Series([arabic, persian, hindi, bengali, thai, *plain]))
    assert read.to_list() == ["0123456789"] * 5 + ["12.5", "1,200.5", "12", None]


def test_signs_that_follow_the_digits_stay():
    signs = ["٪", "ۺ", "॰", "ৰ", "๚"]  # the next sign after the 9 of each script
    assert cleaning.in_ascii(pl.Series(signs)).to_list() == signs


def test_plain_text_is_the_same_column():
    column = pl.Series(["1", "a", None])
    assert cleaning.in_ascii(column) is column


def test_texts_have_one_form_of_unicode():
    rows = pl.DataFrame({"t": ["Kra\u0304sas", "Kr\u0101sas", None]})
    assert rows.select(cleaning.text("t")).to_series().to_list() == ["Kr\u0101sas"] * 2 + [None]
    assert (
        rows.select(cleaning.is_one_of("t", ["KRA\u0304SAS"])).to_series().to_list()[:2]
        == [True] * 2
    )


def test_a_text_loses_its_blanks_and_a_blank_one_is_null():
    rows = pl.DataFrame({"t": ["\u00a0a b ", "  ", "", None, "c"]})
    assert rows.select(cleaning.text("t")).to_series().to_list() == ["a b", None, None, None, "c"]
