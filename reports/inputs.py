"""What the reports room is given: a study, its comments, and what the rooms before it found out about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence  # noqa: TC003  read by the dataclasses' annotations
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  as above
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from reports.coverage_inputs import Lapse, SourceCoverage  # noqa: TC001  as above
from storage.nouns import Stance, Study, Wording

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from reports.agreement import Agreement

COMMENT_COLUMNS: tuple[str, ...] = (
    "id", "source", "platform", "kind", "text", "lang", "author", "published_at", "published_precision", "likes",
    "url", "article_id", "direct", "evidence", "fold", "near", "copied", "together", "theme", "stance",
    *(stance.value for stance in Stance),
)  # fmt: skip
"""The columns of `ReportInput.comments`; only `id` and `text` must be there, an absent one counts as unknown."""


KEYWORDS = 12
"""Words of each stance that a report tells at most."""


@dataclass(frozen=True, slots=True)
class CopiedGroup:
    """A burst of near-identical posts.

    Attributes:
        n: posts in the burst.
        texts: distinct texts among them.
        authors: distinct authors, None when no author is known.
        first_ms, last_ms: first and last time, UTC milliseconds, None when no time is known.
        example: id of one of them.
        text: its text.
    """

    n: int
    authors: int | None
    first_ms: int | None
    last_ms: int | None
    example: str
    text: str
    texts: int = 1


@dataclass(frozen=True, slots=True)
class Together:
    """Pairs of accounts that posted the same text within a minute of each other at least twice, and their accounts."""

    pairs: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word that one stance uses more than the others.

    Attributes:
        word: as it is written most often.
        count: texts of this stance that hold it.
        z: of its log-odds.
        members: ids of the comments that hold it, as bytes where there may be many.
    """

    word: str
    count: int
    z: float
    members: Sequence[str] | npt.NDArray[np.bytes_] = ()


