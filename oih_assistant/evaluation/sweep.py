"""What the gate's thresholds trade against each other: curves, and a choice within bounds on wrong answers.

The messages are understood once; every point of a curve only decides again, with the gate's own `decide`. The two
emergency thresholds are shown in the curves but never chosen here: how much a missed emergency weighs against a
wrong article is for people to say.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from oih_assistant.content.models import Contract
from oih_assistant.evaluation.confidences import Understood
from oih_assistant.evaluation.measures import measure
from oih_assistant.evaluation.targets import target_of

if TYPE_CHECKING:
    from oih_assistant.nlu.gate import Thresholds

MEASURES = (
    "correct", "wrong", "asked_back", "offered", "oos_handled", "emergency_caught", "false_emergency",
    "urgent_caught", "false_urgent",
)  # fmt: skip
COLUMNS = ("set", "varied", "threshold", *MEASURES)

Sets = Mapping[str, Sequence[Understood]]
Say = Callable[[str], None]


def most_wrong(name: str) -> float:
    """The bound on `wrong` for a set."""
    return target_of(name).wrong


def steps(first: int, last: int, step: int = 1) -> List[float]:
    """Hundredths from first to last, as shares."""
    return [value / 100 for value in range(first, last + 1, step)]


def current_thresholds() -> "Thresholds":
    """The thresholds that config.yml and the gate's defaults give."""
    from oih_assistant.evaluation.pipeline_config import component_config
    from oih_assistant.nlu.gate import Thresholds, UnderstandingGate

    numbers = component_config(UnderstandingGate)
    return Thresholds(**{item.name: float(numbers[item.name]) for item in fields(Thresholds)})


def measure_with(understood: Sequence[Understood], contract: Contract, thresholds: "Thresholds") -> Dict[str, Any]:
    """All measures of a set, decided with these thresholds."""
    return measure([item.decided(contract, thresholds) for item in understood], contract)


def curve(
    sets: Sets, contract: Contract, base: "Thresholds", varied: str, values: Sequence[float]
) -> List[Dict[str, Any]]:
    """The measures of every set while one threshold varies and the others stay.

    Returns:
        A row with the keys `COLUMNS` for each set and value.
    """
    rows: List[Dict[str, Any]] = []
    for name, understood in sets.items():
        for value in values:
            alone: Dict[str, float] = {varied: value}
            measures = measure_with(understood, contract, replace(base, **alone))
            row = {"set": name, "varied": varied, "threshold": value}
            rows.append({**row, **{key: measures[key] for key in MEASURES}})
    return rows


def all_curves(sets: Sets, contract: Contract, base: "Thresholds", say: Say) -> List[Dict[str, Any]]:
    """A curve for each threshold of the gate."""
    rows: List[Dict[str, Any]] = []
    for item in fields(base):
        say(f"the curve of {item.name}")
        values = steps(1, 15) if item.name == "offer_at" else steps(2, 98, 2)
        rows.extend(curve(sets, contract, base, item.name, values))
    return rows


@dataclass(frozen=True)
class Choice:
    """Thresholds with what they reach.

    Args:
        thresholds: the thresholds.
        measures: all measures of each set with them.
        moved: how far the thresholds are from the present ones, added up.
    """

    thresholds: "Thresholds"
    measures: Mapping[str, Mapping[str, Any]]
    moved: float

    @property
    def excess(self) -> float:
        """By how much the worst set is above its bound on `wrong`; 0 when all bounds hold."""
        return max(max(0.0, (item["wrong"] or 0.0) - most_wrong(name)) for name, item in self.measures.items())

    @property
    def worth(self) -> Tuple[float, float, float]:
        """Mean `correct`, then mean `oos_handled`, then how little is changed.

        Shares count to a thousandth: less than that is one message more or less, and no reason to change a number.
        """
        return round(self._mean("correct"), 3), round(self._mean("oos_handled"), 3), -self.moved

    def _mean(self, key: str) -> float:
        values = [item[key] for item in self.measures.values() if item[key] is not None]
        return sum(values) / len(values) if values else 0.0


def choose(sets: Sets, contract: Contract, base: "Thresholds", say: Optional[Say] = None) -> Choice:
    """The thresholds with the most correct answers while `wrong` keeps its bound in every set.

    For each pair of `urgent_at` and `decline_at` the lowest `answer_at` that keeps the bounds is found by
    bisection: lowering it turns questions back into answers, so right and wrong ones only become more. An urgent
    topic never needs more confidence than another. First in steps of 0.1, then finer around the best.

    Returns:
        The choice; where nothing keeps the bounds, the one nearest to them.
    """

    def judge(thresholds: "Thresholds") -> Choice:
        measures = {name: measure_with(understood, contract, thresholds) for name, understood in sets.items()}
        moved = sum(abs(getattr(thresholds, item.name) - getattr(base, item.name)) for item in fields(base))
        return Choice(thresholds, measures, moved)

    best = judge(base)
    for coarse in (True, False):
        at = best.thresholds
        urgents = [at.urgent_at, *steps(10, 80, 10)] if coarse else _around(at.urgent_at)
        declines = [at.decline_at, *steps(20, 80, 20)] if coarse else _around(at.decline_at)
        for urgent_at in urgents:
            if say:
                say(f"choosing: urgent_at {urgent_at}, correct so far {best.worth[0]:.3f}")
            for decline_at in declines:
                start = replace(base, urgent_at=urgent_at, decline_at=decline_at)
                best = _lowest_answer_at(start, judge, best)
    return best


def _around(value: float) -> List[float]:
    middle = round(100 * value)
    return [step / 100 for step in (middle - 6, middle - 3, middle, middle + 3, middle + 6) if 1 <= step <= 99]


def _better(one: Choice, other: Choice) -> Choice:
    if one.excess or other.excess:
        return min((one, other), key=lambda choice: (choice.excess, -choice.worth[0]))
    return max((one, other), key=lambda choice: choice.worth)


def _lowest_answer_at(start: "Thresholds", judge: Callable[["Thresholds"], Choice], best: Choice) -> Choice:
    """The best of `best` and the choice with the lowest `answer_at` within the bounds, by bisection."""
    low, high = max(1, round(100 * start.urgent_at)), 99
    most = judge(replace(start, answer_at=low / 100))
    if not most.excess or (not best.excess and most.worth[0] < best.worth[0]):
        return _better(best, most)  # nothing higher can have more correct answers
    while low < high:
        middle = (low + high) // 2
        tried = judge(replace(start, answer_at=middle / 100))
        best = _better(best, tried)
        low, high = (middle + 1, high) if tried.excess else (low, middle)
    return best
