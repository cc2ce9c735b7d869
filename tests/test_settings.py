"""Settings come from the environment and one file; every mistake is told at once, with what is allowed."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Dict

import pytest

from oih_assistant.errors import SettingsError
from oih_assistant.settings import ROOT, Settings, load_settings

NAMES = [item.name for item in dataclasses.fields(Settings)]


def problems(environment: Dict[str, str], **more: object) -> "list[str]":
    """What is wrong with an environment, line by line."""
    with pytest.raises(SettingsError) as refused:
        load_settings(environment, **more)  # type: ignore[arg-type]
    return str(refused.value).splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_documented(name: str) -> None:
    item = next(item for item in dataclasses.fields(Settings) if item.name == name)
    assert item.metadata["help"]
    assert f"OIH_{name.upper()}" in (ROOT / "README.md").read_text("utf-8")


def test_settings_named_in_the_readme_exist() -> None:
    import re

    named = set(re.findall(r"\bOIH_([A-Z_]+)\b", (ROOT / "README.md").read_text("utf-8")))
    assert {name.lower() for name in named} <= {*NAMES, "settings", "python"}


def test_settings_default_to_loopback_and_a_file() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert settings.host == "127.0.0.1"
    assert settings.database_url.startswith("sqlite:////")
    assert settings.allowed_origins == settings.trusted_proxies == ""
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


def test_settings_of_the_environment_are_converted() -> None:
    settings = load_settings({"OIH_PORT": "9000", "OIH_RATE_SECONDS": "2.5", "OIH_REGION": "uk", "HOME": "/root"})
    assert (settings.port, settings.rate_seconds, settings.region) == (9000, 2.5, "uk")


def test_settings_of_the_environment_go_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yml"
    file.write_text("port: 9000\nregion: uk\nrate_seconds: 5\nlog_level: warning\n")
    settings = load_settings({"OIH_SETTINGS": str(file), "OIH_REGION": "ca"})
    assert (settings.port, settings.region, settings.rate_seconds) == (9000, "ca", 5.0)
    assert settings.log_level == "warning"


@pytest.mark.parametrize("text", ["", "# nothing but a remark\n", "{}\n"])
def test_settings_file_may_be_empty(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.yml"
    file.write_text(text)
    assert load_settings({"OIH_SETTINGS": str(file)}) == Settings()


def test_settings_tell_all_problems_at_once(tmp_path: Path) -> None:
    file = tmp_path / "settings.yml"
    file.write_text("# remark\nprot: 80\nbusy_messages: many\nmessage_max_chars: 0\n")
    environment = {
        "OIH_SETTINGS": str(file),
        "OIH_HOTS": "0.0.0.0",
        "OIH_PORT": "70000",
        "OIH_RATE_MESSAGES": "3.5",
        "OIH_LOG_LEVEL": "verbose",
        "OIH_DATABASE_URL": "mysql://me:pass-word@host/db",
        "OIH_REPLAY_EVENTS": "10",
        "OIH_REGION": "mars",
    }
    found = problems(environment, regions={"us": 1, "uk": 2})
    for words in (
        f"{file}:2: unknown setting 'prot'; allowed: allowed_origins, ",
        f"{file}:3: busy_messages is 'many'; a number is allowed",
        "environment: unknown setting OIH_HOTS; allowed: OIH_ALLOWED_ORIGINS, ",
        "environment: OIH_RATE_MESSAGES is '3.5'; a number is allowed",
        "port is 70000; 0 to 65535 is allowed",
        "log_level is 'verbose'; use one of: debug, info, warning, error",
        "database_url begins with 'mysql'; sqlite:///FILE or postgresql://... is allowed",
        "message_max_chars is 0; more than 0 is allowed",
        "replay_events is 10; 40 or more is allowed",
        "region is 'mars'; use one of: uk, us",
    ):
        assert any(line.startswith(words) for line in found), words
    assert len(found) == 10
    assert "pass-word" not in "\n".join(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIH_PORT", ""),
        ("OIH_PORT", "eighty"),
        ("OIH_PORT", "-1"),
        ("OIH_PORT", "65536"),
        ("OIH_QUEUE_LENGTH", "0"),
        ("OIH_RATE_SECONDS", "nan"),
        ("OIH_RATE_SECONDS", "inf"),
        ("OIH_REPLY_SECONDS", "-0.5"),
        ("OIH_REPLY_SECONDS", "20 s"),
        ("OIH_DATABASE_URL", ""),
        ("OIH_DATABASE_URL", "assistant.db"),
        ("OIH_DATABASE_URL", "sqlite://"),
        ("OIH_DATABASE_URL", "sqlite:///"),
        ("OIH_DATABASE_URL", "sqlite:///:memory:"),
        ("OIH_DATABASE_URL", "sqlite:///file:x?mode=memory&uri=true"),
        ("OIH_LOG_LEVEL", "DEBUG "),
        ("OIH_", "1"),
    ],
)
def test_settings_refuse_a_value_in_one_line(name: str, value: str) -> None:
    [problem] = problems({name: value})
    assert "allowed" in problem or "use one of" in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- port\n", ":1: a list or text found; a mapping of settings is allowed"),
        ("port 80\n", ":1: a list or text found; a mapping of settings is allowed"),
        ("port: [80\n", "is not valid YAML"),
        ("port: 80\nport: 81\n", ":2: key 'port' stands twice"),
        ("port:\n", ":1: port is None; a number is allowed"),
        ("port: true\n", ":1: port is True; a number is allowed"),
        ("region: null\n", ":1: region is None; a text is allowed"),
        ("region: no\n", ":1: region is False; a text is allowed"),
        ("host: [127.0.0.1]\n", ":1: host is ['127.0.0.1']; a text is allowed"),
        ("1: 2\n", ":1: unknown setting 1; allowed: "),
        ("settings: other.yml\n", ":1: unknown setting 'settings'; allowed: "),
    ],
)
def test_settings_file_with_a_mistake_names_the_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "settings.yml"
    file.write_text(text)
    [problem] = problems({"OIH_SETTINGS": str(file)})
    assert str(file) in problem
    assert words in problem


def test_settings_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert problems({"OIH_SETTINGS": str(tmp_path / "none.yml")}) == [
        f"{tmp_path}/none.yml:1: cannot be read: No such file or directory"
    ]
    assert "cannot be read" in problems({"OIH_SETTINGS": str(tmp_path)})[0]
    (tmp_path / "binary.yml").write_bytes(b"port: \xff\xfe\n")
    assert "is not UTF-8 text" in problems({"OIH_SETTINGS": str(tmp_path / "binary.yml")})[0]


def test_settings_of_the_set_up_are_no_mistake() -> None:
    assert load_settings({"OIH_PYTHON": "/usr/bin/python3.10"}) == Settings()


@pytest.mark.parametrize("url", ["sqlite:///var/a.db", "postgresql://me@host/db", "postgresql+psycopg2://me@host/db"])
def test_settings_take_both_kinds_of_store(url: str) -> None:
    assert load_settings({"OIH_DATABASE_URL": url}).database_url == url
