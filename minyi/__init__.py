"""minyi (民意): what people say about a change, in a report that can be checked number by number.

`minyi.load("my-study")` gives a study's comments, with their stances, as a pandas DataFrame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.rooms import check_rooms

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["__version__", "load"]

check_rooms()


def load(study: str | Path) -> pd.DataFrame:
    """A study's comments as a DataFrame, one row each, with the stance its coder gave them.

    Args:
        study: the study's folder, or its `study.toml`.

    Returns:
        The columns of the data dictionary that `minyi export` writes; `published_at` as UTC timestamps.

    Raises:
        storage.errors.MinyiError: the study file is wrong or the database cannot be read.
    """
    from minyi.exports import load_comments

    return load_comments(study)


def __getattr__(name: str) -> str:
    """`__version__` is read from the installed distribution when asked for: pyproject.toml states it once."""
    if name == "__version__":
        from importlib.metadata import version

        return version("minyi")
    raise AttributeError(name)
