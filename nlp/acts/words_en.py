"""The words around dated acts in English, as patterns.

`MEASURE` is what an authority or an owner makes, changes or takes back; `OTHER_NEWS` is what makes a dated sentence
some other news. `STARTING` and `LEAD` end where a date begins; `THEN` begins where one ends.
"""

from __future__ import annotations

MEASURE = (
    r"\b(?i:polic(?:y|ies)|rules?|regulations?|laws?|bill|bans?|charg(?:es?|ing)|fees?|fares?|tariffs?|tax(?:es)?|levy|"
    r"dut(?:y|ies)|prices?|pricing|scheme|order|ordinance|decree|directive|guidance|notice|limits?|requirements?|"
    r"standards?|code|measures?|restrictions?|mandates?|licen[cs](?:e|es|ing)|benefits?|credit line|quotas?|zone|"
    r"subsid(?:y|ies)|decision|changes?|moratorium|amendments?|increases?|consultation|reforms?|treaty|[Aa]ct|"
    r"surcharge|budget|strategy|legislation|pass(?:es)?|terms|conditions)\b"
)
SUBJECT = (
    rf"(?:{MEASURE}|\b(?i:plans?|permits?|loans?|credit|rates?|service|accounts?|eligibility|compensation|refunds?|"
    r"penalt(?:y|ies)|sanctions|agreement|funding|programme|program|minimum|pay|draft)\b)"
)
EFFECT = (
    r"(?:appl(?:y|ies|ied)|start(?:s|ed)?|begin(?:s)?|began|commence[sd]?|introduce[sd]?|implement(?:ed)?|enforced?|"
    r"roll(?:s|ed)? out|launch(?:es|ed)?|abolish(?:es|ed)?|scrap(?:s|ped)?|rais(?:e|es|ed)|rises?|increas(?:e|es|ed)|"
    r"decreas(?:e|es|ed)|cuts?|reduc(?:e|es|ed)|ban(?:s|ned)?|clos(?:e|es|ed)|charg(?:e|es|ed)|requir(?:e|es|ed)|"
    r"end(?:s|ed)?|stop(?:s|ped)?|remov(?:e|es|ed)|replac(?:e|es|ed)|chang(?:e|es|ed)|expand(?:s|ed)?|"
    r"restrict(?:s|ed)?|limit(?:s|ed)?|lift(?:s|ed)?|lower(?:s|ed)?|double[sd]?|phase[sd]? out|withdraw[ns]?|"
    r"allow(?:s|ed)?|offer|pay|move[sd]?|switch(?:es|ed)?|resume[sd]?|reopen(?:s|ed)?|extend(?:s|ed)?|adopt(?:s|ed)?|"
    r"impos(?:e|es|ed)|freez(?:e|es)|frozen|go(?:es)? (?:up|down))"
)
OBLIGES = (
    r"\b(?:must|no longer|shall|would|ha(?:s|ve) to|needs?|will (?:be )?(?:able|free)|(?:be|is|are) (?:required|"
    rf"allowed|able|banned|charged|free|obliged|prohibited|permitted|entitled|subject)|{EFFECT})\b"
)
ANNOUNCES = (
    r"\b(?:announc(?:ed|es|ing)|unveil(?:ed|s)|publish(?:ed|es)|issued?|releas(?:ed|es)|adopt(?:ed|s)|approved?|"
    r"pass(?:ed|es)|sign(?:ed|s)|enact(?:ed|s)|introduced|voted|gazetted|agreed|notified|set out|laid|promulgated|"
    r"ratified|backed(?! down| off)|proposed)\b"
)
WITHDRAWS = (
    r"\b(?:withdr(?:ew|aw|awn|awing)|scrap(?:ped|s|ping)?|revers(?:ed?|es|ing)|abandon(?:ed|s|ing)?|"
    r"cancel(?:led|ed|ling|ing)?|postpon(?:ed?|es|ing)|suspend(?:ed|s|ing)?|delay(?:ed|s|ing)?|paus(?:ed?|es|ing)|"
    r"shelv(?:ed?|es|ing)|repeal(?:ed|s|ing)?|revok(?:ed?|es|ing)|rescind(?:ed|s|ing)?|halt(?:ed|s|ing)?|"
    r"put on hold|drop(?:ped)?|backtrack(?:ed|s)?|back(?:ed|s) down|roll(?:ed|s) back|overturn(?:ed|s)?)\b"
)
PUT_OFF = r"\b(?:postponed|delayed|suspended|paused|halted|deferred|put back|pushed back)\b"
REGULATOR = (
    r"\b(?:[Rr]egulators?|Authority|Commission|[Oo]mbudsman|[Ww]atchdog|Office (?:of|for)|Agency|Bureau|Ofcom|Ofgem|"
    r"Ofwat|FCA|CMA|FTC|FCC|SEC|ICO|ACCC|Regulatory|Inspectorate)\b"
)
REGULATES = (
    r"\b(?:fined|ordered|warned|summoned|sanctioned|penali[sz]ed|told|reprimanded|rebuked|required|instructed|banned|"
    r"sued|(?:opened|launched) an? (?:investigation|inquiry|probe))\b"
)
CLARIFIES = r"\b(?:clarified|explained|apologi[sz]ed|responded|denied|insisted|rejected claims)\b"
OWNER = (
    r"\b(?:council|company|ministry|department|government|operator|bank|airline|spokes(?:man|woman|person)|platform|"
    r"authority|regulator|watchdog|agency|board|university|commission)\b"
)
CONSULTS = (
    r"\b(?i:consultation|consulting|call for (?:evidence|views|input|opinions)|comment period|public comments?|"
    r"comments (?:on|are|must|should|may|due)|responses (?:can|must|should|are|by)|submissions|written comments|"
    r"seeking views)\b"
)
OPENS = r"\b(?:open(?:ed|s)|launch(?:ed|es)|beg[ai]ns?|start(?:ed|s))\b"
CLOSES = (
    r"\b(?:clos(?:es?|ed|ing)|ends?|ended|runs?|running|open|opens?|due|deadline|received|submitted|sent|accepted|"
    r"extended|respond|welcome|comments?)\b"
)
DOUBT = (
    r"\b(?i:could|might|may|expects?|expected|predict\w*|analysts?|likely|unlikely|if|hopes?|urg(?:ed|es|ing)|"
    r"call(?:s|ed)? (?:for|on)|considering|rumou?rs?|rumou?red|whether|would like|wants?|planned|aims?|"
    r"was (?:due|meant|set|supposed|to)|were (?:due|set|to)|originally|initially|had been)\b"
)
BIOGRAPHY = (
    r"\b(?:born|founded|established|created|built|died|married|opened|arrested|listed|joined|graduated|elected)\b"
)
SINCE = r"\b(?:since|between|quarter|during|ended|ending|compared (?:with|to)|until|before|after|by|dated|period|up to)"
OTHER_NEWS = (
    r"\b(?i:results|earnings|album|film|movie|trailer|phone|smartphone|squad|report|novel|book|song|single|game|season|"
    r"series|study|survey|poll|forecast|figures|data|initial public|project|statistics|dividend|photo|video|"
    r"engagement|pregnan\w+|death|tickets?|tour|roster|verdict|contract|footage|coach|striker|player|goals?|match)\b"
)

