"""Tables and sentences of a notebook: readable, and text of data stays text."""

import re
from datetime import date

import polars as pl
import pytest

from gosales_lib.charts import show


def cells(html: str) -> list[str]:
    return re.findall(r"<td[^>]*>(.*?)</td>", html)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([5287218.35, 0.5, None], ["5,287,218", "0", ""]),
        ([12.25, 1.0], ["12.2", "1.0"]),
        ([0.1234, -0.5], ["0.123", "-0.500"]),
        ([2.0, 1000.0], ["2", "1,000"]),
        ([1234, None], ["1,234", ""]),
        ([None], [""]),
        ([True, None], ["True", ""]),
        ([date(2024, 12, 31)], ["2024-12-31"]),
        (["<b>", "it's"], ["&lt;b&gt;", "it&#x27;s"]),
    ],
)
def test_a_cell_is_written_as_people_read_it(values, told):
    assert cells(show.html(pl.DataFrame({"a": values}))) == told


def test_numbers_stand_right_and_only_long_texts_wrap():
    html = show.html(pl.DataFrame({"<n_x>": [1], "short": ["a b"], "long": ["word " * 9]}))
    assert '<th style="text-align:right">&lt;n_<wbr>x&gt;</th>' in html
    assert '<th style="text-align:left">short</th>' in html
    assert '<td style="text-align:left;white-space:nowrap">a b</td>' in html
    assert '<td style="text-align:left;white-space:normal">word word' in html


def test_a_long_table_says_how_much_is_left_out():
    assert show.html(pl.DataFrame({"a": range(1021)})).endswith("<p>… and 1,001 more rows</p>")
    assert show.html(pl.DataFrame({"a": []})).endswith("<tbody></tbody></table>")


def test_a_sentence_is_text_and_outside_a_notebook_plain(capsys):
    assert show.Sentence("1 < 2")._repr_html_() == "<p>1 &lt; 2</p>"
    show.say("ten of 10", "two")
    assert capsys.readouterr().out.splitlines() == ["ten of 10", "two"]
    show.tables()  # nothing to do here
