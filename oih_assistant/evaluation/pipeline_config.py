"""The numbers of a pipeline component as config.yml and the component's defaults give them.

The sweep of thresholds, the learning curve and the public benchmarks work with components outside Rasa; they must
work with the same numbers as the assistant that is served, so they read them from the same place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from oih_assistant.content.yaml_files import read_yaml
from oih_assistant.errors import ModelError
from oih_assistant.training import CONFIG


def component_config(component: Any, path: Path = CONFIG) -> Dict[str, Any]:
    """A component's numbers.

    Args:
        component: a class named in the pipeline, with Rasa's `get_default_config`.
        path: Rasa's config file.

    Raises:
        ModelError: when the file cannot be read or the pipeline does not name the component.
    """
    file = read_yaml(path)
    if file.problems:
        raise ModelError("\n".join(f"{path}:{line}: {message}" for line, message in file.problems))
    name = f"{component.__module__}.{component.__qualname__}"
    pipeline = file.value.get("pipeline") if isinstance(file.value, dict) else None
    named = [item for item in pipeline or () if isinstance(item, dict) and item.get("name") == name]
    if not named:
        raise ModelError(f"{path}: the pipeline does not name {name}")
    return {**component.get_default_config(), **{key: value for key, value in named[0].items() if key != "name"}}
