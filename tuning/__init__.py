"""Judging and improving: metrics and evaluation today; data sets, prompts and fine-tuning later."""
