"""The one conversation service: a message in, replies out. Web, terminal, Slack and tests are adapters over it.

Fifth place in the flow. Safety, limits, order and the reply when anything fails live here, outside Rasa:

1. a message is checked (form, size, rate) before anything else looks at it;
2. it is understood, which needs neither the database nor an earlier turn;
3. messages of one conversation take their turns in the order of arrival;
4. Rasa's agent chooses the action, the action composes the reply, the turn is stored, then the person reads it;
5. when any of this fails, the person still gets a reply: the safety reply if the message was a danger,
   else the fixed apology with the emergency number.
"""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
import unicodedata
import uuid
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Optional, Tuple

from oih_assistant.content.models import Audience, Content, Kind
from oih_assistant.errors import MessageRefused
from oih_assistant.replies.compose import Composer
from oih_assistant.replies.reply import Reply, topic_of_payload
from oih_assistant.turns import Limits, Pace, Turns

logger = logging.getLogger(__name__)

CONVERSATION_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
CHANNEL = re.compile(r"[a-z]{2,16}")

# Every payload has these keys; a reply with one wording for all names no audience.
PAYLOAD: Mapping[str, Any] = {"topic": None, "level": None, "audience": None, "sources": [], "confidence": None}


@dataclass(frozen=True)
class IncomingMessage:
    """What a channel hands over.

    Args:
        conversation_id: 16 to 64 letters, digits, `-` and `_`; whoever knows it can go on with the conversation.
        text: what was typed; None for a button.
        button: the payload of the button that was pressed; None for text.
        channel: web, terminal, slack, test.
        audience: who is asking, where the channel knows it.
        visitor: whose messages are counted together for the rate limit besides the conversation's own.
    """

    conversation_id: str
    text: Optional[str] = None
    button: Optional[str] = None
    channel: str = "web"
    audience: Optional[Audience] = None
    visitor: Optional[str] = None


def new_conversation_id() -> str:
    """An id that cannot be guessed."""
    return uuid.uuid4().hex


def clean_text(text: str) -> str:
    """Typed text as it is understood: normal forms of letters, no control characters, no leading slashes.

    Rasa reads text that begins with a slash as a command that skips understanding, the triage included. What
    is typed is always plain text here.
    """
    normal = unicodedata.normalize("NFKC", text)
    kept = "".join(
        " " if unicodedata.category(letter) in ("Cc", "Zs", "Zl", "Zp") else letter
        for letter in normal
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn")
    )
    return " ".join(kept.split()).lstrip("/ ")


def describe_error(error: BaseException) -> str:
    """What went wrong and where, for the log: a message or a traceback could quote what a person wrote."""
    where = traceback.extract_tb(error.__traceback__)
    place = f"{where[-1].filename.rsplit('/', 1)[-1]}:{where[-1].lineno}" if where else "?"
    return f"error={type(error).__name__} at={place}"


