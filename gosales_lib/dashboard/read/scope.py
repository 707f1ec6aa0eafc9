"""The scope of a viewer: all data, or the accounts of some reps and branches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from gosales_lib.core import yaml_files

Texts = tuple[str, ...]


class Scope(BaseModel):
    """One viewer, or a group of viewers, with access to the accounts of some reps or branches.

    `name` stands at the top of every page; it is never empty, for the viewer of everything has no
    name. `token` opens the dashboard with this scope; `user` is the value of the proxy's header
    that stands for this viewer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    token: Annotated[SecretStr, Field(min_length=16)] | None = None
    user: str | None = None
    reps: Texts = ()
    branches: Texts = ()

    def sees(self) -> pl.Expr:
        """Return the condition on `rep` and `branch` under which an account is seen."""
        rep = pl.col("rep").cast(pl.String).is_in(list(self.reps))
        branch = pl.col("branch").cast(pl.String).is_in(list(self.branches))
        return (rep | branch).fill_null(False)


class Scopes(BaseModel):
    """The file of `gosales dashboard --views`: the scopes of all viewers.

    `header` is the name of a header in which a reverse proxy on this machine names the viewer; it
    counts only in requests that come from this machine. A visitor who is none of the `views` and
    lacks the dashboard's token sees nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: str | None = None
    views: tuple[Scope, ...] = ()


def load(path: Path) -> Scopes:
    """Return the scopes of a YAML file; ValueError names file and key, never a token."""
    scopes = yaml_files.load(path, Scopes, "views", secret=True)
    names = [view.name for view in scopes.views]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path.name}: the name {twice[0]!r} stands for two views")
    return scopes
