"""The wording of the record of processing, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.nouns import Language

Words = dict[str, str]

WORDS: dict[Language, Words] = {
    "en": {
        "title": "Record of processing",
        "controller": "Controller",
        "contact": "Contact",
        "purpose": "Purpose",
        "basis": "Legal basis",
        "not_said": "not said yet; write it under [privacy] in study.toml",
        "held": "What is held",
        "texts": "Texts of {n:,} public comments, from {span}, with their address and time as the platform showed them",
        "authors": "Authors as {n:,} pseudonyms (keyed hashes); names are not stored in the database",
        "captures": "{n:,} fetched pages as they came, which may show names",
        "source": "From the source {name}: {n:,} comments",
        "kept": "How it is kept",
        "comments_days": "Comments stay",
        "captures_days": "Fetched pages stay",
        "days": "{n:,} days",
        "for_good": "until somebody removes them (no number of days is set)",
        "where": "Where: {folder}",
        "file": "The database is a file in this folder, on this machine",
        "server": "The database is on a server; its journal and backups keep what was deleted until they are rotated",
        "recipients": "Passed on by this program to nobody; reports mask phone numbers, mail addresses and names",
        "model": "Texts are sent, without authors, to the language model {coder}",
        "security": "The key of the pseudonyms lies outside of the database and only its owner may read it; "
        "nothing is deleted without being written over",
        "forgotten": "Forgotten on request: {n:,} comments, in {requests:,} runs of `minyi forget`",
    },
    "zh": {
        "title": "个人信息处理记录",
        "controller": "处理者",
        "contact": "联系方式",
        "purpose": "处理目的",
        "basis": "合法性基础",
        "not_said": "尚未填写，请写在 study.toml 的 [privacy] 中",
        "held": "保存的内容",
        "texts": "{n:,} 条公开评论的原文（{span}），以及平台所示的链接和时间",
        "authors": "作者以 {n:,} 个化名（带密钥的散列）保存，数据库不存姓名",
        "captures": "{n:,} 份抓取的原始页面，其中可能出现姓名",
        "source": "来源 {name}：{n:,} 条评论",
        "kept": "保存方式",
        "comments_days": "评论保存期限",
        "captures_days": "原始页面保存期限",
        "days": "{n:,} 天",
        "for_good": "未设期限，直至有人删除",
        "where": "存放位置：{folder}",
        "file": "数据库是本机该文件夹中的一个文件",
        "server": "数据库在服务器上；已删除的内容在其日志和备份轮换之前仍会保留",
        "recipients": "本程序不向任何人提供数据；报告中的电话、邮箱和用户名均已遮盖",
        "model": "评论原文（不含作者）会发送给语言模型 {coder}",
        "security": "化名密钥存放在数据库之外，仅其所有者可读；删除的内容会被覆写",
        "forgotten": "应请求遗忘：{n:,} 条评论，共运行 `minyi forget` {requests:,} 次",
    },
}
