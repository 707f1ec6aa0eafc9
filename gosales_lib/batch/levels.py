"""Levels of a finished run: ok, warning or failed, for scripts, the console and the dashboard.

Each finding compares one figure of the run with its limit in the layout. A figure that is not
available is said to be so, and never counts as good.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from gosales_lib import reports
from gosales_lib.batch import earlier_runs
from gosales_lib.batch.findings import Finding, compared, reported
from gosales_lib.core import timeline
from gosales_lib.core.alarms import Alarm, Level, worst
from gosales_lib.core.spelling import counted
from gosales_lib.layout.thresholds import Limits
from gosales_lib.reports import NotAvailableError, summary
from gosales_lib.reports.division import NOT_AVAILABLE
from gosales_lib.reports.etl import Etl
from gosales_lib.reports.holdout import KEPT, Holdout
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.run_folders import Run, checks, kinds, record

MENDS = {
    "score-drift": "The scores differ more, or less, from customer to customer than those of the "
    "newest training cutoff; a new level alone does not count. Look at the drift table of "
    "05_holdout; train again if the models are old.",
    "feature-drift": "Look at the drift table of 05_holdout for the features that moved.",
    "lost-gates": "Look at 03_train of these divisions before you release the run.",
    "calibration": "Look at the holdout page of the checked run; probabilities may be off again.",
    "lost-history": "Look for files, customers or branches that the earlier log had.",
    "list-turnover": "Compare both lists before you release: reps will see other customers.",
    "unknown-exclusions": "Compare how the list and the log write a customer's key: what names no "
    "customer excludes nobody.",
    "unknown-deals": "Compare how the deals and the log write a customer's key: an offer may "
    "already be under discussion.",
    "no-offers": "Look at the rules of 06_whitespace and how many pairs each removed; nobody has a "
    "call to make from this list.",
    "unchecked": "Add the missing files of later sales and check again, or allow the missing days.",
    "model-age": "Train again with `gosales run`.",
}
FEWEST_DEALS = 10
"""Fewest open deals that are judged: the share of a few says little."""


class Health(BaseModel):
    """The health of a finished run: the most severe level, all findings, and the alarms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Level
    findings: tuple[Finding, ...]
    alarms: tuple[Alarm, ...]


def of(run: Run) -> Health:
    """Return the health of a run, compared with the released run and the last checked one.

    A run that has not ended well is `failed`; its findings are those that can be made.
    """
    findings = tuple(_findings(run))
    alarms = (*_of_log(run), *(_alarm(finding) for finding in findings if finding.level != "ok"))
    return Health(level=worst(alarms), findings=findings, alarms=alarms)


def _alarm(finding: Finding) -> Alarm:
    kept = finding.model_dump(include={"name", "level", "sentence"})
    return Alarm(**kept, mend=MENDS.get(finding.name))


def _of_log(run: Run) -> list[Alarm]:
    """Return the alarms that 01_etl reported on the log."""
    try:
        return reports.read(run, Etl).alarms
    except (FileNotFoundError, NotAvailableError):
        return []  # the finding `reports` says so


def _findings(run: Run) -> Iterator[Finding]:
    content = record.read_live(run)
    yield _ended(content)
    yield _available(run)
    try:
        limits = run.layout().limits
    except (OSError, ValueError):
        return
    if not content.get("cutoffs"):
        return
    cutoff = max(content["cutoffs"])
    yield _calibration(run, limits)
    if kinds.of(run, content).kind == "check":
        yield from _unchecked(run, cutoff)
        return
    yield from _drift(run, cutoff, limits)
    yield from _exclusions(run, cutoff, limits)
    yield from _no_offers(run, cutoff)
    yield from earlier_runs.history(run, limits)
    yield from earlier_runs.against_released(run, cutoff, limits)
    yield _model_age(run, cutoff, limits)


def _ended(content: Mapping[str, Any]) -> Finding:
    """Return whether every notebook of the run ended well."""
    states = [item["state"] for item in content.get("notebooks", [])]
    left = sum(state != "done" for state in states)
    done = content.get("state") == "done" and not left
    sentence = f"{len(states) - left} of {len(states)} notebooks succeeded."
    if not done and not left:
        begun = sentence.replace("notebooks", "notebooks that began")
        sentence = f"The run has not ended well: {begun}"
    return Finding(name="notebooks", level="ok" if done else "failed", sentence=sentence)


def _available(run: Run) -> Finding:
    """Return whether every report of the run can be read as it was written."""
    problems = summary.problems(summary.of(run))
    sentence = f"{len(problems)} reports are {NOT_AVAILABLE}; {problems[0]}" if problems else ""
    return Finding(
        name="reports",
        level="failed" if problems else "ok",
        sentence=sentence or "Every report can be read as it was written.",
    )


def _drift(run: Run, cutoff: str, limits: Limits) -> Iterator[Finding]:
    """Yield the drift of scores and features, of the division that drifted most."""
    scores, features, chance = dict[str, float](), dict[str, float](), set[str]()
    what = "scores"
    for each in reported(run, cutoff):
        if each.later and (moved := each.later.drift.scores).psi is not None:
            scores[each.name], what = moved.psi, moved.feature
            chance |= {each.name} if moved.by_chance else set()
        if each.later and each.features and each.features.features:
            features[each.name] = each.later.drift.large / each.features.features
    text = f"the population stability index of the {what}"
    yield _of_worst("score-drift", scores, limits, text, "{:.2f}", chance)
    text = "the share of features that moved far"
    yield _of_worst("feature-drift", features, limits, text, "{:.0%}")


