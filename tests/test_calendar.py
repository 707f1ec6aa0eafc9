"""The calendar of coverage: as lines of text, and as a picture with the windows on it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from test_coverage import BEGIN, CUTOFF, END, LOG, days, later, rows, stray, without

from gosales_lib.charts import calendar
from gosales_lib.core import coverage
from gosales_lib.core.coverage import text


def drawn(figure, name: str) -> list[str]:
    """Return the months that are drawn in the colour of a state, over all lines."""
    return [row[0] for bar in figure.data if bar.name == name for row in bar.customdata]


def test_lines_show_every_month_and_the_latest_cutoff():
    log = pl.concat([rows(days(BEGIN, END, without("2023-05"))), stray("2042-01-05")])
    assert list(text.calendar(coverage.of(log))) == [
        "      J  F  M  A  M  J  J  A  S  O  N  D",
        "2021                    o  o  o  o  o  o",
        "2022  o  o  o  o  o  o  o  o  o  o  o  o",
        "2023  o  o  o  o  X  o  o  o  o  o  o  o",
        "2024  o  o  o  o  o  o  o  o  o  o  o  o|",
        "2042  !",
        f"{text.MEANING}; | the latest cutoff, 2024-12-31",
    ]
    assert list(text.calendar(coverage.of(rows([])))) == []


def test_the_picture_shows_states_windows_and_the_cutoff():
    holdout = later("2025-04-01", "2025-06-30")
    figure = calendar.coverage(
        coverage.of(LOG, holdout), calendar.latest(LOG), coverage.of(stray("2042-01-05")).aside
    )
    assert drawn(figure, "missing") == ["2025-01", "2025-02", "2025-03"]
    assert len(drawn(figure, "covered")) == 45
    windows = {trace.name: list(trace.x) for trace in figure.data if trace.type == "scatter"}
    assert windows["validation window"] == [date(2024, 7, 1), date(2024, 12, 31)]
    assert windows["holdout window"] == [date(2025, 1, 1), date(2025, 6, 30)]
    assert sum(trace.name == "training window" for trace in figure.data) == 7
    assert "cutoff 2024-12-31" in [note.text for note in figure.layout.annotations]


def test_rows_set_aside_are_named_even_where_the_picture_ends_before_them():
    log = pl.concat([LOG, stray("2025-03-05", "2042-01-05")])
    figure = calendar.coverage(coverage.of(log), calendar.latest(log))
    told = [note.text for note in figure.layout.annotations]
    assert "set aside: 2 rows dated 2025-03-05 to 2042-01-05" in told
    assert figure.layout.xaxis.range[1] < date(2026, 1, 1)


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (3, 4), (20, 1)])
def test_few_files_have_a_line_each_and_names_are_text(number, lines):
    files = pl.DataFrame(
        {
            "file": [f"<b>{n % number}</b>" for n in range(LOG["order_day"].n_unique())],
            "order_day": LOG["order_day"].unique().sort(),
            "rows": 3,
        },
        schema_overrides={"order_day": pl.Int32, "rows": pl.Int64},
    )
    figure = calendar.coverage(coverage.of(LOG, files=files))
    names = figure.layout.yaxis.categoryarray
    assert len(names) == lines
    assert not any("<b>" in name for name in names)


def test_a_log_that_is_too_short_to_train_on_has_a_calendar_too():
    short = rows(days(date(2024, 6, 1), END))
    windows = calendar.latest(short)
    assert (windows.cutoff, windows.training) == (CUTOFF, [])
    figure = calendar.coverage(coverage.of(short), windows)
    assert len(drawn(figure, "covered")) == 7
    assert calendar.latest(rows([])) is None
    assert calendar.coverage(coverage.of(rows([]))) is not None
