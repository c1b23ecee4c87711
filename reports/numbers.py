"""numbers.json: every figure, quote and name a report prints, in no language yet."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from reports.advisories import build_advisories, set_aside
from reports.asks import build_asks, build_shared_words, without_members
from reports.audit import build_audit, build_gate, labelled
from reports.changes import build_changes
from reports.claims import build_claims, panel_claims
from reports.corpus import DRAWN, day_of, percent, prepare
from reports.counting import build_counting
from reports.coverage import build_coverage
from reports.events import build_events
from reports.inputs import KEYWORDS
from reports.ledger import Known
from reports.masking import masked
from reports.panel_claims import with_figures
from reports.period import build_period
from reports.places import build_places, place_names
from reports.public import public_edition
from reports.quoted import build_quoted
from reports.since import build_since, method_of
from reports.timeline import build_timeline
from reports.voices import build_voices

if TYPE_CHECKING:
    from reports.audit import Labelled
    from reports.corpus import Corpus
    from reports.inputs import ReportInput

FORMAT = 1


def build_numbers(inp: ReportInput) -> dict[str, Any]:
    """Counts everything the report prints. Pure: the same input, its rows in any order, gives the same numbers."""
    inp, left_out = set_aside(inp)
    corpus = prepare(inp)
    sample = labelled(inp, corpus)
    facts = _facts(inp, corpus, sample) | {"advisories": build_advisories(inp, corpus, left_out)}
    facts["since"] = build_since(inp, facts)
    facts["changes"] = build_changes(inp, corpus, sample, facts["events"])
    known = Known(inp, corpus, facts, sample)
    claims = build_claims(known)
    facts["voices"], facts["voice_rule"] = build_voices(inp, corpus, claims)
    claims += panel_claims(known)
    facts["asks"]["listed"] = without_members(facts["asks"]["listed"])
    facts["shared_words"] = without_members(facts["shared_words"])
    numbers = {
        "format": FORMAT,
        "study": _study(inp),
        "options": {"audience": inp.options.audience, "preset": inp.options.preset},
        "place_names": place_names(inp),
        "claims": claims,
        **facts,
        "quoted": build_quoted(facts, inp.options),
        "provenance": _provenance(inp, corpus),
    }
    return with_figures(public_edition(numbers, inp.options, inp.paraphrases))


def _facts(inp: ReportInput, corpus: Corpus, sample: Labelled | None) -> dict[str, Any]:
    """What is counted before anything is claimed of it."""
    timeline = build_timeline(inp, corpus, sample)
    calendar = (date.fromisoformat(timeline["start"]), date.fromisoformat(timeline["end"])) if timeline else None
    return {
        "totals": _totals(corpus),
        "stances": _stances(corpus),
        "timeline": timeline,
        "events": build_events(inp, corpus, calendar),
        "asks": build_asks(inp, corpus),
        "shared_words": build_shared_words(inp, corpus),
        "voices": [],
        "voice_rule": {},
        "places": build_places(corpus, sample),
        "counting": build_counting(corpus, sample),
        "keywords": _keywords(inp, corpus),
        "coverage": build_coverage(inp),
        "audit": build_audit(inp, corpus, sample),
        "gate": build_gate(inp.gate),
        "period": build_period(inp, corpus),
    }


def dump_numbers(numbers: dict[str, Any]) -> bytes:
    """numbers.json, byte for byte: UTF-8, one space of indent, keys in the order they were built."""
    text = json.dumps(numbers, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    return text.encode("utf-8", "replace")


def numbers_digest(numbers: dict[str, Any]) -> str:
    """SHA-256 of numbers.json."""
    return hashlib.sha256(dump_numbers(numbers)).hexdigest()


def _study(inp: ReportInput) -> dict[str, Any]:
    study = inp.study
    return {
        "id": study.id,
        "name": study.change.name.model_dump(),
        "statement": study.change.statement.model_dump(),
        "owner": study.change.owner.model_dump(),
        "time_zone": study.time_zone,
        "start": study.start.isoformat() if study.start else None,
        "end": study.end.isoformat() if study.end else None,
        "illustrative": study.illustrative,
        "languages": list(study.report_languages),
    }


def _totals(corpus: Corpus) -> dict[str, Any]:
    counted = corpus.counted
    local = corpus.local[counted & corpus.dated]
    first, last = (day_of(int(local.min())), day_of(int(local.max()))) if local.size else (None, None)
    return {
        "stored": len(corpus.rows),
        "comments": int(counted.sum()),
        "texts": corpus.texts(counted),
        "authors": corpus.authors(counted),
        "without_author": int((corpus.author[counted] < 0).sum()),
        "places": int(corpus.rows.loc[counted, "place"].nunique()),
        "first": first.isoformat() if first else None,
        "last": last.isoformat() if last else None,
        "days": (last - first).days + 1 if first and last else None,
        "copied": int((corpus.inside & ~counted).sum()),
        "outside": int((~corpus.inside).sum()),
        "undated": int((counted & ~corpus.dated & ~corpus.coarse).sum()),
        "coarse": int((counted & corpus.coarse).sum()),
        "uncoded": int((counted & ~corpus.coded).sum()),
    }


def _stances(corpus: Corpus) -> dict[str, Any]:
    coded = int((corpus.counted & corpus.coded).sum())
    counts = corpus.count(corpus.counted)
    return {
        "coded": coded,
        "counts": counts,
        "shares": {stance: percent(n, coded) for stance, n in counts.items()},
        "three": {stance.value: corpus.three(corpus.counted & corpus.is_stance(stance)) for stance in DRAWN},
    }


def _keywords(inp: ReportInput, corpus: Corpus) -> dict[str, Any]:
    """By stance: words, the texts they were found in (`n`), and the three counts where their comments are given."""
    return {
        stance.value: [
            {
                "word": masked(word.word),
                "n": int(word.count),
                "z": round(float(word.z), 2),
                **(corpus.three(corpus.of(word.members) & corpus.counted) if len(word.members) else {}),
            }
            for word in list(inp.keywords.get(stance, ()))[:KEYWORDS]
        ]
        for stance in DRAWN
    }


def made_by(inp: ReportInput) -> dict[str, Any]:
    """What is a run's own in its numbers, whatever it counted."""
    made = inp.provenance
    at = datetime.fromtimestamp(made.generated_at / 1000, inp.study.zone)
    return {"run": made.run, "command": made.command, "generated_at": at.isoformat(timespec="minutes")}


def _provenance(inp: ReportInput, corpus: Corpus) -> dict[str, Any]:
    made = inp.provenance
    languages = set(corpus.rows.loc[corpus.counted & corpus.coded, "lang"])
    return {
        "coder": made.coder,
        "codebook": made.codebook,
        **made_by(inp),
        "versions": dict(sorted(made.versions.items())),
        "data_digest": made.data_digest,
        "method": method_of(inp),
        "known": {language: dict(figures) for language, figures in made.known.items() if language in languages},
    }
