"""Fill the contacts of a region into a text.

A contact that was not confirmed (null) is replaced by words that are right everywhere: never a guessed number.
"""

from __future__ import annotations

from typing import Dict

from oih_assistant.content.models import Region


def contact_words(region: Region) -> Dict[str, str]:
    """The words for each placeholder, from `emergency` to `addiction_helpline`.

    An unverified region gives no numbers at all, only the words that hold everywhere.
    """
    emergency = region.emergency if region.verified else "your local emergency number"
    confirmed = region if region.verified else None
    return {
        "emergency": emergency,
        "suicide_crisis": (confirmed and confirmed.suicide_crisis) or f"your local crisis line, or {emergency}",
        "poison": (confirmed and confirmed.poison) or f"the nearest hospital, or {emergency}",
        "addiction_helpline": (confirmed and confirmed.addiction_helpline) or "your local drug and alcohol service",
    }


def fill_contacts(text: str, region: Region) -> str:
    """The text with {emergency}, {suicide_crisis}, {poison} and {addiction_helpline} filled in."""
    for name, words in contact_words(region).items():
        text = text.replace("{" + name + "}", words)
    return text
