"""Prompt tuning: words to try, and a search among them."""
