"""Support conversations, wherever they were kept: in tables, help desks or mailboxes; and who said what to whom."""
