"""From text to token numbers, by the model's own tokenizer; what is too long loses its middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from nlp.coders.hf.extras import extra
from nlp.coders.hf.folder import ModelFolderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nlp.coders.hf.folder import ModelFolder

Row = tuple[str] | tuple[str, str]
"""What a model reads at once: a text, or two."""

_AT_ONCE = 1024
_HEAD = 4  # a quarter from the beginning, the rest from the end
_LEAST = 8  # tokens of a comment, below which nothing can be said of it


class Input(NamedTuple):
    """One row as the model reads it.

    Attributes:
        ids: int64, (tokens,).
        types: int64, (tokens,): 0 for the first text, 1 for the second.
        shortened: whether the comment was too long to be read whole.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    shortened: bool


class Tokenizer(NamedTuple):
    """A model's tokenizer.

    Attributes:
        backend: a tokenizers.Tokenizer.
        types: whether the model was trained with numbers that tell the two texts of a row apart. An export has an
            input for them or has none, so this is always true of it.
    """

    backend: Any
    types: bool


def load_tokenizer(folder: ModelFolder) -> Tokenizer:
    """The model's tokenizer. An export needs the library tokenizers alone, other folders transformers too.

    Raises:
        ModelFolderError: there is none, or none that can say where in the text a token stands.
        MissingExtraError: the library is not installed.
    """
    remedy = "Give the folder that save_pretrained or `minyi models export` wrote, whole."
    try:
        tokenizer = _of_export(folder) if folder.runtime == "onnx" else _of_transformers(folder)
    except ModelFolderError:
        raise
    except Exception as error:  # tokenizers raises Exception itself, and transformers whatever it met on its way
        what = f"The tokenizer cannot be loaded ({str(error).splitlines()[0] if str(error) else type(error).__name__})."
        raise ModelFolderError(what, where=str(folder.path), remedy=remedy) from error
    tokenizer.backend.no_truncation()
    tokenizer.backend.no_padding()
    return tokenizer


def _of_export(folder: ModelFolder) -> Tokenizer:
    path = folder.path / "tokenizer.json"
    if not path.is_file():
        remedy = "Write the export anew with `minyi models export`."
        raise ModelFolderError("The export has no tokenizer.json.", where=str(folder.path), remedy=remedy)
    return Tokenizer(extra("tokenizers").Tokenizer.from_file(str(path)), types=True)


def _of_transformers(folder: ModelFolder) -> Tokenizer:
    loader = extra("transformers").AutoTokenizer
    tokenizer = loader.from_pretrained(folder.path, local_files_only=True, trust_remote_code=False)
    if not tokenizer.is_fast:
        remedy = "Save it once with the library tokenizers as its backend, so that the folder has a tokenizer.json."
        raise ModelFolderError("The model's tokenizer has no fast form.", where=str(folder.path), remedy=remedy)
    # Without any of them transformers makes a tokenizer that knows no word, and the model reads nothing.
    names = {"tokenizer.json", *tokenizer.vocab_files_names.values()}
    if not any((folder.path / name).is_file() for name in names):
        what = f"The folder holds no tokenizer: none of {', '.join(sorted(names))}."
        raise ModelFolderError(what, where=str(folder.path), remedy="Save the model's tokenizer into the same folder.")
    return Tokenizer(tokenizer.backend_tokenizer, "token_type_ids" in tokenizer.model_input_names)


class Encoder:
    """Rows as token numbers.

    Args:
        tokenizer: the model's.
        limit: the most tokens of a row.
        comment_at: which text of a row is the comment: the one that is shortened.
    """

    def __init__(self, tokenizer: Tokenizer, limit: int, comment_at: int) -> None:
        self._tokenizer, self._limit, self._comment_at = tokenizer.backend, limit, comment_at

    def encode(self, rows: Sequence[Row]) -> list[Input]:
        """The rows in their order.

        Raises:
            ModelFolderError: the statement of the change leaves no room for a comment.
        """
        return [
            found for start in range(0, len(rows), _AT_ONCE) for found in self._part(rows[start : start + _AT_ONCE])
        ]

    def _part(self, rows: Sequence[Row]) -> Iterator[Input]:
        texts = [row[0] if len(row) == 1 else row for row in rows]
        for row, encoding in zip(rows, self._tokenizer.encode_batch(texts), strict=True):
            shortened = len(encoding.ids) > self._limit
            encoding = self._short(row, encoding) if shortened else encoding  # noqa: PLW2901
            yield Input(np.array(encoding.ids, np.int64), np.array(encoding.type_ids, np.int64), shortened)

    def _short(self, row: Row, encoding: Any) -> Any:  # noqa: ANN401
        """The row with the middle of its comment left out.

        Beginning and end say most: Sun et al. 2019, How to Fine-Tune BERT for Text Classification, keep a quarter from
        the beginning and three quarters from the end.
        """
        comment, slack = row[self._comment_at], 0
        while len(encoding.ids) > self._limit:
            places = [
                span
                for span, part in zip(encoding.offsets, encoding.sequence_ids, strict=True)
                if part == self._comment_at
            ]
            slack += 1  # cut apart, the text may have more tokens than before
            keep = len(places) - (len(encoding.ids) - self._limit) - slack
            if keep < _LEAST:
                remedy = "Shorten the statement of the change or the hypotheses, or use a model that reads more."
                what = f"The statement of the change leaves no room for a comment in {self._limit} tokens."
                raise ModelFolderError(what, where="[change] statement", remedy=remedy)
            head = keep // _HEAD
            comment = comment[: places[head - 1][1]] + " " + comment[places[len(places) - keep + head][0] :]
            parts = [comment if at == self._comment_at else text for at, text in enumerate(row)]
            encoding = self._tokenizer.encode(*parts)
        return encoding
