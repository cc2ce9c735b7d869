"""Rasa's custom actions: each reads the tracker, asks oih_assistant.replies, sends the reply, sets slots.

The assistant runs them in its own process; `rasa run actions` finds them here as well.
"""

from actions.answers import (
    ActionAnswerDialogue,
    ActionAnswerSafety,
    ActionAnswerTopic,
    ActionAnswerYesNo,
    ActionAskBack,
    ActionDecline,
)
from actions.last_answer import (
    ActionRepeatAnswer,
    ActionSetAudience,
    ActionShowDetail,
    ActionShowSimpler,
    ActionShowSources,
)

ACTIONS = (
    ActionAnswerDialogue,
    ActionAnswerSafety,
    ActionAnswerTopic,
    ActionAnswerYesNo,
    ActionAskBack,
    ActionDecline,
    ActionRepeatAnswer,
    ActionSetAudience,
    ActionShowDetail,
    ActionShowSimpler,
    ActionShowSources,
)
