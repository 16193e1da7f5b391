"""Answers without a model: the words of passages, and before them how they are to be taken."""
