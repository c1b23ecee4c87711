"""The options of a coder: a closed model, its mistakes said by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class CoderOptions(BaseModel):
    """What a `[coder]` table may say; each kind of coder names its own keys. This one takes none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Options = TypeVar("_Options", bound=CoderOptions)


class CoderOptionsError(UsageError):
    """The options given to a coder cannot be used."""


def read_options(model: type[_Options], options: Mapping[str, Any]) -> _Options:
    """The options as a model.

    Raises:
        CoderOptionsError: a key is unknown, missing or has an unusable value; all of them are named.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        wrong = "; ".join(f"{_key(detail['loc'])}: {detail['msg']}" for detail in error.errors())
        known = ", ".join(model.model_fields) or "none"
        raise CoderOptionsError(f"{wrong}.", where="[coder]", remedy=f"Known keys: {known}.") from error


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)
