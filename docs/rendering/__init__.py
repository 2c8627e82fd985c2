"""One module per generated page: what it is made from comes in by import, Markdown goes out."""
