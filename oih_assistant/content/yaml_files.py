"""Read YAML so that every later complaint can name the line it is about.

Pydantic names a problem by its path (`patient.short.0.text`); people look for lines. So a file is
composed to nodes first (they carry lines), then turned into values, and both are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterable, Optional, Tuple, Union

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_BYTES = 5_000_000


@dataclass(frozen=True)
class YamlFile:
    """A parsed file.

    Args:
        path: where it stands.
        value: the parsed value, None when it could not be parsed.
        node: the YAML node tree, for lines.
        problems: `(line, message)` of what is wrong with the YAML itself.
    """

    path: Path
    value: Any
    node: Optional[yaml.Node]
    problems: Tuple[Tuple[int, str], ...] = ()

    def line_of(self, location: Iterable[Union[str, int]]) -> int:
        """The 1-based line of a path of keys and indexes; of its nearest existing parent if it is missing."""
        node, line = self.node, 1
        for step in location:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line


def _child(node: Optional[yaml.Node], step: Union[str, int]) -> Optional[Tuple[int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line + 1, node.value[step]
    return None


def _duplicate_keys(node: yaml.Node) -> Iterable[Tuple[int, str]]:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, f"key {key.value!r} stands twice; once is allowed"
            seen.add(key.value)
            yield from _duplicate_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicate_keys(item)


def read_yaml(path: Path) -> YamlFile:
    """Parse one file.

    Returns:
        The file; what is wrong with it stands in `problems`, nothing is raised.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        return YamlFile(path, None, None, ((1, f"cannot be read: {error.strerror}"),))
    if len(data) > MAX_BYTES:
        return YamlFile(path, None, None, ((1, f"has {len(data)} bytes; at most {MAX_BYTES} are allowed"),))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return YamlFile(path, None, None, ((line, "is not UTF-8 text"),))
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        value = loader.construct_document(node) if node is not None else None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        return YamlFile(path, None, None, ((mark.line + 1 if mark else 1, f"is not valid YAML: {what}"),))
    finally:
        loader.dispose()
    return YamlFile(path, value, node, tuple(_duplicate_keys(node)) if node is not None else ())
