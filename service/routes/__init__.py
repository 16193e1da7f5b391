"""One file per group of routes; each translates HTTP and nothing more."""
