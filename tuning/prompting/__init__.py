"""Prompt tuning: words to try, a search among them, and the versions that are kept."""
