"""Whether a test message stands in the training phrasings, word for word or nearly."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import DefaultDict, Dict, FrozenSet, Iterable, List, Set, Tuple

NEARLY = 0.8  # Jaccard similarity of the sets of words
FEWEST_WORDS = 4  # shorter messages count as the same only word for word


def normal_words(text: str) -> Tuple[str, ...]:
    """The words of a text in small letters, punctuation dropped."""
    return tuple(re.findall(r"\w+", text.lower())) or (text.strip(),)


def find_overlaps(messages: Iterable[str], phrasings: Iterable[str]) -> List[Tuple[str, str]]:
    """Pairs of a test message and the training phrasing that it repeats, exactly or nearly."""
    exact: Dict[Tuple[str, ...], str] = {}
    by_word: DefaultDict[str, Set[int]] = defaultdict(set)
    known: List[Tuple[FrozenSet[str], str]] = []
    for phrasing in phrasings:
        words = normal_words(phrasing)
        exact[words] = phrasing
        if len(words) >= FEWEST_WORDS:
            known.append((frozenset(words), phrasing))
            for word in set(words):
                by_word[word].add(len(known) - 1)
    found: List[Tuple[str, str]] = []
    for message in messages:
        words = normal_words(message)
        if words in exact:
            found.append((message, exact[words]))
        elif len(words) >= FEWEST_WORDS:
            found.extend((message, phrasing) for phrasing in _nearly(frozenset(words), known, by_word))
    return found


def _nearly(words: FrozenSet[str], known: List[Tuple[FrozenSet[str], str]], by_word: Dict[str, Set[int]]) -> List[str]:
    # A phrasing that shares four fifths of the words shares at least one of the rarest fifth and a bit.
    rare_first = sorted(words, key=lambda word: len(by_word.get(word, ())))
    candidates: Set[int] = set()
    for word in rare_first[: len(words) - int(NEARLY * len(words)) + 1]:
        candidates |= by_word.get(word, set())
    return [
        phrasing
        for index in candidates
        for other, phrasing in [known[index]]
        if len(words & other) / len(words | other) >= NEARLY
    ]
