"""`madoguchi tune`: data sets, training, and which method answers best."""
