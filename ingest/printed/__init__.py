"""What printed pages hold, in PDFs and pictures: lines, columns, tables and headings, and typesetting undone."""
