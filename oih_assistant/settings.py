"""The settings of one installation. The only reader of the environment.

A setting `x` is read from the variable OIH_X, else from the settings file (YAML, named by OIH_SETTINGS),
else its default holds. Secrets belong in the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from oih_assistant.content.yaml_files import read_yaml
from oih_assistant.errors import SettingsError

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "OIH_"
FILE_VARIABLE = "OIH_SETTINGS"

# Read by tools/bootstrap.py before this package exists; known here so that it is not taken for a mistake.
FOREIGN_VARIABLES = {"OIH_PYTHON"}


def _setting(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True)
class Settings:
    """Every setting with its default; the help texts are the documentation."""

    host: str = _setting("127.0.0.1", "address the server listens on; loopback unless you change it")
    port: int = _setting(8080, "port the server listens on; 0 takes a free one")
    database_url: str = _setting(
        f"sqlite:///{ROOT / 'var' / 'assistant.db'}",
        "SQLAlchemy address of the store: an SQLite file, or postgresql://user:password@host/name",
    )
    region: str = _setting("us", "whose emergency numbers are shown: a key of data/content/regions.yml")
    model_dir: str = _setting(str(ROOT / "models"), "folder of the trained models")
    cache_dir: str = _setting(str(ROOT / ".cache"), "folder of what can be computed again (encoded phrasings)")
    message_max_chars: int = _setting(2000, "longest message that is read, in characters")
    body_max_bytes: int = _setting(20_000, "longest request body, in bytes")
    rate_messages: int = _setting(20, "messages one conversation may send in rate_seconds")
    rate_seconds: float = _setting(30.0, "length of that window, in seconds")
    visitor_messages: int = _setting(240, "messages one network address may send in rate_seconds")
    queue_length: int = _setting(5, "messages of one conversation that may wait for their turn")
    busy_messages: int = _setting(64, "messages in work in one process before new ones are asked to come back")
    reply_seconds: float = _setting(20.0, "longest time for one reply before the person is told that it failed")
    replay_events: int = _setting(120, "events of a conversation that are read again for a turn; slots are always kept")
    allowed_origins: str = _setting(
        "", "web origins that may call the server, separated by commas; empty: its own only"
    )
    trusted_proxies: str = _setting(
        "", "addresses of reverse proxies whose X-Forwarded-For is believed, separated by commas"
    )
    log_level: str = _setting("info", "debug, info, warning or error; message texts are never logged")


ALLOWED_LOG_LEVELS = ("debug", "info", "warning", "error")


def _converted(name: str, kind: str, value: Any, where: str, problems: List[str]) -> Any:
    try:
        if kind == "int":
            return int(str(value))
        if kind == "float":
            return float(str(value))
    except ValueError:
        problems.append(f"{where}: {name} is {value!r}; a number is allowed")
        return None
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        problems.append(f"{where}: {name} is {value!r}; a text is allowed")
        return None
    return str(value)


def _check(settings: Settings, regions: Optional[Mapping[str, Any]], problems: List[str]) -> None:
    if not 0 <= settings.port <= 65535:
        problems.append(f"port is {settings.port}; 0 to 65535 is allowed")
    if not settings.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg2://")):
        scheme = settings.database_url.split(":", 1)[0]
        problems.append(f"database_url begins with {scheme!r}; sqlite:///FILE or postgresql://... is allowed")
    if settings.database_url.split("?")[0] in ("sqlite:///", "sqlite:///:memory:") or "mode=memory" in (
        settings.database_url
    ):
        problems.append("database_url names no file; sqlite:///FILE is allowed (memory forgets every conversation)")
    if settings.log_level not in ALLOWED_LOG_LEVELS:
        problems.append(f"log_level is {settings.log_level!r}; use one of: {', '.join(ALLOWED_LOG_LEVELS)}")
    for name in ("message_max_chars", "body_max_bytes", "rate_messages", "visitor_messages", "queue_length",
                 "busy_messages", "rate_seconds", "reply_seconds"):  # fmt: skip
        if not 0 < getattr(settings, name) < float("inf"):
            problems.append(f"{name} is {getattr(settings, name)}; more than 0 is allowed")
    if settings.replay_events < 40:
        problems.append(f"replay_events is {settings.replay_events}; 40 or more is allowed")
    if regions is not None and settings.region not in regions:
        problems.append(f"region is {settings.region!r}; use one of: {', '.join(sorted(regions))}")


def load_settings(
    environment: Optional[Mapping[str, str]] = None, *, regions: Optional[Mapping[str, Any]] = None
) -> Settings:
    """Read the settings.

    Args:
        environment: variables to read from; the process's own if not given.
        regions: the known regions, to check `region` against.

    Raises:
        SettingsError: with every problem, where it stands and what is allowed.
    """
    environment = os.environ if environment is None else environment
    problems: List[str] = []
    known = {item.name: item for item in fields(Settings)}
    values: Dict[str, Any] = {}
    path = environment.get(FILE_VARIABLE)
    if path:
        file = read_yaml(Path(path))
        problems.extend(f"{path}:{line}: {message}" for line, message in file.problems)
        if file.value is not None and not isinstance(file.value, dict):
            problems.append(f"{path}:1: a list or text found; a mapping of settings is allowed")
        for name, value in file.value.items() if isinstance(file.value, dict) else ():
            where = f"{path}:{file.line_of([name])}"
            if name not in known:
                problems.append(f"{where}: unknown setting {name!r}; allowed: {', '.join(sorted(known))}")
            else:
                values[name] = _converted(name, str(known[name].type), value, where, problems)
    for variable, value in environment.items():
        if not variable.startswith(PREFIX) or variable == FILE_VARIABLE or variable in FOREIGN_VARIABLES:
            continue
        name = variable[len(PREFIX) :].lower()
        if name not in known:
            allowed = ", ".join(PREFIX + other.upper() for other in sorted(known))
            problems.append(f"environment: unknown setting {variable}; allowed: {allowed}")
        else:
            values[name] = _converted(variable, str(known[name].type), value, "environment", problems)
    settings = Settings(**{name: value for name, value in values.items() if value is not None})
    _check(settings, regions, problems)
    if problems:
        raise SettingsError("\n".join(problems))
    return settings
