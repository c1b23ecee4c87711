"""Quotes in English articles: who said which words, with marks and without."""

from __future__ import annotations

import pytest

from nlp.quotes import find_quotes


def people(text: str) -> list[str]:
    """What ordinary people say in the text; a tilde stands before indirect speech."""
    return [
        quote.text if quote.direct else f"~{quote.text}"
        for quote in find_quotes(text, "en")
        if quote.speaker_class == "public"
    ]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        # one report, one quote
        ("One resident said: “The lift has been broken for months.”", ["The lift has been broken for months."]),
        ("A parent told reporters, “My son gets up at five.”", ["My son gets up at five."]),
        ('"The fare doubled overnight," one commuter wrote on Facebook.', ["The fare doubled overnight,"]),
        ("“Nobody asked us,” said a shopkeeper on the high street.", ["Nobody asked us,"]),
        ("“Nobody asked us,” said Sarah Webb, a mother of two.", ["Nobody asked us,"]),
        ("“Nobody asked us,” said Tom Reed, 34, who drives the bus to school.", ["Nobody asked us,"]),
        ("Sarah Webb, a nurse from Leeds, said: “I cannot pay twice.”", ["I cannot pay twice."]),
        ("Another user commented: “Good riddance!”", ["Good riddance!"]),
        ("Some customers expressed relief: “At last the queue moves.”", ["At last the queue moves."]),
        ("‘We were never told,’ said one tenant.", ["We were never told,"]),
        # split by the report
        ("“I like it,” said one pupil, “but the days are long.”", ["I like it,", "but the days are long."]),
        ("“I like it,” one pupil said. “The days are long, though.”", ["I like it,", "The days are long, though."]),
        ("“Is this a joke?” one user asked.", ["Is this a joke?"]),
        ("“This is absurd.” One driver shrugged as he said so.", []),
        # several speakers
        ("Some residents said “it is about time”, while others complained that “nobody was consulted”.",
         ["it is about time", "nobody was consulted"]),
        ("One user wrote, “Finally.” Another wrote, “Too late.”", ["Finally.", "Too late."]),
        # without marks
        ("Many parents said the new hours made no sense.", ["~the new hours made no sense"]),
        ("Shoppers complained that the bags tore at once.", ["~the bags tore at once"]),
        ("Passengers told the BBC that no train ran all day.", ["~no train ran all day"]),
        ("According to residents, the noise starts at dawn.", ["~the noise starts at dawn"]),
        ("The noise starts at dawn, according to residents.", ["~The noise starts at dawn"]),
        ("It makes no difference to them, several pensioners said.", ["~It makes no difference to them"]),
        ("Users expressed concern that their data could be sold.", ["~their data could be sold"]),
        ("Tenants urged the council to delay the plan.", ["~the council to delay the plan"]),
        ("Netizens: the fine is far too low", ["~the fine is far too low"]),
        ("Drivers are furious, saying the charge punishes the poor.", ["~the charge punishes the poor"]),
        # a judgement between marks
        ("Residents called the plan “a disgrace”.", ["a disgrace"]),
        ("The scheme was described as “a tax on the poor” by motorists.", ["a tax on the poor"]),
        ("He was described by neighbours as “quiet and polite”.", ["quiet and polite"]),
        # names and what their bearers are
        ('"She cried all night," her mother, Helen Park, told the paper.', ["She cried all night,"]),
        ("“I can’t get to work,” says Maria Lopez, 29, a cleaner.", ["I can’t get to work,"]),
        ("Local shop owner Mark Ellis, 52, fears the scheme will cost him dear.", ["~the scheme will cost him dear"]),
        ('"Is this how they treat me?" wrote @janedoe on Twitter.', ["Is this how they treat me?"]),
        # other ways to say it
        ("As one resident put it, “we pay for nothing”.", ["we pay for nothing"]),
        ("“This is the third outage,” read one tweet.", ["This is the third outage,"]),
        ('Some want a boycott, with one user saying, "I am done."', ["I am done."]),
        ('Protesters chanted "shame on you" outside the building.', ["shame on you"]),
        ("Some netizens questioned: Is this really for our own good?", ["~Is this really for our own good?"]),
        ("There are also netizens who said that it was fair.", ["~it was fair"]),
        # odd marks
        ('One user said: "This has to stop." ”', ["This has to stop."]),
        ("One user said: “This has to stop.", ["This has to stop."]),
        # carried on
        ("Mary Hill, a widow, lives upstairs. “I heard it all,” she said.", ["I heard it all,"]),
    ],
)  # fmt: skip
def test_ordinary_people_are_quoted(text: str, quotes: list[str]) -> None:
    assert people(text) == quotes


