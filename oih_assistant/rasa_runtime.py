"""Runs the conversation service on Rasa's agent: understanding, one turn, and which buttons were offered."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List, Optional, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import BotUttered, SlotSet

from oih_assistant.content.models import Audience
from oih_assistant.rasa_library import understand
from oih_assistant.replies.reply import Button, Reply


class ReplyCollector(OutputChannel):
    """Takes each of Rasa's responses whole: text, buttons and payload stay one reply."""

    def __init__(self) -> None:
        self.replies: List[Reply] = []

    @classmethod
    def name(cls) -> Text:
        """Rasa's name for the channel."""
        return "collector"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep one response."""
        buttons = tuple(Button(item["title"], item["payload"]) for item in message.get("buttons") or ())
        self.replies.append(Reply(message.get("text") or "", buttons, message.get("custom") or {}))


class Runtime:
    """The agent, as the conversation service needs it.

    Args:
        agent: loaded by `oih_assistant.rasa_library.load_agent`.
    """

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        # One thread: the pipeline is not made for several, and a queue of texts must not stop the server.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="understanding")

    async def understand(self, text: str) -> Dict[str, Any]:
        """Run the pipeline on a text; needs no conversation and no database."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, understand, self._agent, text)

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
        message = UserMessage(text, collector, conversation_id, parse_data=parse, input_channel=channel)
        tracker = await processor.fetch_tracker_and_update_session(conversation_id, collector)
        if audience is not None and tracker.get_slot("audience") is None:
            tracker.update(SlotSet("audience", audience.value), processor.domain)
        await processor._handle_message_with_tracker(message, tracker)
        await processor._run_prediction_loop(collector, tracker)
        await processor.save_tracker(tracker)
        return collector.replies

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
