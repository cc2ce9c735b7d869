"""Train the model when its inputs changed, and only then.

The inputs are the phrasings, Rasa's files, and the code that understands; an edited answer text needs no new
model, because answers are read when they are shown. The model's file name carries the digest of its inputs.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Iterable

from oih_assistant.content.models import Content
from oih_assistant.errors import ModelError
from oih_assistant.settings import ROOT, Settings

CONFIG = ROOT / "config.yml"
DOMAIN = ROOT / "domain.yml"
DATA = ROOT / "data"
RULES = DATA / "rules"

# Beside the phrasings, what a trained model depends on. The gate only reads its thresholds from config.yml.
CODE = (
    "oih_assistant/importer.py",
    "oih_assistant/nlu/encoder.py",
    "oih_assistant/nlu/encoder_featurizer.py",
    "oih_assistant/nlu/intent_classifier.py",
    "oih_assistant/nlu/text_normalizer.py",
    "oih_assistant/nlu/tfidf_featurizer.py",
    "oih_assistant/nlu/topic_model.py",
    "oih_assistant/nlu/vocabulary.py",
    "requirements/run.lock",
)


def _files(root: Path) -> Iterable[Path]:
    if root.is_file():
        return [root]
    return sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def training_digest(content: Content) -> str:
    """SHA-256 over everything that a model is made of."""
    digest = hashlib.sha256()
    phrasings = {name: list(topic.phrasings) for name, topic in content.topics.items()}
    digest.update(json.dumps([list(content.contract.ids), phrasings, content.vocabulary.dict()]).encode())
    for root in (CONFIG, DOMAIN, RULES, *(ROOT / name for name in CODE)):
        for path in _files(root):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT).as_posix()}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def model_path(content: Content, settings: Settings) -> Path:
    """Where the model for this content stands, whether or not it exists yet."""
    return Path(settings.model_dir) / f"oih-{training_digest(content)[:16]}.tar.gz"


def ensure_model(content: Content, settings: Settings) -> Path:
    """The model for this content, trained now if it does not exist.

    Raises:
        ModelError: when training ends without a model.
    """
    path = model_path(content, settings)
    if path.is_file():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = (path.parent / "training.lock").open("w")
    except OSError as error:
        raise ModelError(f"model_dir {path.parent}: cannot be written ({error.strerror}); set OIH_MODEL_DIR") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second process waits for the first one's model
        return path if path.is_file() else _train(content, path, settings)


def _train(content: Content, path: Path, settings: Settings) -> Path:
    count = sum(len(topic.phrasings) for topic in content.topics.values())
    progress(f"training the model on {count} phrasings of {len(content.topics)} topics (about two minutes)")
    started = time.monotonic()
    train_to(path, settings)
    progress(f"model trained in {time.monotonic() - started:.0f} s")
    for old in path.parent.glob("oih-*.tar.gz"):
        if old != path:
            old.unlink(missing_ok=True)
    return path


def train_to(path: Path, settings: Settings, *, config: Path = CONFIG) -> None:
    """Train, and move the finished archive to its place in one step, so that no half-written model is ever found."""
    os.environ.setdefault("RASA_CACHE_DIRECTORY", str(Path(settings.cache_dir) / "rasa"))
    from oih_assistant.rasa_library import import_rasa

    import_rasa()
    from rasa.model_training import train

    with contextlib.redirect_stdout(sys.stderr):  # standard output belongs to the conversation
        result = train(
            domain=str(DOMAIN),
            config=str(config),
            training_files=[str(DATA)],
            output=str(path.parent),
            fixed_model_name=f"unfinished-{os.getpid()}",
            force_training=True,
        )
    if result.code != 0 or not result.model:
        raise ModelError(f"training ended with code {result.code} and no model; see the messages above")
    Path(result.model).replace(path)


def progress(message: str) -> None:
    """Tell the person at the terminal what takes time; never mixed into standard output."""
    print(f"assistant: {message}", file=sys.stderr, flush=True)
