"""Checks of what keeps people safe: whom to call first, what must be said, contacts filled in everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from oih_assistant.content.findings import Finding, Severity
from oih_assistant.content.models import Kind
from oih_assistant.content.regions import fill_contacts
from oih_assistant.content.texts import ContentFolder, shown_strings, shown_texts, split_sentences
from oih_assistant.content.wording import pattern

UNFILLED = re.compile(r"\{[^{}]*\}?|\}")


def check_emergency_first(folder: ContentFolder) -> Iterator[Finding]:
    """In an emergency the first sentence names whom to call."""
    rule = folder.wording.emergency_first
    contacts = [f"{{{name}}}" for name in rule.contacts]
    for shown in shown_texts(folder.content):
        level = folder.content.level_of(shown.topic)
        if shown.kind is not Kind.SAFETY or level not in rule.levels or shown.form not in rule.texts:
            continue
        first = split_sentences(shown.text)[0]
        if not any(contact in first for contact in contacts):
            yield Finding(
                folder.topic_place(shown.topic, shown.place_of(0)),
                Severity.ERROR,
                f"{shown.form}: the first sentence names no emergency contact: {first!r}",
                f"begin with whom to call: {' or '.join(contacts)}",
            )


def check_must_say(folder: ContentFolder) -> Iterator[Finding]:
    """Sentences that a reply must carry, such as not to stop suddenly."""
    for shown in shown_texts(folder.content):
        for rule in folder.wording.must_say:
            if shown.topic in rule.topics and shown.form in rule.texts and not pattern(rule.pattern).search(shown.text):
                yield Finding(
                    folder.topic_place(shown.topic, shown.location),
                    Severity.ERROR,
                    f"{shown.form}: does not say {rule.what!r}",
                    f"add a sentence that says {rule.what!r}",
                )


def check_placeholders(folder: ContentFolder) -> Iterator[Finding]:
    """Contacts that stay unfilled in some region, whatever the audience."""
    for string in shown_strings(folder.content, clinician=True):
        unfilled: dict[str, list[str]] = {}
        for key, region in folder.content.regions.items():
            for found in UNFILLED.findall(fill_contacts(string.text, region)):
                unfilled.setdefault(found, []).append(key)
        for found, regions in unfilled.items():
            yield Finding(
                folder.place(string.file, string.location),
                Severity.ERROR,
                f"{found} stays unfilled in region {', '.join(dict.fromkeys(regions))}",
                "use {emergency}, {suicide_crisis}, {poison} or {addiction_helpline}; no other braces",
            )
