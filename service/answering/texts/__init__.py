"""What any text says, of a customer, a passage or a model: its terms, days and steps, and marks within it."""
