"""Who may see the dashboard, and that nobody can run code through it: real requests to Voila."""

from __future__ import annotations

import json
import re
import time
import uuid
from pathlib import Path

import dashboards as toy
import pytest
import requests
import websocket
from typer.testing import CliRunner

from gosales_lib.cli import app
from gosales_lib.cli import dashboard as command

TOKEN = "planted-token-of-the-test"
SOMEBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """The address of a dashboard that asks for a token."""
    folder = tmp_path_factory.mktemp("guarded") / "runs"
    toy.write_run(folder)
    with toy.served(folder, token=TOKEN) as address:
        yield address


@pytest.fixture(scope="module")
def viewer(guarded):
    """A viewer with the token, and the page: (session, kernel, comm)."""
    session = requests.Session()
    page = session.get(f"{guarded}?token={TOKEN}&tab=whitespace", timeout=120)
    assert page.status_code == 200
    found = re.search(r'data-kernel="([^"]+)" data-comm="([^"]+)"', page.text)
    assert found, page.text[-500:]
    return session, *found.groups(), page


def socket_of(address, kernel, *, cookies="", origin=None):
    url = address.replace("http", "ws") + f"api/kernels/{kernel}/channels?session_id={uuid.uuid4()}"
    header = [f"Cookie: {cookies}"] if cookies else []
    return websocket.create_connection(url, header=header, origin=origin, timeout=20)


def cookies_of(session):
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)


def message(kind, content, channel="shell"):
    header = {"msg_id": uuid.uuid4().hex, "username": "", "session": "s", "msg_type": kind}
    header |= {"version": "5.3", "date": "2026-01-01T00:00:00Z"}
    body = {"channel": channel, "header": header, "parent_header": {}, "metadata": {}}
    return json.dumps(body | {"content": content})


def test_without_the_token_there_is_no_page(guarded):
    page = requests.get(guarded, timeout=20)
    assert "Token" in page.text and "/login" in page.url
    assert "Customer 4" not in page.text and "data-kernel" not in page.text
    assert requests.get(f"{guarded}?token=wrong", timeout=20).url.startswith(f"{guarded}login")


def test_the_token_opens_the_page_and_a_cookie_keeps_it_open(guarded, viewer):
    session, *_, page = viewer
    assert "Customer 4" in page.text
    assert "httponly" in page.headers["Set-Cookie"].lower()
    again = session.get(f"{guarded}?tab=nothing-here", timeout=120)
    assert "data-kernel" in again.text and TOKEN not in again.text


@pytest.mark.parametrize(
    "path",
    [
        "api/kernels",
        f"api/kernels/{SOMEBODY}",
        "api/contents",
        "api/sessions",
        "api/status",
        "voila/files/dashboard.ipynb",
        "voila/files/../pyproject.toml",
        "voila/render/dashboard.ipynb",
        "voila/tree",
        "voila/labextensions/anywidget/package.json",
        "voila/static/..%2f..%2fapp.py",
        "voila/templates/gosales/static/..%2fconf.json",
        "dashboard.ipynb",
        "files/dashboard.ipynb",
        "terminals/1",
    ],
)
@pytest.mark.parametrize("with_token", [False, True])
def test_no_other_address_answers(guarded, path, with_token):
    more = f"?token={TOKEN}" if with_token else ""
    found = requests.get(guarded + path + more, timeout=20, allow_redirects=False)
    assert found.status_code in (400, 403, 404, 405)
    assert "import" not in found.text


def test_the_page_forbids_scripts_of_its_own_and_foreign_hosts(viewer):
    page = viewer[-1]
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\"))", page.text)
    assert not re.search(r"\bsrc=\"(https?:)?//", page.text)
    assert "dashboard.Dashboard" not in page.text  # the notebook's sources are not sent


def test_a_kernel_s_socket_wants_the_token_and_the_page_s_own_origin(guarded, viewer):
    session, kernel, *_ = viewer
    for options in ({}, {"cookies": cookies_of(session), "origin": "http://evil.example"}):
        with pytest.raises(websocket.WebSocketBadStatusException, match=r"40[13]"):
            socket_of(guarded, kernel, **options)


def test_code_sent_to_the_kernel_is_not_run_even_with_the_token(guarded, viewer, tmp_path):
    session, kernel, comm, _ = viewer
    wire = socket_of(guarded, kernel, cookies=cookies_of(session))
    proof = tmp_path / "executed"
    code = {"code": f"open({str(proof)!r}, 'w')", "silent": False, "store_history": False}
    code |= {"user_expressions": {"a": f"open({str(proof)!r}, 'w')"}, "allow_stdin": False}
    for channel in ("shell", "control", "stdin", "iopub"):
        wire.send(message("execute_request", code, channel))
    wire.send(message("debug_request", {"command": "evaluate"}, "control"))
    wire.send(message("comm_open", {"comm_id": "x", "target_name": "jupyter.widget", "data": {}}))
    wire.send(message("shutdown_request", {"restart": False}, "control"))
    asked = {"method": "custom", "content": {"id": "hello", "hello": True}}
    wire.send(message("comm_msg", {"comm_id": comm, "data": asked}))
    kinds = []
    while True:
        heard = json.loads(wire.recv())
        kinds.append(heard["msg_type"])
        if heard["msg_type"] == "comm_msg":
            break
    assert heard["content"]["data"]["content"] == {"hello": True, "id": "hello"}
    assert not set(kinds) & {"execute_reply", "execute_result", "debug_reply", "shutdown_reply"}
    time.sleep(0.5)
    assert not proof.exists()
    wire.close()


def test_a_closed_page_ends_its_kernel_and_no_other_page_can(guarded, viewer):
    _, kernel, *_ = viewer
    shutdown = f"{guarded}voila/api/shutdown/{kernel}"
    assert requests.post(shutdown, timeout=20).status_code == 403
    session = requests.Session()
    page = session.get(f"{guarded}?token={TOKEN}", timeout=120)
    mine = re.search(r'data-kernel="([^"]+)"', page.text)[1]
    close = f"{guarded}voila/api/shutdown/{mine}"
    assert session.post(close, timeout=20).status_code == 403  # without the page's own mark
    mark = {"_xsrf": session.cookies["_xsrf"]}
    assert session.post(close, data=mark, timeout=20).status_code == 204
    with pytest.raises(websocket.WebSocketBadStatusException, match="404"):
        socket_of(guarded, mine, cookies=cookies_of(session))


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


def test_no_token_stands_on_the_command_line(monkeypatch):
    monkeypatch.setenv("GOSALES_DASHBOARD_TOKEN", TOKEN)
    shown = CliRunner().invoke(app, ["dashboard", "--dry-run", "--host", "0.0.0.0"])
    assert shown.exit_code == 0
    assert "gosales_lib.dashboard.serve.server" in shown.output and TOKEN not in shown.output
    for option in ("strip_sources=True", "cull_idle_timeout=600", "allow_template_override=NO"):
        assert option in shown.output


def test_a_taken_port_is_one_line(open_dashboard):
    port = open_dashboard.rstrip("/").rpartition(":")[2]
    shown = CliRunner().invoke(app, ["dashboard", "--port", port])
    assert shown.exit_code == 2
    assert "choose another --port" in shown.output


def test_the_template_and_the_notebook_are_found():
    assert command.notebook().name == "dashboard.ipynb"
    from gosales_lib.dashboard.serve import server

    place = server.HERE / "voila" / "templates" / "gosales"
    assert {path.name for path in place.iterdir()} >= {"conf.json", "index.html.j2", "static"}
    assert Path(server.HERE / "html" / "login.html").is_file()
