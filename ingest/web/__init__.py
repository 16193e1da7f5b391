"""Fetches pages from the web, without being led astray."""
