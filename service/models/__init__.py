"""The language models that write answers: aliases, how each is asked, and who steps in when one fails."""
