"""Chinese voices without a verb of saying: the posting itself is named, shown on a screen, or stands in a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlp.quotes.people_zh import is_private, known_words, lexer
from nlp.quotes.quote import Speaker
from nlp.quotes.words import any_of, words

if TYPE_CHECKING:
    from nlp.quotes.lines import Line

_POSTING = "评论|留言|跟帖|回帖|帖子|网帖|贴文|弹幕|评价|差评|好评|短评|热评|神评|高赞|私信|来信|声音|呼声"
_WROTE = (
    r"(?:里|中|上|区里|区中)?(?:直接|这样|只|则|也|就)?(?:写道|写着|写的?是|留言|说道?|称|认为|质疑|表示|指出|是|问)?"
)
UTTERANCE = re.compile(
    r"(?![^，]*(?:发|写|留|回|贴|发布|发表|上传)了)(?:"
    rf"[^，]*(?:[条则些赞多篇]|一星|五星|的)(?:[^，的]{{0,6}})?(?:{_POSTING})(?:{_WROTE})|"
    r"(?:另外?|还有|也有|又|第[一二三四五])[一二两]?[条则篇](?:写道|写着|说道?|称|问道?|是)?|"
    rf"[^，]*[一两几多][条则篇][^，的]{{0,6}}(?:朋友圈|微博|动态|说说){_WROTE}|"
    r"[^，]*(?:点赞|获赞|赞数|最高|最热|最火|听到|排)[^，]{0,10}(?:一[条句则个]话?|的|问题|声音)[^，]{0,3}?(?:写道|写的是|说|是)"
    r")\s*"
)
"""最热的一条评论写道, 另一条说: a posting stands for whoever wrote it."""

SCREEN = re.compile(
    r"[^，]{0,20}?(?:弹幕|评论区|留言区|评论|留言|回帖|跟帖|公屏)(?:里|中|上)?[^，]{0,6}?"
    r"(?:飘过|刷屏|刷出|刷起|满屏|满是|充满|充斥着?|清一色|写满|涌现|涌出|冒出|出现|都是|多是)了?(?:的是|着|[一两大几]?[片条排堆句串些]|无数|大量)*"
)
"""弹幕里飘过一片: a screen shows what people write."""

HEART = re.compile(
    r"\s*(?P<alike>[^，]{0,10}(?:类似|这样|此类|诸如此类|这类)的(?:声音|留言|评论|说法|吐槽|质疑|疑问|呼声))[^，]*|"
    r"\s*这?也?(?:是|成为|成了|道出了?|代表了?|说出了?)[^，]*?(?:的(?:共同)?(?:心声|呼声|想法|看法|感受|诉求|疑问|心愿|期待|评价)|"
    r"(?P<shared>(?:转发|评论|留言|弹幕|跟帖|评论区|网上|网络)[^，]*?(?:的|最多|最高|最热)[^，]{0,4}(?:一?句话?|一条|评论|留言|声音|疑问)))\s*"
)
"""这是不少老年人的心声: what it is tells whose it is."""

_HEAD = re.compile(r"(?:留言|评论|跟帖|热评|弹幕|来信|读者|网友)[^。]{0,12}$")
_LONGEST_HEAD = 24
_OFFICE = re.compile(
    rf"{any_of(words('zh', 'official'))}|作者|小编|编辑|回复|官方|客服|管理员|记者|主持|问$|答$|时间|来源|电话|地址"
)


def speaker_of_line(line: Line, name: str) -> Speaker | None:
    """Who speaks on a line of its own: a reader below a heading such as 精选留言, or with @; anybody in an interview.

    Answers of the page's own people (作者回复, 小编) and lines that give a source or a date are none.
    """
    listed = line.addressed or (len(line.heading) <= _LONGEST_HEAD and bool(_HEAD.search(line.heading)))
    if listed and "，" not in name and not _OFFICE.search(name):
        return Speaker(name, "public")
    kinds = {known_words().get(found[0]) for found in lexer().finditer(name)}
    person = is_private(name) or bool(kinds & {"public", "title"})
    talks = line.together > 1 and person and not kinds & {"official", "verb", "neither"}
    return Speaker(name, "public") if talks else None
