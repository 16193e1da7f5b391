"""Who does the work: children that read, the worker of the queue, and workers that help each other."""
