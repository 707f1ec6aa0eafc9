"""Access to the dashboard: tokens, cookies, and protection against foreign web pages."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gosales_lib.dashboard.read.scope import Scope, Scopes

EVERYTHING = ""
"""The viewer who may see all accounts."""
COOKIE, COOKIE_DAYS = "gosales-viewer", 1
LONGEST_WAIT = 8.0
"""Longest delay of the answer to a wrong token, in seconds."""


@dataclass
class Gate:
    """The token of a dashboard, and the number of wrong attempts by address.

    An empty token opens the dashboard to this machine; `scopes` holds viewers with tokens of their
    own, who see some accounts only.
    """

    token: str
    scopes: Scopes = field(default_factory=Scopes)
    _wrong: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def is_needed(self) -> bool:
        """Whether a viewer must identify themselves."""
        return bool(self.token or self.scopes.views)

    def who(self, given: str) -> str | None:
        """Return the viewer of a token, None for a wrong one, in constant time."""
        tokens = {EVERYTHING: self.token} if self.token else {}
        secret = [(view.name, view.token) for view in self.scopes.views if view.token]
        tokens |= {name: token.get_secret_value() for name, token in secret}
        right = [n for n, t in tokens.items() if hmac.compare_digest(given.encode(), t.encode())]
        return right[0] if right else None

    def named(self, user: str) -> str | None:
        """Return the viewer that a reverse proxy names, None for one without a view."""
        return next((view.name for view in self.scopes.views if user and view.user == user), None)

    def scope(self, name: str) -> Scope | None:
        """Return the scope of a viewer, None for all data; KeyError for an unknown viewer."""
        if name == EVERYTHING:
            return None
        return {view.name: view for view in self.scopes.views}[name]

    async def slow_down(self, address: str) -> None:
        """Wait before a wrong token is answered: twice as long after each one from an address."""
        tries, last = self._wrong.get(address, (0, 0.0))
        tries = 1 if time.monotonic() - last > 600 else tries + 1
        self._wrong = dict(list(self._wrong.items())[-1000:]) | {address: (tries, time.monotonic())}
        await asyncio.sleep(min(LONGEST_WAIT, 0.25 * 2.0**tries))


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Return whether a page of another site sent the request; a followed link is not foreign.

    Browsers tell by `Sec-Fetch-Site` (W3C, Fetch Metadata). An image, a frame or a script of
    another site is refused; a mailed link opens.
    """
    if headers.get("Sec-Fetch-Site", "none") not in ("cross-site", "same-site"):
        return False
    followed = headers.get("Sec-Fetch-Mode") == "navigate"
    return not (followed and headers.get("Sec-Fetch-Dest") == "document")


def own_path(address: str) -> str:
    """Return a link of this dashboard to go on with, its front page for any other address."""
    parts = urlsplit(address.replace("\\", "/"))
    own = not parts.scheme and not parts.netloc and parts.path in ("", "/", "./")
    return f"./?{parts.query}" if own and parts.query else "./"


def is_local(address: str | None) -> bool:
    """Return whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
