"""What a customer says: courtesies, wishes, doubts, and questions that lean on what was said before."""