def _of_worst(
    name: str,
    figures: Mapping[str, float],
    limits: Limits,
    what: str,
    form: str,
    chance: Collection[str] = (),
) -> Finding:
    """Return the finding on the largest of the divisions' figures.

    A figure of a division in `chance` is within what chance reaches, and so within the limit.
    """
    if not figures:
        return compared(name, None, limits, f"{what.capitalize()} is {NOT_AVAILABLE}.")
    judged = {division: figures[division] for division in figures if division not in chance}
    most = max(judged or figures, key=lambda division: figures[division])
    limit = getattr(limits, name.replace("-", "_"))
    over = sum(limit.level(figure) != "ok" for figure in judged.values())
    sentence = f"{what.capitalize()} is highest in {most}: {form.format(figures[most])}"
    sentence += (
        f"; above its limit in {over} of {counted(len(figures), 'division')}." if over else "."
    )
    if chance:
        few = f" What chance reaches among few customers does not count, in {len(chance)}"
        sentence += f"{few} of {counted(len(figures), 'division')}."
    finding = compared(name, figures[most], limits, sentence)
    return finding if judged else finding.model_copy(update={"level": "ok"})


def _exclusions(run: Run, cutoff: str, limits: Limits) -> Iterator[Finding]:
    """Yield how many exclusions, contacts and open deals name nobody, where there are any."""
    try:
        listed = reports.read(run.whitespace(cutoff), Whitespace).exclusions
    except (FileNotFoundError, NotAvailableError):
        return  # the finding `reports` says so
    if listed.rows:
        text = f"{listed.of_no_customer:,} of {listed.rows:,} exclusions and contacts name no "
        text += "customer of the grid, and exclude nobody."
        share = listed.of_no_customer / listed.rows
        yield compared("unknown-exclusions", share, limits, text)
    if listed.deals is not None and listed.deals >= FEWEST_DEALS:
        strangers = listed.deals_of_no_customer or 0
        text = f"{strangers:,} of {listed.deals:,} open deals name no customer of the grid, and "
        text += "hold no offer back."
        yield compared("unknown-deals", strangers / listed.deals, limits, text)
    if stages := listed.unknown_stages:
        named = ", ".join(f"{stage!r} ({number:,})" for stage, number in [*stages.items()][:6])
        text = f"{counted(sum(stages.values()), 'deal')} in stages that are not known count as open"
        yield Finding(name="unknown-stages", level="ok", sentence=f"{text}: {named}.")


def _no_offers(run: Run, cutoff: str) -> Iterator[Finding]:
    """Yield a warning where the list has no offer, with the rule that removed most."""
    try:
        listed = reports.read(run.whitespace(cutoff), Whitespace)
    except (FileNotFoundError, NotAvailableError):
        return  # the finding `reports` says so
    if listed.offers:
        return
    text = "The list has no offer."
    most = max(listed.cuts, key=lambda each: each.cut, default=None)
    if most and most.cut:
        text += f" The rule that removed most is {most.rule!r}: {counted(most.cut, 'pair')}."
    yield Finding(name="no-offers", level="warning", sentence=text)


def _calibration(run: Run, limits: Limits) -> Finding:
    """Return how well the last checked run of the layout predicted the number of buyers."""
    judged = _last_checked(run)
    if judged is None:
        sentence = f"Calibration is {NOT_AVAILABLE}: no run of this layout has been checked yet."
        return Finding(name="calibration", level="ok", sentence=sentence)
    cutoff = max(record.read(judged)["cutoffs"])
    divisions = reported(judged, cutoff)
    inside = [each.checked.kept == KEPT for each in divisions if each.checked]
    if any(Holdout.step in each.problems for each in divisions):
        inside = []
    off = inside.count(False)
    whose = "This run" if judged == run else "The last checked run"
    figure = off / len(inside) if inside else None
    text = (
        f"{whose}, at {cutoff}: the predicted buyers lie outside the 95% interval of the observed "
        f"ones in {off} of {counted(len(inside), 'division')}."
        if inside
        else f"{whose}, at {cutoff}: calibration is {NOT_AVAILABLE}."
    )
    return compared("calibration", figure, limits, text)


def _unchecked(run: Run, cutoff: str) -> Iterator[Finding]:
    """Yield a warning where a check was asked for and later sales do not cover a division's window.

    Of other runs it is no finding: their windows are most often still open.
    """
    every = reported(run, cutoff)
    why = [f"{one.name}: {one.later.sentence}" for one in every if one.later and not one.checked]
    if why:
        text = f"{len(why)} of {counted(len(every), 'division')} not checked; {why[0]}"
        yield Finding(name="unchecked", level="warning", sentence=text)


def _last_checked(run: Run) -> Run | None:
    """Return the run if its own holdout is checked, else the newest such run of its layout.

    Trials of others are left out.
    """
    if checks.is_checked(run):
        return run
    layout = kinds.of(run).layout
    for other, content, identity in kinds.listed(run.path.parent):
        same = identity.layout == layout and identity.kind != "trial"
        if same and content.get("state") == "done" and checks.is_checked(other):
            return other
    return None


def _model_age(run: Run, cutoff: str, limits: Limits) -> Finding:
    """Return how many months lie between the training and the list."""
    trained = record.read(run).get("trained_at") or cutoff
    first, last = timeline.parse_date(trained), timeline.parse_date(cutoff)
    months = 12 * (last.year - first.year) + last.month - first.month
    age = counted(months, "month")
    sentence = f"The models were trained at {first}, {age} before the list's cutoff."
    return compared("model-age", float(months), limits, sentence)
