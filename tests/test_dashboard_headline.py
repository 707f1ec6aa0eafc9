"""The first sentence of the dashboard follows the evidence, in words and in colour."""

from __future__ import annotations

from datetime import date

import dashboards as toy
import pytest

from gosales_lib import reports
from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.dashboard.tabs import holdout, standing, verdicts
from gosales_lib.reports.training import Verdict
from gosales_lib.reports.whitespace import Whitespace

WITHIN, AFTER = date(2025, 9, 1), date(2026, 2, 1)


def shown(tmp_path, *, checked=True, **gain):
    """Return a run whose best simple list is beaten by so much."""
    run = toy.write_run(tmp_path / "runs", checked=checked)
    folder = run.whitespace(toy.CUTOFF)
    report = reports.read(folder, Whitespace)
    paid = [row.model_copy(update=gain) if row.list != "model" else row for row in report.payoff]
    reports.write(folder, report.model_copy(update={"payoff": paid}))
    return Shown(run, toy.CUTOFF)


@pytest.mark.parametrize(
    ("gain", "tone", "words"),
    [
        ({"gain": 3000.0, "gain_low": 10.0, "gain_high": 9000.0}, "good", "more than every simple"),
        (
            {"gain": -300.0, "gain_low": -900.0, "gain_high": 20.0},
            "fair",
            "no clear difference from the",
        ),
        (
            {"gain": -900.0, "gain_low": -1900.0, "gain_high": -20.0},
            "poor",
            "would have earned more",
        ),
    ],
)
def test_a_list_that_is_not_better_is_not_called_better(tmp_path, gain, tone, words):
    headline = standing.headline(shown(tmp_path, **gain), AFTER)
    assert headline.tone == tone
    assert headline.text.startswith("Backtest of 30 Jun 2025") and words in headline.text
    assert "Call" not in headline.text


def test_a_list_of_every_offer_is_not_compared_with_itself(tmp_path):
    seen = shown(tmp_path, gain=0.0, gain_low=0.0, gain_high=0.0)
    folder = seen.run.whitespace(toy.CUTOFF)
    report = reports.read(folder, Whitespace)
    reports.write(folder, report.model_copy(update={"offers": report.top_n}))
    headline = standing.headline(Shown(seen.run, toy.CUTOFF), AFTER)
    assert "the list holds every offer, so no other list is beside it" in headline.text
    assert "interval" not in headline.below and "On later sales it earned" in headline.below


def test_a_list_in_its_window_says_that_it_is_not_checked(tmp_path):
    headline = standing.headline(shown(tmp_path, checked=False), WITHIN)
    assert headline.text.startswith("Call 16 offers")
    assert headline.tone == "plain" and "Not yet checked" in headline.below


def test_money_that_earlier_windows_refute_is_not_in_the_first_sentence(tmp_path):
    live = shown(tmp_path, checked=False)
    folder = live.run.whitespace(toy.CUTOFF)
    report = reports.read(folder, Whitespace)
    doubtful = report.values.model_copy(update={"trusted": False, "sentence": "By probability."})
    reports.write(folder, report.model_copy(update={"values": doubtful}))
    again = Shown(live.run, toy.CUTOFF)
    headline = standing.headline(again, WITHIN)
    assert headline.text == "Call 16 offers: 11 purchases expected in 6 months."
    assert [note.tone for note in standing.money_missed(again)] == ["warning"]


QUERIES = ("tab=overview", "tab=customer", "tab=customer&customer=C12", "tab=whitespace")
QUERIES += tuple(f"tab=whitespace&by={by}" for by in ("account", "rep", "branch", "division"))


@pytest.mark.parametrize("trusted", [True, False])
def test_money_that_earlier_windows_refute_is_on_no_page_of_the_list(tmp_path, trusted):
    run = toy.write_run(tmp_path / "runs", checked=False)
    folder = run.whitespace(toy.CUTOFF)
    report = reports.read(folder, Whitespace)
    values = report.values.model_copy(update={"trusted": trusted})
    reports.write(folder, report.model_copy(update={"values": values}))
    pages = {query: Site(tmp_path / "runs").open(f"?{query}").html for query in QUERIES}
    for query, page in pages.items():
        assert ("Expected profit" in page or "expected profit" in page) == trusted, query
        assert trusted or "If sold" not in page, query
    assert ("11 purchases expected" in pages["tab=whitespace"]) != trusted
    assert ("not given" in pages["tab=overview"]) != trusted


def test_a_list_whose_window_has_passed_unchecked_is_out_of_date(tmp_path):
    headline = standing.headline(shown(tmp_path, checked=False), AFTER)
    assert "out of date: its window ended on 31 Dec 2025" in headline.text
    assert headline.tone == "poor"


@pytest.mark.parametrize(
    ("share", "tone"), [(1.0, "good"), (0.8, "good"), (0.6, "fair"), (0.3, "poor")]
)
def test_few_kept_predictions_are_no_success(share, tone):
    assert holdout.tone(share) == tone


def test_money_is_judged_by_itself(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    checked = Shown(run, toy.CUTOFF).division(toy.ALPHA).checked
    low = checked.model_copy(update={"gp_promised": 1.0, "gp_low": 5.0, "gp_high": 9.0})
    inside = checked.model_copy(update={"gp_promised": 7.0, "gp_low": 5.0, "gp_high": 9.0})
    high = checked.model_copy(update={"gp_promised": 10.0, "gp_low": 5.0, "gp_high": 9.0})
    few = checked.model_copy(update={"gp_promised": 7.0, "gp_low": None, "gp_high": None})
    words = [report.kept_money for report in (low, inside, high, few)]
    assert words == ["more than predicted", "as predicted", "less than predicted", None]


def test_an_interval_of_the_gain_that_reaches_below_0_says_so():
    gain = Verdict.model_construct(low=-0.0001, high=0.032)
    assert verdicts.gain_range(gain) == f"{words.MINUS}0.000 to +0.032"
    assert verdicts.gain_range(Verdict.model_construct(low=None, high=0.032)) is None
