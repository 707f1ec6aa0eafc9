"""Row-level rights: a viewer of some accounts sees no other account, whatever the request."""

from __future__ import annotations

import io
import re
import stat

import dashboards as toy
import polars as pl
import pytest
import yaml

from gosales_lib.dashboard.export import downloads
from gosales_lib.dashboard.read import scope
from gosales_lib.dashboard.read.view import TABS
from gosales_lib.dashboard.serve.access import EVERYTHING, Gate
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.run_folders import distinct
from gosales_lib.whitespace import balance

REP_B = scope.Scope(name="Rep B", reps=("Rep B",))
OWN = {f"C{n:02}" for n in range(2, 13, 2)}
FOREIGN = set(toy.CUSTOMERS) - OWN


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scoped") / "runs"
    toy.write_run(folder)
    return Site(folder)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("more", ["", "&offers=all&size=100", "&customer=C01", "&customer=C02"])
def test_no_page_shows_a_foreign_account(site, tab, more):
    page = site.open(f"?tab={tab}{more}", REP_B)
    links = {f"customer={number}" for number in FOREIGN} - {more[1:]}
    assert not [link for link in links if link in page.html]
    for number in FOREIGN:
        name = toy.NAMES[toy.CUSTOMERS.index(number)]
        assert f">{name}<" not in page.html


@pytest.mark.parametrize("by", ["offer", "account", "rep", "branch", "division"])
def test_no_sum_and_no_sentence_of_the_list_is_about_other_reps(site, by):
    page = site.open(f"?tab=whitespace&by={by}", REP_B).html
    assert "To call (8)" in page and "All ranked (12)" in page  # 16 and 24 of all reps
    assert "16 offers" not in page and "1 reps" not in page
    assert "img src" not in page  # the other rep's name
    report = site.shown("", REP_B)[0].offers_report
    assert report.balance not in page and report.sentence not in page


def test_a_viewer_without_an_overview_reads_above_the_list_whether_to_trust_it(site):
    page = site.open("?tab=whitespace", REP_B).html
    assert "Backtest of 30 Jun 2025: the list of all reps earned" in page
    assert "Of your accounts it held 8 offers" in page
    assert "Backtest" not in site.open("?tab=whitespace").html


def test_a_rep_s_own_page_is_in_the_order_of_the_calls_without_needless_choices(site):
    page = site.open("?tab=whitespace", REP_B).html
    places = [int(n) for n in re.findall(r'class="number rank">(\d+)', page)]
    assert places == sorted(places) and "of all: 2" in page
    assert 'id="menu-rep"' not in page and 'id="menu-branch"' not in page
    assert 'id="menu-rep"' in site.open("?tab=whitespace").html
    file = downloads.of(site, "?tab=whitespace", "csv", REP_B)
    file.remove()
    assert file.name == f"whitespace-{toy.CUTOFF}-{distinct('Rep B')}.csv"


def test_reps_are_compared_by_who_may_see_their_branch(tmp_path):
    run = toy.write_run(tmp_path / "runs")
    folder = run.whitespace(toy.CUTOFF)
    rows = [("Rep B", "North", 6, 9, 12, 3, 0), ("Rep S", "South", 6, 9, 1, 0, 8)]
    folder.write("balance", pl.DataFrame(rows, balance.BALANCE, orient="row"))
    move = ("North", "C03", toy.SCRIPT, "Rep B", "Rep N", 2, "Alpha", 7, 0.5, 50.0)
    folder.write("moves", pl.DataFrame([move], balance.MOVES, orient="row"))
    site, query = Site(tmp_path / "runs"), "?tab=whitespace&by=rep"
    north = scope.Scope(name="North", branches=("North",))
    whole, branch, rep = (site.open(query, viewer).html for viewer in (None, north, REP_B))
    assert "Rep S" in whole and "Rep N" in whole and "nothing has been moved" in whole
    assert "Rep S" not in branch and "Rep N" in branch and "Who has too many" in branch
    assert "Rep S" not in rep and "Rep N" not in rep and "Who has too many" not in rep


def test_an_own_account_is_shown_with_its_offers(site):
    page = site.open("?tab=whitespace&offers=all&size=100", REP_B)
    assert {number for number in OWN if f"customer={number}" in page.html} == OWN
    assert "Accounts of Rep B" in page.html
    assert "tab=overview" not in page.html.partition('<nav class="tabs"')[2].partition("</nav>")[0]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_file_holds_a_foreign_account(site, kind):
    file = downloads.of(site, "?tab=whitespace&offers=all", kind, REP_B)
    content = file.path.read_bytes()
    file.remove()
    if kind == "csv":
        numbers = pl.read_csv(content)["customer_id"]
    else:
        numbers = pl.read_excel(io.BytesIO(content), engine="openpyxl")["Account number"]
    assert len(numbers) > 0
    assert set(numbers) <= OWN
    assert not file.path.exists()


def test_no_foreign_account_is_suggested(site):
    assert {number for number, _ in site.suggest("?", "customer", REP_B)} <= OWN
    assert site.suggest("?", "C05", REP_B) == []


def test_a_branch_is_seen_whole_and_nobody_sees_an_unknown_one(site):
    north = scope.Scope(name="North", branches=("North",))
    everybody = downloads.of(site, "?offers=all", "csv", north)
    assert pl.read_csv(everybody.path)["customer_id"].n_unique() == len(toy.CUSTOMERS)
    everybody.remove()
    nobody = site.open("?tab=whitespace&offers=all", scope.Scope(name="x", branches=("South",)))
    assert "customer=C" not in nobody.html


def views(tmp_path, content):
    path = tmp_path / "views.yaml"
    path.write_text(yaml.safe_dump(content))
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


def test_each_token_opens_its_own_view(tmp_path):
    content = {
        "header": "X-Remote-User",
        "views": [
            {"name": "Rep B", "token": "a" * 16, "reps": ["Rep B"], "user": "b@example.com"},
            {"name": "North", "token": "b" * 16, "branches": ["North"]},
        ],
    }
    gate = Gate("the token of all accounts", scope.load(views(tmp_path, content)))
    assert gate.who("the token of all accounts") == EVERYTHING
    assert gate.scope(EVERYTHING) is None
    assert gate.scope(gate.who("a" * 16)).reps == ("Rep B",)
    assert gate.who("c" * 16) is None and gate.who("") is None
    assert gate.named("b@example.com") == "Rep B"
    assert gate.named("") is None and gate.named("stranger") is None


def test_without_a_token_for_all_nobody_gets_all(tmp_path):
    content = {"views": [{"name": "Rep B", "token": "a" * 16, "reps": ["Rep B"]}]}
    gate = Gate("", scope.load(views(tmp_path, content)))
    assert gate.is_needed and gate.who("") is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"views": [{"name": "A", "token": "short"}]}, "views.0.token"),
        ({"views": [{"name": "A"}, {"name": "A"}]}, "stands for two views"),
        ({"views": [{"name": "", "token": "a" * 16}]}, "views.0.name"),
        ({"view": []}, "key 'view'"),
    ],
)
def test_a_file_of_views_that_is_wrong_is_refused_without_its_tokens(tmp_path, content, words):
    with pytest.raises(ValueError, match=words) as refused:
        scope.load(views(tmp_path, content))
    assert "short" not in str(refused.value).replace("should have at least", "")
