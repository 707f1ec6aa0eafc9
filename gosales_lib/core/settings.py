"""Settings from the environment and from `.env` in the project's root."""

from __future__ import annotations

import logging
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import unquote

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gosales_lib.core.spelling import hint
from gosales_lib.core.validation import in_words

Engine = Literal["polars", "duckdb", "pyspark"]
ENGINES: tuple[str, ...] = get_args(Engine)
"""The engines that can build features."""
MARKS = ("pyproject.toml", "layouts", "notebooks")
PASSWORD_IN_URL = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
SECRET_LENGTH = 8  # a shorter one may be a common word


@lru_cache(maxsize=1)
def project_root() -> Path:
    """Return the checkout's folder: the nearest one above the working folder or the package."""
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if all((folder / mark).exists() for mark in MARKS):
                return folder
    return Path.cwd()


def resolve(path: Path | str) -> Path:
    """Return `path`; a relative path starts at the project's root."""
    path = Path(path).expanduser()
    return path if path.is_absolute() else (project_root() / path).resolve()


class Settings(BaseSettings):
    """Every setting; `.env.template` holds one line and one comment for each."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    azsql_server: str | None = Field(None, alias="AZSQL_SERVER")
    azsql_database: str | None = Field(None, alias="AZSQL_DATABASE")
    azsql_username: str | None = Field(None, alias="AZSQL_USERNAME")
    azsql_password: SecretStr | None = Field(None, alias="AZSQL_PASSWORD")
    azsql_auth: Literal["sql", "interactive", "managed-identity", "service-principal"] = Field(
        "sql", alias="AZSQL_AUTH"
    )
    database_url: SecretStr | None = Field(None, alias="GOSALES_DATABASE_URL")
    database_schema: str | None = Field(None, alias="GOSALES_DATABASE_SCHEMA")
    source_url: SecretStr | None = Field(None, alias="GOSALES_SOURCE_URL")
    mlflow_tracking_uri: SecretStr | None = Field(None, alias="GOSALES_MLFLOW_TRACKING_URI")
    layout: str = Field("layouts/gosales.yaml", alias="GOSALES_LAYOUT")
    data_dir: str = Field("data/database_samples", alias="GOSALES_DATA_DIR")
    holdout_dir: str = Field("data/holdout", alias="GOSALES_HOLDOUT_DIR")
    runs_dir: str = Field("runs", alias="GOSALES_RUNS_DIR")
    dashboard_token: SecretStr | None = Field(None, alias="GOSALES_DASHBOARD_TOKEN")
    engine: Engine = Field("polars", alias="GOSALES_ENGINE")
    memory_limit: str = Field("4GB", alias="GOSALES_MEMORY_LIMIT")
    threads: int = Field(os.cpu_count() or 1, alias="GOSALES_THREADS", ge=1)
    seed: int = Field(17, alias="GOSALES_SEED", ge=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", alias="GOSALES_LOG_LEVEL"
    )

    @model_validator(mode="before")
    @classmethod
    def _know_every_name(cls, values: Any) -> Any:
        """Refuse an unknown GOSALES_ or AZSQL_ variable; the message names the nearest setting."""
        every = names()
        for name in (*os.environ, *_in_env_file()):
            if name.upper().startswith(("GOSALES_", "AZSQL_")) and name.upper() not in every:
                if name.upper().startswith("GOSALES_TEST_"):
                    continue
                raise ValueError(f"setting {name} is unknown{hint(name, every)}")
        return values

    def mlflow_uri(self) -> str:
        """Return the MLflow store: as set, else SQLite `mlflow.db` in the project's root."""
        if self.mlflow_tracking_uri is not None:
            return self.mlflow_tracking_uri.get_secret_value()
        return f"sqlite:///{(project_root() / 'mlflow.db').as_posix()}"

    def secrets(self) -> set[str]:
        """Return the texts that no output may hold: passwords, tokens, addresses with one."""
        values = [value for _, value in self if isinstance(value, SecretStr)]
        texts = {value.get_secret_value() for value in values}
        for text in list(texts):
            if password := PASSWORD_IN_URL.search(text):
                texts |= {password[1], unquote(password[1])}
        return {text for text in texts if len(text) >= SECRET_LENGTH}


def names() -> list[str]:
    """Return the names of all settings, as they are written in `.env`."""
    return [str(field.alias) for field in Settings.model_fields.values()]


def _in_env_file() -> list[str]:
    """Return the names that `.env` sets."""
    path = project_root() / ".env"
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("=", 1)[0].removeprefix("export ").strip() for line in lines if "=" in line]
    return [name for name in pairs if name and not name.startswith("#")]


def _refuse_line(record: logging.LogRecord) -> bool:
    """Refuse the line that the reader of `.env` would skip with a warning, and all below it."""
    at = record.getMessage().rpartition(" ")[2]  # no value: the message names the line alone
    asks = f"line {at} cannot be read: write NAME=value, and close each quote"
    raise ValueError(f"{project_root() / '.env'}: {asks}")


@lru_cache(maxsize=1)
def load() -> Settings:
    """Return the settings of this process; the environment takes precedence over `.env`.

    Raises
    ------
    ValueError
        A line of `.env` cannot be read, or a setting is unknown or has a wrong value; the message
        names settings, never their values.
    """
    reader = logging.getLogger("dotenv.main")
    reader.setLevel(logging.WARNING)
    reader.addFilter(_refuse_line)
    try:
        return Settings(_env_file=project_root() / ".env", _env_file_encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"{project_root() / '.env'} is not UTF-8; save it as UTF-8") from None
    except ValidationError as error:
        raise ValueError(in_words(error, Settings, "setting")) from None
    finally:
        reader.removeFilter(_refuse_line)
