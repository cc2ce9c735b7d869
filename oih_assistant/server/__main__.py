"""`make run`: train if needed, start, wait until ready, print the address, stop cleanly on Ctrl-C and SIGTERM."""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn

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
        reason = error.strerror or str(error)
        raise SettingsError(f"host {settings.host}, port {settings.port}: {reason}; set OIH_HOST or OIH_PORT") from error
    return taken


class AnnouncedServer(uvicorn.Server):
    """Prints the address once requests are answered."""

    address = ""

    async def startup(self, sockets=None) -> None:  # type: ignore[no-untyped-def]
        await super().startup(sockets=sockets)
        if self.started:
            print(f"ready: {self.address}", flush=True)


def main() -> int:
    """Run the server. Returns the exit status."""
    try:
        content = cached_content()
        settings = load_settings(regions=content.regions)
        listening = bind(settings)
        assistant = build_application(settings)
    except AssistantError as error:
        print(f"the assistant cannot start:\n{error}", file=sys.stderr)
        return 1
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        build_app(assistant),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
        h11_max_incomplete_event_size=16_384,
    )
    server = AnnouncedServer(config)
    server.address = f"http://{shown}:{port}/"
    try:
        asyncio.run(server.serve(sockets=[listening]))
    except KeyboardInterrupt:
        pass
    finally:
        assistant.close()
    print("stopped", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
