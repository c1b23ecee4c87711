"""Quotes in Chinese articles: who said which words, with marks and without."""

from __future__ import annotations

import pytest

from nlp.quotes import find_quotes


def people(text: str) -> list[str]:
    """What ordinary people say in the text; a tilde stands before indirect speech."""
    return [
        quote.text if quote.direct else f"~{quote.text}"
        for quote in find_quotes(text, "zh")
        if quote.speaker_class == "public"
    ]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        # one report, one quote
        ("有网友表示：“早就该这样了。”", ["早就该这样了。"]),
        ("一名业主说，“电梯坏了三个月没人修。”", ["电梯坏了三个月没人修。"]),
        ("家长王女士告诉记者：“孩子每天五点就要起床。”", ["孩子每天五点就要起床。"]),
        ("不少车主反映，充电桩经常被占用。", ["~充电桩经常被占用"]),
        ("有居民担心，限行以后出门更不方便。", ["~限行以后出门更不方便"]),
        ("乘客建议高峰期加开几趟车。", ["~高峰期加开几趟车"]),
        ("一位老人指着站牌抱怨道：「字太小了，根本看不清。」", ["字太小了，根本看不清。"]),
        ("她的丈夫回忆说，那天夜里雨下得很大。", ["~那天夜里雨下得很大"]),
        ("在许多家长看来，作业少了未必是好事。", ["~作业少了未必是好事"]),
        ("网友“半夏微凉”留言：“我支持，但请先把路修好。”", ["我支持，但请先把路修好。"]),
        ("网友：涨价可以，服务也得跟上", ["~涨价可以，服务也得跟上"]),
        # the speaker behind the quote
        ("“这笔钱什么时候能退？”租客小李问。", ["这笔钱什么时候能退？"]),
        ("“刚办的年卡，说停就停了。”一位顾客无奈地说。", ["刚办的年卡，说停就停了。"]),
        ("“我家老人不会用手机”，市民张阿姨说，“总得留个窗口吧。”", ["我家老人不会用手机", "总得留个窗口吧。"]),
        ("“等了两个小时。”骑手刘师傅告诉记者，平台没有给任何解释。", ["等了两个小时。", "~平台没有给任何解释"]),
        # several under one speaker, chains
        ("网友们纷纷留言：“支持！”“早该管管了”“希望能坚持下去”。", ["支持！", "早该管管了", "希望能坚持下去"]),
        ("评论区里，有人说“太贵了”，有人说“能接受”，还有人问“学生呢”。", ["太贵了", "能接受", "学生呢"]),
        ("有网友认为，这是好事；也有网友质疑，钱呢？更有网友直言：“一阵风。”", ["~这是好事", "~钱呢？", "一阵风。"]),
        ("有的家长支持，认为孩子能多睡会儿；有的家长则表示，时间对不上。", ["~孩子能多睡会儿", "~时间对不上"]),
        ("顾客纷纷表示：\n“价格还行。”\n“就是排队太久。”", ["价格还行。", "就是排队太久。"]),
        # marks that are odd
        ("有用户写道：“客服电话打了三天都没人接", ["客服电话打了三天都没人接"]),
        ("有粉丝说：“他那句‘慢慢来’，我记到现在。”", ["他那句‘慢慢来’，我记到现在。"]),
        ('有学生说:"食堂的菜又涨了一块钱。"', ["食堂的菜又涨了一块钱。"]),
        # a part of the clause between marks
        ("业主们认为物业的做法“太霸道，完全不讲道理”。", ["太霸道，完全不讲道理"]),
        ("网友认为所谓“免费体验”其实是变着法子收钱。", ["~所谓“免费体验”其实是变着法子收钱"]),
        # feelings count as what was said, when nothing else follows
        ("不少市民表示理解。", ["~理解"]),
        ("有网友表示担忧：“以后看病更麻烦了。”", ["以后看病更麻烦了。"]),
        # somebody is carried on
        ("母亲得知后十分生气，直言“这是骗人”。", ["这是骗人"]),
        ("李先生去年买的房。他说，当时销售什么都答应。", ["~当时销售什么都答应"]),
        ("村民老赵已经种了三十年地。“从没见过这么旱的天。”", ["从没见过这么旱的天。"]),
        ("“凭什么只罚我们”的质疑声不断。", ["凭什么只罚我们"]),
        ("小李是一名骑手，他坦言：“根本跑不过来。”", ["根本跑不过来。"]),
        ("市民刘先生对此表示不解，他认为新规考虑不周。", ["~不解", "~新规考虑不周"]),
        # voices without a speaker's noun, or without a verb
        ("一条点赞过万的评论写道：“我们要的是改正。”", ["我们要的是改正。"]),
        ("“希望能保留人工窗口。”这是不少老年人的心声。", ["希望能保留人工窗口。"]),
        ("“说关就关”“幸好早就不用了”……不少用户晒出截图。", ["说关就关", "幸好早就不用了"]),
        ("不过也有人不买账，“羊毛出在羊身上”。", ["羊毛出在羊身上"]),
        ("有网友称赞这一做法“很暖心”。", ["很暖心"]),
        # verbs of feeling, with and without an object of their own
        ("有网友吐槽排队三小时，轮到自己就没了。", ["~排队三小时，轮到自己就没了"]),
        ("网友吐槽平台。", []),
        # a nickname between marks is no quote
        ("“轮到我就没了。”网友“山间小路”吐槽道。", ["轮到我就没了。"]),
        ("网友@清风徐来：支持，早该管管了。", ["~支持，早该管管了"]),
    ],
)  # fmt: skip
def test_ordinary_people_are_quoted(text: str, quotes: list[str]) -> None:
    assert people(text) == quotes


