"""Bytes become text: by byte order mark, then declared label, then strict UTF-8, then a guess.

Labels follow the WHATWG Encoding Standard (encoding.spec.whatwg.org): `gb2312` and `gbk` mean GB18030, `big5` means
Big5 with the Hong Kong supplement, `iso-8859-1` means windows-1252. Labels outside it (`utf-7`, `hex`, `rot13`) are
never handed to a codec.
A declaration that does not fit the bytes loses to one that does, and `Decoded.how` says so.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

_SAMPLE = 1 << 18
_META_WINDOW = 4096
_REPLACEMENT = "\ufffd"
_LATIN = "cp1252"
_ONE_BYTE = ("cp125", "cp874", "iso8859", "mac", "koi8", "ibm")
# Right readings of ten characters and more score .3 to .6, wrong ones under .15 (scores as in `_chinese_score`).
_CHINESE = 0.2

# WHATWG labels by the Python codec that reads them.
_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 utf-8-sig",
    "ibm866": "866 cp866 csibm866 ibm866",
    "iso8859-2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2",
    "iso8859-3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859-4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859-5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859-6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e"
    " iso-8859-6-i iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859-7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7"
    " iso_8859-7:1987 sun_eu_greek",
    "iso8859-8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8"
    " iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859-10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859-13": "iso-8859-13 iso8859-13 iso885913",
    "iso8859-14": "iso-8859-14 iso8859-14 iso885914",
    "iso8859-15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "cskoi8r koi koi8 koi8-r koi8_r",
    "koi8-u": "koi8-ru koi8-u",
    "mac-roman": "csmacintosh mac macintosh x-mac-roman",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp1250": "cp1250 windows-1250 x-cp1250",
    "cp1251": "cp1251 windows-1251 x-cp1251",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1"
    " iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252 latin-1",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5"
    " windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936 ms936"
    " windows-936",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5 big5hkscs cp950",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp",
    "iso2022_jp": "csiso2022jp iso-2022-jp",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601"
    " windows-949 cp949",
    "utf-16-be": "unicodefffe utf-16be utf-16-be",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le utf-16-le",
}
_CODEC_OF = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_KANA = re.compile("[\u3040-\u30fa]{2}")
_HANGUL = re.compile("[\uac00-\ud7a3]{2}")
_THREE_BYTES = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}")
_META = re.compile(
    rb"""<(?:meta\b[^>]*?\bcharset|\?xml\b[^>]*?\bencoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)

# Characters Python's tables send elsewhere than the standard: GB18030 to the private use area (a table of the year
# 2000), Big5 to look-alikes. All nine of the latter have one place in Big5 only.
_GB18030_MENDED = str.maketrans(
    "\ue78d\ue78e\ue78f\ue790\ue791\ue792\ue793\ue794\ue795\ue796\ue7c7\ue81e\ue826\ue82b\ue82c\ue832\ue843\ue854\ue864",
    "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19\u1e3f\u9fb4\u9fb5\u9fb6\u9fb7\u9fb8\u9fb9\u9fba\u9fbb",
)
_BIG5_MENDED = str.maketrans(
    "\u2022\uff64\u203e\u223c\u2641\u2609\xa5\xa2\xa3",
    "\u2027\ufe51\xaf\uff5e\u2295\u2299\uffe5\uffe0\uffe1",
)
_MENDED = {"gb18030": _GB18030_MENDED, "big5hkscs": _BIG5_MENDED}

# The most frequent characters of modern Chinese in both scripts, and the punctuation between them: bytes read in the
# wrong encoding hardly ever show these.
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去"
    "这個們來為國說時會對於著過發後裡種經麼沒還點開關問題應該讓給買賣錢網車學當從動實現見電長話請覺愛這"
    "没还点开关问题应该让给买卖钱网车学当从动实现见电长话请觉爱好都很看想什没只又都把被比更真太吧吗呢啊，。！？、：；“”「」（）《》"
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how it was read.

    Attributes:
        text: the text, without its byte order mark.
        encoding: the Python codec that read it.
        how: `bom`, `declared`, `meta`, `utf-8` or `detected`, with a remark where a declaration did not fit.
        replaced: how many U+FFFD stand for bytes that could not be read.
    """

    text: str
    encoding: str
    how: str
    replaced: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The codec chosen for some bytes, why, and the length of the byte order mark to skip."""

    encoding: str
    how: str
    skip: int = 0


def codec_of(label: str | None) -> str | None:
    """The Python codec for a WHATWG label, or None for a label the standard does not know. Never raises."""
    return _CODEC_OF.get((label or "").strip().strip("\"'").lower())


def decode(data: bytes, *, declared: str | None = None, html: bool = False) -> Decoded:
    """Read bytes as text; never raises.

    Args:
        data: the bytes, with or without a byte order mark.
        declared: a label from outside (an HTTP header, an option); unknown labels are passed over.
        html: also look for a label in `<meta charset>` or `<?xml encoding>` near the start.
    """
    choice = choose(data, declared=declared, html=html)
    body = memoryview(data)[choice.skip :]
    text = mended(str(body, choice.encoding, "replace"), choice.encoding)
    return Decoded(text, choice.encoding, choice.how, _replaced(text, bytes(body), choice.encoding))


def choose(data: bytes, *, declared: str | None = None, html: bool = False, partial: bool = False) -> Choice:
    """The encoding of these bytes; `partial` says that more follow, so that a character cut at the end is no error."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return Choice(codec, "bom", len(mark))
    misfit = ""
    for codec, how in _declarations(data, declared, html=html):
        if _fits(data, codec, partial=partial):
            return Choice(codec, how)
        misfit = misfit or f" ({how} {codec} did not fit)"
    found = _undeclared(data, partial=partial)
    return Choice(found.encoding, found.how + misfit)


def mended(text: str, encoding: str) -> str:
    """Text with the characters that Python's table of this encoding misplaces put right."""
    table = _MENDED.get(encoding)
    return text.translate(table) if table else text


