"""The server ends cleanly whenever it is told to, and refuses to start with one clear message."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Callable, Dict, Iterator, NamedTuple

import pytest

from oih_assistant.application import open_store
from oih_assistant.errors import SettingsError
from oih_assistant.server.__main__ import bind, listen
from oih_assistant.settings import ROOT, Settings
from tests.server.process import ServerProcess, start_failing

SECONDS = 240


class Refusal(NamedTuple):
    """How a command ended that should not have started."""

    status: int
    output: str
    errors: str


def _broken_copy(folder: Path) -> Path:
    """A checkout whose content has two mistakes."""
    root = folder / "checkout"
    for name in ("oih_assistant", "actions", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    article = root / "data/content/articles/tolerance.yml"
    article.write_text(
        article.read_text("utf-8").replace("clinical_review: pending", "clinical_reveiw: pending"), "utf-8"
    )
    with (root / "data/content/articles/ketamine.yml").open("a") as file:
        file.write("\nnlu: this is not training data\n")
    return root


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Refusal]]:
    """Start all commands that must refuse at once, and hand over how each ended."""
    folder = tmp_path_factory.mktemp("refusals")
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    (folder / "file").write_text("not a folder")
    (folder / "settings.yml").write_text("prot: 1\nregion: mars\n")
    changed: Dict[str, Dict[str, str]] = {
        "port in use": {"port": str(taken.getsockname()[1])},
        "unknown setting": {"prot": "8080", "log_level": "loud"},
        "settings file": {"settings": str(folder / "settings.yml")},
        "unwritable store": {"database_url": f"sqlite:///{folder}/file/store.db"},
        "no server": {"database_url": "postgresql://me:pass-word@127.0.0.1:1/none"},
    }
    server = "oih_assistant.server"
    started: Dict[str, "subprocess.Popen[str]"] = {
        name: start_failing(server, folder, settings) for name, settings in changed.items()
    }
    started["broken content"] = start_failing(server, folder, {}, _broken_copy(folder))
    started["terminal"] = start_failing("oih_assistant.channels.terminal", folder, {"region": "mars"})
    ended: Dict[str, Refusal] = {}

    def ended_how(name: str) -> Refusal:
        if name not in ended:
            output, errors = started[name].communicate(timeout=SECONDS)
            ended[name] = Refusal(started[name].returncode, output, errors)
        return ended[name]

    yield ended_how
    for process in started.values():
        if process.poll() is None:
            process.kill()
        process.communicate()
    taken.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("port in use", ["Address already in use", "OIH_PORT"]),
        ("unknown setting", ["unknown setting OIH_PROT", "OIH_PORT", "log_level is 'loud'", "debug, info"]),
        (
            "settings file",
            ["settings.yml:1: unknown setting 'prot'", "region is 'mars'; use one of: au, ca, "],
        ),
        ("unwritable store", ["database_url sqlite:///", "/file/store.db", "cannot be written"]),
        ("no server", ["database_url postgresql://me:***@127.0.0.1:1/none", "refused"]),
        ("broken content", ["articles/tolerance.yml", "clinical_reveiw", "articles/ketamine.yml", "nlu"]),
        ("terminal", ["region is 'mars'"]),
    ],
)
def test_refusal_says_what_is_wrong(refusals: Callable[[str], Refusal], name: str, words: "list[str]") -> None:
    refusal = refusals(name)
    assert refusal.status == 1, refusal.errors
    assert refusal.output == ""
    assert refusal.errors.count("the assistant cannot start:") == 1
    for word in words:
        assert word in refusal.errors
    assert "Traceback" not in refusal.errors
    assert "pass-word" not in refusal.errors
    assert len(refusal.errors.splitlines()) < 12


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_start_can_be_broken_off(start_server: Callable[..., ServerProcess], by: signal.Signals) -> None:
    process = start_server()
    process.wait_for_error_line("loading the model")
    assert process.stop(by) == 0
    assert process.output() == "stopped\n"
    assert "Traceback" not in process.errors()


def test_address_taken_while_loading_is_told() -> None:
    """Two that start at the same time both get the address at first; only one can listen."""
    first = Settings(port=0)
    one = bind(first)
    second = Settings(port=one.getsockname()[1])
    other = bind(second)
    listen(one, first)
    with pytest.raises(SettingsError, match="Address already in use; set OIH_HOST or OIH_PORT"):
        listen(other, second)
    one.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "not an address"])
def test_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="set OIH_HOST or OIH_PORT"):
        bind(Settings(host=host, port=0))


@pytest.mark.parametrize("url", ["postgresql://me:pass-word@[::1/db", "postgresql://me:pass-word@host:port:9/db"])
def test_password_is_never_shown(url: str) -> None:
    with pytest.raises(SettingsError, match=r"database_url cannot be read; .* is allowed") as refused:
        open_store(Settings(database_url=url))
    assert "pass-word" not in str(refused.value)
