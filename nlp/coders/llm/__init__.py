"""The `llm:` coder: any OpenAI-compatible endpoint that a study names, asked within a stated budget.

Importing this is light: connections are a matter of `nlp.coders.llm.wire`, loaded with the coder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.coders.llm.options import LlmOptions
from nlp.coders.options import read_options

if TYPE_CHECKING:
    from nlp.coders.llm.coder import LlmCoder
    from nlp.coders.protocol import CoderSettings

Options = LlmOptions


def load(what: str, settings: CoderSettings) -> LlmCoder:
    """The coder that asks for the model `what`.

    Raises:
        CoderOptionsError: no endpoint or no budget is stated, or another option cannot be used.
        UsageError: the key or the certificate authorities cannot be used.
    """
    from nlp.coders.llm.coder import LlmCoder

    return LlmCoder(what, read_options(Options, settings.options), settings.memory, settings.folder)
