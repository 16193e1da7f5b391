"""What is on disk: passages, their words and vectors, generations, and the commit that makes the next one."""
