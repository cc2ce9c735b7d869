"""`make chat`: the conversation service in the terminal, without a server.

Piped input works too and prints only the conversation.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import sys
import textwrap
from typing import Any, List, Optional, Sequence, TextIO

from oih_assistant.application import build_application
from oih_assistant.conversation import ConversationService, IncomingMessage, new_conversation_id
from oih_assistant.errors import AssistantError, MessageRefused
from oih_assistant.replies.reply import Button, Reply

HELP = "Type a question, the number of a choice, or /quit."


def wrap(text: str, width: int) -> str:
    """Text wrapped to a width, paragraphs and lines kept."""
    lines = [textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False) for line in text.split("\n")]
    return "\n".join(lines)


def format_reply(reply: Reply, width: int, first_number: int = 1) -> str:
    """A reply as lines: text, sources, numbered choices."""
    parts = [wrap(reply.text, width)]
    sources = reply.payload.get("sources") or []
    if sources and reply.payload.get("kind") == "curated" and reply.payload.get("form") != "sources":
        parts.append("Sources:")
        for source in sources:
            line = f"- {source['citation']} {source['url'] or ''}".strip()
            parts.append(
                textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
            )
    if reply.buttons:
        parts.append("")
        parts.extend(f"  [{number}] {button.title}" for number, button in enumerate(reply.buttons, first_number))
    return "\n".join(parts)


def pick(line: str, buttons: Sequence[Button]) -> Optional[Button]:
    """The choice that a typed number stands for, None if it is not the number of a choice."""
    number = line.strip().strip("[].")
    if number.isascii() and number.isdigit() and 1 <= int(number) <= len(buttons):
        return buttons[int(number) - 1]
    return None


async def answer(
    service: ConversationService, conversation_id: str, line: str, buttons: Sequence[Button]
) -> List[Reply]:
    """Hand one line to the service; a refusal becomes a reply, because a terminal has nothing else to show."""
    choice = pick(line, buttons)
    message = IncomingMessage(
        conversation_id=conversation_id,
        text=None if choice else line,
        button=choice.payload if choice else None,
        channel="terminal",
    )
    try:
        return await service.handle(message)
    except MessageRefused as refusal:
        return [Reply(refusal.text)]


async def converse(service: ConversationService, lines: TextIO, out: TextIO, *, interactive: bool) -> None:
    """Read lines until the end or /quit; write the replies."""
    width = min(shutil.get_terminal_size().columns, 88)
    conversation_id = new_conversation_id()
    buttons: List[Button] = []
    session: Any = None
    if interactive:
        from prompt_toolkit import PromptSession

        session = PromptSession()
        print(HELP, file=out)
    while True:
        if session is not None:
            try:
                line = await session.prompt_async("> ")
            except (EOFError, KeyboardInterrupt):
                return
        else:
            line = await asyncio.get_running_loop().run_in_executor(None, lines.readline)
            if not line:
                return
        if line.strip() == "/quit":
            return
        if not line.strip():
            continue
        if not interactive:
            print(f"> {line.strip()}\n", file=out)
        replies = await answer(service, conversation_id, line, buttons)
        buttons = []
        for reply in replies:
            print(format_reply(reply, width, len(buttons) + 1) + "\n", file=out, flush=True)
            buttons.extend(reply.buttons)


def main() -> int:
    """Run the terminal chat. Returns the exit status."""
    try:
        assistant = build_application()
    except AssistantError as error:
        print(f"the assistant cannot start:\n{error}", file=sys.stderr)
        return 1
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    for stream in (sys.stdin, sys.stdout):  # no letter, read or written, stops the conversation
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        asyncio.run(converse(assistant.service, sys.stdin, sys.stdout, interactive=interactive))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:  # the reader went away, as in `make chat | head`; nothing is left to be told
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    finally:
        assistant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
