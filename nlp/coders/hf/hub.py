"""Models by name: a folder, or a hub name that is looked up on this machine.

Only `minyi models fetch`, which a person runs, downloads anything.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from nlp.coders.hf.extras import extra
from nlp.coders.hf.folder import TOKENIZER_FILES, ModelFolderError, open_folder

if TYPE_CHECKING:
    from nlp.coders.hf.folder import ModelFolder
    from nlp.coders.hf.options import HfOptions

PATTERNS = ("config.json", "model*.safetensors", "model.safetensors.index.json", *TOKENIZER_FILES)
"""What is downloaded: no pickles, no code."""
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def find_model(what: str, base: Path | None, options: HfOptions) -> ModelFolder:
    """The model of this name: a folder, or a hub name whose files are on this machine already.

    Args:
        what: a path, relative to the study's folder, or a hub name.
        base: the study's folder.
        options: say the revision and the runtime.

    Raises:
        ModelFolderError: there is none, or it may not be loaded.
    """
    path = (base or Path()) / Path(what).expanduser()
    if path.is_dir():
        return open_folder(path, options.runtime)
    if not _HUB_NAME.fullmatch(what):
        remedy = "Check the path: it counts from the study's folder." if base else "Check the path."
        raise ModelFolderError("There is no such model folder.", where=str(path), remedy=remedy)
    return open_folder(kept_copy(what, options.revision, path), options.runtime)


def kept_copy(name: str, revision: str, tried: Path) -> Path:
    """The folder in which an earlier download lies; nothing is downloaded.

    Args:
        name: the hub name.
        revision: branch, tag or commit; the main branch where empty.
        tried: the folder of this name that was looked for first.

    Raises:
        ModelFolderError: there is none.
    """
    hub = extra("huggingface_hub")
    # Not snapshot_download(local_files_only=True): it wants every file of the repository, code and pickles too.
    found = hub.try_to_load_from_cache(name, "config.json", revision=revision or None)
    if isinstance(found, str):
        return Path(found).parent
    at = f" --revision {revision}" if revision else ""
    what = f'"{name}" is neither a folder nor a model that was fetched to this machine.'
    remedy = f"Check the path, or fetch it once with: minyi models fetch {name}{at}"
    raise ModelFolderError(what, where=str(tried), remedy=remedy)


def fetch(name: str, revision: str = "") -> Path:
    """Download a model's configuration, tokenizer and safetensors to the hub's folder on this machine.

    Returns:
        The folder; its name is the commit, which a study may state as `revision`.

    Raises:
        ModelFolderError: the hub has no such model, or does not answer.
    """
    hub = extra("huggingface_hub")
    httpx_errors = extra("httpx").HTTPError
    try:
        return Path(hub.snapshot_download(name, revision=revision or None, allow_patterns=list(PATTERNS)))
    except (hub.errors.HfHubHTTPError, hub.errors.LocalEntryNotFoundError, httpx_errors) as error:
        what = f"The model cannot be fetched ({type(error).__name__})."
        remedy = "Check the name, the revision and the network; HF_ENDPOINT names another hub."
        raise ModelFolderError(what, where=name, remedy=remedy) from error
    except hub.errors.HFValidationError as error:
        remedy = 'Write it as "owner/name".'
        raise ModelFolderError("This is no hub name.", where=name, remedy=remedy) from error