LEAD = r"(?:\b(?:on|in|at|from|of|late|early|earlier|midnight|noon|the|morning|evening|as|since)\s+)*$"
STARTING = (
    r"\b(?:from|starting|beginning|effective|commencing|as of|as from|with effect from)"
    r"(?:\s+(?:on|from|in|as of|at|midnight|the|beginning of|start of|early|late|of))*\s*$"
)
FIRST_STARTING = (
    r"(?:^|[,;:]\s+|\b(?:that|and|but)\s+)"
    r"(?:(?:[Ff]rom|[Ss]tarting|[Bb]eginning|[Ee]ffective|[Aa]s of|[Aa]s from|[Ww]ith effect from)\s+)+"
    r"(?:on\s+|in\s+|midnight on\s+)?$"
)
INTO_FORCE = (
    r"\b(?:tak(?:es?|ing)|took|taken|com(?:es?|ing)|came|go(?:es|ing)?|went|enter(?:s|ed)?|brought|put|be)\s+"
    r"(?:back\s+)?(?:in(?:to)?\s+)?(?:effect|force|operation)\b"
)
IN_FORCE_FROM = (
    r"\b(?:[Ee]ffective|[Ii]n force|[Ii]n effect|[Ww]ith effect)"
    r"(?:\s+(?:date|is|as|from|of|on|starting|beginning|at|midnight))*:?,?\s*$"
)
THEN = r"(?:\s+(?:morning|afternoon|evening|night|at midnight))?"
STATEMENT = r"\b[Ii]n an? (?:\w+ )?(?:statement|notice|post|letter|email|update|interview)\b"
SETS_IN = r"\b(?:goes? live|kicks? in|begins?|starts?|applies|apply)\s+(?:on|from|in)\s+$"