@pytest.mark.parametrize(
    "text",
    [
        "The so-called “happy hour” ends in May.",
        "Her novel “The Long Road” sold out.",
        "Residents of “Little Venice” will get new bins.",
        "The “safety net” has holes.",
        "A sign reading “No bicycles” hangs at the gate.",
        "Users can choose “dark mode” in the settings.",
        "The minister said: “We will listen.”",
        "“We will listen,” a council spokesperson said.",
        "Experts said the sample was too small.",
        "“We stand by our staff,” the company said in a statement.",
        "James Cole, chief executive of Northway, said “costs have doubled”.",
        "The survey found that users prefer cash.",
        "The change drew criticism from users.",
        "Parents want to know more.",
        "The app lets users share posts.",
        "Police told residents to stay indoors.",
        "The company asked customers to update the app.",
        "Most neighbours agree on the value of thrift.",
        "Passengers were told by staff that the service had ended.",
        "Users had to accidentally admit what happened.",
    ],
)
def test_scare_quotes_and_other_speakers_are_nobodys_comment(text: str) -> None:
    assert people(text) == []


@pytest.mark.parametrize(
    ("text", "speaker", "kind"),
    [
        ("Some netizens said: “Fine.”", "Some netizens", "public"),
        ("The mayor said the road would close.", "The mayor", "official"),
        ("“It works,” said Ada Brook.", "Ada Brook", "named"),
        ("“It works,” said Ada Brook, president of Brook Mills.", "Ada Brook", "named"),
        ("Analysts said prices would fall.", "Analysts", "unknown"),
    ],
)
def test_the_speaker_and_the_class(text: str, speaker: str, kind: str) -> None:
    (quote,) = find_quotes(text, "en")
    assert (quote.speaker, quote.speaker_class) == (speaker, kind)


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        # private persons: by age, home, way of life, a lone given name
        ("“I cannot pay twice,” said Ada Brook, 71, of Elm Lane.", ["I cannot pay twice,"]),
        ("“I cannot pay twice,” said Ada Brook, who keeps a stall there.", ["I cannot pay twice,"]),
        ("“I cannot pay twice,” says Callum.", ["I cannot pay twice,"]),
        ("“I cannot pay twice,” said Ada Brook, 71, director of Brook Mills.", []),
        ("“I cannot pay twice,” said Mary Miller, who crosses every day.", ["I cannot pay twice,"]),
        ("“I cannot pay twice,” said Mary Miller, who rides in on it each morning.", ["I cannot pay twice,"]),
        ("“I cannot pay twice,” said Mary Miller, who sees her mother twice a week.", ["I cannot pay twice,"]),
        ("“Nobody pays twice,” said Mary Miller, who chairs the council every Monday.", []),
        ("“Nobody pays twice,” said Mary Miller, who wrote the plan.", []),
        ("“Nobody pays twice,” said Mary Miller.", []),
        ("That was bad news for Ada Brook, 71. “I cannot pay twice,” she said.", ["I cannot pay twice,"]),
        ("Warehouse worker Jan Lund has a list. “Be quick, be gone,” he said.", ["Be quick, be gone,"]),
        # shown, signed, shouted, over several paragraphs
        ("Commuter Dev Rao laughed. “Helped who?”", ["Helped who?"]),
        ("“I stopped opening the post.” (female carer, 52)", ["I stopped opening the post."]),
        ("There were shouts of “shame” from the gallery.", ["shame"]),
        (
            "“The old route was better.\n“This one is no use,” said a retired nurse.",
            ["The old route was better.", "This one is no use,"],
        ),
        ("‘We were never asked’: villagers fight the plan", ["We were never asked"]),
        ("Reporter: What did it say?\nMr Hughes: That my licence would lapse.", ["~That my licence would lapse"]),
        # called for, accused, complained of
        ("Residents have called for the decision to be reversed.", ["~the decision to be reversed"]),
        ("Tenants accuse the landlord of ignoring the damp.", ["~ignoring the damp"]),
        # no reports
        ("Six in ten respondents said they would support a smaller fee.", []),
        ("“Resident” means any person who has lived in the state for six months.", []),
        ("Click “Accept” and your old plan is gone.", []),
    ],
)
def test_private_persons_and_reports_without_a_plain_verb(text: str, quotes: list[str]) -> None:
    assert people(text) == quotes


def test_the_clause_that_reports_is_the_evidence() -> None:
    text = (
        "Some users expressed their support: “Good.” Another user expressed concern: “Bad idea.” "
        "A third put forward constructive suggestions: “Try it in one town first.”"
    )
    assert [quote.evidence for quote in find_quotes(text, "en")] == [
        "Some users expressed their support",
        "Another user expressed concern",
        "A third put forward constructive suggestions",
    ]
