"""What the server offers: messages in the described form, the page, health, readiness, and nothing to other origins."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import uuid
from pathlib import Path
from typing import Any, Dict, List, Optional

import httpx
import jsonschema
import pytest
import uvicorn

from oih_assistant.application import Application
from oih_assistant.conversation import ConversationService, IncomingMessage
from oih_assistant.replies.reply import Reply
from oih_assistant.server.__main__ import bind, configure_server
from oih_assistant.server.app import SECURITY_HEADERS, STATIC, build_app
from oih_assistant.storage.conversations import ConversationStore
from tests.conftest import ORIGIN
from tests.server.process import ServerProcess
from tests.server.talk import DANGER, QUESTION, answered, payloads_of_buttons, say, texts_of

pytestmark = pytest.mark.slow


async def _check(client: httpx.AsyncClient, schema: str, value: Any) -> None:
    """Check a value against a schema of the server's own description."""
    description = (await client.get("/api/openapi.json")).json()
    root = {**description, "$ref": f"#/components/schemas/{schema}"}
    jsonschema.Draft202012Validator(root).validate(value)


@pytest.mark.parametrize(
    "text", ["hello", QUESTION, DANGER, "can I take more of it today", "/greet", "qwx zzv prrt", "pain"]
)
async def test_answer_is_as_described(client: httpx.AsyncClient, text: str) -> None:
    answer = await answered(client, text)
    await _check(client, "Answer", answer)
    for reply in answer["replies"]:
        assert reply["text"].strip()
        assert len(reply["payload"]["content_digest"]) == 64


async def test_description_itself_is_sound(client: httpx.AsyncClient) -> None:
    description = (await client.get("/api/openapi.json")).json()
    assert description["openapi"] == "3.1.0"
    for schema in description["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    await _check(client, "Message", {"text": QUESTION, "audience": "patient"})
    with pytest.raises(jsonschema.ValidationError):
        await _check(client, "Message", {"words": QUESTION})
    with pytest.raises(jsonschema.ValidationError):
        await _check(client, "Answer", {"conversation_id": "a" * 32, "replies": []})


async def test_conversation_goes_on_under_its_id(client: httpx.AsyncClient) -> None:
    first = await answered(client, QUESTION)
    assert first["replies"][0]["payload"]["kind"] == "introduction"
    second = await answered(client, "tell me more", first["conversation_id"])
    assert second["conversation_id"] == first["conversation_id"]
    assert [reply["payload"]["topic"] for reply in second["replies"]] == ["tolerance"]


async def test_new_conversations_have_ids_of_their_own(client: httpx.AsyncClient) -> None:
    made = [await client.post("/api/conversations") for _ in range(3)]
    ids = {response.json()["conversation_id"] for response in made}
    assert [response.status_code for response in made] == [201] * 3
    assert len(ids) == 3
    one = ids.pop()
    assert (await answered(client, "hello", one))["conversation_id"] == one


async def test_button_is_answered_like_its_topic(client: httpx.AsyncClient) -> None:
    first = await answered(client, QUESTION)
    assert "/more_detail" in payloads_of_buttons(first)
    pressed = await answered(client, None, first["conversation_id"], button="/more_detail")
    assert pressed["replies"][-1]["payload"]["topic"] == "tolerance"
    assert pressed["replies"][-1]["payload"]["form"] == "longer"
    await _check(client, "Answer", pressed)


@pytest.mark.parametrize("audience", ["patient", "clinician"])
async def test_audience_that_the_page_knows_is_used(client: httpx.AsyncClient, audience: str) -> None:
    answer = await answered(client, QUESTION, audience=audience)
    assert answer["replies"][-1]["payload"]["audience"] == audience


async def test_person_can_change_the_audience_that_the_page_gave(client: httpx.AsyncClient) -> None:
    first = await answered(client, QUESTION, audience="clinician")
    await answered(client, "i am a patient", first["conversation_id"], audience="clinician")
    third = await answered(client, QUESTION, first["conversation_id"], audience="clinician")
    assert third["replies"][-1]["payload"]["audience"] == "patient"


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html"),
        ("/static/page.js", "text/javascript"),
        ("/static/page.css", "text/css"),
        ("/health", "application/json"),
        ("/ready", "application/json"),
        ("/api/openapi.json", "application/json"),
    ],
)
async def test_page_and_files_come_with_security_headers(
    client: httpx.AsyncClient, path: str, content_type: str
) -> None:
    response = await client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(content_type)
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [value]
    assert "server" not in response.headers


