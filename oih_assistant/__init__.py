"""A curated assistant on opioid-induced hyperalgesia: finds the topic of a question and shows a reviewed text."""

__version__ = "0.1.0"
