"""Reading web pages: their text, title, date and links, and fragments of HTML."""
