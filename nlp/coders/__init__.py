"""Stance coders: classifiers with a name and a version."""
