"""Which kind of speaker a Chinese noun phrase names: by its known words, its form, or what it says of its bearer."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from nlp.quotes.words import any_of, words

if TYPE_CHECKING:
    from storage.nouns import SpeakerClass

HAN = "\u4e00-\u9fff"
SURNAME = f"[{''.join(words('zh', 'surname'))}]"
_CALLED = (
    "先生|女士|小姐|太太|师傅|阿姨|大爷|大妈|大娘|大叔|大伯|大姐|大哥|大嫂|二嫂|姐|哥|嫂|婶|姨|叔|伯|伯伯|婆婆|奶奶|爷爷|老伯|"
    "老汉|老太|妈妈|爸爸|妈|爸|同学"
)
# 老吴, 小周, 李女士, 王大爷: how the press calls private persons.
_PRIVATE_NAME = re.compile(
    rf"(?:^|[^{HAN}]|[的员工者友户主家人师商民生客族夫妻妇])[小老]{SURNAME}(?:（化名）|\(化名\))?$|"
    rf"{SURNAME}[{HAN}]?(?:{_CALLED})(?:（化名）|\(化名\))?$|[（(]化名[)）]$|[{HAN}]{{1,4}}[妈爸妹]$"
)
# 住在…的, 退休…, 在…打工的: what is told of private persons only.
_PRIVATE_LIFE = re.compile(
    r"在[^，]{1,12}(?:做|当|开|卖|搞|跑)[^，]{1,8}的|(?:种|养|卖|跑|干|开|住|等|排|打|摆|做)了[^，]{1,10}的|隔壁|邻座|对门|楼上|楼下|(?:旁边|身后|前排|后排|同车|同行|同村|路边|门口|台下)的|家住|住在|租住|居住在|退休(?!金)|下岗|失业|待业|失联|独居|(?:打工|上班|务工|工作|上学|读书|读大学|就读|念书|排队|候车|等车|等号|"
    r"就诊|看病|购物|买菜|遛弯|散步|锻炼|纳凉|路过|围观|带娃|接孩子)的|带着(?:孩子|行李)的|年过[五六七八九]|[一二三四五六七八九]旬|"
    r"不愿(?:意)?(?:透露|公开)?(?:姓名|具名)的(?=.*(?:司机|员工|工人|家长|居民))|自称"
)
_FULL_NAME = re.compile(rf"{SURNAME}[{HAN}]{{1,2}}")
_SOMEBODY = re.compile(r"(?:其中|还有|另外?|有)*[一两二三四五六七八九十几0-9]+[位名个]人?")
_HIGH = re.compile(rf"(?:{any_of(words('zh', 'standing'))})")
_OFFICIAL_END = re.compile(
    rf"(?:[{HAN}](?:局|厅|委|署|政府|法院|检察院|街道办|委员会|管委会|总工会|省|市|区|县|镇)|(?<![全总内外班])部)"
    r"(?:局|厅|处|科|部|署|区|县|镇)?(?:长|主任|副主任|书记|负责人)?$"
)
_MANUAL_END = re.compile(rf"[{HAN}](?:工|农|贩|嫂|婶|妈|爸|娃|友|迷|粉|党|族|租客|户)们?$")
_FIRM = re.compile("客服|该行|银行|公司|平台|超市|商场|门店|酒店|航空|集团|该品牌|品牌|物业|景区|旗舰店")


class Word(NamedTuple):
    """A known word in its place, with the section that lists it."""

    start: int
    end: int
    text: str
    kind: str


@cache
def known_words() -> dict[str, str]:
    """Every known word with its kind; the kinds named later win, so what is neither shields what it holds."""
    kinds = {"saying": "verb", "gesture": "verb"}
    sections = ("professional", "title", "official", "public", "pronoun", "self", "gesture", "saying", "neither")
    return {word: kinds.get(section, section) for section in sections for word in words("zh", section)}


@cache
def lexer() -> re.Pattern[str]:
    """Matches any known word, the longest first."""
    return re.compile(any_of(frozenset(known_words())))


def is_private(name: str) -> bool:
    """Whether a phrase names somebody as the press names private persons, or tells of a private life.

    A phrase that gives its bearer a high position (教授, 董事长) names no private person, whatever else it says.
    """
    if _HIGH.search(name) and not re.search("退休|下岗", name):
        return False
    return bool(_PRIVATE_NAME.search(name) or _PRIVATE_LIFE.search(name))


def kind_of_name(name: str) -> SpeakerClass:
    """The kind of a speaker in whose name no known word stands."""
    if is_private(name) or _MANUAL_END.search(name) or _SOMEBODY.fullmatch(name):
        return "public"
    return "official" if _OFFICIAL_END.search(name) else "named"


def is_full_name(name: str) -> bool:
    """Whether this is a family name with a given name, which before 先生 is a person of note."""
    return bool(_FULL_NAME.fullmatch(name))


def speaks_for_firm(name: str) -> bool:
    """Whether a phrase such as 工作人员 or 负责人 belongs to a firm, not to an authority."""
    return bool(_FIRM.search(name))
