"""Who may see the dashboard, and what others get: real requests to its server."""

from __future__ import annotations

import asyncio
import re
import subprocess
import threading
import time

import dashboards as toy
import pytest
import requests
from typer.testing import CliRunner

from gosales_lib.cli import app
from gosales_lib.cli import dashboard as command
from gosales_lib.core import settings
from gosales_lib.dashboard.serve import access

TOKEN = "planted-token-of-the-test"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """The address of a dashboard that asks for a token."""
    folder = tmp_path_factory.mktemp("guarded") / "runs"
    toy.write_run(folder)
    with toy.served(folder, token=TOKEN) as address:
        yield address


@pytest.fixture(scope="module")
def viewer(guarded):
    """A viewer with the token, and the page: (session, page)."""
    session = requests.Session()
    page = session.get(f"{guarded}?token={TOKEN}&tab=whitespace", timeout=120)
    assert page.status_code == 200
    return session, page


def test_without_the_token_there_is_no_page(guarded):
    page = requests.get(guarded, timeout=20)
    assert "Token" in page.text and "/login" in page.url
    assert "Customer 4" not in page.text and "gosales-page" not in page.text
    assert requests.get(f"{guarded}?token=wrong", timeout=20).url.startswith(f"{guarded}login")


@pytest.mark.parametrize("path", ["part?tab=whitespace", "suggest?typed=c", "download/csv"])
def test_without_the_token_no_answer_and_no_file_either(guarded, path):
    found = requests.get(guarded + path, timeout=20)
    assert "Customer 4" not in found.text and "rank" not in found.text
    assert found.status_code == 401 or "/login" in found.url


def test_the_token_opens_the_page_and_a_cookie_keeps_it_open_for_a_day(guarded, viewer):
    session, page = viewer
    assert "Customer 4" in page.text
    cookie = page.history[0].headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "expires" in cookie.lower()
    assert page.url == f"{guarded}?tab=whitespace"  # the token is not in the address any more
    again = session.get(f"{guarded}?tab=nothing-here", timeout=120)
    assert "gosales-page" in again.text and TOKEN not in again.text


def test_the_form_lets_the_right_token_in_and_keeps_the_page_asked_for(guarded):
    session = requests.Session()
    form = session.get(f"{guarded}?tab=data&run={toy.RUN}", timeout=20)
    fields = dict(re.findall(r'name="(_xsrf|next)" value="([^"]*)"', form.text))
    fields = {name: value.replace("&amp;", "&") for name, value in fields.items()}
    assert requests.post(f"{guarded}login", data={"token": TOKEN}, timeout=20).status_code == 403
    wrong = session.post(f"{guarded}login", data=fields | {"token": "wrong"}, timeout=20)
    assert wrong.status_code == 401 and "not the token" in wrong.text
    right = session.post(f"{guarded}login", data=fields | {"token": TOKEN}, timeout=60)
    assert right.url == f"{guarded}?tab=data&run={toy.RUN}"
    assert "Where did every row" in right.text


@pytest.mark.parametrize(
    ("address", "goes"),
    [
        ("/?tab=data", "./?tab=data"),
        ("./?tab=data", "./?tab=data"),
        ("", "./"),
        ("//evil.example/?a=b", "./"),
        ("https://evil.example/", "./"),
        ("/\\evil.example/?a", "./"),
        ("/download/csv?x", "./"),
    ],
)
def test_after_the_form_nobody_is_sent_elsewhere(address, goes):
    assert access.own_path(address) == goes


def test_each_wrong_token_waits_longer(monkeypatch):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(access.asyncio, "sleep", sleep)
    gate = access.Gate(TOKEN)
    for _ in range(8):
        asyncio.run(gate.slow_down("10.0.0.1"))
    asyncio.run(gate.slow_down("10.0.0.2"))
    assert waits[:3] == [0.5, 1.0, 2.0]
    assert waits[7] == access.LONGEST_WAIT
    assert waits[8] == 0.5


FOREIGN = [
    ({}, False),
    ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, False),
    ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, False),
    (
        {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
        False,
    ),
    (
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        True,
    ),
    (
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        True,
    ),
    ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}, True),
]


