"""What a model is told: the rules, the passages as data between marks, and no more of other customers than it takes."""
