"""Searches and whole answers judged on a company's own questions."""
