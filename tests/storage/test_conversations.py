"""The conversation store, the same on SQLite and PostgreSQL: whole turns or nothing, and only from where one stands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, Iterator, List

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from oih_assistant.storage.conversations import ConversationConflict, ConversationStore
from oih_assistant.storage.database import check_writable, events, open_database
from tests.storage.postgres import Cluster

ID = "a" * 32
OTHER = "b" * 32


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.new_database("conversations")
    opened = open_database(url)
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine) -> Iterator[ConversationStore]:
    """An empty store."""
    made = ConversationStore(engine)
    yield made
    left = made.keys()
    for conversation_id in left:
        made.delete(conversation_id)


def turn(first: int, count: int = 3, **more: Any) -> List[Dict[str, Any]]:
    """Events with numbers."""
    return [{"event": "user", "number": first + offset, "timestamp": 5.5, **more} for offset in range(count)]


def numbers(store: ConversationStore, last: int = 1000, conversation_id: str = ID) -> List[int]:
    """The numbers of the stored events."""
    found = store.load(conversation_id, last)
    return [event["number"] for event in found.events] if found else []


def test_unknown_conversation_is_none(store: ConversationStore) -> None:
    assert store.load(ID, 10) is None
    assert store.keys() == []


def test_append_begins_and_goes_on(store: ConversationStore) -> None:
    assert store.append(ID, expected_position=0, new_events=turn(0), slots={"audience": None}) == 3
    assert store.append(ID, expected_position=3, new_events=turn(3, 2), slots={"audience": "patient"}) == 5
    found = store.load(ID, 100)
    assert found is not None
    assert found.events == turn(0, 5)
    assert found.slots == {"audience": "patient"}
    assert (found.first_position, found.next_position) == (0, 5)


def test_load_reads_the_last_events_oldest_first(store: ConversationStore) -> None:
    store.append(ID, expected_position=0, new_events=turn(0, 30), slots={})
    found = store.load(ID, 7)
    assert found is not None
    assert numbers(store, 7) == [23, 24, 25, 26, 27, 28, 29]
    assert (found.first_position, found.next_position) == (23, 30)
    assert len(numbers(store, 30)) == len(numbers(store, 31)) == 30


def test_conversations_are_apart(store: ConversationStore) -> None:
    store.append(ID, expected_position=0, new_events=turn(0), slots={"a": 1})
    store.append(OTHER, expected_position=0, new_events=turn(50), slots={"a": 2})
    assert numbers(store) == [0, 1, 2]
    assert numbers(store, conversation_id=OTHER) == [50, 51, 52]
    assert set(store.keys()) == {ID, OTHER}


@pytest.mark.parametrize("position", [0, 2, 4, 100])
def test_conflict_stores_nothing(store: ConversationStore, position: int) -> None:
    store.append(ID, expected_position=0, new_events=turn(0), slots={"a": 1})
    with pytest.raises(ConversationConflict, match=f"position {position}"):
        store.append(ID, expected_position=position, new_events=turn(9), slots={"a": 2})
    found = store.load(ID, 100)
    assert found is not None
    assert found.events == turn(0)
    assert (found.slots, found.next_position) == ({"a": 1}, 3)


def test_conflict_on_a_conversation_that_does_not_exist(store: ConversationStore) -> None:
    with pytest.raises(ConversationConflict):
        store.append(ID, expected_position=3, new_events=turn(3), slots={})
    assert store.load(ID, 10) is None


def test_failing_append_stores_nothing_of_the_turn(store: ConversationStore) -> None:
    store.append(ID, expected_position=0, new_events=turn(0), slots={"a": 1})
    with pytest.raises(TypeError):
        store.append(ID, expected_position=3, new_events=[*turn(3), {"event": object()}], slots={"a": 2})
    with store._engine.begin() as connection:  # an event stands where the turn's last one would go
        row = {"conversation_id": ID, "position": 5, "timestamp": 0.0, "data": "{}"}
        connection.execute(events.insert().values(**row))
    with pytest.raises(ConversationConflict):
        store.append(ID, expected_position=3, new_events=turn(3), slots={"a": 2})
    found = store.load(ID, 100)
    assert found is not None
    assert (found.slots, found.next_position) == ({"a": 1}, 3)
    assert found.events == [*turn(0), {}]


def test_one_of_many_that_append_at_once_wins(store: ConversationStore) -> None:
    def append(number: int) -> bool:
        try:
            store.append(ID, expected_position=0, new_events=turn(number * 10), slots={"winner": number})
        except ConversationConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(append, range(8)))
    assert won.count(True) == 1
    winner = won.index(True)
    found = store.load(ID, 100)
    assert found is not None
    assert found.slots == {"winner": winner}
    assert numbers(store) == [winner * 10, winner * 10 + 1, winner * 10 + 2]


def test_many_conversations_are_written_at_once(store: ConversationStore) -> None:
    def write(number: int) -> None:
        conversation_id = f"{number:032}"
        for position in range(0, 30, 3):
            store.append(conversation_id, expected_position=position, new_events=turn(position), slots={})

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(12)))
    for number in range(12):
        assert numbers(store, conversation_id=f"{number:032}") == list(range(30))


def test_delete_erases_one_conversation_and_no_other(store: ConversationStore) -> None:
    store.append(ID, expected_position=0, new_events=turn(0), slots={})
    store.append(OTHER, expected_position=0, new_events=turn(0), slots={})
    assert store.delete(ID) is True
    assert store.delete(ID) is False
    assert store.load(ID, 10) is None
    assert store.keys() == [OTHER]
    with store._engine.connect() as connection:
        left = connection.execute(sa.select(events.c.conversation_id).distinct()).scalars().all()
    assert left == [OTHER]
    store.append(ID, expected_position=0, new_events=turn(0), slots={})
    assert numbers(store) == [0, 1, 2]


def test_texts_come_back_as_they_were(store: ConversationStore) -> None:
    texts = ["\u75db\u307f", "\U0001f62b", "'; DROP TABLE conversations; --", "%s %(a)s :b", 'a"b\\c', "x" * 100_000]
    store.append(ID, expected_position=0, new_events=[{"text": text} for text in texts], slots={"t": texts})
    found = store.load(ID, 10)
    assert found is not None
    assert [event["text"] for event in found.events] == texts
    assert found.slots == {"t": texts}


def test_an_empty_turn_is_no_mistake(store: ConversationStore) -> None:
    assert store.append(ID, expected_position=0, new_events=[], slots={"a": 1}) == 0
    found = store.load(ID, 10)
    assert found is not None
    assert (found.events, found.first_position, found.next_position) == ([], 0, 0)


def test_opening_again_keeps_what_is_there(store: ConversationStore) -> None:
    store.append(ID, expected_position=0, new_events=turn(0), slots={})
    again = open_database(store._engine.url.render_as_string(hide_password=False))
    assert numbers(ConversationStore(again)) == [0, 1, 2]
    again.dispose()


def test_check_leaves_nothing_behind(engine: Engine, store: ConversationStore) -> None:
    for _ in range(3):
        check_writable(engine)
    assert store.keys() == []


def test_check_may_run_in_several_processes_at_once(engine: Engine, store: ConversationStore) -> None:
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(check_writable, [engine] * 30))
    assert store.keys() == []
