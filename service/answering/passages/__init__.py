"""Which of the passages found answer, and which of their rows; and when it is better to ask back."""
