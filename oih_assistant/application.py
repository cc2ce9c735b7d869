"""Put the parts together: content, store, model, service. The server, the terminal and the tests start here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Dict, Optional

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from oih_assistant.content.loader import cached_content
from oih_assistant.content.models import Content
from oih_assistant.conversation import ConversationService, describe_error
from oih_assistant.errors import AssistantError, ModelError, SettingsError
from oih_assistant.rasa_library import load_agent
from oih_assistant.replies.compose import Composer
from oih_assistant.settings import Settings, load_settings
from oih_assistant.storage.conversations import ConversationStore
from oih_assistant.storage.database import check_writable, open_database
from oih_assistant.training import ensure_model, progress
from oih_assistant.turns import PostgresTurns, ProcessLimits, ProcessTurns, Turns

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Application:
    """A running assistant without a channel.

    Args:
        settings: what it was started with.
        content: what it says.
        service: answers messages.
        engine: the store.
        agent: Rasa's agent, for those who look inside.
    """

    settings: Settings
    content: Content
    service: ConversationService
    engine: Engine
    agent: Any
    runtime: Any

    def problems(self) -> Dict[str, str]:
        """What is not as it should be right now; empty when ready. Names only, no texts of people."""
        found: Dict[str, str] = {}
        try:
            check_writable(self.engine)
        except sa.exc.SQLAlchemyError as error:
            found["store"] = type(error).__name__
        return found

    def close(self) -> None:
        """Let go of threads and connections."""
        self.runtime.close()
        self.engine.dispose()


def open_store(settings: Settings) -> Engine:
    """The database of the settings.

    Raises:
        SettingsError: when it cannot be reached or written; the address is shown without its password.
    """
    try:
        shown = sa.engine.make_url(settings.database_url).render_as_string(hide_password=True)
    except (sa.exc.ArgumentError, ValueError):  # their messages may quote the password
        raise SettingsError(
            "database_url cannot be read; sqlite:///FILE or postgresql://user:password@host:port/name is allowed, "
            "with other characters than letters and digits in the password as %XX"
        ) from None
    try:
        return open_database(settings.database_url)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SettingsError(f"database_url {shown}: the store cannot be written ({reason})") from error


def _without_traceback(record: logging.LogRecord) -> bool:
    if record.exc_info and record.exc_info[1]:
        record.msg, record.args = f"{record.getMessage()} {describe_error(record.exc_info[1])}", None
        record.exc_info = record.exc_text = None
    return True


def configure_log(level: str) -> None:
    """Log to standard error, and never what a person wrote."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # These log what people write when they are set to debug; nobody may turn that on by a setting.
    for name in ("rasa", "rasa_sdk", "asyncio", "multipart"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # These log exceptions of actions and of requests with their messages.
    for name in ("rasa.core.processor", "uvicorn.error"):
        logging.getLogger(name).addFilter(_without_traceback)


def build_application(settings: Optional[Settings] = None) -> Application:
    """Load everything; train first if the model is not there.

    Raises:
        SettingsError, ContentError, ModelError: with what is wrong and what is allowed.
    """
    content = cached_content()
    settings = settings or load_settings(regions=content.regions)
    configure_log(settings.log_level)
    engine = open_store(settings)
    model = ensure_model(content, settings)
    progress("loading the model")
    from oih_assistant.rasa_library import import_rasa

    import_rasa()
    from oih_assistant.rasa_runtime import Runtime
    from oih_assistant.tracker_store import ConversationTrackerStore

    store = ConversationTrackerStore(ConversationStore(engine), replay_events=settings.replay_events)
    try:
        agent = load_agent(model, content, store)
    except AssistantError:
        raise
    except Exception as error:  # a damaged archive raises whatever its readers raise
        raise ModelError(
            f"{model}: cannot be loaded ({type(error).__name__}: {error}); remove it and run `make train`"
        ) from error
    runtime = Runtime(agent, content)
    turns: Turns = ProcessTurns(queue_length=settings.queue_length, busy_messages=settings.busy_messages)
    if engine.dialect.name == "postgresql":
        turns = PostgresTurns(turns, engine, wait_seconds=settings.reply_seconds)  # type: ignore[arg-type]
    limits = ProcessLimits(
        conversation_messages=settings.rate_messages,
        visitor_messages=settings.visitor_messages,
        seconds=settings.rate_seconds,
    )
    service = ConversationService(
        runtime,
        Composer(content, content.regions[settings.region]),
        turns=turns,
        limits=limits,
        message_max_chars=settings.message_max_chars,
        reply_seconds=settings.reply_seconds,
    )
    return Application(settings, content, service, engine, agent, runtime)
