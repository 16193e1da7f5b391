"""What a run keeps and tells: its journal, how far it is, what has gone, and its report."""
