"""The nouns, and the one place that remembers."""
