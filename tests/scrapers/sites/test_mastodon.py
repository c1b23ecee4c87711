"""Posts of a Mastodon server: a hashtag upwards and downwards, a post with its replies, and nothing that is private."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from scrapers.errors import AuthNeeded, SchemaDrift
from scrapers.sites.mastodon import COLLECTOR, MastodonOptions
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from scrapers.protocol import Parsed, Request

SHARED = Path(__file__).parents[4] / "shared" / "fixtures" / "mastodon"
SERVER = "https://social.larkmouth.example"
TAG = f"{SERVER}/api/v1/timelines/tag/ferry"
HOUR = 3_600_000 << 16
NOON = 117_000_000_000_000_000  # an id of July 2026
OPTIONS = {"server": SERVER, "tag": "ferry"}


def post(number: Any, **more: Any) -> dict[str, Any]:
    usual = {"id": str(number), "content": f"<p>post {number}</p>", "created_at": "2026-07-29T00:00:00.000Z"}
    return {**usual, "account": {"acct": "mira"}, "visibility": "public", **more}


class Timeline:
    """A server that answers as the API does; posts can be added between runs."""

    def __init__(self, *ids: int) -> None:
        self.ids = set(ids)

    def __call__(self, url: str) -> bytes:
        bound = re.search(r"(max|min)_id=(\d+)", url)
        above = sorted(found for found in self.ids if not bound or bound[1] == "max" or found > int(bound[2]))
        if bound and bound[1] == "min":
            page = above[:40]
        else:
            page = [found for found in above if not bound or found < int(bound[2])][-40:]
        return json.dumps([post(found) for found in reversed(page)]).encode()


@pytest.fixture
def follow(asks: Callable[..., Sequence[Request]], parse: Callable[..., list[Parsed]]) -> Callable[..., Any]:
    """Run against a timeline: the ids that came, the requests made, the cursor and the problems."""

    def run(server: Callable[[str], bytes], cursor: str | None = None, **more: Any) -> Any:
        options, window = {**OPTIONS, **more.pop("options", {})}, more.pop("window", (None, None))
        waiting, urls, came, problems = list(asks("mastodon", options=options, cursor=cursor)), [], [], []
        while waiting:
            ask = waiting.pop(0)
            urls.append(ask.url)
            assert len(urls) < 100, urls[-3:]
            (parsed,) = parse(
                "mastodon", server(ask.url), url=ask.url, tag=ask.tag, options=options, window=window, **more
            )
            came += [row["ext_id"] for row in parsed.page.comments]
            cursor = parsed.cursor or cursor
            problems += parsed.problems
            waiting += parsed.next
        return came, urls, cursor, problems

    return run


@pytest.fixture
def read(parse: Callable[..., list[Parsed]]) -> Callable[..., Parsed]:
    def one(body: Any, path: str = "timelines/tag/ferry?limit=40", **more: Any) -> Parsed:
        (parsed,) = parse("mastodon", body, url=f"{SERVER}/api/v1/{path}", options=OPTIONS, **more)
        return parsed

    return one


def test_a_run_gives_posts_and_the_replies_to_one(played: Callable[..., Any]) -> None:
    run = played("mastodon")
    (article,) = run.articles
    assert article.text == "From 1 January the harbour crossing costs £2. Residents travel free.\n#HarbourCharge"
    assert (article.site, article.lang, article.published_at) == ("social.larkmouth.example", "en", 1_794_992_400_000)
    posts = {row["text"]: row for row in run.comments if row.get("article_id") is None}
    assert list(posts) == [
        "I am glad the queue on Quay Road will get shorter. #HarbourCharge",
        "Harbour charge, long\nMy bakery needs the crossing six times a day.",
        "Two pounds a day is a lot for a nurse on nights.",
        "Will there be a pass for carers?",
        article.text,
    ]
    assert posts["Two pounds a day is a lot for a nurse on nights."]["author"] == "tom@elsewhere.example"
    assert [row["author"] for row in posts.values()][:2] == [
        "mira@social.larkmouth.example",
        "sol@social.larkmouth.example",
    ]
    assert [row["likes"] for row in posts.values()] == [9, 0, 4, 0, 12]
    assert posts["Will there be a pass for carers?"]["parent_id"] == article.id


def test_replies_belong_to_the_post_and_answer_each_other(played: Callable[..., Any]) -> None:
    run = played("mastodon")
    (article,) = run.articles
    first, second, third = [row for row in run.comments if row.get("article_id")]
    assert [row["parent_id"] for row in (first, second, third)] == [None, first["ext_id"], None]
    assert {row["kind"] for row in (first, second, third)} == {"comment"}
    assert run.declared == {article.id: 4}  # three say the post itself, and one reply says another


def test_nothing_private_is_kept(played: Callable[..., Any], read: Callable[..., Parsed]) -> None:
    run = played("mastodon")
    assert [reject.reason for reject in run.rejects] == ["not a public post (private)", "a post without text"]
    assert "only for friends" not in repr(run.rejects)
    parsed = read(post(1, visibility="direct"), "statuses/1")
    assert (parsed.page.articles, parsed.next) == ((), ())


def test_a_first_run_goes_down_to_the_end(follow: Callable[..., Any]) -> None:
    server = Timeline(*(NOON + at for at in range(95)))
    came, urls, cursor, problems = follow(server)
    assert len(set(came)) == len(came) == 95
    assert (len(urls), cursor, problems) == (4, str(NOON + 94), [])


def test_a_later_run_goes_up_from_what_is_known(follow: Callable[..., Any]) -> None:
    server = Timeline(*(NOON + at for at in range(10)))
    _, _, cursor, _ = follow(server)
    new = [NOON + 100 * HOUR + at for at in range(100)]
    late = NOON - 2 * HOUR  # another server's post, which came when the first run was over
    server.ids |= {*new, late, NOON - 9 * HOUR}
    came, urls, cursor, _ = follow(server, cursor)
    assert {str(found) for found in [*new, late]} <= set(came)
    assert str(NOON - 9 * HOUR) not in came
    assert cursor == str(new[-1])
    quiet, urls, again, _ = follow(server, cursor)
    assert (len(urls), again) == (4, cursor)
    assert len(quiet) == 100  # the overlap of some hours


def test_a_run_that_was_cut_short_loses_nothing(follow: Callable[..., Any]) -> None:
    server = Timeline(*(NOON + at * HOUR for at in range(200)))
    came, _, cursor, problems = follow(server, str(NOON), options={"limit": 80})
    assert problems == ["As many posts as `limit` allows were taken; the next run goes on there."]
    while len(came) < 1_000 and cursor != str(NOON + 199 * HOUR):
        more, _, cursor, _ = follow(server, cursor, options={"limit": 80})
        came += more
    assert set(came) == {str(found) for found in server.ids if found > NOON - 6 * HOUR}


def test_a_busy_tag_gets_past_its_overlap(follow: Callable[..., Any]) -> None:
    server = Timeline(*(NOON - at for at in range(500)), NOON + 1)
    came, _, cursor, _ = follow(server, str(NOON), options={"limit": 40})
    assert (str(NOON + 1) in came, cursor) == (True, str(NOON + 1))


def test_a_first_run_ends_at_its_limit_and_says_so(follow: Callable[..., Any]) -> None:
    server = Timeline(*(NOON + at for at in range(200)))
    came, _, cursor, problems = follow(server, options={"limit": 80})
    assert (len(came), cursor) == (80, str(NOON + 199))
    assert problems == ["As many posts as `limit` allows were taken; older ones were left out."]


def test_a_first_run_ends_where_the_study_begins(follow: Callable[..., Any]) -> None:
    server = Timeline(*(NOON + at for at in range(200)))
    came, *_, problems = follow(server, window=(1_800_000_000_000, None))
    assert len(came) == 40
    assert problems == ["Further posts were left out, since they lie before the study's start."]


@pytest.mark.parametrize("cursor", [None, str(NOON), "9s7TRIKqYV5jUiMlWq"])
def test_a_server_that_repeats_itself_comes_to_an_end(follow: Callable[..., Any], cursor: str | None) -> None:
    same = json.dumps([post(NOON + at) for at in range(40)]).encode()
    _, urls, _, _ = follow(lambda _: same, cursor)
    assert len(urls) <= 3


def test_ids_that_are_words_are_followed_too(follow: Callable[..., Any]) -> None:
    first = json.dumps([post("9s7TRIKqYV5jUiMlWq"), post("9s7TRIKqYV5jUiMlWB")]).encode()
    _, _, cursor, _ = follow(lambda url: b"[]" if "max_id" in url else first)
    assert cursor == "9s7TRIKqYV5jUiMlWq"
    _, (url, *_), _, _ = follow(lambda _: b"[]", cursor)
    assert url == f"{TAG}?min_id=9s7TRIKqYV5jUiMlWq&limit=40"


def test_only_the_id_of_a_link_is_followed(read: Callable[..., Parsed]) -> None:
    link = '<https://evil.example/api/v1/timelines/tag/ferry?max_id=50>; rel="next", <x?min_id=999>; rel="prev"'
    (ask,) = read([post(60)], headers={"Link": link}).next
    assert read([post(60)], headers={"Link": '<http://[x?max_id=a/b>; rel="next"'}).next[0].key.startswith(TAG)
    assert ask.key == f"{TAG}?max_id=50&limit=40"


def test_a_reply_chain_names_its_post_without_a_tag(read: Callable[..., Parsed]) -> None:
    parsed = read({"ancestors": [], "descendants": [post(2, in_reply_to_id="1")]}, "statuses/1/context")
    assert parsed.page.comments[0].get("article_id") == "1"
    assert parsed.page.declared == {}


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "post",
        7,
        {"id": None},
        {"id": True, "content": "x"},
        {"id": [], "content": {}, "account": "mira", "visibility": 5},
        post(3, content=None, spoiler_text=None),
        post("a/b?c"),
    ],
)
def test_an_odd_post_is_a_reject_and_the_others_go_on(read: Callable[..., Parsed], odd: Any) -> None:
    page = read([post(1), odd, post(2)]).page
    assert [row["ext_id"] for row in page.comments] == ["1", "2"]
    assert len(page.rejects) == 1


def test_odd_fields_are_unknown(read: Callable[..., Parsed]) -> None:
    odd = post(
        5, account=None, created_at=12, favourites_count="3", in_reply_to_id=4, url=None, uri="ftp://x", reblog=1
    )
    (row,) = read([odd]).page.comments
    assert (row["author"], row["published_at"], row["likes"], row["parent_id"], row["url"]) == (
        None,
        None,
        3,
        "4",
        None,
    )


def test_a_post_of_pictures_alone_is_an_article_with_their_words(read: Callable[..., Parsed]) -> None:
    seen = post(1, content="", media_attachments=[{"description": "A full quay"}, None])
    assert read(seen, "statuses/1").page.articles[0].text == "A full quay"
    assert read(post(1, content="", url=f"{SERVER}/@m/1"), "statuses/1").page.articles[0].text == f"{SERVER}/@m/1"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"error": "x"}, "timelines/tag/ferry"),
        ([{"id": "1"}, {}], "timelines/tag/ferry"),
        ({"ancestors": []}, "statuses/1/context"),
        ({"descendants": None}, "statuses/1/context"),
        ({"id": "1"}, "statuses/1"),
        ([], "statuses/1"),
    ],
)
def test_another_shape_is_drift(read: Callable[..., Parsed], body: Any, path: str) -> None:
    with pytest.raises(SchemaDrift):
        read(body, path)


def test_a_server_that_wants_a_login_says_how() -> None:
    def answer(body: bytes) -> Capture:
        return Capture(TAG, TAG, 422, {}, body, 0)

    error = COLLECTOR.refused(answer(b'{"error":"This method requires an authenticated user"}'))
    assert isinstance(error, AuthNeeded)
    assert "MINYI_MASTODON_TOKEN" in error.remedy
    assert COLLECTOR.refused(answer(b'{"error":"Record not found"}')) is None
    assert COLLECTOR.refused(answer(b"<html>")) is None


def test_the_token_goes_only_where_the_study_says(asks: Callable[..., Sequence[Request]]) -> None:
    assert not any(ask.keyed for ask in asks("mastodon"))
    assert all(ask.keyed for ask in asks("mastodon", options={**OPTIONS, "token": True}))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"server": "x.example"}, "give tag, or statuses"),
        ({"server": "https://x.example/@mira", "tag": "a"}, "the server's name alone"),
        ({"server": "nowhere", "tag": "a"}, "the server's name alone"),
        ({"server": "x.example", "tag": "two words"}, "one word"),
        ({"server": "x.example", "tag": "a/../../b"}, "one word"),
        ({"server": "x.example", "statuses": ["https://y.example/@m/1"]}, "is on y.example"),
        ({"server": "x.example", "statuses": ["https://x.example/"]}, "no id and no address"),
        ({"server": "x.example", "statuses": ["../1"]}, "no id and no address"),
        ({"server": "http://x.example", "tag": "a", "token": True}, "https:// only"),
        ({"server": "x.example", "tag": "a", "limit": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_options_are_refused_in_words(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MastodonOptions.model_validate(wrong)


def test_a_post_may_be_named_by_id_or_address(asks: Callable[..., Sequence[Request]]) -> None:
    ways = ["12", f"{SERVER}/@mira/12", f"{SERVER}/users/mira/statuses/12", f"{SERVER}/notice/AbC"]
    found = asks("mastodon", options={"server": "Social.Larkmouth.example/", "statuses": ways})
    assert [ask.url for ask in found] == [f"{SERVER}/api/v1/statuses/12", f"{SERVER}/api/v1/statuses/AbC"]
    tag = asks("mastodon", options={"server": SERVER, "tag": "#渡轮收费"})
    assert tag[0].url.endswith("/tag/%E6%B8%A1%E8%BD%AE%E6%94%B6%E8%B4%B9?limit=40")


# -- recorded answers -------------------------------------------------------------------------------------------------

_STRING = r"(?:'((?:[^']|'')*)'|\"((?:[^\"\\]|\\.)*)\")"
_EXCHANGE = re.compile(rf"    uri: (\S+)\n  response:\n    body:\n      string: {_STRING}(.*?)\n    status:", re.DOTALL)


def recorded() -> Iterator[tuple[str, Any, str]]:
    """URL, JSON and Link header of every answer in the cassettes, whose YAML folds long strings over lines."""
    for path in sorted(SHARED.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        found = _EXCHANGE.findall(text)
        assert len(found) == text.count("\n  response:\n"), path.name
        for url, single, double, rest in found:
            joined = re.sub(r"\n(\n*) *", lambda gap: "\n" * len(gap[1]) or " ", single.replace("''", "'"))
            body = json.loads('"' + re.sub(r"\\\n *\\?", "", double) + '"') if double else joined
            link = re.search(r"\n      link:\n      - (.*?)\n      \S", rest, re.DOTALL)
            yield url, json.loads(body), " ".join(link[1].split()) if link else ""


def is_post(value: Any) -> bool:
    return isinstance(value, dict) and {"id", "content", "account"} <= value.keys()


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the recorded answers lie beside the repository")
def test_recorded_posts_lose_nothing(read: Callable[..., Parsed]) -> None:
    articles = private = 0
    for _, value, _ in recorded():
        if is_post(value):
            page = read(value, f"statuses/{value['id']}").page
            articles += len(page.articles)
            private += len(page.rejects)
            assert all(article.published_at and article.text for article in page.articles)
    assert (articles, private) == (38, 1)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the recorded answers lie beside the repository")
def test_recorded_lists_lose_nothing(read: Callable[..., Parsed]) -> None:
    rows, steps = 0, []
    for _, value, link in recorded():
        found = value.get("statuses") if isinstance(value, dict) else value
        if isinstance(found, list) and all(map(is_post, found)):
            parsed = read(found, headers={"link": link})
            assert (len(parsed.page.comments), parsed.page.rejects) == (len(found), ())
            rows += len(found)
            steps += [ask.key.rpartition("max_id=")[2].removesuffix("&limit=40") in link for ask in parsed.next]
    assert (rows, steps) == (30, [True] * 6)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the recorded answers lie beside the repository")
def test_recorded_replies_lose_nothing(read: Callable[..., Parsed]) -> None:
    contexts = [(url, value) for url, value, _ in recorded() if url.endswith("/context")]
    pages = [read(value, url.partition("/api/v1/")[2]).page for url, value in contexts]
    told = [len(page.comments) + len(page.rejects) for page in pages]
    assert told == [len(value["descendants"]) for _, value in contexts] == [0, 1]


@pytest.mark.parametrize("odd", ["9" * 60, "9" * 18, "z" * 18, "z" * 40])
def test_an_odd_id_is_no_place_to_go_on_from(read: Callable[..., Parsed], odd: str) -> None:
    parsed = read([post(odd), *(post(NOON - at) for at in range(3))])
    assert parsed.cursor == str(NOON)
    assert len(parsed.page.comments) == 4


@pytest.mark.parametrize("visibility", [[], ["public"], {"a": 1}, 7])
def test_a_visibility_that_is_no_word_is_not_public(read: Callable[..., Parsed], visibility: Any) -> None:
    parsed = read([post(1, visibility=visibility), post(2)])
    assert [row["ext_id"] for row in parsed.page.comments] == ["2"] if visibility else ["1", "2"]
