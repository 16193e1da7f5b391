"""What a desk's labelled questions teach the search."""
