"""The words of Japanese and English: terms, spellings, sentences, and which language a text is in."""
