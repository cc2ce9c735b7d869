"""HTML elements that cannot forget to escape: plain strings are escaped, only `Html` passes as it is.

For the review page. Content files are written by people, so no string of theirs may become markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Optional, Union


class Html(str):
    """Markup that was built here and is not escaped again."""


Child = Union[str, Html, None]

_INLINE = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|(?P<contact>\{\w+\})")
_EMPTY_TAGS = frozenset({"input", "rect", "line", "br"})


def markup(child: Child) -> Html:
    """A child as markup: text is escaped, None is nothing."""
    if child is None:
        return Html("")
    return child if isinstance(child, Html) else Html(escape(child))


def el(tag: str, *children: Child, **attributes: Optional[str]) -> Html:
    """An element.

    Args:
        tag: its name.
        children: text (escaped) or elements, in order.
        attributes: `class_` stands for class, `data_x` for data-x; None leaves an attribute out.
    """
    shown = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _EMPTY_TAGS and not children:
        return Html(f"<{tag}{shown}/>")
    return Html(f"<{tag}{shown}>{''.join(map(markup, children))}</{tag}>")


def join(children: Iterable[Child], between: Child = "") -> Html:
    """Several children as one."""
    return Html(markup(between).join(markup(child) for child in children))


def rich_text(text: str) -> Html:
    """A content text: **bold** is set bold, contacts such as {emergency} are set apart."""
    parts: list[Child] = []
    end = 0
    for match in _INLINE.finditer(text):
        parts.append(text[end : match.start()])
        bold, contact = match["bold"], match["contact"]
        parts.append(el("strong", bold) if bold else el("span", contact, class_="contact"))
        end = match.end()
    parts.append(text[end:])
    return join(parts)


def link(address: Optional[str], text: str, **attributes: Optional[str]) -> Html:
    """A link to a web page; anything that is no web address stays text."""
    if address is None or not re.match(r"https?://[^\s]+$", address):
        return markup(text)
    return el("a", text, href=address, rel="noreferrer noopener", target="_blank", **attributes)
