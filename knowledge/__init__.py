"""What all sides share: passages, settings, text analysis, embeddings, the index on disk, and finding."""
