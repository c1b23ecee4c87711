"""What leads to a person wherever it stands in a text: mail addresses and @names.

A report masks them in what it quotes, a language model is not sent them. What else each of the two takes out is its
own: a report must keep amounts readable, where a model loses nothing by any long number.
"""

from __future__ import annotations

MAIL = r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
"""A mail address, with either form of the sign. To be tried before NAME, which would take its second half."""

NAME = r"[@＠][\w·-]{1,30}\d*"
"""An account by its @name, whatever stands before it: posts glue names to words. The dot is that of foreign names."""
