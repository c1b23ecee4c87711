"""Collecting: bytes in, articles and comments out."""
