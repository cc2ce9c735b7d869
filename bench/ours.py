"""The assistant as the benchmark trains and starts it: its own model folder, cache and store, limits out of the way."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List

from bench.load import Channel
from bench.servers import ROOT, BenchError, Processes, Running, clean_environment, cpu_seconds, resident_mb

TRAINING_SECONDS = 1800.0
READY_SECONDS = 300.0
# One benchmark sends more than any person; what is measured is the answer, not the refusal.
LIMITS = {
    "OIH_RATE_MESSAGES": "1000000",
    "OIH_VISITOR_MESSAGES": "1000000",
    "OIH_BUSY_MESSAGES": "1000",
    "OIH_QUEUE_LENGTH": "1000",
}


def body(conversation: str, text: str) -> Dict[str, Any]:
    """What POST /api/messages takes."""
    return {"conversation_id": conversation, "text": text}


def replies(answer: Any) -> List[Any]:
    """The replies of an answer; the apology for a failure is none."""
    return [reply for reply in answer["replies"] if (reply.get("payload") or {}).get("kind") != "error"]


@dataclass(frozen=True)
class Ours:
    """The assistant of this checkout.

    Args:
        processes: starts and stops it.
        folder: a temporary folder for everything it writes.
    """

    processes: Processes
    folder: Path
    name = "ours"

    @property
    def _environment(self) -> Dict[str, str]:
        folders = {"OIH_MODEL_DIR": str(self.folder / "models"), "OIH_CACHE_DIR": str(self.folder / "cache")}
        return clean_environment(self.folder, PYTHONPATH=str(ROOT), **folders)

    def train(self) -> Dict[str, float]:
        """Train in empty folders, and once more with the cache of encoded phrasings that this left.

        Returns:
            Seconds of the training command, imports and the check of the model included.

        Raises:
            BenchError: when training fails, or the first one was not cold.
        """
        cold = self._train("models", "training, nothing cached")
        if not list(self.folder.rglob("encodings-*.npz")):
            raise BenchError("ours: training left no cache of encoded phrasings in the temporary folder; was it cold?")
        return {"training_s": cold, "training_warm_s": self._train("models-warm", "training, phrasings encoded")}

    def borrow_model(self) -> None:
        """Take the checkout's model and cache instead of training; what is missing is trained, and not timed.

        Raises:
            BenchError: when that training fails.
        """
        (self.folder / "models").mkdir()
        for path in (ROOT / "models").glob("oih-*.tar.gz"):
            shutil.copy(path, self.folder / "models")
        for path in (ROOT / ".cache").glob("encodings-*.npz"):
            for cache in (self.folder / "cache", self.folder / ".cache"):
                cache.mkdir(exist_ok=True)
                shutil.copy(path, cache)
        self._train("models", "model, trained only if the checkout has none")

    def _train(self, models: str, what: str) -> float:
        # The encoder's cache folder in config.yml is relative, so the process runs in the temporary folder.
        seconds = self.processes.run(
            [sys.executable, "-m", "oih_assistant.train_command"],
            what=f"ours: {what}",
            environment={**self._environment, "OIH_MODEL_DIR": str(self.folder / models)},
            folder=self.folder,
            log=self.folder / f"{models}.log",
            seconds=TRAINING_SECONDS,
        )
        return round(seconds, 1)

    def understanding(self) -> List[str]:
        """Arguments for `bench.understanding`."""
        return ["ours", str(next((self.folder / "models").glob("*.tar.gz")))]

    def start(self, number: int) -> Running:
        """Start the server with a new store.

        Args:
            number: of the start, for the names of its files.

        Raises:
            BenchError: when it does not get ready, or trains first: then its start would say nothing.
        """
        log, database = self.folder / f"server-{number}.log", self.folder / f"store-{number}.db"
        environment = {
            **self._environment,
            **LIMITS,
            "OIH_HOST": "127.0.0.1",
            "OIH_PORT": "0",
            "OIH_DATABASE_URL": f"sqlite:///{database}",
        }
        command = [sys.executable, "-m", "oih_assistant.server"]
        process, seconds, found = self.processes.start_until(
            command,
            r"^ready: (http://\S+?)/?$",
            what="ours: server",
            environment=environment,
            folder=self.folder,
            log=log,
            seconds=READY_SECONDS,
        )
        if "training the model" in log.read_text("utf-8", "replace"):
            raise BenchError(
                "ours: the server trained before it started; were files changed since the benchmark began?"
            )
        channel = Channel(found.group(1), "/api/messages", body, replies, open_path="/api/conversations")
        memory, cpu = resident_mb(process.pid), cpu_seconds(process.pid)
        return Running(process, seconds, memory, cpu, channel, database)
