"""`make train`: train the model if its inputs changed."""

from __future__ import annotations

import sys

from oih_assistant.content.loader import cached_content
from oih_assistant.errors import AssistantError
from oih_assistant.rasa_library import load_agent
from oih_assistant.settings import load_settings
from oih_assistant.training import ensure_model


def main() -> int:
    """Train, load, compare with the contract. Returns the exit status."""
    try:
        content = cached_content()
        path = ensure_model(content, load_settings(regions=content.regions))
        load_agent(path, content)
    except AssistantError as error:
        print(f"no model was trained:\n{error}", file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
