"""Stock Rasa on the same content: exported as a Rasa project, trained by `rasa train`, served by `rasa run`.

The pipeline and policies are those of `rasa init`, without EntitySynonymMapper and ResponseSelector, which have
nothing to do here: without them stock Rasa is a little faster. The project is written to a temporary folder.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence

import yaml

from bench.load import Channel
from bench.servers import Processes, Running, clean_environment, cpu_seconds, free_port, resident_mb
from oih_assistant.content.models import Article, Content, Topic
from oih_assistant.content.regions import fill_contacts

TRAINING_SECONDS = 3600.0
READY_SECONDS = 600.0
VERSION = "3.1"
FALLBACK = "nlu_fallback"


def body(conversation: str, text: str) -> Dict[str, Any]:
    """What POST /webhooks/rest/webhook takes."""
    return {"sender": conversation, "message": text}


def replies(answer: Any) -> List[Any]:
    """The replies of an answer: it is their list."""
    return list(answer)


def config(epochs: int) -> Dict[str, Any]:
    """config.yml."""
    return {
        "recipe": "default.v1",
        "assistant_id": "stock-for-comparison",
        "language": "en",
        "pipeline": [
            {"name": "WhitespaceTokenizer"},
            {"name": "RegexFeaturizer"},
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
            {"name": "DIETClassifier", "epochs": epochs},
            {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
        ],
        "policies": [
            {"name": "MemoizationPolicy"},
            {"name": "TEDPolicy", "max_history": 5, "epochs": epochs},
            {"name": "RulePolicy"},
        ],
    }


def _answer(topic: Topic, content: Content) -> str:
    groups = topic.patient.short if isinstance(topic, Article) else topic.reply  # type: ignore[attr-defined]
    return fill_contacts("\n\n".join(group.text for group in groups), content.regions["us"])


def domain(content: Content, topics: Sequence[str]) -> Dict[str, Any]:
    """domain.yml: each topic an intent with one response."""
    texts = {topic: _answer(content.topics[topic], content) for topic in topics}
    return {
        "version": VERSION,
        "intents": list(topics),
        "responses": {
            **{f"utter_{topic}": [{"text": text}] for topic, text in texts.items()},
            f"utter_{FALLBACK}": [{"text": "I did not understand that. Please say it in other words."}],
        },
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }


def _example(phrasing: str) -> str:
    # Square brackets mark entities in Rasa's format, and a line ends an example.
    return "- " + " ".join(phrasing.split()).replace("[", "(").replace("]", ")")


def phrasings(content: Content, topics: Sequence[str]) -> Dict[str, Any]:
    """data/nlu.yml: every phrasing as an example of its topic."""
    examples = {topic: "\n".join(map(_example, content.topics[topic].phrasings)) + "\n" for topic in topics}
    return {"version": VERSION, "nlu": [{"intent": topic, "examples": text} for topic, text in examples.items()]}


def rules(topics: Sequence[str]) -> Dict[str, Any]:
    """data/rules.yml: each topic is answered by its response; so is a message that was not understood."""
    steps = {topic: [{"intent": topic}, {"action": f"utter_{topic}"}] for topic in (*topics, FALLBACK)}
    return {"version": VERSION, "rules": [{"rule": f"answer {topic}", "steps": item} for topic, item in steps.items()]}


def stories(topics: Sequence[str]) -> Dict[str, Any]:
    """data/stories.yml: pairs of neighbouring topics. TED learns from stories alone and is idle without any."""
    told = []
    for first, second in zip(topics, (*topics[1:], topics[0])):
        steps = [{"intent": first}, {"action": f"utter_{first}"}, {"intent": second}, {"action": f"utter_{second}"}]
        told.append({"story": f"{first} and {second}", "steps": steps})
    return {"version": VERSION, "stories": told}


def write_project(folder: Path, content: Content, topics: Sequence[str], *, epochs: int) -> None:
    """Write the Rasa project.

    Args:
        folder: an empty folder.
        content: our content.
        topics: ids of the topics that are exported.
        epochs: for DIET and TED.
    """
    files: Dict[str, Any] = {
        "config.yml": config(epochs),
        "domain.yml": domain(content, topics),
        "data/nlu.yml": phrasings(content, topics),
        "data/rules.yml": rules(topics),
        "data/stories.yml": stories(topics),
        "credentials.yml": {"rest": None},
        "endpoints.yml": {"tracker_store": {"type": "SQL", "dialect": "sqlite", "db": str(folder / "store.db")}},
    }
    (folder / "data").mkdir(parents=True)
    for name, value in files.items():
        text = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=10_000)
        (folder / name).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Stock:
    """Rasa as `rasa init` sets it up.

    Args:
        processes: starts and stops it.
        folder: where `write_project` wrote.
    """

    processes: Processes
    folder: Path
    name = "stock"

    @property
    def _environment(self) -> Dict[str, str]:
        return clean_environment(self.folder, RASA_CACHE_DIRECTORY=str(self.folder / "cache"))

    def train(self) -> Dict[str, float]:
        """Run `rasa train`.

        Returns:
            Its seconds.

        Raises:
            BenchError: when it fails.
        """
        command = [sys.executable, "-m", "rasa", "train", "--fixed-model-name", "stock"]
        seconds = self.processes.run(
            command,
            what="stock: rasa train",
            environment=self._environment,
            folder=self.folder,
            log=self.folder / "train.log",
            seconds=TRAINING_SECONDS,
        )
        return {"training_s": round(seconds, 1)}

    def understanding(self) -> List[str]:
        """Arguments for `bench.understanding`."""
        return ["stock", str(self.folder / "models" / "stock.tar.gz")]

    def start(self, number: int) -> Running:
        """Run `rasa run` with an SQL tracker store on loopback.

        Args:
            number: of the start, for the names of its files.

        Raises:
            BenchError: when it does not get ready.
        """
        port = free_port()
        command = [sys.executable, "-m", "rasa", "run", "--model", "models/stock.tar.gz"]
        command += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "-i", "127.0.0.1"]
        process, seconds, _ = self.processes.start_until(
            [*command, "-p", str(port)],
            r"Rasa server is up and running",
            what="stock: rasa run",
            environment=self._environment,
            folder=self.folder,
            log=self.folder / f"server-{number}.log",
            seconds=READY_SECONDS,
        )
        channel = Channel(f"http://127.0.0.1:{port}", "/webhooks/rest/webhook", body, replies)
        memory, cpu = resident_mb(process.pid), cpu_seconds(process.pid)
        return Running(process, seconds, memory, cpu, channel, self.folder / "store.db")
