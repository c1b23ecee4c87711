"""What the command line shows of dated acts, and what a job reads and takes in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from minyi.console import Console
from minyi.workspace import open_workspace
from storage.nouns import Article, Page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

NOTICE = "3月10日，云梧支付发布公告，自3月16日起收取提现手续费。\n洛桐金融监管局3月20日约谈了云梧支付。"


def notice(ident: str = "n1", text: str = NOTICE, url: str = "") -> Article:
    day = round(datetime(2026, 3, 10, 4, tzinfo=UTC).timestamp() * 1000)
    return Article(id=ident, text=text, url=url or f"https://example.com/{ident}", published_at=day, lang="zh")


def collected(place: Path, *articles: Article) -> None:
    with open_workspace(place) as workspace:
        store, study = workspace.store, workspace.study.id
        run = store.begin_run(study, "collect", {}, workspace.digest)
        store.add_page(study, "news", Page(articles=articles), run_id=run)


def test_suggestions_are_shown_with_what_takes_them_in(study: Path, minyi: Callable[..., Any]) -> None:
    late = notice("n4", "自2027年3月16日起提高手续费。")
    collected(study, notice(), late)
    shown = minyi("timeline", "suggest", study)

    assert shown.code == 0
    for words in ("2026-03-16", "effective", "自3月16日起收取提现手续费", "https://example.com/n1", "imported"):
        assert words in shown.out
    assert "timeline accept" in shown.out
    assert "1 more outside the study's days" in shown.out
    assert "2026-03-10" not in [line.split()[1] for line in shown.out.splitlines() if re.match("[0-9a-f]{8} ", line)]
    assert "2027-03-16" in minyi("timeline", "suggest", study, "--all").out


def test_a_narrow_terminal_shows_whole_words_and_whole_links(
    study: Path, minyi: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Console, "_width", 60)
    link = "https://example.com/" + "n" * 70
    text = "洛桐金融监管局3月20日约谈了云梧支付，要求它在公布收费标准时写明对象、比例、上限与时间，并限期整改。"
    collected(study, notice("n1", text, url=link))

    lines = minyi("timeline", "suggest", study).out.splitlines()

    assert re.match(r"[0-9a-f]{8}  2026-03-20  regulator  洛桐金融监管局$", lines[3])
    assert f"    {link}" in lines
    assert all(cell_len(line) <= 60 for line in lines if "://" not in line and "minyi timeline" not in line)
    assert text in "".join(line.strip() for line in lines)


def test_a_job_reads_accepts_and_reads_again(study: Path, minyi: Callable[..., Any]) -> None:
    collected(study, notice())
    offered = [one for one in minyi("timeline", "suggest", study, "--json").events if one["event"] == "suggestion"]
    ids = [part for one in offered for part in ("--id", one["id"])]

    first, second = (minyi("timeline", "accept", study, *ids, "--json").events[-1] for _ in range(2))
    assert [one["date"] for one in offered] == ["2026-03-16", "2026-03-20"]
    assert sorted(first["accepted"]) == sorted(one["id"] for one in offered)
    assert (second["accepted"], len(second["already"])) == ([], 2)
    assert minyi("timeline", "suggest", study, "--json").events == [
        {"event": "done", "study": "fees", "suggestions": 0, "outside": 0}
    ]


def test_an_unknown_id_is_a_usage_error(study: Path, minyi: Callable[..., Any]) -> None:
    refused = minyi("timeline", "accept", study, "--id", "ffffffff")

    assert refused.code == 2
    assert "minyi timeline suggest" in refused.err
