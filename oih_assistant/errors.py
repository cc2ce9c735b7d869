"""One tree of errors. A message says where, what was found, and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence


class AssistantError(Exception):
    """Base of every error that this project raises on purpose."""


class SettingsError(AssistantError):
    """A setting is unknown or has a value that is not allowed."""


class ContentError(AssistantError):
    """The content files have problems; all of them are listed at once.

    Args:
        problems: one line each, `file:line: what was found; what is allowed`.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class ModelError(AssistantError):
    """The trained model is missing, incomplete, or does not fit the content."""


class EvaluationSetError(AssistantError):
    """A file of test messages is not in the agreed form."""


class MessageRefused(AssistantError):
    """A message cannot be taken as it is; the text is safe to show to the person.

    Args:
        reason: a stable word for programs (`empty`, `too_long`, `rate`, `busy`, `button`, ...).
        text: what the person is told.
    """

    def __init__(self, reason: str, text: str) -> None:
        self.reason = reason
        self.text = text
        super().__init__(f"{reason}: {text}")
