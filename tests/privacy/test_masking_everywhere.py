"""What leads to a person is masked in all that people are shown, however it is spelled; tables for machines are raw."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest

from minyi import searching
from minyi.labelling.desk import Desk
from minyi.privacy.unpacking import parts
from minyi.workspace import open_workspace
from reports.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPELLED = (
    *("13812345670", "138 1234 5671", "138-1234-5672", "+86 13812345673", "+86-138-1234-5674", "008613812345675"),
    *("１３８１２３４５６７６", "138　1234　5677", "138–1234–5678", "138.1234.5679", "1 3 8 1 2 3 4 5 6 8 0"),
    *(
        "（0571）8765 4321",
        "010－６２３４５６８２",
        "110101199003071234",
        "110101 19900307 123X",
        "6222021234567890123",
    ),
    *("１１０１０１１９９００３０７１２３Ｘ", "lisi@example.com", "ｌｉｓｉ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
    *("li.si (at) example (dot) com", "@柳荫修鞋匠", "微信号：lixiujiang_77", "加V：xiujiang77"),
    *("QQ：1234567891", "QQ群 234567892"),
)
"""Telephones, identity cards, addresses and accounts of nobody, as people spell them."""
PUBLIC = re.compile(r"@|＠|微信号?[:：]?|加V[:：]?|QQ群?[:：]?|\s")


def core(spelled: str) -> str:
    """What may not be left of one."""
    return PUBLIC.sub("", spelled)


def left_in(text: str) -> list[str]:
    tight = PUBLIC.sub("", html.unescape(text))
    return [one for one in SPELLED if core(one) in tight]


@pytest.mark.parametrize("spelled", SPELLED)
def test_each_is_masked_wherever_it_stands(spelled: str) -> None:
    for text in (spelled, f"手续费太高，联系{spelled}，谢谢", f"手续费 {spelled}\n取消", f"（{spelled}）手续费"):
        assert left_in(masked(text)) == [], masked(text)
        assert masked(masked(text)) == masked(text)


@pytest.mark.parametrize(
    "text",
    [
        *("微信支付100000元", "QQ 12345人在用", "用微信 10000 元", "QQ音乐2020年", "微信群12345人", "微信号被封了"),
        *("wechat users are many", "WeChat payment fails", "加微信好友", "at 3 (at noon)", "满 1 0 0 减 1 0"),
        *("2024-03-01 到 2024-04-12", "价格 1234.5678 元", "2024年3月12日 12:30:45", "１２３４５ 元", "20–30 分钟"),
    ],
)
def test_what_leads_to_nobody_stays(text: str) -> None:
    assert masked(text) == text


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, minyi: Callable[..., Any]) -> Path:
    """A study in which every comment holds one, with all that people are shown of it."""
    folder = tmp_path_factory.mktemp("masked") / "study"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, "utf-8")
    said = ("太坑了，凭什么收手续费，联系{}", "支持收费，有事找{}吧", "建议小额免手续费，{}", "取消手续费！！我的是{}")
    with (folder / "said.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text", "time", "author"])
        for at, one in enumerate(SPELLED * 4):
            writer.writerow([said[at % 4].format(one), f"2026-03-{10 + at % 15} 10:{at % 60:02}", f"u{at}"])
    assert minyi("import", folder / "said.csv", "--study", folder).code == 0
    (folder / "said.csv").unlink()
    with open_workspace(folder) as workspace:
        run = workspace.store.begin_run("fees", "collect", {}, "")
        workspace.store.end_run(run, "partial", {}, [])
    assert minyi("analyse", folder).code == 0
    return folder


STUDY = """\
[study]
id = "fees"
start = 2026-03-01
end = 2026-03-31

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
words = { zh = ["手续费", "提现"], en = ["fee"] }

[report]
public_quotes = "masked"
"""


def shown_of(path: Path) -> str:
    """All that a reader of this file may see, packed or not."""
    content = path.read_bytes()
    if path.suffix == ".eml":
        mail = message_from_bytes(content, policy=policy.default)
        return "\n".join(str(it.get_content()) for it in mail.walk() if it.get_content_maintype() == "text")
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist() if name.endswith(("xml", "rels")))
    elif path.suffix == ".pdf":
        content = b"\n".join(parts(content))
    text = content.decode("utf-8", "ignore")
    return re.sub(r"</?(?:w|a|p)[:\w]*[^>]*>", "", text) if path.suffix in {".docx", ".pptx"} else text


QUICK = ("html", "md", "xlsx", "eml")
SLOW = ("docx", "pptx", "pdf")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("formats", "public"),
    [(QUICK, False), (QUICK, True), pytest.param(SLOW, False, marks=pytest.mark.thorough), (SLOW, True)],
)
def test_no_edition_of_a_report_shows_one(
    planted: Path, minyi: Callable[..., Any], formats: tuple[str, ...], *, public: bool
) -> None:
    wanted = [part for name in formats for part in ("--format", name)]
    said = minyi("report", planted, *wanted, *(["--public"] if public else []))
    assert said.code == 0, said.err
    written = [path for path in (planted / "reports").rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert {path.suffix.lstrip(".") for path in written} >= set(formats)
    assert {path.name: left for path in written if (left := left_in(shown_of(path)))} == {}
    assert "▇" in (planted / "reports" / "numbers.json").read_text("utf-8")


@pytest.mark.slow
def test_nor_do_the_page_of_labels_and_what_commands_say(planted: Path, minyi: Callable[..., Any]) -> None:
    assert minyi("sample", planted, "--size", "40").code == 0
    with open_workspace(planted) as workspace:
        store = workspace.store
        desk = Desk(store.labels, workspace.study, store.begin_run("fees", "label", {}, ""))
        items = desk.items()
    assert len(items) == 40
    assert [one for it in items for one in left_in(it["text"])] == []
    searched = ("search", planted, "手续费", "--limit", "200")
    for command in (searched, ("status", planted), ("doctor", planted), ("privacy", planted)):
        said = minyi(*command)
        assert said.code in {0, 3}, said.err
        assert left_in(said.out + said.err) == [], command
        assert ("▇" in said.out) == (command is searched)


def test_what_is_found_keeps_its_marks_where_others_things_are_masked() -> None:
    text = "找13812345678，手续费，微信号：lisi_2020"
    at = text.index("手续费")
    shown = searching.excerpt(*searching._without_private(text, [(at, at + 3), (2, 5)]))
    assert shown == "找▇，«手续费»，微信号：▇"


@pytest.mark.slow
def test_tables_for_machines_are_raw_and_say_so(planted: Path, minyi: Callable[..., Any]) -> None:
    assert minyi("export", planted, "--format", "csv").code == 0
    table = (planted / "export" / "comments.csv").read_text("utf-8-sig")
    assert len(left_in(table)) == len(SPELLED)
    assert "not masked" in (planted / "export" / "comments.columns.md").read_text("utf-8")
    assert minyi("export", planted, "--pack").code == 0
    packed = next((planted / "export").glob("*.zip"))
    assert left_in("\n".join(part.decode("utf-8", "ignore") for part in parts(packed.read_bytes()))) == []
