"""Text into vectors: by the built-in encoders, or by a server that is asked."""
