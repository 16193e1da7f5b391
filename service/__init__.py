"""The chat service: answering, models, sessions, routes, streaming."""
