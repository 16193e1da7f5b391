"""The command line that joins the rooms."""
