"""The web application: a chat page, a JSON endpoint for messages, health and readiness."""
