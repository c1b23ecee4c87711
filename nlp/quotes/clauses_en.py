"""The parts of an English sentence that reports speech: what may stand around its speaker and its verb."""

from __future__ import annotations

import re

from nlp.quotes.marks import MASK
from nlp.quotes.words import any_of, words

_OPEN, _SHUT = "[“\"'‘«„]", "[”\"'’»“]"
# “…,” one user | wrote
MARKS_THEN_SUBJECT = re.compile(rf"{MASK}{_SHUT}[\s,–—\-]*(?P<subject>[^.;:{MASK}“”\"]*)$")
# said [on Monday]: “…”
TO_MARKS = re.compile(
    rf"(?P<between>(?:[^,;:{MASK}“”\"]|,(?=\s(?:who|which|a|an|the)\s)|,(?=\s[A-Z0-9])){{0,100}}?)"
    rf"(?P<lead>[,:]|\sthat|\sas|[–—])?\s*(?={_OPEN}{MASK})"
)
_WHEN_AND_WHERE = (
    r"(?:\s+(?:in|on|at|to|during|after|by|via|through|yesterday|last|this|earlier|later|publicly|repeatedly|also|today|"
    r"anonymously|online)\b[^,;:]*?)?"
)
THAT = re.compile(rf"{_WHEN_AND_WHERE},?\s+(?:that\s+|(?=(?:whether|if|why|how|what|when|where|who)\s))")
AT_ONCE = re.compile(
    r"\s+(?!(?:in|on|at|to|of|for|by|about|with|from|so|as|and|or|but|can|could|will|would|is|are|was|were|has|have|had|"
    r"during|after|before|yesterday|no|yes|it all)\b)(?=[\w$£€])"
)
LISTENER = re.compile(
    r"\s+(?:me|us|him|her|them|it|reporters|(?:the\s+|a\s+)?[A-Z][\w’'.\-]*(?:\s(?:of\s)?[A-Z][\w’'.\-]*)*|"
    r"(?:the|their|his|her|a|local|our)\s+[a-z]+)(?=[\s,.;])"
)
COLON = re.compile(r"(?:\s[\w’']+){0,4}:\s+(?=\w)")
SUBJECT_ENDS = re.compile(
    rf"[;:{MASK}]|\.\s|{_OPEN}{MASK}|,?\s(?:as|while|when|before|adding|speaking)\s|,\s[a-z]+ing\s"
)
TO_DO = re.compile(r"\s+(?=[^.;:]{2,80}?\s(?:not\s)?to\s[a-z]+)")
SETS = {name: frozenset(words("en", name)) for name in ("weak", "telling", "request", "naming", "expressing")}
FEELING = re.compile(rf"\s(?:[a-z]+\s){{0,3}}(?:{any_of(words('en', 'feeling'))})(?=\sthat\s)")
CONTENT_ENDS = re.compile(
    r",\s+(?:according to|insinuating|adding|noting|while\s|[a-z]+ing\s+(?:that|the|a|it|they|he|she)\s)|"
    r"\s[–—]\s|;\s|\sand\s(?:say|says|said)\s|,\sand\s(?:of|for|about)\s"
)
CLOSED = re.compile(
    r"(?:\s+(?:on|in|at|to|via|after|during)(?:\s[\w’'\-]+){1,4}|\s+(?:[A-Z]\w+day|yesterday|today|later|online))?\s*(?:[.,;]|$)"
)
# “…” (female carer, 52)  “…” — a mother, Leeds
SIGNED = re.compile(r"\s*(?:\((?P<within>[^()]{2,50})\)|[—–]\s*(?P<behind>[^.—–]{3,60}))\s*[.,]?\s*")
SEX_AND_AGE = re.compile(r"^(?:fe)?male\b|\b(?:1[4-9]|[2-9]\d)$", re.IGNORECASE)
ACCORDING = re.compile(
    r"\baccording to\s+(?P<subject>[^,.;:]+(?:,\s(?:who|an?|the|\d\d)\b[^,.;:]*(?=,))?)", re.IGNORECASE
)
SURVEY = re.compile(
    r"(?:\b\d+(?:\.\d+)?\s?(?:%|per\s?cent\b)|\b(?:one|two|three|four|five|six|seven|eight|nine)\s(?:in|out\sof)\s(?:\w+)\b|"
    r"\b(?:half|majority|quarter|third|two-thirds)\sof\b)[^.]*\b(?:respondents|surveyed|polled|those asked)\b|"
    r"\b(?:poll|survey)\s(?:found|showed|suggests|suggested)\b",
    re.IGNORECASE,
)
# Asked whether it helped, he | shrugged.  Under the post were hundreds of | replies.
GESTURE = re.compile(
    rf"\b(?:{any_of(words('en', 'gesture'))})(?=\s*[.,;:—]|\s(?:at|with|his|her|and|as)\b)|"
    r"\b(?P<posts>replies|comments|responses|reviews|messages|tweets|reactions)\b(?=[^.,;:]{0,30}[.:]?\s*$)"
)
OUTCRY = re.compile(r"\b(?:shouts?|cry|cries|chants?|calls|cheers|jeers|screams|yells|heckles)\sof\s*$")
ACCUSED = re.compile(r"\s+[^.,;:]{2,80}?\sof\s+(?=(?:not\s)?[a-z]+ing\b)")
BY = re.compile(r"[^.,;]{0,40}?\sby\s+(?P<subject>[^.,;]+)")
BY_BEFORE = re.compile(r"\s+by\s+(?P<subject>[^.,;]+?)\s+as\s")
PASSIVE = re.compile(r"\b(?:been|was|were|is|are|be|being)\s+(?:\w+ly\s+)?$")
# One woman, who | asked not to be named, said ….
WHO = re.compile(r",\swho\s(?:had\s|has\s|have\s|also\s)?$")
INFINITIVE = re.compile(
    r"\b(?:to|not|can|could|will|would|should|may|might|must|cannot|n[’']t|before|after|without)\s+(?:\w+ly\s+)?$|"
    r"\b(?:the|an?|its|their|his|her|our|my|your|no|any|every|each)\s$|\b[a-z]+\sthat\s$"
)
HEADLINE = re.compile(r"(?P<subject>(?:[A-Z][a-z]+\s)?[A-Za-z]+):\s+(?=\S)")
# We heard it everywhere: “…”
HEARD = re.compile(r"\b(?:we|I)\s(?:\w+\s)?(?:hear|heard|were\stold|was\stold)\b", re.IGNORECASE)
ASIDE = re.compile(r"\s[—–]\s[^—–]{1,120}\s[—–]\s")
_VERBS = frozenset(verb for kind in ("saying", "participle", "naming", "expressing") for verb in words("en", kind))
VERBS = re.compile(rf"(?<![\w\-’'])(?:{any_of(_VERBS)})(?![\w\-])")
