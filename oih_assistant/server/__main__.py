"""`make run`: train if needed, start, wait until ready, print the address, stop cleanly on Ctrl-C and SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys

import uvicorn
from starlette.applications import Starlette

from oih_assistant.application import build_application
from oih_assistant.content.loader import cached_content
from oih_assistant.errors import AssistantError, SettingsError
from oih_assistant.server.app import build_app
from oih_assistant.settings import Settings, load_settings


def bind(settings: Settings) -> socket.socket:
    """Take the address first: an address in use is better told before minutes of training.

    Raises:
        SettingsError: when the address cannot be taken.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        raise _cannot_be_taken(settings, error) from error
    return taken


def listen(taken: socket.socket, settings: Settings) -> None:
    """Let requests in, now that they can be answered.

    Raises:
        SettingsError: when another process began to listen there in between.
    """
    try:
        taken.listen(2048)
    except OSError as error:
        taken.close()
        raise _cannot_be_taken(settings, error) from error


def _cannot_be_taken(settings: Settings, error: OSError) -> SettingsError:
    reason = error.strerror or str(error)
    return SettingsError(f"host {settings.host}, port {settings.port}: {reason}; set OIH_HOST or OIH_PORT")


class AnnouncedServer(uvicorn.Server):
    """Prints the address once requests are answered."""

    address = ""

    async def startup(self, sockets=None) -> None:  # type: ignore[no-untyped-def]
        await super().startup(sockets=sockets)
        if self.started:
            print(f"ready: {self.address}", flush=True)


def configure_server(app: Starlette) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # uvicorn would believe X-Forwarded-For from loopback; ours asks trusted_proxies
        ws="none",  # not spoken here; looking for it fails on the websockets library that Rasa pins
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=16_384,
    )


def main() -> int:
    """Run the server until Ctrl-C or SIGTERM, which may come at any moment. Returns the exit status."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also what uvicorn hands its signal back to
    try:
        return run()
    except KeyboardInterrupt:
        print("stopped", flush=True)
        return 0


def run() -> int:
    """Start and serve. Returns the exit status; ends with KeyboardInterrupt when it is told to stop."""
    try:
        content = cached_content()
        settings = load_settings(regions=content.regions)
        listening = bind(settings)
        assistant = build_application(settings)
        listen(listening, settings)
    except AssistantError as error:
        print(f"the assistant cannot start:\n{error}", file=sys.stderr)
        return 1
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    server = AnnouncedServer(configure_server(build_app(assistant)))
    server.address = f"http://{shown}:{port}/"
    try:
        asyncio.run(server.serve(sockets=[listening]))
    finally:
        assistant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
