"""From a question to its answer: free of HTTP and Redis."""
