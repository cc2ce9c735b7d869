"""A model that lost a part on the way is refused, with the name of the part; Rasa would go on with a warning."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, List

import pytest

from oih_assistant.application import Application, build_application
from oih_assistant.errors import AssistantError, ModelError
from oih_assistant.nlu.gate import UnderstandingGate
from oih_assistant.rasa_library import check_model, load_agent
from oih_assistant.settings import Settings
from oih_assistant.training import ensure_model


def test_whole_model_is_taken(assistant: Application) -> None:
    check_model(assistant.agent, assistant.content)


def test_lost_importer_is_named(assistant: Application) -> None:
    agent = copy.copy(assistant.agent)
    agent.domain = SimpleNamespace(intents=["greet"])
    with pytest.raises(ModelError, match=r"topics of the contract are no intents .*importer"):
        check_model(agent, assistant.content)


def test_untrained_classifier_is_named(assistant: Application) -> None:
    agent = copy.copy(assistant.agent)
    agent.processor = SimpleNamespace(graph_runner=SimpleNamespace(_instantiated_nodes={}))
    with pytest.raises(ModelError, match=r"classifier does not know .*was it trained"):
        check_model(agent, assistant.content)


def test_lost_gate_is_named(assistant: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    def pass_on(_gate: Any, messages: List[Any]) -> List[Any]:
        return messages

    nodes = assistant.agent.processor.graph_runner._instantiated_nodes.values()
    [gate] = [node for node in nodes if isinstance(node._component, UnderstandingGate)]
    monkeypatch.setattr(gate, "_fn", pass_on)
    with pytest.raises(ModelError, match=r"gets no verdict: is the gate last in the pipeline"):
        check_model(assistant.agent, assistant.content)


def test_missing_model_file_is_named(assistant: Application, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nothing\.tar\.gz: no such file"):
        load_agent(tmp_path / "nothing.tar.gz", assistant.content)


@pytest.mark.parametrize("damage", ["cut off", "empty", "not an archive"])
def test_damaged_model_file_is_named(model: Path, assistant: Application, tmp_path: Path, damage: str) -> None:
    whole = model.read_bytes()
    data = {"cut off": whole[: len(whole) // 2], "empty": b"", "not an archive": b"x" * 2_000}[damage]
    (tmp_path / model.name).write_bytes(data)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'store.db'}", model_dir=str(tmp_path))
    with pytest.raises(AssistantError) as refused:
        build_application(settings)
    assert isinstance(refused.value, ModelError)
    assert model.name in str(refused.value)
    assert "make train" in str(refused.value)


def test_folder_that_cannot_hold_a_model_is_named(assistant: Application, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ModelError, match=r"model_dir .*/file/models: cannot be written .*OIH_MODEL_DIR"):
        ensure_model(assistant.content, Settings(model_dir=str(tmp_path / "file" / "models")))
