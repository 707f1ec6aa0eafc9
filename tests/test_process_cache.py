"""A process that runs many notebooks computes what they share once."""

import polars as pl
import pytest

from gosales_lib import run_folders
from gosales_lib.core import process_cache

CALLS: list[int] = []


@process_cache.per_process
def height(frame: pl.DataFrame, factor: int) -> int:
    CALLS.append(frame.height)
    return frame.height * factor


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    CALLS.clear()
    monkeypatch.setattr(process_cache, "_answers", None)


def test_a_kernel_remembers_nothing():
    frame = pl.DataFrame({"a": [1, 2]})
    assert [height(frame, 2), height(frame, 2)] == [4, 4]
    assert CALLS == [2, 2]


def test_a_process_that_remembers_calls_once_per_frame_and_value(monkeypatch):
    process_cache.begin()
    frame = pl.DataFrame({"a": [1, 2]})
    assert [height(frame, 2), height(frame, 2), height(frame, 3)] == [4, 4, 6]
    assert CALLS == [2, 2]
    assert height(frame.clone(), 2) == 4, "a frame that was read anew may hold other rows"
    assert CALLS == [2, 2, 2]


def test_a_table_of_a_run_is_read_again_only_when_its_file_has_changed(tmp_path):
    process_cache.begin()
    run = run_folders.Run(tmp_path)
    run.write("fact_transactions", pl.DataFrame({"a": [1]}))
    first = run.read("fact_transactions")
    assert run.read("fact_transactions") is first
    run.write("fact_transactions", pl.DataFrame({"a": [1, 2, 3]}))
    assert run.read("fact_transactions")["a"].to_list() == [1, 2, 3]
