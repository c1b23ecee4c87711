"""Charts as plain SVG: no chart library, no script, every one with a title, a description and a table beside it."""
