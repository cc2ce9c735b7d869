"""Thin adapters over the conversation service."""
