"""The examples of the API reference run, and show what they say."""

import doctest
import importlib

import pytest

MODULES = {
    "core.timeline": ["add_months", "Window"],
    "core.terms.bought_in_window": ["bought"],
    "features.matrix": ["build"],
    "learning.metrics": ["Ranking", "lift"],
    "evaluation.drift": ["between"],
    "whitespace.ranking": ["rank"],
}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_hold(name):
    module = importlib.import_module(f"gosales_lib.{name}")
    tests = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    assert sorted(test.name.split(".")[-1] for test in tests) == sorted(MODULES[name])
    runner = doctest.DocTestRunner()
    for test in tests:
        runner.run(test)
    assert runner.summarize(verbose=False).failed == 0
