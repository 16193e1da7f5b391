"""What rows and columns say: which names head them, what they hold, and tables that stand within a document."""
