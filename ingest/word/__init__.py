"""What Word documents hold: the looks of their text, lists, notes, and what their readers do not see."""
