"""The parts of a Chinese clause that reports speech: what may stand around its speaker and its verb."""

from __future__ import annotations

import re

from nlp.quotes.people_zh import HAN, SURNAME
from nlp.quotes.words import any_of, words

_LATIN = r"A-Za-z0-9_\-=@·."
# A noun right behind one of these is an object: 被网友批评, 对用户表示.
OBJECT = re.compile(
    r"(?:被|对|向|给|让|令|遭|遭到|受到|受|把|将|采访|联系|引发|引起|导致|面对|针对|对于|关于|和|与|跟)了?"
    r"(?:广大|很多|不少|众多|许多|一些|各位|这些|所有|部分|大量|了)?$"
)
# Behind the speaker these begin what is said about the speaking: 网友对平台的做法表示….
_PREPOSITION = "对于|对|针对|就此|就|向|在|于|通过|因为|因|为|用|以|从|给|同|跟|把|将|被"
ADJUNCT = re.compile(_PREPOSITION)
_MODAL = (
    "应该|应当|应|需要|需|可以|可能|可能会|将会|将要|能够|能|会|要|必须|不得不|不能|不敢|敢|难以|无法|想|不想|"
    "值得|不会|别"
)
NO_VERB = re.compile(
    rf"(?:{_MODAL}|的|被|所|受|遭|遭到|受到|没有|没|未|拒绝|不愿|并未|不予|不便|任何|什么|作|做|进行|发表|收到|接到|"
    r"种种|诸多|引发|引起|招致|面对|大量)$"
)
MARKS = frozenset('“「『"')
_WORDS_OF = r"[了过]?(?:这么|这样)?[一两二三四五六七八九十几]+(?:个字|句话?|番话|段话)"
VERB_TAIL = re.compile(
    rf"(?:{_WORDS_OF}|得[^，]{{1,5}}(?=$)|着|了|过|道|说|称|到|出|自己|其实|的是|起来|说法|一下|一声|[\s、])*$"
)
TELLING = frozenset(words("zh", "telling"))
JUDGING = frozenset(words("zh", "judging"))
NAMING = frozenset(words("zh", "naming"))
GESTURE = frozenset(words("zh", "gesture"))
WEAK = frozenset(words("zh", "weak"))
LISTENER = re.compile(rf"《\ufffd+》[{HAN}]{{0,4}}$|(?![和与及或、了过着])[{HAN}A-Za-z·\ufffd《》]{{1,8}}$")
IN_EYES = re.compile(r"在(.{1,14})(?:看来|眼里|眼中|心目中)\s*$")
_TIME = r"(?:\d{1,4}[年月日号时点分]|[上下]午|晚间?|早上|凌晨|中午)+"
ADVERB = (
    r"(?:也|还|都|又|则|便|就|曾|曾经|已|已经|更|再|再次|再度|纷纷|均|一致|普遍|随即|随后|然后|接着|最后|同时|并|而|但|却|"
    r"不禁|忍不住|不由得|当面|当场|公开|直接|反复|多次|进一步|非常|十分|很|颇|均|分别|集体|一边|开始|继续|只|仅|甚至|可能|似乎|"
    r"联名|联合|写信|致信|来信|来电|致电|打电话|发帖|嘴里|口中|嘴上|心里|边|此前|日前|近日|当时|之后|事后|后来|主动|热情地|网上|私下|曾在|不断|急忙|连忙|立刻|立即|马上|紧接着|其后)"
)
BARE = re.compile(
    rf"(?:\s|、|{ADVERB}|{_TIME}|"
    r"(?:在|于|从|当|经|对|向|据|就|针对|面对|通过)[^，]*?(?:上|中|时|里|后|下|间|前|说|问|此|看|内|之余)|"
    rf"[{HAN}]{{1,4}}地|[一几两半][个字句声边脸口度][^，]{{0,6}}|"
    r"话音刚落|一方面|另一方面|对此|为此|此外|另外|其中|其间|期间)*"
)
OPENING = re.compile(rf"(?:\s|、|{_TIME}|据悉|据了解|{any_of(words('zh', 'opener'))})+(?=.)")
THERE_IS = re.compile(r"有(?!人|的人|些|的)(?:个|位|名)?|[个位名]")
SOME = re.compile(rf"(?:{ADVERB}|\s|、|不少|许多)*有的?$")
# 点赞的|说, 已经买了的|觉得: people by what they did or think.
SORT = re.compile(
    rf"(?:{ADVERB}|\s|、|而|但)*(?P<who>(?:(?:点赞|吐槽|支持|反对|赞成|同意|不同意|赞同|力挺|质疑|批评|看好|唱衰|乐观|悲观|担心|"
    rf"不满|年轻|年长|上了年纪)|(?:已经?|还没有?|没有?|刚|打算|准备|正在)[{HAN}]{{1,6}}|[{HAN}]{{1,4}}[过了])的|[^，的]{{2,12}}的人们?)(?:{ADVERB})*"
)
PRIVATE = re.compile(
    rf"(?:家住|住在|在|从)[^，]{{1,14}}(?:来[^，]{{0,6}}|住|上班|打工|工作|务工|上学|读书|等车|排队|看病|买菜|做[^，]{{1,6}}|开[^，]{{1,6}})?的{SURNAME}[{HAN}]{{1,2}}"
)
BEHIND_NAME = re.compile(rf"{ADVERB}.*|(?<=.{{2}})[{HAN}]{{2}}地$")
LIKE_NAME = re.compile(
    rf"(?:^|[的、\s]|(?<=[员长师者家记人])){SURNAME}[{HAN}]{{1,2}}(?={ADVERB}|$)|[A-Za-z·]|"
    r"(?:公司|集团|银行|方面|局|厅|委|部|院|馆|校|社|网|报|台|协会|平台|中心|方)$"
)
PSEUDONYM = re.compile(rf"[{HAN}]{{2,3}}(?=[（(]化名)")
# Between the speaker and the verb: a name, adverbs, an adjunct, or what was done meanwhile.
REACHES = re.compile(
    rf"(?:[（(]\ufffd*[)）]|\s)*"
    rf"(?:[^，]{{0,4}}|“\ufffd+”[^，]{{0,8}}|[{_LATIN}]{{1,30}}\s?(?:{ADVERB})*|"
    rf"[{_LATIN}“”\ufffd{HAN}]{{0,20}}?(?:{ADVERB}|{_TIME}|{_PREPOSITION}|[（(])[^，]*|"
    r"[^，]{1,24}(?:地|后|时|前|着|中|上|下|之余|之际|并|里))"
)
# Before a sentence's subject: what counts or describes it.
MODIFIER = re.compile(
    rf"(?:{ADVERB}|{_TIME}|\s|、)*(?:[A-Z]{{0,6}}[{HAN}]{{0,4}}|[^，]{{0,16}}的{SURNAME}?|.{{0,6}}[一两三几多数这那该某][位名个些]?[^，]{{0,10}})"
)
# Who ends on one of these is many, and no later 他 or 她.
MANY = ("网友", "网民", "市民", "用户", "人", "民众", "群众", "们", "家长", "居民", "业主")
# A share of people is a finding of a survey.
SURVEY = re.compile(r"\d[%％]的?|[一二三四五六七八九十两]成")
COUNTED = re.compile(r"[一两三几多数0-9][位名个]|某|不少|一些|有些|许多|很多|部分|多数|众多|有")
SMALL = re.compile(rf"小(?![米组区编学时红说孩])[{HAN}](?=$|[^{HAN}]|{ADVERB}|沉默|回忆|自己|的)")
# 陈先生也遇到了同样的问题：…
TOLD = re.compile(r"(?:问题|情况|经历|遭遇|看法|意见|建议|要求|疑问|烦恼|困惑|体会|感受|理由|诉求|担心|顾虑|心愿)$")
OLD = re.compile(rf"老{SURNAME}(?![干牛历师板])(?=[^，]{{0,10}}$)")
NICK = re.compile(
    rf"[{_LATIN}]{{2,30}}|(?:“\ufffd+”)|[小老阿]{SURNAME}|{SURNAME}[{HAN}]{{1,2}}(?=$|{ADVERB}|在|对|向|（)"
)
NICK_OR_NOTHING = re.compile(rf"[们]?\s?(?:@[^，\s]{{1,20}}|[{_LATIN}]{{1,30}}|“\ufffd+”|.?)\s?")
NO_SPEECH = re.compile(
    r"(?:例如|比如|譬如|包括|如下|分别是|是|为|即|口号|主题|标题|题目|题为|名为|名叫|书名|叫做|写着|语录|名言|如|像)$"
)
MEDIA = frozenset(words("zh", "media"))
STAFF = frozenset({"工作人员", "负责人", "专员", "代表", "发言人"})
ASIDE = re.compile(r"[（(]化名[)）]")
