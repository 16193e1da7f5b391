"""What speaks HTTP around the routes: connections, what happens to every request, streams, and problems."""
