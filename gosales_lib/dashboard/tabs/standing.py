"""The verdict on a list, as far as the evidence allows: proved, open, no better or worse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from gosales_lib.core import timeline
from gosales_lib.core.spelling import counted
from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import Block, Headline, Note


def headline(shown: Shown, today: date | None = None) -> Headline:
    """Return the headline that the evidence allows, and the result of the list if it is known.

    A list whose window has passed is a backtest or out of date, never a list to call. One that did
    no better than a simple list says so first. A viewer of some accounts reads the figures of these
    and the verdict on the whole list, without its amounts.
    """
    report, unit = shown.offers_report, shown.currency
    count, worth, buyers = shown.called
    when = words.day(shown.cutoff)
    end = timeline.Window(timeline.parse_date(shown.cutoff), shown.window).end
    passed = end < (today or datetime.now(UTC).date())
    if not count:
        below = report.sentence if shown.scope is None else ""
        return Headline("There is no offer to make.", below, "fair")
    money = f"{words.money(worth, unit)} expected gross profit from " if shown.is_priced else ""
    offers = (
        f"{counted(count, 'offer')}: {money}{words.count(buyers)} purchases "
        f"{'' if money else 'expected '}in {timeline.in_words(shown.window)}"
    )
    if report.standing == "not checked" and passed:
        out = f"This list is out of date: its window ended on {words.day(end)}."
        return Headline(out, f"It held {offers}. Nothing was checked on later sales.", "poor")
    if report.standing == "not checked":
        return Headline(f"Call {offers}.", "Not yet checked: there are no later sales.")
    tone, verdict = STANDING[report.standing]
    if report.is_whole:
        tone, verdict = "fair", "the list holds every offer, so no other list is beside it."
    title = f"Backtest of {when}" if passed else f"The list of {when}"
    if shown.scope is not None:
        verdict = verdict.replace("the list", "the list of all reps", 1)
        return Headline(f"{title}: {verdict}", f"Of your accounts it held {offers}.", tone)
    return Headline(f"{title}: {verdict}", f"It held {offers}. {paid(shown)}", tone)


def above_list(shown: Shown) -> list[Block]:
    """Return what a viewer of some accounts reads above the list; nothing for all others."""
    if shown.scope is None:
        return []
    values = shown.offers_report.values
    return [headline(shown), *([] if values.trusted else [Note(values.sentence, "warning")])]


STANDING: dict[str, tuple[Literal["good", "fair", "poor"], str]] = {
    "better": ("good", "the list earned more than every simple list."),
    "no better": ("fair", "no clear difference from the best simple list."),
    "worse": ("poor", "a simple list would have earned more."),
}
"""The verdict of later sales on a list: its tone, and the first sentence."""


def paid(shown: Shown) -> str:
    """Return the result of the list beside its best baseline; empty if it is not known."""
    if (result := shown.offers_report.paid) is None:
        return ""
    (mine, best), unit = result, shown.currency
    brought, gain = words.money(mine.gross_profit, unit), words.money(abs(best.gain), unit)
    low, high = (words.money(end, unit) for end in (best.gain_low, best.gain_high))
    more = "more" if best.gain >= 0 else "less"
    if shown.offers_report.is_whole:
        return f"On later sales it earned {brought}."
    return (
        f"On later sales it earned {brought}, {gain} {more} than "
        f"“{best.list}” of the same size would have (95% interval of the difference: "
        f"{low} to {high})."
    )


def money_missed(shown: Shown) -> list[Block]:
    """Return a warning if the predicted gross profit lies outside the observed interval.

    Where later sales are not known, earlier windows say how far the money can be trusted.
    """
    values = shown.offers_report.values
    whole = next((row for row in shown.offers_report.judged.money if row.decile == 0), None)
    earlier: list[Block] = [Note(values.sentence, "info" if values.trusted else "warning")]
    if whole is None:
        return earlier
    if whole.observed_low <= whole.predicted_gp <= whole.observed_high:
        return [] if values.trusted else earlier
    unit = shown.currency
    figures = (whole.predicted_gp, whole.observed_gp, whole.observed_low, whole.observed_high)
    predicted, observed, low, high = (words.money(value, unit) for value in figures)
    word = "high" if whole.predicted_gp > whole.observed_high else "low"
    text = (
        f"Expected profits were too {word} here: all ranked offers together predicted {predicted} "
        f"and {observed} was observed (95% interval {low} to {high}). Use the order of the list, "
        "not its money."
    )
    return [*([] if values.trusted else earlier), Note(text, "warning")]
