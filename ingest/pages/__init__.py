"""What a web page holds: its blocks, lists, tables and folds, without what stands around the text."""
