"""From a question to the passages that answer it best, and how sure that is."""
