"""The model that is served, for those who measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oih_assistant.content.models import Content
from oih_assistant.rasa_library import load_agent
from oih_assistant.settings import load_settings
from oih_assistant.training import ensure_model

if TYPE_CHECKING:
    from rasa.core.agent import Agent


def load_served_agent(content: Content) -> "Agent":
    """The agent of the present content and settings, trained now if its inputs changed.

    Raises:
        SettingsError, ModelError: with what is wrong and what is allowed.
    """
    return load_agent(ensure_model(content, load_settings(regions=content.regions)), content)
