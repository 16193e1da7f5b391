"""From files to a committed index: sources, readers, cutting, pipeline, command and worker."""
