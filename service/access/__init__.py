"""Who may ask, how often and for how much: keys, tokens, limits and budgets."""
