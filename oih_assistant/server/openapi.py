"""The description of the web interface, as OpenAPI 3.1."""

from __future__ import annotations

from typing import Any, Dict

from oih_assistant import __version__
from oih_assistant.settings import Settings


def _text(description: str, **more: Any) -> Dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _error(description: str) -> Dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }


def describe_api(settings: Settings) -> Dict[str, Any]:
    """The OpenAPI document for an installation's limits."""
    message = {
        "type": "object",
        "additionalProperties": False,
        "description": "Either text or button, not both.",
        "properties": {
            "conversation_id": _text(
                "from an earlier answer; a new conversation without it", pattern="^[A-Za-z0-9_-]{16,64}$"
            ),
            "text": _text("what was typed; always read as plain text", maxLength=settings.message_max_chars),
            "button": _text("payload of a button that this conversation was offered", maxLength=100),
            "audience": _text("who is asking, where the page knows it", enum=["patient", "clinician"]),
        },
    }
    button = {
        "type": "object",
        "required": ["title", "payload"],
        "properties": {"title": _text("what is shown"), "payload": _text("what to send back")},
    }
    source = {
        "type": "object",
        "required": ["key", "citation", "url"],
        "properties": {
            "key": _text("key in sources.yml"),
            "citation": _text("one line"),
            "url": {"type": ["string", "null"]},
        },
    }
    payload = {
        "type": "object",
        "required": ["topic", "kind", "level", "audience", "sources", "content_digest", "confidence"],
        "properties": {
            "topic": {"type": ["string", "null"], "description": "id of the topic that was answered"},
            "kind": _text("curated, safety, dialogue, ask_back, ask_danger, introduction or error"),
            "level": {"type": ["string", "null"], "enum": ["emergency", "urgent", "routine", None]},
            "audience": {
                "type": ["string", "null"],
                "description": "whose wording is shown; null where there is one for all",
                "enum": ["patient", "clinician", None],
            },
            "sources": {"type": "array", "items": source},
            "content_digest": _text("SHA-256 over the content that is served"),
            "confidence": {"type": ["number", "null"], "description": "of the understanding, 0 to 1"},
        },
    }
    answer = {
        "type": "object",
        "required": ["conversation_id", "replies"],
        "properties": {
            "conversation_id": _text("send it with the next message"),
            "replies": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["text", "buttons", "payload"],
                    "properties": {
                        "text": _text("plain text; paragraphs separated by a blank line"),
                        "buttons": {"type": "array", "items": button},
                        "payload": payload,
                    },
                },
            },
        },
    }
    error = {
        "type": "object",
        "required": ["error", "message"],
        "properties": {"error": _text("a stable word"), "message": _text("for people")},
    }
    in_json = {"application/json": {"schema": {"$ref": "#/components/schemas/Message"}}}
    out_json = {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OIH assistant",
            "version": __version__,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            "/api/conversations": {
                "post": {
                    "summary": "A new conversation id, without a message",
                    "responses": {"201": {"description": "the id"}},
                }
            },
            "/api/messages": {
                "post": {
                    "summary": "Send one message, get the replies",
                    "requestBody": {"required": True, "content": in_json},
                    "responses": {
                        "200": {"description": "the replies", "content": out_json},
                        "400": _error("the message is not in the agreed form"),
                        "409": _error("the button was not offered in this conversation, or too long ago"),
                        "413": _error("the message or the body is too long"),
                        "415": _error("the body is not JSON"),
                        "429": _error("too many messages; see Retry-After"),
                        "503": _error("too many messages of all people; see Retry-After"),
                    },
                }
            },
            "/health": {"get": {"summary": "Whether the process is up", "responses": {"200": {"description": "up"}}}},
            "/ready": {
                "get": {
                    "summary": "Whether messages can be answered and stored",
                    "responses": {"200": {"description": "ready"}, "503": {"description": "what is missing"}},
                }
            },
        },
        "components": {"schemas": {"Message": message, "Answer": answer, "Error": error}},
    }