@dataclass(frozen=True, slots=True)
class SharedWord:
    """A word that several people's suggestions share, and others use less.

    Attributes:
        word: as it is written most often.
        members: ids of the suggestions that hold it; the first is shown as the example.
    """

    word: str
    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who coded the comments, with what, and how to do it again.

    Attributes:
        coder: name@version of the classifier.
        codebook: version of the codebook.
        run: id of the run.
        command: the command line that makes this report.
        generated_at: when, UTC milliseconds.
        versions: program name to version.
        data_digest: digest of the stored comments and their codes.
        known: by language of the comments, how well the coder did on changes it had never seen: `agreement` with a
            person and `macro_f1` (0 to 1) over `n` comments; empty where nobody measured it. With `folds`, instead:
            on labels of this study, cross-validated.
    """

    coder: str
    codebook: str
    run: str
    command: str
    generated_at: int
    versions: Mapping[str, str] = field(default_factory=dict)
    data_digest: str = ""
    known: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draw:
    """A cohort: comments from which a sample was drawn before anybody labelled them.

    Attributes:
        drawn_at: when, UTC milliseconds.
        method: simple, or stratified by source and week.
        seed: of the permutations.
        population: comments that were drawn from.
        digest: SHA-256 over their ids, sorted, one a line.
        drawn: comments drawn so far.
    """

    drawn_at: int
    method: Literal["simple", "stratified"]
    seed: int
    population: int
    digest: str
    drawn: int


class Stratum(NamedTuple):
    """A part of a cohort: from each a sample of its own is drawn.

    Attributes:
        draw: the place of its cohort among `Audit.draws`.
        name: such as "forum 2026-W09".
    """

    draw: int
    name: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What people said of comments that were drawn at random.

    Attributes:
        labels: one row for each comment of the sample that has a label: `id`, `y_support`, `y_concern`, `y_suggestion`
            and `y_neutral` (shares that sum to 1), `coders` (how many people judged it), `disputed` and `settled`.
        framed: one row for each comment that was drawn from, labelled or not: `id`, and `stratum`, its place in
            `strata`.
        strata: of all cohorts.
        draws: the cohorts, oldest first.
        skipped: ids of comments of the sample that somebody skipped and nobody judged.
        coders: people who judged any of them.
        seconds: what a judgement took, the median, None where that is not known.
        agreement: of those people, on this sample; None where nobody judged anything.
        passed_over: ids of comments of the sample without an answer, although later ones of the draw are labelled.
    """

    labels: pd.DataFrame
    framed: pd.DataFrame
    strata: Sequence[Stratum]
    draws: Sequence[Draw] = ()
    skipped: Sequence[str] = ()
    coders: int = 0
    seconds: float | None = None
    agreement: Agreement | None = None
    passed_over: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether the coder is good enough to publish what it coded, by labels that no model learned from.

    Attributes:
        state: passed, held (the value is below the floor) or unjudged (too few such labels).
        measure: what is measured.
        floor: what the study file asks for, 0 to 1.
        labels: labels that it was measured on.
        value: what was found, None where it is unjudged.
        least: labels that are needed.
    """

    state: Literal["passed", "held", "unjudged"]
    measure: Literal["macro-F1", "agreement"]
    floor: float
    labels: int
    value: float | None = None
    least: int = 20


@dataclass(frozen=True, slots=True)
class Options:
    """What sort of report is wanted.

    Attributes:
        audience: internal (quotes verbatim, with ids and links) or public (masked and paraphrased, without them).
        preset: full, or the shorter ones for a day, a week or a single occasion, whose window is the study's.
        quotes: what the public edition does with a quote nobody paraphrased: leave it out, or print it masked.
    """

    audience: Literal["internal", "public"] = "internal"
    preset: Literal["full", "daily", "weekly", "special"] = "full"
    quotes: Literal["paraphrased", "masked"] = "paraphrased"


@dataclass(frozen=True, slots=True)
class Theme:
    """A subject of requests that people named.

    Attributes:
        key: its name in the study's files.
        title: what people call it.
        examples: comments that people put under it.
    """

    key: str
    title: Wording
    examples: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """What the owner of the change says to a request.

    Attributes:
        ask: key of the request (`asks.listed[].key` of numbers.json).
        state: said (answered) or done (acted upon).
        text: the answer, by language.
        day: when it was given.
    """

    ask: str
    state: Literal["said", "done"]
    text: Wording
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Advisory:
    """A warning about data or reports that were found to be faulty.

    Attributes:
        key: its name in the study's file.
        reason: what is wrong.
        start, end: days that are faulty, both included; None for no bound.
        source: the source it is about, None for all.
        versions: versions of programs and coders that are faulty, such as `minyi 0.1.0`.
        reports: runs of earlier reports that used them, oldest first.
        exclude: whether comments of these days and this source are left out of the counts.
    """

    key: str
    reason: Wording
    start: date | None = None
    end: date | None = None
    source: str | None = None
    versions: Sequence[str] = ()
    reports: Sequence[str] = ()
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class AskedCoder:
    """What came of asking a second coder about the comments that the first was least sure of.

    Attributes:
        name: of the second coder.
        asked: distinct comments it was asked about, in all runs together.
        answered: those it gave a stance; the others keep the first coder's.
    """

    name: str
    asked: int
    answered: int


@dataclass(frozen=True, slots=True)
class ReportInput:
    """Everything a report is made of. `comments` has one row a comment and the columns of COMMENT_COLUMNS.

    The gaps of `study` are left out of the chart as not collected, whoever found them; `lapses` are only told,
    and `lapses_more` is how many shorter ones are not among them.
    `asked` is None where one coder judges alone.
    `audit` is None where no sample was drawn, `gate` where the study has no floor. `paraphrases` are by comment id.
    `last` is what numbers.json said of the last report that counted in the same way, None where there is none.
    `texts` and `urls` give those of comments by their ids, where `comments` does not hold them.
    `judged` is the stance that people gave a comment, by id, where all who judged it agree or it was settled.
    """

    study: Study
    comments: pd.DataFrame
    provenance: Provenance
    copied_groups: Sequence[CopiedGroup] = ()
    together: Together | None = None
    keywords: Mapping[Stance, Sequence[Keyword]] = field(default_factory=dict)
    shared_words: Sequence[SharedWord] = ()
    coverage: Sequence[SourceCoverage] = ()
    lapses: Sequence[Lapse] = ()
    lapses_more: int = 0
    asked: AskedCoder | None = None
    audit: Audit | None = None
    judged: Mapping[str, Stance] = field(default_factory=dict)
    gate: Gate | None = None
    options: Options = Options()
    themes: Sequence[Theme] = ()
    responses: Sequence[Response] = ()
    paraphrases: Mapping[str, Wording] = field(default_factory=dict)
    advisories: Sequence[Advisory] = ()
    last: Mapping[str, Any] | None = None
    texts: Callable[[Sequence[str]], Sequence[str | None]] | None = None
    urls: Callable[[Sequence[str]], Sequence[str | None]] | None = None
