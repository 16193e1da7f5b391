"""What stands on the slides of a presentation, and in which order it is read."""
