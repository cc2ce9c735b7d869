"""`make bench-nlu DATA=folder`: the components of the assistant on public benchmarks, beside published numbers.

The components and their numbers are those that are served: TF-IDF features, sentence encoder, TopicModel. Only the
vocabulary of medicines stays away, because these sets are about banks and everyday life. Nothing is tuned here.
Prints a table, and as the last line one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import scipy.sparse

from bench.public_files import (
    BANKING77_10SHOT,
    BANKING77_TEST,
    BANKING77_TRAIN,
    CLINC150,
    Queries,
    load_banking77,
    load_clinc150,
)
from oih_assistant.errors import AssistantError
from oih_assistant.evaluation.pipeline_config import component_config
from oih_assistant.nlu.encoder import DIMENSIONS, SentenceEncoder
from oih_assistant.nlu.topic_model import TopicModel, TopicModelConfig
from oih_assistant.training import progress

OUT_OF_SCOPE = "oos"

# In-scope accuracy / out-of-scope recall, in percent (Larson et al. 2019); accuracy (Casanueva et al. 2020).
PUBLISHED: Dict[str, Dict[str, Tuple[float, ...]]] = {
    "CLINC150, out of scope trained": {
        "SVM": (91.0, 14.5), "FastText": (89.0, 9.7), "CNN": (91.2, 18.9), "Dialogflow": (91.7, 14.0),
        "Rasa": (91.5, 45.3), "MLP on USE": (93.5, 47.4), "BERT": (96.9, 40.3),
    },
    "CLINC150, threshold": {"Rasa": (90.9, 31.2), "BERT": (96.2, 52.3)},
    "CLINC150, trained and threshold": {},
    "BANKING77, full": {"BERT tuned": (93.66,), "USE+ConveRT": (93.36,)},
    "BANKING77, 10 examples a class": {"USE+ConveRT": (85.19,), "USE": (84.23,), "ConveRT": (83.32,)},
}  # fmt: skip


class Encodings:
    """Vectors of texts, each text encoded once in the whole run, in batches, with progress."""

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self._known: Dict[str, np.ndarray] = {}

    def encode(self, texts: Sequence[str], batch: int = 2048) -> np.ndarray:
        """Vectors, (len(texts), 384)."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(missing), batch):
            part = missing[start : start + batch]
            self._known.update(zip(part, self._encoder.encode(part)))
            progress(f"encoded {start + len(part)} of {len(missing)} texts")
        return np.array([self._known[text] for text in texts], dtype=np.float32).reshape(len(texts), DIMENSIONS)


@dataclass(frozen=True)
class Prediction:
    """The likeliest label of each query and its confidence."""

    labels: np.ndarray
    confidences: np.ndarray

    def with_threshold(self, threshold: float) -> np.ndarray:
        """The labels, out of scope where the confidence is less than the threshold."""
        return np.where(self.confidences < threshold, OUT_OF_SCOPE, self.labels)


class Trained:
    """TF-IDF and TopicModel trained on queries, with the numbers of config.yml.

    Args:
        queries: to train on.
        encodings: shared by all runs.
        words: whether the TF-IDF features are used beside the encoder's.
    """

    def __init__(self, queries: Queries, encodings: Encodings, *, words: bool = True) -> None:
        from oih_assistant.nlu.intent_classifier import LinearIntentClassifier
        from oih_assistant.nlu.tfidf_featurizer import TfidfFeaturizer, fit_vectorizers

        numbers = component_config(LinearIntentClassifier)
        config = TopicModelConfig(**{item.name: numbers[item.name] for item in fields(TopicModelConfig)})
        dense = encodings.encode(queries.texts)
        started = time.monotonic()
        self.count = len(queries)
        self._encodings = encodings
        self._vectorizers = fit_vectorizers(queries.texts, component_config(TfidfFeaturizer)) if words else []
        self._model = TopicModel(config).fit(self._sparse(queries.texts), dense, queries.labels, progress)
        self.seconds = round(time.monotonic() - started, 1)

    def _sparse(self, texts: Sequence[str]) -> scipy.sparse.csr_matrix:
        from oih_assistant.nlu.tfidf_featurizer import sparse_features

        if not self._vectorizers:
            return scipy.sparse.csr_matrix((len(texts), 0), dtype=np.float32)
        return sparse_features(self._vectorizers, texts)

    def predict(self, texts: Sequence[str]) -> Prediction:
        """Understand texts."""
        confidences = self._model.probabilities(self._sparse(texts), self._encodings.encode(texts))
        return Prediction(np.array(self._model.labels)[confidences.argmax(axis=1)], confidences.max(axis=1))