def _declarations(data: bytes, declared: str | None, *, html: bool) -> list[tuple[str, str]]:
    """What is claimed about the bytes, the most credible claim first: a server's Latin default yields to the page."""
    found = [(codec_of(declared), "declared")]
    if html and (label := _META.search(data[:_META_WINDOW])):
        codec = codec_of(label[1].decode("ascii", "replace"))
        # A label that could be read as ASCII cannot stand in UTF-16.
        found.append(("utf-8" if codec and codec.startswith("utf-16") else codec, "meta"))
    known = [(codec, how) for codec, how in found if codec]
    return sorted(known, key=lambda claim: claim[0] == _LATIN)


def _fits(data: bytes, codec: str, *, partial: bool) -> bool:
    """Whether the claim is believable: few errors, and no one-byte label on bytes that are plainly something else."""
    if codec.startswith("utf-16"):
        return _utf16_order(data) == codec or b"\0" not in data[:_SAMPLE]
    if codec != "utf-8" and _plainly_utf8(data, partial=partial):
        return False
    if codec == _LATIN:
        return _best_chinese(_telling_sample(data))[1] < _CHINESE
    return codec.startswith(_ONE_BYTE) or _reads(data, codec, partial=partial) or _few_errors(data[:_SAMPLE], codec)


def _plainly_utf8(data: bytes, *, partial: bool) -> bool:
    """Whether the bytes are valid UTF-8 with a sequence of three bytes or more: no other text reads so by chance."""
    return bool(_THREE_BYTES.search(data)) and _reads(data, "utf-8", partial=partial)


def _undeclared(data: bytes, *, partial: bool) -> Choice:
    if order := _utf16_order(data):
        return Choice(order, "detected")
    if _reads(data, "utf-8", partial=partial):
        return Choice("utf-8", "utf-8")
    sample = _telling_sample(data)
    if _few_errors(sample, "utf-8"):
        return Choice("utf-8", "detected")
    return Choice(_detected(sample), "detected")


def _reads(data: bytes, codec: str, *, partial: bool) -> bool:
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(data, not partial)
    except UnicodeDecodeError:
        return False
    return True


def _few_errors(sample: bytes, codec: str) -> bool:
    """Whether at most one in twenty of the characters beyond ASCII cannot be read."""
    beyond = [char for char in sample.decode(codec, "replace") if char > "\x7f"]
    return beyond.count(_REPLACEMENT) * 20 <= len(beyond)


def _utf16_order(data: bytes) -> str | None:
    """The byte order of unmarked UTF-16: its ASCII (digits, commas, line ends) has its NULs on one side."""
    sample = data[:_SAMPLE]
    if sample.isascii() and sample.count(0) * 3 < len(sample):
        return None  # in UTF-16 every other byte of such a text is NUL: these stand in broken cells
    high, low = sample[1::2].count(0), sample[0::2].count(0)
    enough = max(2, len(sample) // 200)
    if high >= enough and low * 4 < high:
        return "utf-16-le"
    return "utf-16-be" if low >= enough and high * 4 < low else None


def _telling_sample(data: bytes) -> bytes:
    """A stretch that begins near the first byte beyond ASCII: the header of a file says nothing about its rows."""
    first = re.search(rb"[\x80-\xff]", data)
    start = max(0, first.start() - 1000) if first else 0
    return data[start : start + _SAMPLE]


def _detected(sample: bytes) -> str:
    """The likeliest old encoding: Chinese by frequent characters, Latin by lone high bytes, else a second opinion."""
    codec, score = _best_chinese(sample)
    if score >= _CHINESE:
        return codec
    if _looks_latin(sample):
        return _LATIN
    return _second_opinion(sample) or (codec if score > 0 else _LATIN)


def _best_chinese(sample: bytes) -> tuple[str, float]:
    return max(((codec, _chinese_score(sample, codec)) for codec in ("gb18030", "big5hkscs")), key=lambda pair: pair[1])


def _chinese_score(sample: bytes, codec: str) -> float:
    """The share of frequent characters among those beyond ASCII, less three times the share that cannot be read."""
    beyond = [char for char in sample.decode(codec, "replace") if char > "\x7f"]
    if not beyond:
        return 0.0
    return (sum(char in _FREQUENT for char in beyond) - 3 * beyond.count(_REPLACEMENT)) / len(beyond)


def _looks_latin(sample: bytes) -> bool:
    """Whether bytes beyond ASCII stand mostly alone, as accents and curly quotes do."""
    runs = re.findall(rb"[\x80-\xff]+", sample)
    return sum(len(run) == 1 for run in runs) * 10 >= len(runs) * 8


def _second_opinion(sample: bytes) -> str | None:
    """What charset-normalizer finds, where its own script bears it out: kana, Hangul, Cyrillic or another alphabet."""
    from charset_normalizer import from_bytes  # slow to load, and hardly ever asked

    best = from_bytes(sample[: 1 << 16]).best()
    codec = codec_of(best.encoding.replace("_", "-")) if best else None
    if not codec or codec.startswith("utf-16"):
        return None
    own = {"cp932": _KANA, "euc_jp": _KANA, "cp949": _HANGUL}.get(codec)
    return codec if own is None or own.search(sample.decode(codec, "replace")) else None


def _replaced(text: str, body: bytes, encoding: str) -> int:
    seen = text.count(_REPLACEMENT)
    return max(0, seen - body.count(_REPLACEMENT.encode(encoding, "ignore") or b"\xff\xfd\xff\xfd")) if seen else 0
