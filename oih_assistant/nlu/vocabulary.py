"""One spelling for the names of medicines and terms: brands, slang, abbreviations and misspellings.

The encoder was trained on general English: it knows "oxycodone" well, "oxys" less and "oxycodne" not at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

WORD = re.compile(r"[^\W_]+(?:[-'/][^\W_]+)*", re.UNICODE)

# A name is repaired only when the misspelling keeps its first letter and most of its length: Damerau 1964
# found 80 % of human misspellings within one such edit.
SHORTEST_REPAIRED = 6


@dataclass(frozen=True)
class Mention:
    """A name found in a text.

    Args:
        name: the generic name.
        start, end: where it stands, in characters.
        written: as the person wrote it.
    """

    name: str
    start: int
    end: int
    written: str


@dataclass(frozen=True)
class Vocabulary:
    """Names with the ways they are written.

    Args:
        drugs: generic name to other ways of writing it.
        abbreviations: short form to what it stands for.
        never_changed: words that must be left as they are when they stand alone.
        known_words: words that occur in the content and are therefore no misspellings.
    """

    drugs: Mapping[str, Sequence[str]]
    abbreviations: Mapping[str, str]
    never_changed: FrozenSet[str] = frozenset()
    known_words: FrozenSet[str] = frozenset()
    _forms: Dict[Tuple[str, ...], str] = field(default_factory=dict, init=False, compare=False)
    _long_names: List[str] = field(default_factory=list, init=False, compare=False)

    def __post_init__(self) -> None:
        for name, others in self.drugs.items():
            for form in (name, *others):
                self._forms[tuple(WORD.findall(form.lower()))] = name
                if " " not in form and len(form) >= SHORTEST_REPAIRED:
                    self._long_names.append(form.lower())

    def find(self, text: str) -> List[Mention]:
        """The medicines a text names, in order; longest name first where several fit."""
        words = [(match.group().lower(), match.start(), match.end()) for match in WORD.finditer(text)]
        found: List[Mention] = []
        index = 0
        while index < len(words):
            for length in (4, 3, 2, 1):
                piece = words[index : index + length]
                name = self._name_of(tuple(word for word, _, _ in piece)) if len(piece) == length else None
                if name:
                    found.append(Mention(name, piece[0][1], piece[-1][2], text[piece[0][1] : piece[-1][2]]))
                    index += length
                    break
            else:
                index += 1
        return found

    def _name_of(self, words: Tuple[str, ...]) -> Optional[str]:
        if words in self._forms:
            return self._forms[words]
        if len(words) != 1:
            return None
        repaired = self.repair(words[0])
        return self._forms.get(tuple(WORD.findall(repaired))) if repaired != words[0] else None

    def repair(self, word: str) -> str:
        """A misspelt name as it is written right; every other word as it is."""
        if len(word) < SHORTEST_REPAIRED or word in self.never_changed or word in self.known_words:
            return word
        most = 1 if len(word) < 10 else 2
        best = process.extractOne(word, self._long_names, scorer=OSA.distance, score_cutoff=most)
        return best[0] if best and best[0][0] == word[0] else word

    def normalize(self, text: str) -> str:
        """The text with generic names and written-out abbreviations."""
        pieces: List[str] = []
        position = 0
        for mention in self.find(text):
            pieces.append(self._expand(text[position : mention.start]))
            pieces.append(mention.name)
            position = mention.end
        pieces.append(self._expand(text[position:]))
        return "".join(pieces)

    def _expand(self, text: str) -> str:
        return WORD.sub(lambda match: self.abbreviations.get(match.group().lower(), match.group()), text)
