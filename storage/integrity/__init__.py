"""Whether what is stored is what was written, and how a database stands."""
