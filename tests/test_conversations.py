"""Every transcript below tests/conversations is a test, through the real model, actions and store."""

from __future__ import annotations

from pathlib import Path

import pytest

from oih_assistant.application import Application
from oih_assistant.content.loader import cached_content
from tests.transcripts import load_transcript, play

FOLDER = Path(__file__).parent / "conversations"
PATHS = sorted(FOLDER.rglob("*.yml"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(FOLDER).as_posix())
async def test_conversation_goes_as_written(assistant: Application, path: Path) -> None:
    await play(assistant, path)


def test_conversations_cover_every_topic() -> None:
    expected = {turn.topic for path in (FOLDER / "topics").glob("*.yml") for turn in load_transcript(path)}
    assert set(cached_content().contract.ids) <= expected
