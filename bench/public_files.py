"""Read the files of the public benchmarks, which stay where they are: nothing of them is part of this project.

CLINC150: Larson et al. 2019, "An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction" (EMNLP),
CC BY 3.0. BANKING77: Casanueva et al. 2020, "Efficient Intent Detection with Dual Sentence Encoders", CC BY 4.0.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Tuple

from oih_assistant.errors import EvaluationSetError

CLINC150 = "clinc150_full.json"
CLINC150_SPLITS = ("train", "val", "test", "oos_train", "oos_val", "oos_test")
BANKING77_TRAIN = "banking77_train.csv"
BANKING77_10SHOT = "banking77_train_10shot.csv"
BANKING77_TEST = "banking77_test.csv"
BANKING77_COLUMNS = ["text", "category"]


@dataclass(frozen=True)
class Queries:
    """Texts with their labels, in the order of the file."""

    texts: Tuple[str, ...]
    labels: Tuple[str, ...]

    def __add__(self, other: "Queries") -> "Queries":
        return Queries(self.texts + other.texts, self.labels + other.labels)

    def __len__(self) -> int:
        return len(self.texts)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise EvaluationSetError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EvaluationSetError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) and part.strip() for part in item)


def load_clinc150(path: Path) -> Dict[str, Queries]:
    """Read clinc150_full.json.

    Returns:
        The six splits by name.

    Raises:
        EvaluationSetError: when a split is missing or anything in it is not a [text, label] pair.
    """
    text = _read(path)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise EvaluationSetError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from error
    allowed = f"an object with the lists {', '.join(CLINC150_SPLITS)} is allowed"
    if not isinstance(value, dict):
        raise EvaluationSetError(f"{path}: a {type(value).__name__} found; {allowed}")
    splits: Dict[str, Queries] = {}
    for name in CLINC150_SPLITS:
        pairs = value.get(name)
        if not isinstance(pairs, list) or not pairs:
            raise EvaluationSetError(f"{path}: no list {name!r} found; {allowed}")
        for index, pair in enumerate(pairs):
            if not _is_pair(pair):
                raise EvaluationSetError(f"{path}: {name}[{index}] is {pair!r}; a pair [text, label] is allowed")
        splits[name] = Queries(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))
    return splits


def load_banking77(path: Path) -> Queries:
    """Read one of the files of BANKING77.

    Raises:
        EvaluationSetError: when the columns are not text and category, or a line lacks one of them.
    """
    lines = csv.reader(_read(path).splitlines(keepends=True))
    header = next(lines, None)
    if header != BANKING77_COLUMNS:
        raise EvaluationSetError(f"{path}:1: columns {header} found; {BANKING77_COLUMNS} is allowed")
    texts, labels = [], []
    for row in lines:
        if len(row) != 2 or not row[0].strip() or not row[1].strip():
            raise EvaluationSetError(f"{path}:{lines.line_num}: {row!r} found; a text and a category are allowed")
        texts.append(row[0])
        labels.append(row[1])
    if not texts:
        raise EvaluationSetError(f"{path}:2: no queries found; at least one is needed")
    return Queries(tuple(texts), tuple(labels))
