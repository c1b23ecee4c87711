"""Asking a language model to connect statements of a report: it is given wordings, and no figure and no comment."""

from __future__ import annotations

import asyncio
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from nlp.coders.llm.options import Budget, LlmOptions
from nlp.coders.options import read_options

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping
    from pathlib import Path

    from nlp.coders.protocol import Memory

PROMPT = "1"
"""The version of the prompt, in the name of its file. A prompt that was used is not edited: it gets a successor."""


class ParagraphOptions(LlmOptions):
    """What `[paragraph]` of a study file may say: the model, and the options of the `llm:` coder."""

    model: str
    """The name by which the server knows the model."""
    budget: Budget = Budget(requests=10)
    batch: Literal[1] = 1
    concurrency: Literal[1] = 1
    response_format: Literal["none"] = "none"
    answer_tokens: int = 600


def written(given: Mapping[str, Any], options: Mapping[str, Any], memory: Memory, folder: Path | None = None) -> str:
    """What the model writes; empty where it gives no answer. A kept answer is not asked for again.

    Args:
        given: what the model is told, as JSON: claims by id and wording, parts, quotes' ids, allowed words.
        options: of `[paragraph]`.
        memory: where answers are kept between runs.
        folder: where a relative `ca_file` starts.

    Raises:
        CoderOptionsError: an option cannot be used.
        UsageError: the key or the certificate authorities cannot be used.
    """
    read = read_options(ParagraphOptions, options)
    told = [
        {"role": "system", "content": _prompt()},
        {"role": "user", "content": json.dumps(given, ensure_ascii=False, sort_keys=True)},
    ]
    key = _key(read, told)
    kept = memory.recall([key]).get(key)
    if kept is not None:
        return kept.decode("utf-8", "replace")
    answer = _finished(_asked(read, told, folder))
    if answer:
        memory.remember({key: answer.encode("utf-8", "replace")})
    return answer


def _key(options: ParagraphOptions, told: list[dict[str, str]]) -> bytes:
    """Of all that bears on an answer; not the endpoint, for one model is one model on any machine."""
    bearing = [options.model, options.fingerprint, options.seed, options.answer_tokens, sorted(options.omit)]
    said = json.dumps(["paragraph", bearing, options.extra, told], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode(errors="surrogatepass")).digest()


async def _asked(options: ParagraphOptions, told: list[dict[str, str]], folder: Path | None) -> str:
    from nlp.coders.llm.purse import Purse
    from nlp.coders.llm.wire import Endpoint, read_key

    key = read_key(options.key_variable, required="key_variable" in options.model_fields_set)
    endpoint = Endpoint(options.model, options, key, Purse(options.budget), folder)
    async with endpoint.client() as client:
        content, why = await endpoint.ask(client, told, 1)
    return "" if why else content.strip()


def _finished(asking: Coroutine[Any, Any, str]) -> str:
    """Run to the end; beside a loop that runs already, as in a notebook, in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(asking)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asking).result()


@cache
def _prompt() -> str:
    return (files("nlp") / "model" / "prompts" / f"paragraph-{PROMPT}.txt").read_text(encoding="utf-8")
