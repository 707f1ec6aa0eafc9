"""The scope of a viewer: all data, or the accounts of some reps and branches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from gosales_lib.core.validation import in_words

Texts = tuple[str, ...]


class Scope(BaseModel):
    """One viewer, or a group of viewers, with access to some accounts only.

    Parameters
    ----------
    name
        Shown at the top of every page; never empty, for the viewer of everything has no name.
    token
        Opens the dashboard with this scope; at least 16 characters.
    user
        Value of the proxy's header that stands for this viewer.
    reps, branches
        An account is seen when its rep or its branch is listed here.
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

    Parameters
    ----------
    header
        Name of a header in which a reverse proxy on this machine names the viewer. It counts only
        in requests that come from this machine.
    views
        The viewers. A visitor who is none of them and lacks the dashboard's token sees nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: str | None = None
    views: tuple[Scope, ...] = ()


def load(path: Path) -> Scopes:
    """Return the scopes of a YAML file; ValueError names file and key, never a token."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        scopes = Scopes.model_validate(content)
    except yaml.YAMLError:
        raise ValueError(f"{path.name} is not readable as YAML") from None
    except ValidationError as error:
        raise ValueError(f"{path.name}: {in_words(error, Scopes)}") from None
    names = [view.name for view in scopes.views]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path.name}: the name {twice[0]!r} stands for two views")
    return scopes
