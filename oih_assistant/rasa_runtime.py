"""Runs the conversation service on Rasa's agent: understanding, one turn, and which buttons were offered."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, SlotSet

from oih_assistant.content.models import Audience, Content, Kind
from oih_assistant.nlu.follow_up import asks_for_more, choose, leans_on_last_answer, with_subject
from oih_assistant.rasa_library import understand
from oih_assistant.replies.audience import names_audience
from oih_assistant.replies.reply import Button, Reply


class ReplyCollector(OutputChannel):
    """Takes each of Rasa's responses whole: text, buttons and payload stay one reply."""

    def __init__(self) -> None:
        self.replies: List[Reply] = []

    @classmethod
    def name(cls) -> str:
        """Rasa's name for the channel."""
        return "collector"

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Keep one response."""
        buttons = tuple(Button(item["title"], item["payload"]) for item in message.get("buttons") or ())
        self.replies.append(Reply(message.get("text") or "", buttons, message.get("custom") or {}))


class Runtime:
    """The agent, as the conversation service needs it.

    Args:
        agent: loaded by `oih_assistant.rasa_library.load_agent`.
        content: for kinds, titles and the words of follow-ups.
    """

    def __init__(self, agent: Agent, content: Content) -> None:
        self._agent = agent
        # Rasa wraps the store: when it fails, a turn would go to memory unnoticed and the person be told that all
        # is well. Here the failure must be seen.
        store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
        agent.tracker_store = store
        if agent.processor is not None:
            agent.processor.tracker_store = store
        self._content = content
        # One thread: the pipeline is not made for several, and a queue of texts must not stop the server.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="understanding")

    async def understand(self, text: str) -> Dict[str, Any]:
        """Run the pipeline on a text; needs no conversation and no database."""
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, understand, self._agent, text, self._content.contract
        )

    async def run_turn(
        self, conversation_id: str, text: str, parse: Dict[str, Any], *, channel: str, audience: Optional[Audience]
    ) -> List[Reply]:
        """Let Rasa choose and run the actions, and store the turn.

        Returns:
            The replies, after the turn was stored.
        """
        processor = self._agent.processor
        assert processor is not None
        collector = ReplyCollector()
        tracker = await processor.fetch_tracker_and_update_session(conversation_id, collector)
        if audience is not None and tracker.get_slot("audience") is None:
            tracker.update(SlotSet("audience", audience.value), processor.domain)
        parse = await self._in_context(text, parse, tracker.get_slot("last_topic"))
        message = UserMessage(text, collector, conversation_id, parse_data=parse, input_channel=channel)
        await processor._handle_message_with_tracker(message, tracker)
        await processor._run_prediction_loop(collector, tracker)
        await processor.save_tracker(tracker)
        return collector.replies

    async def _in_context(self, text: str, parse: Dict[str, Any], last_topic: Optional[str]) -> Dict[str, Any]:
        """The parse of a message that leans on the last answer, with that answer's subject."""
        verdict = parse.get("verdict") or {}
        article = self._content.articles.get(last_topic or "")
        cues = self._content.follow_ups
        if verdict.get("level") or verdict.get("decision") in ("button", "ask_danger"):
            return parse
        told = names_audience(text, self._content.audience_cues)
        if told is not None:
            topic = "i_am_clinician" if told is Audience.CLINICIAN else "i_am_patient"
            named = {**verdict, "topic": topic, "decision": "answer", "why": "the message only says who is asking"}
            return {**parse, "verdict": named, "intent": {"name": topic, "confidence": 1.0}}
        if article is None or self._is_clear_dialogue(verdict):
            return parse
        if asks_for_more(text, cues):
            better: Dict[str, Any] = {**verdict, "topic": "more_detail", "decision": "answer", "why": "asks for more"}
        elif leans_on_last_answer(text, parse.get("entities") or (), cues):
            in_context = await self.understand(with_subject(text, article.title))
            chosen = choose(verdict, in_context.get("verdict") or {}, article.topic)
            if chosen is None:
                return parse
            better = dict(chosen)
        else:
            return parse
        intent = {"name": better["topic"], "confidence": better["confidence"]}
        return {**parse, "verdict": better, "intent": intent}

    def _is_clear_dialogue(self, verdict: Dict[str, Any]) -> bool:
        """Whether the message is about the conversation itself ("say that again"), which needs no subject."""
        topic = verdict.get("topic") or ""
        dialogue = self._content.contract.kind_of(topic) is Kind.DIALOGUE and topic != "out_of_scope"
        return dialogue and verdict.get("decision") == "answer"

    async def offered_button(self, conversation_id: str, payload: str) -> Optional[str]:
        """The title of a button that this conversation was lately offered, None if it was not."""
        tracker = await self._agent.tracker_store.retrieve(conversation_id)
        for event in reversed(list(tracker.events) if tracker else []):
            if isinstance(event, BotUttered):
                for button in event.data.get("buttons") or ():
                    if button.get("payload") == payload:
                        return str(button.get("title"))
        return None

    def close(self) -> None:
        """Stop the thread."""
        self._thread.shutdown(wait=False)
