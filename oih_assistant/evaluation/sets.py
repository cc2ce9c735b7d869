"""Sets of test messages: a YAML list of {text, topic, also}, refused with line numbers when they are not that."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, List, Tuple

from oih_assistant.content.models import Contract
from oih_assistant.content.yaml_files import read_yaml
from oih_assistant.errors import EvaluationSetError


@dataclass(frozen=True)
class Entry:
    """One test message.

    Args:
        text: what a person wrote.
        topic: the best answer.
        also: topics that are equally right.
        audience: for whom it stands, where the set says so.
    """

    text: str
    topic: str
    also: Tuple[str, ...] = ()
    audience: str = field(default="", compare=False)  # the same message is the same test, whoever it stands for

    @property
    def right(self) -> Tuple[str, ...]:
        """Every right topic."""
        return (self.topic, *self.also)


def load_set(path: Path, contract: Contract) -> List[Entry]:
    """Read a set; other keys of an entry are ignored.

    Raises:
        EvaluationSetError: with every problem and its line; nothing is measured then.
    """
    file = read_yaml(path)
    problems = [f"{path}:{line}: {message}" for line, message in file.problems]
    value: Any = file.value
    if not problems and not isinstance(value, list):
        problems.append(f"{path}:1: a {type(value).__name__} found; a list of messages is allowed")
    entries: List[Entry] = []
    for index, item in enumerate(value if isinstance(value, list) else ()):
        where = f"{path}:{file.line_of([index])}"
        if not isinstance(item, dict):
            problems.append(f"{where}: a {type(item).__name__} found; {{text, topic, also}} is allowed")
            continue
        text, topic, also = item.get("text"), item.get("topic"), item.get("also") or []
        if not isinstance(text, str) or not text.strip():
            problems.append(f"{where}: text is missing or no text")
        elif not isinstance(also, list):
            problems.append(f"{where}: also is {also!r}; a list of topics is allowed")
        else:
            unknown = [name for name in (topic, *also) if not isinstance(name, str) or contract.kind_of(name) is None]
            problems.extend(f"{where}: topic {name!r} is not one of the contract's" for name in unknown)
            if not unknown:
                entries.append(Entry(text, str(topic), tuple(also), str(item.get("audience") or "")))
    if not problems and not entries:
        problems.append(f"{path}:1: no messages found; at least one is needed")
    if problems:
        raise EvaluationSetError("\n".join(problems))
    return entries
