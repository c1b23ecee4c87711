"""The wording of the record of processing, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.nouns import Language

Words = dict[str, str]

WORDS: dict[Language, Words] = {
    "en": {
        "title": "Record of processing",
        "colon": ": ",
        "made": "As of {day}. For Article 30 GDPR and Articles 55 and 56 PIPL, which asks to keep it for three years",
        "responsible": "Who is responsible, and why",
        "controller": "Controller",
        "contact": "Contact, also of the data protection officer",
        "purpose": "Purpose",
        "basis": "Legal basis",
        "about": "Study: {name}",
        "not_said": "not said yet (to be written under [privacy] in the study file)",
        "held": "Whose data, and which",
        "people": "People who commented in public on the change that is studied, and people whom they mention",
        "texts": "Texts of {n:,} public comments ({span}), with address and time as the platform showed them",
        "authors": "{n:,} authors, each under a pseudonym (a hash with a secret key); names are not in the database",
        "captures": "Fetched pages as they came, which may show names: {n:,}",
        "judged": "What a program or a person found in each text: for, against, a suggestion or none of these",
        "special": "Special or sensitive data are not looked for; texts may hold some, as people wrote them",
        "source": "From the source {name}: {n:,} comments",
        "passed": "Who receives them",
        "recipients": "Beyond what is named here, this program passes them on to nobody. In reports, telephone, card "
        "and identity numbers, mail addresses and account names are masked",
        "model": "Texts go, without authors and with such numbers and names masked, to the language model {coder} "
        "at {host}. Whose that is, and a transfer to another country, are for the controller to say",
        "no_model": "No transfer to another country by this program",
        "told": "Messages on how the collection runs go out without any comment: {names}",
        "kept": "How long, where and how safely",
        "comments_days": "Comments stay",
        "captures_days": "Fetched pages stay",
        "days": "{n:,} days, then they are deleted",
        "for_good": "no limit is set",
        "where": "Where: {folder}",
        "file": "The database is a file there, which whoever may read the folder may read",
        "server": "The database is on a server; its journal and backups keep what was deleted until they are rotated",
        "security": "The key of the pseudonyms lies outside of the database and only its owner may read it; it can be "
        "changed. What is deleted is written over. Every run is recorded",
        "rights": "What people may ask for",
        "asked": "Who asks to be forgotten is taken out of database, files and copies, and is not collected again; "
        "comments so far {n:,} (runs: {requests:,})",
        "decisions": "Nothing is decided about anybody: comments are counted, and quoted as examples",
        "risks": "Risks, for the controller to weigh",
        "found": "A quote can be found again by its words: the edition for outsiders paraphrases or masks it",
        "said": "A text may say who wrote it: names in running text are not masked",
        "wrong": "A program's reading of a text may be wrong: reports say how often, and people check a sample",
    },
    "zh": {
        "title": "个人信息处理记录",
        "colon": "：",
        "made": "截至 {day}。依据《个人信息保护法》第五十五条、第五十六条（至少保存三年）及 GDPR 第三十条",
        "responsible": "由谁处理、为何处理",
        "controller": "个人信息处理者",
        "contact": "联系方式（含个人信息保护负责人）",
        "purpose": "处理目的",
        "basis": "合法性基础",
        "about": "研究：{name}",
        "not_said": "尚未填写（请写在研究文件的 [privacy] 一节）",
        "held": "涉及哪些人、哪些信息",
        "people": "就所研究的变更公开发表评论的人，以及评论中提到的人",
        "texts": "{n:,} 条公开评论的原文（{span}），以及平台所示的链接和时间",
        "authors": "{n:,} 位作者，均以化名（带密钥的散列）保存，数据库不存姓名",
        "captures": "{n:,} 份抓取的原始页面，其中可能出现姓名",
        "judged": "程序或人对每条评论的判断：支持、担忧、建议或均无",
        "special": "不收集敏感个人信息；评论者自己写出的，原文中可能含有",
        "source": "来源 {name}：{n:,} 条评论",
        "passed": "向谁提供",
        "recipients": "除此处所列外，本程序不向任何人提供；报告中的电话、证件和银行卡号码、邮箱及账号名均已遮盖",
        "model": "评论原文（不含作者，上述号码和账号已遮盖）会发送给 {host} 上的语言模型 {coder}；"
        "其运营者及是否向境外提供，由处理者说明",
        "no_model": "本程序不向境外提供",
        "told": "采集运行情况的通知不含任何评论，发送至：{names}",
        "kept": "保存多久、存放在哪里、如何保护",
        "comments_days": "评论保存期限",
        "captures_days": "原始页面保存期限",
        "days": "{n:,} 天，到期删除",
        "for_good": "未设期限",
        "where": "存放位置：{folder}",
        "file": "数据库是该文件夹中的一个文件，能读取该文件夹的人即可读取",
        "server": "数据库在服务器上；已删除的内容在其日志和备份轮换之前仍会保留",
        "security": "化名密钥存放在数据库之外，仅其所有者可读，并可更换；删除的内容会被覆写；每次运行均有记录",
        "rights": "个人的请求",
        "asked": "请求删除的人，其评论从数据库、文件和副本中删除，且不再采集；迄今 {n:,} 条，共 {requests:,} 次",
        "decisions": "不对任何个人作出决定：评论只用于统计，并作为例子引用",
        "risks": "风险（由处理者评估）",
        "found": "引文可以通过搜索其字句找到：对外版本改写或遮盖引文",
        "said": "评论可能透露作者身份：正文中的姓名不作遮盖",
        "wrong": "程序对评论的判断可能有误：报告写明误差，并由人抽查",
    },
}