class ConversationService:
    """Answers messages.

    Args:
        runtime: understands texts and runs turns (`oih_assistant.rasa_runtime.Runtime`).
        composer: builds the replies that need no conversation.
        turns: orders the messages of one conversation.
        limits: refuses floods.
        message_max_chars: longest message that is read.
        reply_seconds: after this time the person is told that it failed.
    """

    def __init__(
        self,
        runtime: Any,
        composer: Composer,
        *,
        turns: Turns,
        limits: Limits,
        message_max_chars: int,
        reply_seconds: float,
    ) -> None:
        self._runtime = runtime
        self._composer = composer
        self._turns = turns
        self._limits = limits
        self._message_max_chars = message_max_chars
        self._reply_seconds = reply_seconds
        # Messages over a limit are searched for dangers one at a time, so that a flood never delays the others.
        self._over_limit = asyncio.Semaphore(1)

    @property
    def content(self) -> Content:
        """The content that is served."""
        return self._composer.content

    async def handle(self, message: IncomingMessage) -> List[Reply]:
        """Answer one message.

        Returns:
            One or more replies; never none, whatever fails inside.

        Raises:
            MessageRefused: when the message cannot be taken; nothing was stored, and the text says what to do.
        """
        self._check_form(message)
        text = None if message.text is None else clean_text(message.text)
        if text == "":
            raise MessageRefused("empty", self._composer.message("empty"))
        if text is not None and len(text) > self._message_max_chars:  # one letter can be short for many
            raise MessageRefused("too_long", self._composer.message("too_long"))
        pace = self._limits.count(message.conversation_id, message.visitor)
        if pace is Pace.FLOOD:
            raise MessageRefused("rate", self._composer.message("too_fast"))
        try:
            if pace is Pace.FAST:
                raise MessageRefused("rate", self._composer.message("too_fast"))
            async with self._turns.turn(message.conversation_id, self._composer.message, message.visitor):
                return await self._answer(message, text)
        except MessageRefused as refusal:
            # A danger is answered even when its writer is over a limit.
            if text is None or refusal.reason not in ("rate", "busy"):
                raise
            async with self._over_limit:
                parse = await self._understand(text)
            if not self._is_danger(parse):
                raise
            return [self._without_conversation(parse)]
        except Exception as error:  # the turn itself could not begin: the store that orders turns is away
            return [self._failed(message, error, None if text is None else await self._understand(text))]

    async def _answer(self, message: IncomingMessage, text: Optional[str]) -> List[Reply]:
        parse: Optional[Dict[str, Any]] = None
        try:
            if text is None:
                text, parse = await self._press(message)
            else:
                parse = await self._runtime.understand(text)
            turn = self._runtime.run_turn(
                message.conversation_id, text, parse, channel=message.channel, audience=message.audience
            )
            replies: List[Reply] = await asyncio.wait_for(turn, self._reply_seconds)
            return [_completed(reply) for reply in replies] or [self._without_conversation(parse)]
        except MessageRefused:
            raise
        except Exception as error:  # whatever breaks, the person gets a reply
            return [self._failed(message, error, parse)]

    async def _understand(self, text: str) -> Optional[Dict[str, Any]]:
        """Understand outside a turn; None when even that fails."""
        try:
            parse: Dict[str, Any] = await self._runtime.understand(text)
        except Exception as error:
            logger.error("understanding failed error=%s", type(error).__name__)
            return None
        return parse

    def _failed(self, message: IncomingMessage, error: Exception, parse: Optional[Mapping[str, Any]]) -> Reply:
        logger.error("turn failed conversation=%s %s", message.conversation_id[:8], describe_error(error))
        return self._without_conversation(parse)

    def _check_form(self, message: IncomingMessage) -> None:
        if not CONVERSATION_ID.fullmatch(message.conversation_id or ""):
            raise MessageRefused("conversation", "conversation_id: 16 to 64 letters, digits, - and _ are allowed")
        if not CHANNEL.fullmatch(message.channel):
            raise MessageRefused("channel", "channel: 2 to 16 small letters are allowed")
        if (message.text is None) == (message.button is None):
            raise MessageRefused("form", "either text or button is needed, not both")
        if message.text is not None and len(message.text) > self._message_max_chars:
            raise MessageRefused("too_long", self._composer.message("too_long"))
        if message.button is not None and len(message.button) > 100:
            raise MessageRefused("button", self._composer.message("stale_button"))

    async def _press(self, message: IncomingMessage) -> Tuple[str, Dict[str, Any]]:
        """Read a button as the topic it stands for, if this conversation offered it."""
        payload = message.button or ""
        title = await self._runtime.offered_button(message.conversation_id, payload)
        topic = topic_of_payload(payload)
        if title is None or topic is None or self.content.contract.kind_of(topic) is None:
            raise MessageRefused("button", self._composer.message("stale_button"))
        verdict = {"topic": topic, "decision": "button", "confidence": 1.0, "candidates": [[topic, 1.0]]}
        return title, {"text": title, "intent": {"name": topic, "confidence": 1.0}, "entities": [], "verdict": verdict}

    def _is_danger(self, parse: Optional[Mapping[str, Any]]) -> bool:
        topic: Optional[str] = ((parse or {}).get("verdict") or {}).get("topic")
        return topic is not None and self._composer.kind_of(topic) is Kind.SAFETY

    def _without_conversation(self, parse: Optional[Mapping[str, Any]]) -> Reply:
        """A reply that needs neither tracker nor database; without choices, which need both when they are pressed."""
        if not self._is_danger(parse):
            return _completed(self._composer.note("failed", kind="error"))
        assert parse is not None
        reply = self._composer.safety(parse["verdict"]["topic"], None, repeated=False)
        payload = {**reply.payload, "confidence": parse["verdict"].get("confidence")}
        return _completed(replace(reply, buttons=(), payload=payload))


def _completed(reply: Reply) -> Reply:
    return replace(reply, payload={**PAYLOAD, **reply.payload})
