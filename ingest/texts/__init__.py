"""What any text is made of, whatever it is read from: lines, headings, questions with answers, sections."""
