"""The ASGI application over the conversation service."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from oih_assistant.application import Application
from oih_assistant.content.regions import fill_contacts
from oih_assistant.conversation import new_conversation_id
from oih_assistant.errors import MessageRefused
from oih_assistant.server.openapi import describe_api
from oih_assistant.server.requests import BadRequest, parse_message, read_body, visitor_of

STATIC = Path(__file__).parent / "static"

STATUS_OF_REFUSAL: Mapping[str, int] = {"rate": 429, "busy": 503, "too_long": 413, "button": 409}

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Adds the headers to every response."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Dict[str, Any], receive: Any, send: Any) -> None:
        async def send_with_headers(message: Dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _split(value: str) -> List[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def build_app(assistant: Application) -> Starlette:
    """The web application of a running assistant."""
    settings = assistant.settings
    proxies = frozenset(_split(settings.trusted_proxies))

    async def post_message(request: Request) -> Response:
        message = None
        try:
            body = await read_body(request, settings.body_max_bytes)
            content_type = request.headers.get("content-type", "")
            message = parse_message(body, content_type, visitor_of(request, proxies))
            replies = await assistant.service.handle(message)
        except BadRequest as refusal:
            return JSONResponse({"error": refusal.reason, "message": refusal.message}, refusal.status)
        except MessageRefused as refusal:
            value: Dict[str, Any] = {"error": refusal.reason, "message": refusal.text}
            if message is not None and refusal.reason != "conversation":  # a bad id is not sent back
                value["conversation_id"] = message.conversation_id
            headers = {"Retry-After": "10"} if refusal.reason in ("rate", "busy") else None
            return JSONResponse(value, STATUS_OF_REFUSAL.get(refusal.reason, 400), headers)
        return JSONResponse(
            {"conversation_id": message.conversation_id, "replies": [reply.as_dict() for reply in replies]}
        )

    async def post_conversation(_request: Request) -> Response:
        return JSONResponse({"conversation_id": new_conversation_id()}, 201)

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def ready(_request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        problems = await run_in_threadpool(assistant.problems)
        value = {"status": "not ready" if problems else "ready", "problems": problems}
        value["content_digest"] = assistant.content.digest
        return JSONResponse(value, 503 if problems else 200)

    async def openapi(_request: Request) -> Response:
        return JSONResponse(describe_api(settings))

    async def page(_request: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def not_found(_request: Request, _error: Exception) -> Response:
        return JSONResponse({"error": "not_found", "message": "no such address; see /api/openapi.json"}, 404)

    async def not_allowed(_request: Request, error: Exception) -> Response:
        headers = getattr(error, "headers", None)
        return JSONResponse({"error": "method", "message": "this method is not allowed here"}, 405, headers)

    async def failed(_request: Request, _error: Exception) -> Response:
        words = fill_contacts(assistant.content.messages.failed, assistant.content.regions[settings.region])
        return JSONResponse({"error": "failed", "message": words}, 500, SECURITY_HEADERS)

    middleware = [Middleware(SecurityHeaders)]
    origins = _split(settings.allowed_origins)
    if origins:
        middleware.append(
            Middleware(
                CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=["content-type"]
            )
        )
    return Starlette(
        routes=[
            Route("/", page),
            Route("/health", health),
            Route("/ready", ready),
            Route("/api/openapi.json", openapi),
            Route("/api/conversations", post_conversation, methods=["POST"]),
            Route("/api/messages", post_message, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=middleware,
        exception_handlers={404: not_found, 405: not_allowed, 500: failed},
    )
