"""From a topic, an audience and a length to what a person reads."""
