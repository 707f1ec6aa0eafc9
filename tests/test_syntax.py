"""Source code parsed in several threads."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gosales_lib.core import syntax

FUNCTION = "def f(a, b=[1, 2]):\n    return [a.b(c) for c in b if c]\n"


@pytest.fixture
def threads_change_often():
    """Let the collector, which runs while a tree is built, hand over to the other thread."""

    def hand_over(phase: str, info: dict[str, int]) -> None:
        time.sleep(0)

    thresholds = gc.get_threshold()
    gc.set_threshold(50)
    gc.callbacks.append(hand_over)
    yield
    gc.callbacks.remove(hand_over)
    gc.set_threshold(*thresholds)


def test_two_threads_can_parse_at_once(threads_change_often):
    with ThreadPoolExecutor(2) as pool:
        trees = list(pool.map(syntax.parsed, [FUNCTION * 60] * 40))
    assert [len(tree.body) for tree in trees] == [60] * 40


def test_what_is_no_python_is_still_refused():
    with pytest.raises(SyntaxError):
        syntax.parsed("def f(:")
