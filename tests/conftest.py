"""Shared fixtures: the assistant in this process, servers in their own, and a PostgreSQL of the tests' own.

Everything is real: the trained model, the actions, SQLite files, sockets of the loopback. A process that was
started here is stopped here.
"""

from __future__ import annotations

import copy
import itertools
import os
import signal
from pathlib import Path
from typing import Any, AsyncIterator, Callable, Dict, Iterator, List, Optional

import httpx
import pytest

from oih_assistant.application import Application, build_application
from oih_assistant.content.loader import cached_content
from oih_assistant.conversation import ConversationService
from oih_assistant.replies.compose import Composer
from oih_assistant.settings import PREFIX, Settings
from oih_assistant.storage.conversations import ConversationStore
from oih_assistant.storage.database import open_database
from oih_assistant.training import ensure_model
from oih_assistant.turns import Limits, ProcessLimits, ProcessTurns, Turns
from tests.server.process import ServerProcess
from tests.storage.postgres import Cluster, find_binaries, start_cluster

# Settings of the person who runs the tests must not change what is tested.
for _name in [name for name in os.environ if name.startswith(PREFIX) and name != "OIH_PYTHON"]:
    del os.environ[_name]

ORIGIN = "https://clinic.example"
MANY = 1_000_000

ServiceMaker = Callable[..., ConversationService]


def pytest_configure() -> None:
    """End on SIGTERM like on Ctrl-C, so that what was started is stopped then, too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model; trained now if `make train` has not been run since its inputs changed."""
    return ensure_model(cached_content(), Settings())


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An SQLite file of its own, and no limit that a test could meet by accident."""
    file = tmp_path_factory.mktemp("assistant") / "assistant.db"
    return Settings(
        database_url=f"sqlite:///{file}", port=0, rate_messages=MANY, visitor_messages=MANY, reply_seconds=60
    )


@pytest.fixture(scope="session")
def assistant(model: Path, settings: Settings) -> Iterator[Application]:
    """The assistant in this process: real model, real actions, real store."""
    built = build_application(settings)
    yield built
    built.close()


@pytest.fixture(scope="session")
def make_service(assistant: Application) -> ServiceMaker:
    """Build further services over the same loaded model: `make_service(store=..., limits=..., ...)`."""
    from rasa.core.tracker_store import FailSafeTrackerStore

    from oih_assistant.rasa_runtime import Runtime
    from oih_assistant.tracker_store import ConversationTrackerStore

    def make(
        *,
        store: Optional[ConversationStore] = None,
        turns: Optional[Turns] = None,
        limits: Optional[Limits] = None,
        runtime: Any = None,
        replay_events: int = 120,
        reply_seconds: float = 60,
    ) -> ConversationService:
        if runtime is None:
            agent = copy.copy(assistant.agent)
            agent.processor = copy.copy(agent.processor)
            tracker_store = ConversationTrackerStore(
                store or ConversationStore(assistant.engine), replay_events=replay_events, domain=agent.domain
            )
            agent.tracker_store = FailSafeTrackerStore(tracker_store)  # as Rasa does on loading
            agent.processor.tracker_store = agent.tracker_store
            runtime = Runtime(agent, assistant.content)
        return ConversationService(
            runtime,
            Composer(assistant.content, assistant.content.regions["us"]),
            turns=turns or ProcessTurns(queue_length=MANY, busy_messages=MANY),
            limits=limits or ProcessLimits(conversation_messages=MANY, visitor_messages=MANY, seconds=30),
            message_max_chars=2000,
            reply_seconds=reply_seconds,
        )

    return make


@pytest.fixture
def store(tmp_path: Path) -> ConversationStore:
    """An empty store in an SQLite file."""
    return ConversationStore(open_database(f"sqlite:///{tmp_path / 'store.db'}"))


@pytest.fixture(scope="session")
def start_server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., ServerProcess]]:
    """Start server processes: `start_server(database=..., rate_messages="5")`; all are stopped at the end."""
    started: List[ServerProcess] = []

    def start(*, database: Optional[Path] = None, **changed: str) -> ServerProcess:
        process = ServerProcess(tmp_path_factory.mktemp("server"), database=database, settings=changed)
        started.append(process)
        return process

    yield start
    for process in started:
        process.end()


@pytest.fixture(scope="session")
def server(start_server: Callable[..., ServerProcess]) -> Iterator[ServerProcess]:
    """One server for all tests, with its default limits; behind a proxy, so that a test can be any visitor."""
    process = start_server(log_level="debug", trusted_proxies="127.0.0.1", allowed_origins=ORIGIN)
    process.wait_until_ready()
    yield process
    assert process.stop() == 0
    assert process.output().rstrip().endswith("stopped")
    assert "Traceback" not in process.errors()


@pytest.fixture(scope="session")
def stored(server: ServerProcess) -> Iterator[ConversationStore]:
    """The server's store, read from outside."""
    engine = open_database(f"sqlite:///{server.database}")
    yield ConversationStore(engine)
    engine.dispose()


_addresses = itertools.count(1)


@pytest.fixture
def new_visitor() -> Callable[[], Dict[str, str]]:
    """Headers of somebody whom the server has not seen yet."""

    def make() -> Dict[str, str]:
        number = next(_addresses)
        return {"x-forwarded-for": f"10.0.{number // 250}.{number % 250 + 1}"}

    return make


@pytest.fixture
async def client(server: ServerProcess, new_visitor: Callable[[], Dict[str, str]]) -> AsyncIterator[httpx.AsyncClient]:
    """A new visitor of the server."""
    async with httpx.AsyncClient(
        base_url=server.address, headers=new_visitor(), timeout=60, limits=httpx.Limits(max_connections=None)
    ) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A PostgreSQL cluster of the tests' own; skips, saying how to get it, where PostgreSQL is not installed."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL's server binaries are not installed; get them with: apt-get install -y postgresql")
    cluster = start_cluster(binaries)
    yield cluster
    cluster.stop()
