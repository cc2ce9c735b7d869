"""From an HTTP request to an incoming message, and every way in which that can fail."""

from __future__ import annotations

import json
from typing import Any, Dict, FrozenSet, Mapping, Optional, Tuple

from starlette.requests import ClientDisconnect, Request

from oih_assistant.content.models import Audience
from oih_assistant.conversation import IncomingMessage, new_conversation_id

KEYS: Mapping[str, type] = {"conversation_id": str, "text": str, "button": str, "audience": str}


class BadRequest(Exception):
    """A request that is not in the agreed form.

    Args:
        status: the HTTP status.
        reason: a stable word for programs.
        message: what was found and what is allowed.
    """

    def __init__(self, status: int, reason: str, message: str) -> None:
        self.status = status
        self.reason = reason
        self.message = message
        super().__init__(message)


async def read_body(request: Request, most: int) -> bytes:
    """The body, refused as soon as it is longer than allowed."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise BadRequest(413, "too_large", f"the body is longer than {most} bytes")
    except ClientDisconnect:  # nobody reads this; an unhandled one would fill the log
        raise BadRequest(400, "broken_off", "the body broke off") from None
    return body


def parse_message(body: bytes, content_type: str, visitor: Optional[str]) -> IncomingMessage:
    """A JSON body as a message from the web.

    Raises:
        BadRequest: when it is not JSON, not an object, or has unknown keys or values of another type.
    """
    if content_type.split(";", maxsplit=1)[0].strip().lower() != "application/json":
        raise BadRequest(415, "content_type", f"content type {content_type[:60]!r} found; application/json is allowed")
    try:
        value = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise BadRequest(400, "json", "the body is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise BadRequest(400, "json", f"a {type(value).__name__} found; an object is allowed")
    _check_keys(value)
    audience, conversation_id = value.get("audience"), value.get("conversation_id")
    if audience is not None and audience not in [item.value for item in Audience]:
        raise BadRequest(400, "audience", "audience: use patient or clinician")
    return IncomingMessage(
        conversation_id=new_conversation_id() if conversation_id is None else conversation_id,
        text=value.get("text"),
        button=value.get("button"),
        channel="web",
        audience=Audience(audience) if audience else None,
        visitor=visitor,
    )


def _check_keys(value: Dict[str, Any]) -> None:
    for key, item in value.items():
        if key not in KEYS:
            raise BadRequest(400, "key", f"unknown key {key[:40]!r}; allowed: {', '.join(KEYS)}")
        if item is not None and not isinstance(item, KEYS[key]):
            raise BadRequest(400, "type", f"{key}: a {type(item).__name__} found; a text is allowed")


def visitor_of(request: Request, trusted_proxies: FrozenSet[str]) -> str:
    """The network address a request comes from; X-Forwarded-For is believed from trusted proxies only."""
    peer = request.client.host if request.client else "unknown"
    if peer in trusted_proxies:
        chain: Tuple[str, ...] = tuple(
            item.strip() for item in request.headers.get("x-forwarded-for", "").split(",") if item.strip()
        )
        for address in reversed(chain):
            if address not in trusted_proxies:
                return address[:64]
    return peer
