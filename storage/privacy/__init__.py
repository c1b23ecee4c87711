"""Letting go of what somebody asked to be forgotten or was kept long enough, and what leads to a person."""
