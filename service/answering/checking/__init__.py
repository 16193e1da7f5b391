"""What a model wrote, sifted while it comes: its thoughts and marks, its citations, and what the passages support."""
