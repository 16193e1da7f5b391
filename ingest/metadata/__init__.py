"""What a document says of itself: whom it is for, how long it holds, and when it was last updated."""
