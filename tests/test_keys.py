"""Keys: one normal form, whoever writes them."""

import polars as pl
import pytest

from gosales_lib.core import keys


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("13085.0", "13085"),
        ("007", "007"),
        (" a\u00a0b ", "a b"),
        ("\ufeff1", "1"),
        ("ACME\u200b", "ACME"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("Firm  1\t", "Firm 1"),
        ("0.5", "0.5"),
        ("13085.", "13085."),
        ("13085,00", "13085"),
        ("13,085", "13,085"),
        ("13,000", "13,000"),
        ("13085.5", "13085.5"),  # only a whole number loses its decimals
        ("1.0.3", "1.0.3"),
        ("007.0", "007"),  # leading zeros stay
        ('="007"', "007"),
        ("'007", "007"),
        ("O'Neill", "O'Neill"),
        ("acme", "acme"),
        *[
            (blank, None)
            for blank in ("", " ", "NULL", "N/A", "NA", "-", "nan", "None", "#N/A", "#SAKNAS!")
        ],
        (None, None),
    ],
)
def test_the_normal_form_of_a_key(written, key):
    column = pl.Series("Id", [written], dtype=pl.String)
    assert column.to_frame().select(keys.normal("Id")).to_series().to_list() == [key]


def test_a_number_is_a_key():
    column = pl.Series([13085.0, None])
    assert keys.normalised(column).to_list() == ["13085", None]


def test_one_unusual_value_of_a_column_is_enough():
    assert keys.normalised(pl.Series(["1", "3.0", "abc"])).to_list() == ["1", "3", "abc"]


def test_changed_keys_are_counted():
    found, changed = keys.read(pl.Series(["1", "\ufeff2", "3.0", "NULL", " 4 "]))
    assert found.to_list() == ["1", "2", "3", None, "4"]
    assert changed == keys.Changed(2, (("\ufeff2", "2"), ("3.0", "3")))


def test_changes_of_several_files_add_up_with_three_examples():
    one = keys.Changed(2, (("1.0", "1"), ("2.0", "2")))
    other = keys.Changed(5, (("3.0", "3"), ("4.0", "4")))
    both = keys.Changed(7, (("1.0", "1"), ("2.0", "2"), ("3.0", "3")))
    assert one + other == both
    assert keys.blank(pl.Series(["n/a", None, "0"])).to_list() == [True, False, False]


def test_blanks_and_outer_spaces_are_no_change():
    assert keys.read(pl.Series([" a ", "NULL"]))[1] == keys.Changed(0, ()) == keys.NOTHING
