"""Data sets for fine-tuning: made of what a company has, and read before money is spent on them."""
