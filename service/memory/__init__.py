"""What Redis holds: sessions, feedback, handoffs, and requests that were answered before."""
