"""Colours: fills told apart by colour-blind readers, inks with at least 4.5 : 1 on white."""

from __future__ import annotations

from storage.nouns import Stance

FILL = {
    Stance.CONCERN: "#D95F02",
    Stance.SUPPORT: "#12436D",
    Stance.SUGGESTION: "#1F9A8E",
    Stance.NEUTRAL: "#C3C8CD",
}
INK = {
    Stance.CONCERN: "#A84600",
    Stance.SUPPORT: "#12436D",
    Stance.SUGGESTION: "#0E6B62",
    Stance.NEUTRAL: "#575757",
}
TINT = {
    Stance.CONCERN: "#F3BE94",
    Stance.SUPPORT: "#9DB4C8",
    Stance.SUGGESTION: "#9BD3CC",
    Stance.NEUTRAL: "#C3C8CD",
}
"""Bands of intervals: at least 3 : 1 to the ink that marks the estimate."""
ON_FILL = {
    Stance.CONCERN: "#000000",
    Stance.SUPPORT: "#FFFFFF",
    Stance.SUGGESTION: "#000000",
    Stance.NEUTRAL: "#20262C",
}
"""Text printed on a fill, at least 4.5 : 1."""

BLACK = "#20262C"
GREY = "#59626B"
OUTLINE = "#6B7178"
RULE = "#E4E7EA"
SAND = "#F6F1DF"
SAND_LINE = "#C9B77A"
SAND_INK = "#6B5A12"
"""Gaps: sand with oblique lines."""
