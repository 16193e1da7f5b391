"""Takes personal data out before anything is stored."""
