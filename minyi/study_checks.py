"""Checks across the study file that no single key can fail alone."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from minyi.own_words import OWN_WORDS, OWN_WORDS_REMEDY, read_own_words
from minyi.study_problems import Problem, key_name, line_of, nearest, problems_of, unknown_key
from minyi.walled import BRING_FILES, walled_addresses, walled_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.study_problems import Location
    from minyi.study_shape import SourceEntry, StudyFile
    from storage.nouns import Study

UNREACHED = 0.85  # by any coder of minyi's own, on either measure
_PASSWORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]*@")
UNTOUCHED = "谁对谁做了什么（一句话）"  # what `minyi init` writes


def cross_check(parsed: StudyFile, text: str, folder: Path, *, to_collect: bool = True) -> list[Problem]:
    """Everything that contradicts itself, or is allowed but probably not meant, in order of line.

    Without `to_collect`, a kind that no collector reads (any more) is a warning: what it brought is still there.
    """
    problems = [
        *_sources(parsed, text, folder, to_collect=to_collect),
        *_gaps(parsed, text),
        *_events(parsed, text),
        *_words(parsed, text),
        *_coder(parsed, text),
        *_paragraph(parsed, text),
        *_own_words(folder),
        *_storage(parsed, text),
        *_contact(parsed, text),
        *_publish(parsed, text),
    ]
    return sorted(problems, key=lambda problem: problem.line or 0)


def _at(text: str, location: Location, message: str, remedy: str = "", *, warning: bool = False) -> Problem:
    level = "warning" if warning else "error"
    return Problem(key_name(location), line_of(text, location), message, remedy, level)  # type: ignore[arg-type]


def _sources(parsed: StudyFile, text: str, folder: Path, *, to_collect: bool) -> Iterator[Problem]:
    from scrapers.columns import MEANINGS
    from scrapers.errors import CollectorFault
    from scrapers.sites import kinds, options_model

    known = list(kinds())
    names = Counter(source.name for source in parsed.sources)
    for index, source in enumerate(parsed.sources):
        here: Location = ("sources", index)
        if names[source.name] > 1:
            yield _at(text, (*here, "name"), f'"{source.name}" names more than one source', "give each its own name")
        if secret := next((key for key, value in source.options.items() if _holds_password(value)), None):
            remedy = "take it out: what a source is asked for is kept with the study"
            yield _at(text, (*here, secret), "an address holds a user name or password", remedy)
            continue
        if source.kind not in known:
            yield _at(text, (*here, "kind"), *_no_collector(source.kind, known), warning=not to_collect)
            continue
        try:
            model = options_model(source.kind)
            model.model_validate(source.options)
        except CollectorFault as error:  # another package's collector: the other sources can do without it
            yield _at(text, (*here, "kind"), error.what, error.remedy, warning=True)
            continue
        except ValidationError as error:
            yield from problems_of(error, text, model, here)
            continue
        yield from _places(source, text, here, folder, to_collect=to_collect)
        yield from _walled(source, text, here)
        yield from _key(source, text, here)
        for meaning in source.options.get("columns", {}):
            if meaning not in MEANINGS:
                message, remedy = unknown_key(meaning, MEANINGS)
                yield _at(text, (*here, "columns"), f'"{meaning}": {message}', remedy)


def _holds_password(value: object) -> bool:
    """Whether an option, or anything inside it, is an address with something before an @."""
    if isinstance(value, str):
        return _PASSWORD.match(value.strip()) is not None
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_password, inner))


def _no_collector(kind: str, known: list[str]) -> tuple[str, str]:
    """What is wrong with a kind that there is not, and what to do."""
    if platform := walled_kind(kind):
        return f'"{kind}" is no collector: {platform} is behind a login, and is not scraped', BRING_FILES
    guess = nearest(kind, known)
    hint = f'did you mean "{guess}"? ' if guess else ""
    return f'"{kind}" is no collector', f"{hint}known: {', '.join(known)}"


def _walled(source: SourceEntry, text: str, here: Location) -> Iterator[Problem]:
    """An address that shows a visitor nothing."""
    for key, platform in walled_addresses(source.options):
        message = f"{platform} shows little or nothing without a login"
        yield _at(text, (*here, key), message, BRING_FILES, warning=True)


def _places(source: SourceEntry, text: str, here: Location, folder: Path, *, to_collect: bool) -> Iterator[Problem]:
    """Files must lie in the study's folder; one that does not is not read, but what it once gave can be."""
    from scrapers.local import within

    path = source.options.get("path")
    if isinstance(path, str) and not within(folder, Path(path)):
        message = f'"{path}" leads out of the study\'s folder'
        yield _at(text, (*here, "path"), message, "copy the file into it", warning=not to_collect)
    elif isinstance(path, str) and not (folder / path).exists():
        yield _at(text, (*here, "path"), f'"{path}" does not exist yet', f"looked in {folder}", warning=True)


