"""The text door: every foreign string is cleaned once, the same way, before anything stores or shows it."""

from __future__ import annotations
