"""The classifier itself, without Rasa: three simple views of a message, blended into calibrated confidences.

- margin: a linear support vector machine on TF-IDF and encoder features together (Fan et al. 2008, LIBLINEAR);
- meaning: a softmax regression on the encoder's numbers alone, stronger on wordings unlike any phrasing;
- neighbours: a similarity-weighted vote of the nearest phrasings, which also says *why* a topic was chosen.

Each is right where another is wrong, so their weighted mean beats the best of them on messages of real people.
The temperature that turns margins into confidences is fitted on held-out folds (Platt 1999; Guo et al. 2017).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

Progress = Callable[[str], None]


@dataclass(frozen=True)
class TopicModelConfig:
    """The numbers of the classifier.

    Args:
        encoder_weight: of the encoder's features beside the TF-IDF features in the support vector machine.
        margin_c: its inverse regularisation.
        meaning_c: inverse regularisation of the softmax regression.
        margin_share, meaning_share, neighbours_share: weights of the three views in the blend.
        neighbours: how many phrasings vote.
        neighbour_sharpness: how much nearer phrasings count more.
        folds: for fitting the temperature.
    """

    encoder_weight: float = 1.5
    margin_c: float = 0.3
    meaning_c: float = 30.0
    margin_share: float = 1.0
    meaning_share: float = 0.5
    neighbours_share: float = 0.5
    neighbours: int = 25
    neighbour_sharpness: float = 12.0
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
        self._meaning_weights = np.zeros((0, 0), dtype=np.float32)  # (dimensions, labels)
        self._meaning_bias = np.zeros(0, dtype=np.float32)
        self._neighbours = np.zeros((0, 0), dtype=np.float32)  # (phrasings, dimensions)
        self._neighbour_labels = np.zeros(0, dtype=np.int64)

    # --- training -------------------------------------------------------------------------------------------

    def fit(
        self, sparse: scipy.sparse.csr_matrix, dense: np.ndarray, labels: Sequence[str], progress: Optional[Progress] = None
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
        say("fitting the meanings")
        self._meaning_weights, self._meaning_bias = self._fit_meaning(dense, wanted)
        self._neighbours, self._neighbour_labels = dense.astype(np.float32), wanted
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

    def _fit_meaning(self, dense: np.ndarray, wanted: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        regression = LogisticRegression(C=self.config.meaning_c, max_iter=1000, tol=1e-3, random_state=0)
        regression.fit(dense, wanted)
        return self._full(regression, wanted)

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
        shares = self.config
        blended = shares.margin_share * self.margin(sparse, dense)
        blended = blended + shares.meaning_share * softmax(dense @ self._meaning_weights + self._meaning_bias)
        blended = blended + shares.neighbours_share * self._vote(dense)
        return np.asarray(blended / (shares.margin_share + shares.meaning_share + shares.neighbours_share))

    def margin(self, sparse: scipy.sparse.csr_matrix, dense: np.ndarray) -> np.ndarray:
        """Confidences of the support vector machine alone."""
        scores = self._margin_features(sparse, dense) @ self._margin_weights + self._margin_bias
        return softmax(scores * self.temperature)

    def nearest(self, vector: np.ndarray, count: int) -> List[Tuple[int, float]]:
        """The nearest phrasings to one vector: (index, cosine), nearest first."""
        similarities = self._neighbours @ vector
        best = np.argsort(-similarities)[:count]
        return [(int(index), float(similarities[index])) for index in best]

    def _vote(self, dense: np.ndarray) -> np.ndarray:
        votes = np.zeros((len(dense), len(self.labels)), dtype=np.float32)
        count = min(self.config.neighbours, len(self._neighbours))
        similarities = dense @ self._neighbours.T
        best = np.argpartition(-similarities, count - 1, axis=1)[:, :count]
        for row, columns in enumerate(best):
            near = similarities[row, columns]
            weights = np.exp((near - near.max()) * self.config.neighbour_sharpness)
            np.add.at(votes[row], self._neighbour_labels[columns], weights)
        return np.asarray(votes / votes.sum(axis=1, keepdims=True))

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
            meaning_weights=self._meaning_weights,
            meaning_bias=self._meaning_bias,
            neighbours=self._neighbours.astype(np.float16),
            neighbour_labels=self._neighbour_labels,
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
            model._meaning_weights = arrays["meaning_weights"]
            model._meaning_bias = arrays["meaning_bias"]
            model._neighbours = arrays["neighbours"].astype(np.float32)
            model._neighbour_labels = arrays["neighbour_labels"]
        return model
