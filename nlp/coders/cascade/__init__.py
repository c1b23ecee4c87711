"""The `cascade:` coder: the embedded coder on everything, a heavy one on the comments that it is least sure of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, PositiveInt, create_model

from nlp.coders.options import CoderOptions, read_options
from nlp.coders.protocol import CoderSettings

if TYPE_CHECKING:
    from nlp.coders.cascade.coder import CascadeCoder

SHARE = 0.1
"""Of the distinct comments, how many the heavy coder is asked about where the study does not say."""


class CascadeOptions(CoderOptions):
    """Which comments the heavy coder is asked about. All bounds that are given hold; without any, a share of SHARE."""

    share: float | None = Field(None, gt=0, le=1)
    """Of the distinct comments, the least sure."""
    texts: PositiveInt | None = None
    """So many distinct comments in one run, the least sure."""
    margin: float | None = Field(None, gt=0, le=1)
    """Comments with a margin up to this: a rule for each comment by itself."""
    sample: int = Field(100, ge=0)
    """Distinct comments drawn at random, asked about beside the others to see how often both coders agree."""
    seed: int = 0
    """Of the random sample."""
    heavy: dict[str, Any] = Field({})
    """The options of the heavy coder: `[coder.heavy]`."""

    @property
    def share_asked(self) -> float:
        """The share that holds: all where only the other bounds are given."""
        if self.share is not None:
            return self.share
        return SHARE if self.texts is self.margin is None else 1.0


Options = CascadeOptions


def options_for(what: str) -> type[CascadeOptions]:
    """The options of a cascade with this heavy coder, its own among them.

    Raises:
        UnknownCoderError: `what` is no coder, or none that is heavier than the embedded one.
    """
    from nlp.coders import UnknownCoderError, known_kind, options_model

    if known_kind(what)[0] in {"embedded", "cascade"}:
        remedy = 'Name a coder that runs a model, as in "cascade:llm:qwen2.5".'
        raise UnknownCoderError(f'"{what}" is no heavier than the embedded coder.', where="coder", remedy=remedy)
    heavy: Any = (options_model(what), Field(default_factory=dict, validate_default=True))
    return create_model("CascadeOptions", __base__=CascadeOptions, heavy=heavy)


def load(what: str, settings: CoderSettings) -> CascadeCoder:
    """The embedded coder before the heavy coder `what`.

    Raises:
        CoderOptionsError: an option cannot be used.
        UnknownCoderError: `what` is no coder, or none that is heavier than the embedded one.
    """
    from nlp.coders import get_coder
    from nlp.coders.cascade.coder import CascadeCoder

    options = read_options(options_for(what), settings.options)
    heavy = CoderSettings(settings.options.get("heavy", {}), settings.folder, settings.memory)
    return CascadeCoder(get_coder(what, heavy), options, settings.memory)
