"""`minyi privacy` says what is held, why, where and how long, in both languages."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from minyi.privacy.record_words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_record_counts_what_is_held(minyi: Callable[..., Any], kept: Any) -> None:
    facts = json.loads(minyi("privacy", kept.folder, "--json").out.splitlines()[-1])
    assert (facts["comments"], facts["authors"], facts["forgotten"]) == (4, 4, 0)
    assert (facts["first"], facts["controller"], facts["comments_days"]) == ("2026-03-10", None, None)


def test_days_are_the_studys_own_and_only_what_was_forgotten_counts(minyi: Callable[..., Any], tmp_path: Path) -> None:
    comments, study = tmp_path / "comments.csv", tmp_path / "fees"
    comments.write_text("评论内容,发布时间\n半夜也要收费吗,2026-03-10 00:30\n", encoding="utf-8")
    minyi("init", study)
    assert minyi("import", comments, "--study", study).code == 0
    assert minyi("forget", study, "--comment", "c00000000000000").code == 2
    facts = json.loads(minyi("privacy", study, "--json").out.splitlines()[-1])
    assert (facts["first"], facts["last"], facts["requests"]) == ("2026-03-10", "2026-03-10", 0)


def test_what_the_study_file_says_is_in_it_and_what_it_does_not_say_is_named(
    minyi: Callable[..., Any], kept: Any
) -> None:
    study = kept.folder / "study.toml"
    added = '\n[privacy]\ncontroller = "某市客服中心"\ncomments_days = 36500\n'
    study.write_text(study.read_text("utf-8") + added, "utf-8")
    chinese = minyi("privacy", kept.folder, "--in", "zh").out
    assert "个人信息处理者：某市客服中心" in chinese
    assert "评论保存期限：36,500 天，到期删除" in chinese
    assert "尚未填写" in chinese
    assert "Legal basis: not said yet" in minyi("privacy", kept.folder).out


ASKED_FOR = {
    "en": "Controller, Contact, Purpose, Whose data, Special or sensitive, receives, country, How long, only its "
    "owner, asks to be forgotten, decided, Risks, Withdrawal fee",
    "zh": "处理者, 联系方式, 目的, 哪些人, 敏感个人信息, 向谁提供, 境外, "
    "保存多久, 仅其所有者可读, 请求删除, 决定, 风险, 提现收费",
}


@pytest.mark.parametrize("language", ASKED_FOR)
def test_what_the_laws_ask_for_is_in_it_and_no_word_of_machines(
    minyi: Callable[..., Any], kept: Any, language: str
) -> None:
    said = minyi("privacy", kept.folder, "--in", language).out
    assert [one for one in ASKED_FOR[language].split(", ") if one not in said] == []
    assert not re.search(r"None|\{|\}|not_said|sqlite|llm:|toml", said.replace(str(kept.folder), ""))


def test_a_model_elsewhere_is_named_as_who_receives_texts(minyi: Callable[..., Any], kept: Any) -> None:
    study = kept.folder / "study.toml"
    coder = '[study]\ncoder = "llm:qwen3"\n'
    budget = '[coder]\nendpoint = "https://models.test/v1"\nbudget = { requests = 5 }\n'
    study.write_text(study.read_text("utf-8").replace("[study]\n", coder) + f"\n{budget}", "utf-8")
    said = minyi("privacy", kept.folder)
    assert "to the language model qwen3 at models.test" in said.out, said.err
    assert "No transfer" not in said.out


def test_both_languages_say_the_same() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
    for name, text in WORDS["en"].items():
        assert sorted(text.split("{")[1:]) == [] or "{" in WORDS["zh"][name]