@pytest.mark.parametrize(
    "text",
    [
        "所谓“一老一小”政策将于明年实施。",
        "本届活动的主题为“走进乡村，走近农民”。",
        "他的《春日》被称为“小城最美的歌”。",
        "小区门口贴着“禁止电动车入内”的标语。",
        "这家店号称“全城最低价”。",
        "该小说讲述了一名学生的成长。",
        "用户数据显示，“夜间模式”使用率上升。",
        "网友见面会将在“城市书房”举行。",
        "此举引发网友质疑。",
        "学生会组织了“读书月”活动。",
        "据报道，用户量已经过亿。",
        "没有人说过这样的话。",
        "投资者应该认为这是利好。",
        "61%的用户认为价格偏高。",
        "超过六成的受访者表示支持。",
        "他被村民称为“活地图”。",
        "市民中心的“一站式”窗口本周启用。",
        "平台回应网友质疑称，将尽快修复。",
        "警方表示：“案件仍在调查。”",
        "教育局发言人说，方案将公开征求意见。",
        "业内人士指出，成本短期内难以下降。",
        "一位知情人士透露：“合同还没有签。”",
        "张伟教授认为，“样本太小，不能下结论”。",
        "公司副总裁赵明对记者表示，“我们会负责到底。”",
        "记者从地铁公司获悉，新线路下月开通。",
    ],
)
def test_scare_quotes_and_other_speakers_are_nobodys_comment(text: str) -> None:
    assert people(text) == []


@pytest.mark.parametrize(
    ("text", "speaker", "kind"),
    [
        ("也有网友认为，票价太高。", "网友", "public"),
        ("一位不愿具名的业主说，物业费一直在涨。", "一位不愿具名的业主", "public"),
        ("市交通局发言人表示，方案还在完善。", "市交通局发言人", "official"),
        ("城东小学校长表示，食堂会整改。", "城东小学校长", "official"),
        ("多位专家指出，数据还不充分。", "多位专家", "unknown"),
        ("周慧敏律师说，合同可以撤销。", "周慧敏律师", "named"),
    ],
)
def test_the_speaker_and_the_class(text: str, speaker: str, kind: str) -> None:
    (quote,) = find_quotes(text, "zh")
    assert (quote.speaker, quote.speaker_class) == (speaker, kind)


def test_the_clause_that_reports_is_the_evidence() -> None:
    text = "有网友表示支持：“早该这样。”另一位网友提出建议：“先试点再推广。”还有网友质疑：“谁来监督？”"
    assert [quote.evidence for quote in find_quotes(text, "zh")] == [
        "有网友表示支持",
        "另一位网友提出建议",
        "还有网友质疑",
    ]


def test_spans_point_into_the_text() -> None:
    text = "　　公告发出后，有网友说：“ 太突然了！ ”\n也有人觉得无所谓。"
    found = find_quotes(text)
    assert [text[quote.start : quote.end] for quote in found] == [quote.text for quote in found]
    assert found[0].text == "太突然了！"