def _key(source: SourceEntry, text: str, here: Location) -> Iterator[Problem]:
    """A source that needs a key which is not set fails; whether it is set differs from machine to machine."""
    from scrapers.sites import collector

    key = collector(source.kind).key
    if key is not None and key.required and not os.environ.get(key.variable):
        message = f"it needs your own key in {key.variable}, which is not set here"
        yield _at(text, (*here, "kind"), message, key.get_one, warning=True)


def _contact(parsed: StudyFile, text: str) -> Iterator[Problem]:
    """Whoever collects from others should say who they are."""
    if any("path" not in source.options for source in parsed.sources) and not parsed.fetch.contact:
        remedy = 'add [fetch] with contact = "mailto:you@example.org", or an address of yours'
        yield _at(text, ("fetch",), "sites cannot tell whom to ask", remedy, warning=True)


def _publish(parsed: StudyFile, text: str) -> Iterator[Problem]:
    """A floor that no coder reaches holds every report."""
    if parsed.publish and parsed.publish.floor > UNREACHED:
        message = f"a floor of {parsed.publish.floor} is more than coders reach on labels they did not see"
        yield _at(text, ("publish", "floor"), message, "0.45 to 0.65 is what can be asked for", warning=True)


def _gaps(parsed: StudyFile, text: str) -> Iterator[Problem]:
    names = [source.name for source in parsed.sources]
    for index, gap in enumerate(parsed.gaps):
        if gap.source is not None and gap.source not in names:
            remedy = f"write one of: {', '.join(names)}; or leave it out for all of them"
            yield _at(text, ("gaps", index, "source"), f'"{gap.source}" is no source of this study', remedy)


def _events(parsed: StudyFile, text: str) -> Iterator[Problem]:
    start, end = parsed.study.start, parsed.study.end
    for index, event in enumerate(parsed.events):
        if (start and event.date < start) or (end and event.date > end):
            message = f"{event.date} lies outside the study's window"
            yield _at(text, ("events", index, "date"), message, "it will not be on the timeline", warning=True)
    if not parsed.events:
        yield _at(text, ("events",), "no policy timeline", "add [[events]] to set reaction beside it", warning=True)


def _words(parsed: StudyFile, text: str) -> Iterator[Problem]:
    words = parsed.change.words
    if not (words.zh or words.en or parsed.change.aliases):
        remedy = 'add words = { zh = ["…"], en = ["…"] }: what people call the change'
        yield _at(text, ("change",), "no target words", remedy, warning=True)
    if parsed.change.statement.zh == UNTOUCHED:
        yield _at(text, ("change", "statement"), "still the template's", "say who did what to whom", warning=True)
    for language in parsed.study.languages:
        if not getattr(parsed.change.name, language):
            message = f"a report is asked for in {language}, but the name has no {language} wording"
            yield _at(text, ("change", "name"), message, "the other language's wording will be used", warning=True)


def _storage(parsed: StudyFile, text: str) -> Iterator[Problem]:
    url = parsed.storage.url
    if url and not url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://", "postgres://")):
        remedy = 'write "postgresql://user@host/database" or "sqlite:///file"'
        yield _at(text, ("storage", "url"), "no database that minyi knows", remedy)


def _coder(parsed: StudyFile, text: str) -> Iterator[Problem]:
    from nlp.coders import UnknownCoderError, coder_names, options_model

    try:
        model = options_model(parsed.study.coder)
    except UnknownCoderError:
        known = sorted(coder_names())
        guess = nearest(parsed.study.coder, known)
        hint = f'did you mean "{guess}"? ' if guess else ""
        message = f'"{parsed.study.coder}" is no coder'
        yield _at(text, ("study", "coder"), message, f"{hint}known: {', '.join(known)}")
        return
    try:
        model.model_validate(parsed.coder)
    except ValidationError as error:
        yield from problems_of(error, text, model, ("coder",))


def _paragraph(parsed: StudyFile, text: str) -> Iterator[Problem]:
    if parsed.paragraph is None:
        return
    from nlp.paragraph import ParagraphOptions

    try:
        ParagraphOptions.model_validate(parsed.paragraph)
    except ValidationError as error:
        yield from problems_of(error, text, ParagraphOptions, ("paragraph",))


def coder_not_ready(study: Study, text: str, folder: Path) -> Problem | None:
    """What the study's coder lacks that may still come: labels, a model, a key. No model is run to find out."""
    from nlp.coders import get_coder
    from nlp.coders.protocol import CoderSettings
    from storage.errors import MinyiError

    try:
        get_coder(study.coder, CoderSettings(study.coder_options, folder))
    except MinyiError as error:
        where = f"{error.where}: " if error.where else ""
        message = f'"{study.coder}" cannot be used yet: {where}{error.what.rstrip(".")}'
        return _at(text, ("study", "coder"), message, error.remedy, warning=True)
    return None


def _own_words(folder: Path) -> Iterator[Problem]:
    """A report would stop at words that cannot be read."""
    try:
        read_own_words(folder)
    except (OSError, UnicodeDecodeError):
        yield Problem(OWN_WORDS, None, "the study's words cannot be read", OWN_WORDS_REMEDY, "warning")