def share(predicted: Any, wanted: Sequence[str]) -> float:
    """The share of labels that are right, in percent with two decimals."""
    return round(100 * float(np.mean(np.array(predicted) == np.array(wanted))), 2)


def choose_threshold(prediction: Prediction, wanted: Sequence[str]) -> float:
    """The threshold with which most labels are right, out of scope being one of them (Larson et al. 2019).

    Args:
        prediction: of validation queries, in scope and out of scope.
        wanted: their labels.
    """
    candidates = [round(0.01 * step, 2) for step in range(100)]
    return max(candidates, key=lambda threshold: share(prediction.with_threshold(threshold), wanted))


def measure_clinc150(splits: Dict[str, Queries], encodings: Encodings) -> Dict[str, Dict[str, Any]]:
    """The three ways of noticing what is out of scope: as an intent, by a threshold, by both."""
    test, validation = splits["test"], splits["val"] + splits["oos_val"]
    out_of_scope = splits["oos_test"]
    measured: Dict[str, Dict[str, Any]] = {}

    def note(name: str, model: Trained, threshold: float) -> None:
        inside = model.predict(test.texts).with_threshold(threshold)
        outside = model.predict(out_of_scope.texts).with_threshold(threshold)
        measured[name] = {
            "in_scope_accuracy": share(inside, test.labels),
            "out_of_scope_recall": share(outside, out_of_scope.labels),
            "threshold": threshold,
            "train_n": model.count,
            "train_seconds": model.seconds,
        }

    trained = Trained(splits["train"] + splits["oos_train"], encodings)
    note("CLINC150, out of scope trained", trained, 0.0)
    chosen = choose_threshold(trained.predict(validation.texts), validation.labels)
    note("CLINC150, trained and threshold", trained, chosen)
    untrained = Trained(splits["train"], encodings)
    chosen = choose_threshold(untrained.predict(validation.texts), validation.labels)
    note("CLINC150, threshold", untrained, chosen)
    return measured


def measure_banking77(train: Queries, test: Queries, encodings: Encodings) -> Dict[str, Any]:
    """Accuracy on the test queries, and what the encoder reaches without the TF-IDF features."""
    model, encoder_alone = Trained(train, encodings), Trained(train, encodings, words=False)
    return {
        "accuracy": share(model.predict(test.texts).labels, test.labels),
        "encoder_alone_accuracy": share(encoder_alone.predict(test.texts).labels, test.labels),
        "train_n": model.count,
        "train_seconds": model.seconds,
    }


def format_table(measured: Dict[str, Dict[str, Any]]) -> List[str]:
    """The measures beside the published ones, as lines for people."""
    lines: List[str] = []
    for name, published in PUBLISHED.items():
        if name not in measured:
            continue
        item = measured[name]
        ours = [item[key] for key in ("accuracy", "in_scope_accuracy", "out_of_scope_recall") if key in item]
        with_threshold = f", below {item['threshold']} out of scope" if item.get("threshold") else ""
        lines.append(f"{name} (trained on {item['train_n']} in {item['train_seconds']} s{with_threshold})")
        rows: List[Tuple[str, Sequence[float]]] = [("this project", ours)]
        if "encoder_alone_accuracy" in item:
            rows.append(("  its encoder alone", (item["encoder_alone_accuracy"],)))
        rows += list(published.items())
        lines += [f"  {who:<22}" + "".join(f"{value:>8.2f}" for value in values) for who, values in rows]
    return lines


def main() -> int:
    """Measure. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bench.public_sets", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with clinc150_full.json and the three banking77 files")
    folder = parser.parse_args().folder
    try:
        clinc150 = load_clinc150(folder / CLINC150)
        full, few = load_banking77(folder / BANKING77_TRAIN), load_banking77(folder / BANKING77_10SHOT)
        test = load_banking77(folder / BANKING77_TEST)
    except AssistantError as error:
        print(f"nothing was measured:\n{error}", file=sys.stderr)
        return 1
    from oih_assistant.rasa_library import import_rasa

    import_rasa()  # quietly; the featurizer is one of Rasa's components
    encodings = Encodings(SentenceEncoder())
    measured = {
        "BANKING77, 10 examples a class": measure_banking77(few, test, encodings),
        "BANKING77, full": measure_banking77(full, test, encodings),
        **measure_clinc150(clinc150, encodings),
    }
    print("\n".join(format_table(measured)))
    print(json.dumps(measured, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
