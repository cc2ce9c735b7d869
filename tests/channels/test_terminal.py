"""The conversation in the terminal: numbered choices, piped input, and nothing on standard output but the talk."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, List, Tuple

import pytest

from oih_assistant.application import Application
from oih_assistant.channels import terminal
from oih_assistant.channels.terminal import converse, format_reply, pick, wrap
from oih_assistant.conversation import ConversationService
from oih_assistant.replies.reply import Button, Reply
from oih_assistant.settings import ROOT
from tests.conftest import ServiceMaker
from tests.server.process import environment
from tests.server.talk import DANGER, QUESTION

BUTTONS = (Button("Tell me more", "/more_detail"), Button("Tolerance", "/tolerance"))


@pytest.mark.parametrize(
    ("typed", "payload"),
    [("1", "/more_detail"), (" 2 ", "/tolerance"), ("[2]", "/tolerance"), ("2.", "/tolerance"), ("01", "/more_detail")],
)
def test_number_picks_a_choice(typed: str, payload: str) -> None:
    picked = pick(typed, BUTTONS)
    assert picked is not None
    assert picked.payload == payload


@pytest.mark.parametrize("typed", ["0", "3", "-1", "1.5", "", "one", "\u0661", "\u00b2", "1 pill", "9" * 20])
def test_other_lines_pick_nothing(typed: str) -> None:
    assert pick(typed, BUTTONS) is None


def test_reply_is_wrapped_with_sources_and_numbered_choices() -> None:
    sources = [{"citation": "A. Author. " + "Title " * 20, "url": "https://doi.org/10.1/" + "x" * 60}]
    reply = Reply("word " * 40 + "\n\n- a point", BUTTONS, {"kind": "curated", "sources": sources})
    lines = format_reply(reply, 40, first_number=3).split("\n")
    assert all(len(line) <= 40 or "https://" in line for line in lines)
    assert "- a point" in lines
    assert lines[lines.index("- a point") + 1] == "Sources:"
    assert lines[-2:] == ["  [3] Tell me more", "  [4] Tolerance"]


def test_sources_are_not_shown_twice_nor_beside_a_danger() -> None:
    sources = [{"citation": "A. Author.", "url": None}]
    for payload in ({"kind": "safety"}, {"kind": "curated", "form": "sources"}, {"kind": "dialogue"}):
        assert "Sources" not in format_reply(Reply("text", (), {**payload, "sources": sources}), 80)


def test_wrapping_keeps_paragraphs() -> None:
    assert wrap("one two three\n\nfour", 8) == "one two\nthree\n\nfour"


async def talk(service: ConversationService, *lines: str) -> str:
    """Hold a piped conversation. Returns what is printed."""
    out = io.StringIO()
    await converse(service, io.StringIO("".join(line + "\n" for line in lines)), out, interactive=False)
    return out.getvalue()


async def test_talk_shows_what_was_said_and_answered(make_service: ServiceMaker) -> None:
    printed = await talk(make_service(), QUESTION, DANGER)
    assert printed.startswith(f"> {QUESTION}\n\nHello.")
    assert "Sources:" in printed
    assert f"> {DANGER}\n\nCall 911" in printed


async def test_talk_goes_on_by_numbers(make_service: ServiceMaker) -> None:
    """Choices of all replies of a turn count on, and a number is what was printed beside it."""
    first = await talk(make_service(), QUESTION)
    assert "  [1] Patient or relative\n  [2] Clinician\n" in first
    assert "  [3] Tell me more\n" in first
    assert "[1]" not in first.split("[3] Tell me more")[1]
    printed = await talk(make_service(), QUESTION, "3")
    assert "> 3\n" in printed
    assert "is no longer open" not in printed
    assert printed.count("Sources:") == 2


async def test_number_without_choices_is_a_message(make_service: ServiceMaker) -> None:
    printed = await talk(make_service(), "3")
    assert printed.startswith("> 3\n\nHello.")


async def test_quit_ends_the_talk_and_empty_lines_are_skipped(make_service: ServiceMaker) -> None:
    assert await talk(make_service(), "", "   ", "/quit", QUESTION) == ""
    assert await talk(make_service()) == ""


async def test_refusal_is_shown_like_a_reply(make_service: ServiceMaker) -> None:
    assert "too long" in await talk(make_service(), "pain " * 1000)
    assert "could not read" in await talk(make_service(), "\u200b")


class Streams:
    """Standard streams over pipes, for `main`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
        read_end, self.input = os.pipe()
        self.output, write_end = os.pipe()
        self.stdin = io.TextIOWrapper(io.FileIO(read_end), encoding=encoding)
        self.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(write_end, "w")), encoding=encoding)
        monkeypatch.setattr(sys, "stdin", self.stdin)
        monkeypatch.setattr(sys, "stdout", self.stdout)

    def send(self, data: bytes) -> None:
        os.write(self.input, data)
        os.close(self.input)


def run_main() -> int:
    """Run `main` beside the loop of the tests."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(terminal.main).result(120)


@pytest.fixture
def built(assistant: Application, make_service: ServiceMaker, monkeypatch: pytest.MonkeyPatch) -> List[str]:
    """`main` finds the assistant built; says whether it was closed."""
    closed: List[str] = []
    service = make_service()

    class Built:
        def __init__(self) -> None:
            self.service = service

        def close(self) -> None:
            closed.append("closed")

    monkeypatch.setattr(terminal, "build_application", Built)
    return closed


def test_letters_that_the_terminal_does_not_have_are_replaced(
    built: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = Streams(monkeypatch, "ascii")
    streams.send("na\u00efve \U0001f62b\n".encode())
    assert run_main() == 0
    streams.stdout.close()
    printed = os.read(streams.output, 60_000).decode("ascii")
    assert printed.startswith("> na??ve ????\n\nHello.")
    assert built == ["closed"]


def test_reader_that_went_away_ends_the_talk(built: List[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As in `make -s chat | head -3`: no complaint, not even when Python closes its streams."""
    streams = Streams(monkeypatch, "utf-8")
    os.close(streams.output)
    streams.send(f"{QUESTION}\nthank you\n".encode())
    assert run_main() == 0
    streams.stdout.close()
    assert built == ["closed"]


def _run(folder: Path, data: bytes) -> Tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "oih_assistant.channels.terminal"],
        cwd=ROOT,
        env=environment({"database_url": f"sqlite:///{folder / 'chat.db'}"}, COLUMNS="70"),
        input=data,
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


@pytest.mark.slow
def test_piped_input_prints_only_the_conversation(model: Any, tmp_path: Path) -> None:
    lines = [QUESTION.encode(), b"3", b"\xff\xfe\x80 pain", b"/restart", b"/quit", b"never read"]
    status, output, errors = _run(tmp_path, b"\n".join(lines))
    assert status == 0, errors
    assert "Traceback" not in errors
    asked = [line for line in output.splitlines() if line.startswith("> ")]
    assert asked == [f"> {QUESTION}", "> 3", "> \ufffd\ufffd\ufffd pain", "> /restart"]
    assert output.startswith(f"> {QUESTION}\n\nHello.")
    assert "assistant:" not in output
    assert "DeprecationWarning" not in output
    assert "loading the model" in errors
    assert all(len(line) <= 70 or "https://" in line for line in output.splitlines())
