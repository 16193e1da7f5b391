"""Judging and improving: metrics, evaluation, data sets, prompts, fine-tuning, and the comparison of methods."""
