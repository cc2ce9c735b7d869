"""Names of medicines and terms in a text, by spaCy: brands, slang, abbreviations, misspellings.

The encoder was trained on general English: it knows "oxycodone" well, "oxys" less and "oxycodne" not at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, FrozenSet, Iterable, List, Mapping, Sequence

import spacy
from rapidfuzz import process
from rapidfuzz.distance import OSA
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

DRUG = "drug"
TERM = "term"

# A name is repaired only when the misspelling keeps its first letter and most of its length: Damerau 1964
# found 80 % of human misspellings within one edit.
SHORTEST_REPAIRED = 6
LONG_NAME = 10


@lru_cache(maxsize=1)
def _tokenizer() -> Language:
    return spacy.blank("en")


class Vocabulary:
    """Names with the ways they are written.

    Args:
        drugs: generic name to other ways of writing it; replaced by the generic name.
        terms: other subjects to the ways of writing them; recognised, not replaced.
        abbreviations: short form to what it stands for; replaced.
        never_changed: words that are no misspellings, though they look like one.
        known_words: words that occur in the content and are therefore no misspellings.
    """

    def __init__(
        self,
        drugs: Mapping[str, Sequence[str]],
        terms: Mapping[str, Sequence[str]],
        abbreviations: Mapping[str, str],
        never_changed: Iterable[str] = (),
        known_words: Iterable[str] = (),
    ) -> None:
        self._nlp = _tokenizer()
        self._abbreviations = dict(abbreviations)
        self._left_alone: FrozenSet[str] = frozenset(never_changed) | frozenset(known_words)
        self._names: Dict[str, str] = {}  # single-word names that may be misspelt, with their generic name
        self._matcher = PhraseMatcher(self._nlp.vocab, attr="LOWER")
        for label, group in ((DRUG, drugs), (TERM, terms)):
            for name, others in group.items():
                forms = (name, *others)
                self._matcher.add(f"{label}:{name}", [self._nlp.make_doc(form) for form in forms])
                if label == DRUG:
                    self._names.update({form.lower(): name for form in forms if self._can_be_misspelt(form)})

    @staticmethod
    def _can_be_misspelt(form: str) -> bool:
        return form.isalpha() and len(form) >= SHORTEST_REPAIRED

    def find(self, text: str) -> Doc:
        """The text's tokens, with the names it contains as entities: label drug or term, generic name as id."""
        doc = self._nlp.make_doc(text)
        spans: List[Span] = []
        for match_id, start, end in self._matcher(doc):
            label, name = self._nlp.vocab.strings[match_id].split(":", 1)
            spans.append(Span(doc, start, end, label=label, kb_id=name))
        taken = {token.i for span in spans for token in span}
        for token in doc:
            if token.i not in taken:
                repaired = self.repair(token.lower_)
                if repaired != token.lower_:
                    spans.append(Span(doc, token.i, token.i + 1, label=DRUG, kb_id=self._names[repaired]))
        doc.set_ents(filter_spans(spans))
        return doc

    def repair(self, word: str) -> str:
        """A misspelt medicine's name as it is written right; every other word as it is."""
        if not self._can_be_misspelt(word) or word in self._left_alone or word in self._names:
            return word
        most = 1 if len(word) < LONG_NAME else 2
        best = process.extractOne(word, self._names.keys(), scorer=OSA.distance, score_cutoff=most)
        return best[0] if best and best[0][0] == word[0] else word

    def normalize(self, doc: Doc) -> str:
        """The text with generic names of medicines and written-out abbreviations."""
        pieces: List[str] = []
        drugs = {span.start: span for span in doc.ents if span.label_ == DRUG}
        skip_until = 0
        for token in doc:
            if token.i in drugs:
                span = drugs[token.i]
                pieces.append(span.kb_id_ + span[-1].whitespace_)
                skip_until = span.end
            elif token.i >= skip_until:
                pieces.append(self._abbreviations.get(token.lower_, token.text) + token.whitespace_)
        return "".join(pieces)
