"""What a PDF's pages hold: lines, columns, tables and headings, and typesetting undone."""
