"""Repeated texts: which comments say the same, and who repeats them.

Groups are counted and labelled, never deleted. The wording is "copied posts" and "accounts that post the same text
together"; who posted them, and why, is unknown.
"""

from nlp.duplicates.bursts import COPY, DAY_MS, Bursts, CopiedGroup, copied_groups
from nlp.duplicates.exact import MIN_DISTINCT, MIN_WORDS, ExactGroups, exact_groups, long_enough
from nlp.duplicates.near import ALIKE, NearGroups, near_groups
from nlp.duplicates.sketch import FEWEST
from nlp.duplicates.together import APART_MS, TIMES, Together, posted_together

__all__ = [
    "ALIKE", "APART_MS", "COPY", "DAY_MS", "FEWEST", "MIN_DISTINCT", "MIN_WORDS", "TIMES",
    "Bursts", "CopiedGroup", "ExactGroups", "NearGroups", "Together",
    "copied_groups", "exact_groups", "long_enough", "near_groups", "posted_together",
]  # fmt: skip
