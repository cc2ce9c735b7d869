"""The classifier itself, without Rasa: a linear support vector machine with calibrated confidences.

It works on TF-IDF and sentence encoder features together (Fan et al. 2008, LIBLINEAR). A temperature, fitted on
held-out folds, turns margins into confidences (Platt 1999; Guo et al. 2017). The phrasings nearest in meaning
are kept beside it, to show people *why* a topic was chosen; blending their vote or a softmax regression into
the confidences was tried and gained nothing once there were a hundred phrasings a topic
(docs/decisions/0004-classifier.md).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import scipy.sparse
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

Progress = Callable[[str], None]


@dataclass(frozen=True)
class TopicModelConfig:
    """The numbers of the classifier.

    Args:
        encoder_weight: of the encoder's features beside the TF-IDF features.
        margin_c: inverse regularisation of the support vector machine.
        folds: for fitting the temperature.
    """

    encoder_weight: float = 1.5
    margin_c: float = 0.7
    folds: int = 3


def softmax(scores: np.ndarray) -> np.ndarray:
    """Row-wise softmax of an (n, k) array."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    exponents = np.exp(shifted)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


class TopicModel:
    """Chooses among labels.

    Args:
        config: its numbers.
    """

    def __init__(self, config: TopicModelConfig) -> None:
        self.config = config
        self.labels: List[str] = []
        self.temperature = 4.0
        self._margin_weights = np.zeros((0, 0), dtype=np.float32)  # (features, labels)
        self._margin_bias = np.zeros(0, dtype=np.float32)
        self._neighbours = np.zeros((0, 0), dtype=np.float32)  # (phrasings, dimensions)

    # --- training -------------------------------------------------------------------------------------------

    def fit(
        self,
        sparse: scipy.sparse.csr_matrix,
        dense: np.ndarray,
        labels: Sequence[str],
        progress: Optional[Progress] = None,
    ) -> "TopicModel":
        """Train on phrasings.

        Args:
            sparse: (n, features) TF-IDF features.
            dense: (n, 384) unit vectors.
            labels: n labels.
            progress: told what is being done.
        """
        say = progress or (lambda _message: None)
        self.labels = sorted(set(labels))
        wanted = np.array([self.labels.index(label) for label in labels])
        say("fitting the temperature on held-out folds")
        self.temperature = self._fit_temperature(sparse, dense, wanted)
        say("fitting the margins")
        self._margin_weights, self._margin_bias = self._fit_margin(sparse, dense, wanted)
        self._neighbours = dense.astype(np.float32)
        return self

    def _margin_features(self, sparse: scipy.sparse.csr_matrix, dense: np.ndarray) -> scipy.sparse.csr_matrix:
        weighted = scipy.sparse.csr_matrix(dense * self.config.encoder_weight)
        return scipy.sparse.hstack([sparse, weighted]).tocsr()

    def _fit_margin(
        self, sparse: scipy.sparse.csr_matrix, dense: np.ndarray, wanted: np.ndarray
    ) -> Tuple[np.ndarray, np.ndarray]:
        machine = LinearSVC(C=self.config.margin_c, random_state=0)
        machine.fit(self._margin_features(sparse, dense), wanted)
        return self._full(machine, wanted)

    def _full(self, linear: Any, wanted: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Weights with a column for each label; scikit-learn keeps one column for two labels."""
        weights, bias = linear.coef_, linear.intercept_
        if len(linear.classes_) == 2 and weights.shape[0] == 1:
            weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
        full = np.zeros((weights.shape[1], len(self.labels)), dtype=np.float32)
        full_bias = np.full(len(self.labels), -3.0, dtype=np.float32)
        full[:, linear.classes_] = weights.T
        full_bias[linear.classes_] = bias
        return np.ascontiguousarray(full), full_bias

    def _fit_temperature(self, sparse: scipy.sparse.csr_matrix, dense: np.ndarray, wanted: np.ndarray) -> float:
        fewest = int(np.bincount(wanted).min())
        folds = min(self.config.folds, fewest)
        if folds < 2:
            return self.temperature
        scores = np.zeros((len(wanted), len(self.labels)), dtype=np.float32)
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=0).split(dense, wanted):
            weights, bias = self._fit_margin(sparse[train], dense[train], wanted[train])
            scores[test] = self._margin_features(sparse[test], dense[test]) @ weights + bias
        rows = np.arange(len(wanted))
        candidates = np.arange(1.0, 12.01, 0.25)
        losses = [-np.log(softmax(scores * value)[rows, wanted] + 1e-12).mean() for value in candidates]
        return float(candidates[int(np.argmin(losses))])

    # --- use ------------------------------------------------------------------------------------------------

    def probabilities(self, sparse: scipy.sparse.csr_matrix, dense: np.ndarray) -> np.ndarray:
        """Confidences of all labels: an (n, labels) array whose rows sum to 1."""
        split = sparse.shape[1]
        scores = dense @ (self._margin_weights[split:] * self.config.encoder_weight) + self._margin_bias
        # Picking the few rows that a message uses is a hundred times faster than scipy's product, which copies
        # all weights to another type first.
        sparse = sparse.tocsr()
        for row in range(sparse.shape[0]):
            used = slice(sparse.indptr[row], sparse.indptr[row + 1])
            scores[row] += sparse.data[used].astype(np.float32) @ self._margin_weights[sparse.indices[used]]
        return softmax(scores * self.temperature)

    def nearest(self, vector: np.ndarray, count: int) -> List[Tuple[int, float]]:
        """The nearest phrasings to one vector: (index, cosine), nearest first."""
        similarities = self._neighbours @ vector
        best = np.argpartition(-similarities, min(count, len(similarities) - 1))[:count]
        best = best[np.argsort(-similarities[best])]
        return [(int(index), float(similarities[index])) for index in best]

    # --- on disk --------------------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write the model as plain arrays and JSON; nothing on disk can run code."""
        (folder / "model.json").write_text(
            json.dumps({"config": asdict(self.config), "labels": self.labels, "temperature": self.temperature})
        )
        np.savez(
            folder / "model.npz",
            margin_weights=self._margin_weights.astype(np.float16),
            margin_bias=self._margin_bias,
            neighbours=self._neighbours.astype(np.float16),
        )

    @classmethod
    def load(cls, folder: Path) -> "TopicModel":
        """Read what `save` wrote."""
        described: Dict[str, Any] = json.loads((folder / "model.json").read_text())
        model = cls(TopicModelConfig(**described["config"]))
        model.labels = described["labels"]
        model.temperature = described["temperature"]
        with np.load(folder / "model.npz", allow_pickle=False) as arrays:
            model._margin_weights = arrays["margin_weights"].astype(np.float32)
            model._margin_bias = arrays["margin_bias"]
            model._neighbours = arrays["neighbours"].astype(np.float32)
        return model
