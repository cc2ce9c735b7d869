"""The curated content: its types, its loader, its checks."""