@pytest.mark.parametrize(("headers", "foreign"), FOREIGN)
def test_another_site_s_page_gets_no_answer_but_a_mailed_link_opens(
    open_dashboard, headers, foreign
):
    found = requests.get(f"{open_dashboard}?tab=data", headers=headers, timeout=60)
    assert found.status_code == (403 if foreign else 200)


@pytest.mark.parametrize(
    "path",
    [
        "api/kernels",
        "api/contents",
        "api/sessions",
        "voila/static/voila.js",
        "static/..%2fserver.py",
        "static/../server.py",
        "static/nothing.js",
        "dashboard.ipynb",
        "files/dashboard.ipynb",
        "download/parquet",
        "download/..%2f..%2fetc",
        "terminals/1",
    ],
)
@pytest.mark.parametrize("with_token", [False, True])
def test_no_other_address_answers(guarded, path, with_token):
    more = f"?token={TOKEN}" if with_token else ""
    found = requests.get(guarded + path + more, timeout=20, allow_redirects=False)
    assert found.status_code in (302, 400, 403, 404, 405)
    assert "import" not in found.text


def test_an_error_page_never_shows_a_traceback(guarded):
    found = requests.get(f"{guarded}nothing", timeout=20)
    assert found.json() == {"problem": "There is no such page."}
    post = requests.post(guarded, timeout=20)
    assert "Traceback" not in post.text and post.status_code in (403, 405)


def test_the_page_forbids_scripts_of_its_own_and_foreign_hosts(viewer):
    page = viewer[-1]
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\"))", page.text)
    assert not re.search(r"\bsrc=\"(https?:)?//", page.text)


def test_many_viewers_at_once_are_all_answered_or_asked_to_wait(open_dashboard):
    answers = []

    def ask():
        answers.append(requests.get(f"{open_dashboard}part?tab=whitespace", timeout=60).status_code)

    threads = [threading.Thread(target=ask) for _ in range(120)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 503} and answers.count(200) >= 40
    time.sleep(0.1)
    assert requests.get(f"{open_dashboard}part?tab=data", timeout=60).status_code == 200


def test_without_a_token_only_this_machine_s_names_are_answered(open_dashboard):
    assert requests.get(open_dashboard, timeout=120).status_code == 200
    rebound = requests.get(open_dashboard, headers={"Host": "evil.example"}, timeout=20)
    assert rebound.status_code == 403


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        *[(host, False) for host in ("127.0.0.1", "localhost", "::1", "127.9.9.9")],
        *[(host, True) for host in ("0.0.0.0", "192.168.1.5", "sales.example", "")],
    ],
)
def test_another_address_than_this_machine_s_needs_a_token(monkeypatch, host, wanted):
    monkeypatch.delenv("GOSALES_DASHBOARD_TOKEN", raising=False)
    assert bool(command.needed_token(host, asked=False)) is wanted
    assert len(command.needed_token(host, asked=True)) >= 32


def test_the_folder_that_the_dashboard_is_started_in_lends_it_no_code(tmp_path):
    """Such as another checkout, whose package has the same name."""
    (tmp_path / "gosales_lib").mkdir()
    (tmp_path / "gosales_lib" / "__init__.py").write_text("raise SystemExit(9)")
    shown = CliRunner().invoke(app, ["dashboard", "--dry-run", "--runs", str(tmp_path)])
    command = [*shown.output.split(), "--port=none"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 2


def test_no_token_stands_on_the_command_line(monkeypatch):
    monkeypatch.setenv("GOSALES_DASHBOARD_TOKEN", TOKEN)
    shown = CliRunner().invoke(app, ["dashboard", "--dry-run", "--host", "0.0.0.0"])
    assert shown.exit_code == 0
    assert "gosales_lib.dashboard.serve.server" in shown.output and TOKEN not in shown.output


def test_a_taken_port_is_one_line(open_dashboard):
    port = open_dashboard.rstrip("/").rpartition(":")[2]
    shown = CliRunner().invoke(app, ["dashboard", "--port", port])
    assert shown.exit_code == 2
    assert "choose another --port" in shown.output


def test_a_chosen_token_that_could_be_guessed_is_refused(monkeypatch):
    monkeypatch.setenv("GOSALES_DASHBOARD_TOKEN", "short")
    settings.load.cache_clear()
    with pytest.raises(ValueError, match="shorter than 16 characters"):
        command.needed_token("0.0.0.0", asked=False)
    monkeypatch.undo()
    settings.load.cache_clear()
