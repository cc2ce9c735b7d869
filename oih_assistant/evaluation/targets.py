"""What is asked of the understanding, by set: the project's targets, in one place for the sweep and the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping


@dataclass(frozen=True)
class Target:
    """The targets for a set of messages, as shares.

    Args:
        correct: at least so many questions get a right topic.
        wrong: at most so many get a wrong one.
        oos_handled: at least so many messages out of scope are not answered with an article.
    """

    correct: float
    wrong: float
    oos_handled: float


TARGETS: Mapping[str, Target] = {
    "patients": Target(correct=0.90, wrong=0.06, oos_handled=0.90),
    "clinicians": Target(correct=0.88, wrong=0.07, oos_handled=0.90),
}
# Messages of real people, collected elsewhere: ambiguous ones among them.
ELSEWHERE = Target(correct=0.75, wrong=0.15, oos_handled=0.85)

# Of what is asked back, a right topic is among the choices at least this often.
OFFERED_OF_ASKED = 0.6
MS_P50 = 20.0


def target_of(name: str) -> Target:
    """The targets for a set, by its name."""
    return TARGETS.get(name, ELSEWHERE)