async def test_page_obeys_its_own_policy(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert "<script src=" in page
    assert "style=" not in page
    assert "onclick" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "911" not in page, "the page is the same in every region"


async def test_health_and_readiness(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "up"}
    ready = await client.get("/ready")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["problems"] == {}
    assert len(ready.json()["content_digest"]) == 64


@pytest.mark.parametrize(
    ("method", "path", "status", "word"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/static/nothing.js", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("GET", "/static/%2e%2e/app.py", 404, "not_found"),
        ("GET", "/static/..%2f..%2fsettings.py", 404, "not_found"),
        ("GET", "/static/", 404, "not_found"),
        ("GET", "/webhooks/rest/webhook", 404, "not_found"),
        ("GET", "/conversations", 404, "not_found"),
        ("GET", "/api/messages", 405, "method"),
        ("PUT", "/api/messages", 405, "method"),
        ("DELETE", "/api/conversations", 405, "method"),
        ("POST", "/health", 405, "method"),
        ("POST", "/", 405, "method"),
        ("POST", "/static/page.js", 405, "method"),
    ],
)
async def test_wrong_address_or_method_is_told_in_json(
    client: httpx.AsyncClient, method: str, path: str, status: int, word: str
) -> None:
    response = await client.request(method, path)
    assert response.status_code == status
    assert response.json()["error"] == word
    assert response.headers["x-content-type-options"] == "nosniff"
    await _check(client, "Error", response.json())


async def test_only_the_allowed_origin_may_call(client: httpx.AsyncClient) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    for origin, allowed in ((ORIGIN, True), ("https://evil.example", False), ("null", False), (ORIGIN + ".x", False)):
        preflight = await client.options("/api/messages", headers={"origin": origin, **asked})
        real = await client.post("/api/messages", json={"text": "hello"}, headers={"origin": origin})
        for response in (preflight, real):
            assert (response.headers.get("access-control-allow-origin") == origin) is allowed
            assert "access-control-allow-credentials" not in response.headers
        assert (preflight.status_code == 200) is allowed


async def test_no_other_origin_may_call_by_default(assistant: Application) -> None:
    transport = httpx.ASGITransport(build_app(assistant))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/health", headers={"origin": ORIGIN})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


async def test_only_a_trusted_proxy_says_who_the_visitor_is() -> None:
    from starlette.requests import Request

    from oih_assistant.server.requests import visitor_of

    def visitor(peer: str, forwarded: str, trusted: str) -> str:
        scope: Dict[str, Any] = {"type": "http", "client": (peer, 5), "headers": []}
        if forwarded:
            scope["headers"] = [(b"x-forwarded-for", forwarded.encode())]
        return visitor_of(Request(scope), frozenset(trusted.split()))

    assert visitor("192.0.2.1", "10.0.0.1", "") == "192.0.2.1"
    assert visitor("127.0.0.1", "10.0.0.1", "127.0.0.1") == "10.0.0.1"
    assert visitor("127.0.0.1", "1.1.1.1, 10.0.0.1", "127.0.0.1") == "10.0.0.1", "what a client claims is not believed"
    assert visitor("127.0.0.1", "10.0.0.1, 127.0.0.2", "127.0.0.1 127.0.0.2") == "10.0.0.1"
    assert visitor("127.0.0.1", "", "127.0.0.1") == "127.0.0.1"


@pytest.mark.parametrize(("trusted", "seen"), [("", "127.0.0.1"), ("127.0.0.1", "10.9.9.9")])
async def test_forwarded_address_is_believed_as_set(
    assistant: Application, monkeypatch: pytest.MonkeyPatch, trusted: str, seen: str
) -> None:
    """Through a real uvicorn, which by itself would believe whatever comes from loopback."""
    visitors: List[Optional[str]] = []

    async def note(_service: ConversationService, message: IncomingMessage) -> List[Reply]:
        visitors.append(message.visitor)
        return [Reply("noted")]

    monkeypatch.setattr(ConversationService, "handle", note)
    settings = dataclasses.replace(assistant.settings, trusted_proxies=trusted)
    web = uvicorn.Server(configure_server(build_app(dataclasses.replace(assistant, settings=settings))))
    monkeypatch.setattr(web, "capture_signals", contextlib.nullcontext)  # pytest keeps its Ctrl-C
    taken = bind(settings)
    serving = asyncio.ensure_future(web.serve(sockets=[taken]))
    while not web.started:
        await asyncio.sleep(0.01)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}") as client:
        await client.post("/api/messages", json={"text": "hello"}, headers={"x-forwarded-for": "10.9.9.9"})
    web.should_exit = True
    await serving
    assert visitors == [seen]


async def test_unexpected_failure_is_told_in_json_without_details(
    assistant: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: Any) -> None:
        raise RuntimeError("inner secret")

    monkeypatch.setattr(type(assistant.service), "handle", fail)
    transport = httpx.ASGITransport(build_app(assistant), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await say(client, QUESTION)
    assert response.status_code == 500
    assert response.json()["error"] == "failed"
    assert "911" in response.json()["message"]
    assert "secret" not in response.text


async def test_log_never_holds_what_was_written(
    client: httpx.AsyncClient, server: ServerProcess, stored: ConversationStore
) -> None:
    """The server runs at log level debug."""
    secret = f"zqx{uuid.uuid4().hex}"
    first = await answered(client, f"{QUESTION} {secret}")
    await say(client, f"{DANGER} {secret}", first["conversation_id"])
    await say(client, f"/restart {secret}", first["conversation_id"])
    await say(client, None, first["conversation_id"], button=f"/{secret}")
    await say(client, f"x {secret}" * 200)
    await say(client, f"x {secret}", "bad")
    await client.post("/api/messages", content=f"{{{secret}", headers={"content-type": "application/json"})
    assert any(secret in text for text in texts_of(stored, first["conversation_id"])), "it is stored, but not logged"
    assert secret not in server.errors() + server.output()


def test_server_says_only_what_is_needed(server: ServerProcess) -> None:
    assert server.output() == f"ready: {server.address}\n"
    assert "Traceback" not in server.errors()


def test_static_files_are_the_packages_own() -> None:
    assert sorted(path.name for path in Path(STATIC).iterdir()) == ["index.html", "page.css", "page.js"]
