"""Which files there are, and what their bytes hold: archives opened with care, and text in any encoding."""
