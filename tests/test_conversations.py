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


def test_every_topic_has_a_transcript() -> None:
    assert {path.stem for path in (FOLDER / "topics").glob("*.yml")} == set(cached_content().contract.ids)


# These act on an earlier answer, and their reply carries that answer's topic.
REFER_TO_AN_ANSWER = {"more_detail", "repeat", "simpler"}


@pytest.mark.parametrize("path", sorted((FOLDER / "topics").glob("*.yml")), ids=lambda path: path.stem)
def test_transcript_expects_its_topic(path: Path) -> None:
    turns = load_transcript(path)
    assert path.stem in REFER_TO_AN_ANSWER or path.stem in {turn.topic for turn in turns}
