"""Conversations in the database: an append-only list of events, and the slots as they are now.

A turn reads only the last events, so its cost does not grow with the conversation, and the slots beside them
keep what was said earlier. Appending names the position it expects, so two processes can never interleave
turns of one conversation unnoticed.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from oih_assistant.errors import AssistantError
from oih_assistant.storage.database import conversations, events


class ConversationConflict(AssistantError):
    """Another process wrote to the same conversation in between; nothing was stored."""


@dataclass(frozen=True)
class StoredConversation:
    """What is read for a turn.

    Args:
        slots: every slot's present value.
        events: the last events, oldest first.
        first_position: position of the first of these events; above 0 when older ones were left out.
        next_position: where the next event goes.
    """

    slots: Dict[str, Any]
    events: List[Dict[str, Any]]
    first_position: int
    next_position: int


class ConversationStore:
    """Reads and appends conversations.

    Args:
        engine: from `open_database`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self, conversation_id: str, last: int) -> Optional[StoredConversation]:
        """The slots and the last events of a conversation, or None if it does not exist."""
        with self._engine.connect() as connection:
            row = connection.execute(
                sa.select(conversations.c.slots, conversations.c.next_position).where(
                    conversations.c.id == conversation_id
                )
            ).first()
            if row is None:
                return None
            query = sa.select(events.c.position, events.c.data).where(events.c.conversation_id == conversation_id)
            rows = connection.execute(query.order_by(events.c.position.desc()).limit(last)).all()[::-1]
        first = rows[0].position if rows else row.next_position
        return StoredConversation(
            json.loads(row.slots), [json.loads(item.data) for item in rows], first, row.next_position
        )

    def append(
        self,
        conversation_id: str,
        *,
        expected_position: int,
        new_events: Sequence[Dict[str, Any]],
        slots: Dict[str, Any],
    ) -> int:
        """Store a turn, all of it or nothing.

        Returns:
            The new next position.

        Raises:
            ConversationConflict: when the conversation is not where the caller believed.
        """
        now = time.time()
        after = expected_position + len(new_events)
        values = {"slots": json.dumps(slots), "next_position": after, "changed": now}
        try:
            with self._engine.begin() as connection:
                if expected_position == 0:
                    connection.execute(conversations.insert().values(id=conversation_id, created=now, **values))
                else:
                    at = (conversations.c.id == conversation_id) & (conversations.c.next_position == expected_position)
                    if connection.execute(conversations.update().where(at).values(**values)).rowcount != 1:
                        raise ConversationConflict(
                            f"conversation {conversation_id}: not at position {expected_position}"
                        )
                rows = [
                    {
                        "conversation_id": conversation_id,
                        "position": expected_position + offset,
                        "timestamp": float(event.get("timestamp") or now),
                        "data": json.dumps(event),
                    }
                    for offset, event in enumerate(new_events)
                ]
                if rows:
                    connection.execute(events.insert(), rows)
        except sa.exc.IntegrityError as error:
            raise ConversationConflict(
                f"conversation {conversation_id}: position {expected_position} is taken"
            ) from error
        return after

    def delete(self, conversation_id: str) -> bool:
        """Erase a conversation. Returns whether there was one."""
        with self._engine.begin() as connection:
            connection.execute(events.delete().where(events.c.conversation_id == conversation_id))
            done = connection.execute(conversations.delete().where(conversations.c.id == conversation_id))
        return bool(done.rowcount)

    def keys(self) -> List[str]:
        """The ids of all conversations."""
        with self._engine.connect() as connection:
            return list(connection.execute(sa.select(conversations.c.id)).scalars())
