"""From what a reader found to the passages of a document: cut to length, and drafted for the index."""
