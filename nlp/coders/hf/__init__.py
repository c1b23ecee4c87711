"""The `hf:` coder: a sequence classifier or an NLI model in a folder, run by torch or by ONNX Runtime.

Importing this is light, and so is loading the coder: torch comes with the first comment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.coders.hf.options import HfOptions
from nlp.coders.options import read_options

if TYPE_CHECKING:
    from nlp.coders.hf.coder import HfCoder
    from nlp.coders.protocol import CoderSettings

Options = HfOptions


def load(what: str, settings: CoderSettings) -> HfCoder:
    """The coder that runs the model in a folder, or of a hub name that is on this machine.

    Raises:
        CoderOptionsError: an option cannot be used.
        nlp.coders.hf.folder.ModelFolderError: there is no such model, or not in a form that may be loaded.
        nlp.coders.hf.labels.ModelLabelsError: it is not known which label means which stance.
    """
    from nlp.coders.hf.coder import HfCoder
    from nlp.coders.hf.hub import find_model

    options = read_options(Options, settings.options)
    model = find_model(what, settings.folder, options)
    return HfCoder(f"hf:{what}", model, options, settings.memory)
