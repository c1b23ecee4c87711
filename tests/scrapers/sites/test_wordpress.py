"""Posts and comments of a WordPress site: one chain for all comments, and a closed door knocked at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from scrapers.errors import AuthNeeded, NotFound, SchemaDrift
from scrapers.sites.wordpress import COLLECTOR, WordpressOptions
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapers.errors import CollectorError
    from scrapers.protocol import Parsed, Request

SITE = "https://blog.example"
API = f"{SITE}/wp-json/wp/v2"
SEARCH = {"server": SITE, "search": "ferry"}
CLOSED = {"code": "rest_cannot_read", "message": "Sorry, you must log in.", "data": {"status": 401}}


def post(number: Any, day: int = 1, **more: Any) -> dict[str, Any]:
    usual = {"id": number, "date_gmt": f"2026-03-{day:02}T10:00:00", "title": {"rendered": f"Post {number}"}}
    content = {"rendered": f"<p>text {number}</p>", "protected": False}
    return {**usual, "slug": f"post-{number}", "link": f"{SITE}/post-{number}/", "content": content, **more}


def comment(number: Any, below: Any = 1, day: int = 1, **more: Any) -> dict[str, Any]:
    usual = {"id": number, "post": below, "parent": 0, "author_name": "Mira", "type": "comment"}
    when = {"date_gmt": f"2026-03-{day:02}T11:00:00", "content": {"rendered": f"<p>comment {number}</p>"}}
    return {**usual, **when, "link": f"{SITE}/#comment-{number}", **more}


class Site:
    """A site that answers as the API does; posts and comments can be added between runs."""

    def __init__(self, posts: Sequence[dict[str, Any]], comments: Sequence[dict[str, Any]] = ()) -> None:
        self.posts, self.comments = list(posts), list(comments)
        self.closed, self.headers = False, True

    def __call__(self, url: str) -> tuple[bytes, dict[str, str], int]:
        kind = urlsplit(url).path.rpartition("/")[2]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        if kind == "comments" and self.closed:
            return json.dumps(CLOSED).encode(), {}, 401
        if kind == "categories":
            return b'[{"id": 7, "slug": "ferries"}]', {}, 200
        found = [item for item in getattr(self, kind) if item["date_gmt"] > asked.get("after", "")[:19]]
        for name, field in (("post", "post"), ("include", "id"), ("slug", "slug")):
            if name in asked:
                found = [item for item in found if str(item[field]) in asked[name].split(",")]
        found.sort(key=lambda item: item["date_gmt"], reverse=True)
        size, page = int(asked["per_page"]), int(asked["page"])
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(-(-len(found) // size))}
        return json.dumps(found[size * (page - 1) : size * page]).encode(), headers if self.headers else {}, 200


@pytest.fixture
def follow(asks: Callable[..., Sequence[Request]], parse: Callable[..., list[Parsed]]) -> Callable[..., Any]:
    """Run against a site."""

    class Run:
        def __init__(self, site: Site, cursor: str | None = None, **options: Any) -> None:
            given = {**SEARCH, **options}
            waiting = list(asks("wordpress", options=given, cursor=cursor))
            self.cursor, self.urls, self.refused = json.loads(cursor or "{}"), [], 0
            self.articles, self.comments, self.declared, self.problems = [], [], [], []
            while waiting:
                ask = waiting.pop(0)
                self.urls.append(ask.url)
                assert len(self.urls) < 100, self.urls[-3:]
                body, headers, status = site(ask.url)
                if status != 200:
                    assert ask.alone
                    self.refused += 1
                    continue
                for parsed in parse("wordpress", body, url=ask.url, tag=ask.tag, options=given, headers=headers):
                    self._take(parsed)
                    waiting += parsed.next

        def _take(self, parsed: Parsed) -> None:
            self.articles += [article.id for article in parsed.page.articles]
            self.comments += [row["ext_id"] for row in parsed.page.comments]
            self.declared += [] if parsed.page.declared_total is None else [parsed.page.declared_total]
            self.cursor |= json.loads(parsed.cursor or "{}")
            self.problems += parsed.problems

        @property
        def kept(self) -> str:
            return json.dumps(self.cursor)

    return Run


@pytest.fixture
def read(parse: Callable[..., list[Parsed]]) -> Callable[..., Parsed]:
    def one(body: Any, kind: str = "posts", **more: Any) -> Parsed:
        chain = {"batches": [[None, ["1"]]], "page": 1, "newest": None, "declared": 0}
        tag = json.dumps(chain) if kind == "comments" else ""
        (parsed,) = parse("wordpress", body, url=f"{API}/{kind}?page=1", tag=tag, options=SEARCH, **more)
        return parsed

    return one


def test_a_run_gives_posts_and_the_comments_below_them(played: Callable[..., Any]) -> None:
    run = played("wordpress")
    first, second = run.articles
    assert first.title == "What changes on 1 January – and what doesn’t"
    assert first.text == "The crossing will cost £2.\nResidents: free\nCarers: ask for a pass"
    assert (first.id, first.site, first.lang) == ("310", "larkmouth.example", "en")
    assert (second.lang, second.published_at) == ("zh", 1_790_841_600_000)  # 08:00 UTC, not on the study's clocks
    assert (second.published_raw, second.published_precision) == ("2026-10-01T08:00:00", "second")
    assert [(row["ext_id"], row["article_id"], row["parent_id"], row["author"]) for row in run.comments] == [
        ("1204", "290", None, "海边的人"),
        ("1203", "310", "1202", "Ola & Tom"),
        ("1202", "310", None, "Mira"),
    ]
    assert run.comments[1]["text"] == "A pass for carers is overdue."
    assert run.comments[0]["url"] == "https://larkmouth.example/notes/2026/p/#comment-1204"
    assert [page.declared_total for page in run.pages] == [None, None, 5, None]


def test_what_cannot_be_used_is_told(played: Callable[..., Any]) -> None:
    assert [(reject.where, reject.reason) for reject in played("wordpress").rejects] == [
        ("305", "protected by a password"),
        ("1201", "a pingback, not a comment"),
        ("1200", "a comment without text"),
    ]


def test_closed_comments_are_asked_for_once_and_the_posts_are_kept(follow: Callable[..., Any]) -> None:
    site = Site([post(number) for number in range(1, 251)])
    site.closed = True
    run = follow(site)
    assert (len(run.articles), run.refused, len(run.urls)) == (250, 1, 4)
    assert "comments" not in run.cursor


def test_all_comments_come_in_one_chain(follow: Callable[..., Any]) -> None:
    below = [comment(number, 1 + number % 150) for number in range(1, 321)]
    run = follow(Site([post(number) for number in range(1, 151)], below))
    assert len(run.comments) == 320
    assert run.declared == [220, 320]  # below the first hundred posts, and below all
    assert len(run.urls) == 2 + 3 + 1


def test_a_later_run_goes_down_to_what_is_known(follow: Callable[..., Any]) -> None:
    site = Site([post(1)], [comment(number, 1, 1 + number // 100) for number in range(300)])
    first = follow(site)
    site.comments += [comment(number, 1, 25) for number in range(300, 350)]
    again = follow(site, first.kept)
    assert {str(number) for number in range(300, 350)} <= set(again.comments)
    assert (again.declared, len(again.urls)) == ([350], 1 + 4)
    assert len(follow(site, again.kept).urls) == 1 + 1


def test_a_later_run_asks_for_what_came_since(follow: Callable[..., Any]) -> None:
    site = Site([post(1, 2), post(2, 20)], [comment(11, 1, 3), comment(12, 2, 21)])
    first = follow(site)
    site.posts.append(post(3, 25))
    site.comments += [comment(13, 1, 24), comment(14, 3, 26), comment(15, 2, 15)]  # the last was approved late
    again = follow(site, first.kept)
    assert again.articles == ["3", "2"]  # a week's overlap
    assert sorted(again.comments) == ["11", "12", "13", "14", "15"]
    assert again.declared == [1, 5]
    quiet = follow(site, again.kept)
    assert (len(quiet.urls), quiet.kept) == (2, again.kept)


def test_a_new_post_gives_all_its_comments_however_old(follow: Callable[..., Any]) -> None:
    site = Site([post(1, 20)], [comment(11, 1, 21)])
    first = follow(site)
    site.posts.append(post(2, 18))
    site.comments += [comment(number, 2, 1) for number in range(100, 350)]
    assert len(follow(site, first.kept).comments) == 251


def test_certain_posts_are_found_by_number_slug_and_address(follow: Callable[..., Any]) -> None:
    site = Site([post(1), post(2), post(3), post(4)], [comment(11, 2)])
    named = {"search": "", "posts": [1, "post-2", f"{SITE}/2026/03/post-3/", f"{SITE}/?p=4"]}
    run = follow(site, **named)
    assert (run.articles, run.comments) == (["1", "4", "2", "3"], ["11"])
    again = follow(site, run.kept, **named)
    assert follow(Site([post(1)]), search="", posts=[1, 9]).problems == ["1 of these posts did not come: 1, 9."]
    assert (again.articles, len(again.urls)) == (run.articles, 3)


def test_a_post_asked_for_that_vanishes_is_noticed(asks: Callable[..., Sequence[Request]]) -> None:
    (ask,) = asks("wordpress", options={"server": SITE, "posts": ["1"]})
    assert ask.expects
    assert not asks("wordpress", options=SEARCH)[0].expects  # a search may find nothing


def test_categories_are_found_by_slug(follow: Callable[..., Any]) -> None:
    run = follow(Site([post(1)]), search="", categories=["ferries", "boats", 3])
    assert run.articles == ["1"]
    assert run.problems == ["The site has no category boats."]
    assert f"{API}/posts?categories=7,3&" in run.urls[1]
    with pytest.raises(NotFound, match="no category boats"):
        follow(Site([]), search="", categories=["boats"])


def test_comments_can_be_left_out(follow: Callable[..., Any]) -> None:
    assert len(follow(Site([post(1)], [comment(2)]), comments=False).urls) == 1


def test_one_post_declares_its_comments(follow: Callable[..., Any], read: Callable[..., Parsed]) -> None:
    assert read([comment(2)], "comments", headers={"X-WP-Total": "9"}).page.declared == {"1": 9}


def test_pages_come_to_an_end(follow: Callable[..., Any]) -> None:
    site = Site([post(number) for number in range(1, 301)], [comment(number, 1) for number in range(1, 501)])
    run = follow(site, pages=2, comment_pages=2)
    assert (len(run.articles), len(run.comments)) == (200, 200)
    assert run.problems == [
        "There are more posts than 2 pages; older ones were left out.",
        "There are more comments than 2 pages; older ones were left out.",
    ]


def test_a_site_that_repeats_itself_comes_to_an_end(follow: Callable[..., Any]) -> None:
    same = json.dumps([post(number) for number in range(1, 101)]).encode()
    endless = {"X-WP-TotalPages": "1000000"}
    run = follow(lambda _: (same, endless, 200), pages=3, comments=False)
    assert len(run.urls) == 3


def test_a_site_without_its_headers_is_read_as_long_as_pages_are_full(follow: Callable[..., Any]) -> None:
    site = Site([post(number) for number in range(1, 131)], [comment(number, 1) for number in range(1, 121)])
    site.headers = False
    run = follow(site)
    assert (len(run.articles), len(run.comments), run.declared) == (130, 120, [])


@pytest.mark.parametrize(
    ("status", "said", "error"),
    [
        (401, CLOSED, AuthNeeded),
        (403, {"code": "rest_forbidden", "message": "No"}, AuthNeeded),
        (403, {"code": "plugin_says_no", "message": None}, AuthNeeded),
        (404, {"code": "rest_no_route", "message": "No route"}, NotFound),
        (404, {"code": "rest_post_invalid_id"}, NotFound),
        (400, {"code": "rest_post_invalid_page_number"}, None),
        (403, {}, None),
    ],
)
def test_a_refusal_means_what_its_body_says(status: int, said: Any, error: type[CollectorError] | None) -> None:
    found = COLLECTOR.refused(Capture(API, API, status, {}, json.dumps(said).encode(), 0))
    assert type(found) is (error or type(None))


def test_an_error_that_comes_with_200_is_one_too(read: Callable[..., Parsed]) -> None:
    with pytest.raises(AuthNeeded):
        read(CLOSED, "comments")
    with pytest.raises(SchemaDrift):
        read({"posts": []})


@pytest.mark.parametrize("body", [[{"id": 1}], [None], [{"content": {"rendered": "x"}}], ["x", 5]])
@pytest.mark.parametrize("kind", ["posts", "comments"])
def test_another_shape_is_drift(read: Callable[..., Parsed], body: Any, kind: str) -> None:
    with pytest.raises(SchemaDrift):
        read(body, kind)


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "x",
        {"id": 5},
        post(None),
        post([]),
        post("1,2&post=3"),
        post(5, content={"rendered": None}, title=None),
        post(5, content="x", title={}),
    ],
)
def test_an_odd_post_is_a_reject_and_the_others_go_on(read: Callable[..., Parsed], odd: Any) -> None:
    page = read([post(1), odd, post(2)]).page
    assert [article.id for article in page.articles] == ["1", "2"]
    assert len(page.rejects) == 1


@pytest.mark.parametrize(
    "odd", [None, "x", {"id": 5}, comment(None), comment(5, content=None), comment(5, type="trackback")]
)
def test_an_odd_comment_is_a_reject_and_the_others_go_on(read: Callable[..., Parsed], odd: Any) -> None:
    page = read([comment(1), odd, comment(2, post="1", parent=None)], "comments").page
    assert [row["ext_id"] for row in page.comments] == ["1", "2"]
    assert len(page.rejects) == 1


def test_a_site_that_forgets_which_posts_were_meant(read: Callable[..., Parsed]) -> None:
    page = read([comment(1), comment(2, 99)], "comments").page
    assert [row["ext_id"] for row in page.comments] == ["1"]
    assert page.rejects[0].reason == "a comment below another post"


def test_odd_fields_are_unknown(read: Callable[..., Parsed]) -> None:
    assert read([post(1, link="http://[x")]).page.articles[0].site == "blog.example"
    odd = comment(1, date_gmt="0000-00-00T00:00:00", date=None, author_name="", link="javascript:x", parent="0")
    (row,) = read([odd], "comments").page.comments
    assert (row["published_at"], row["author"], row["url"], row["parent_id"]) == (None, None, None, None)
    local = read([comment(1, date_gmt=None, date="2026-03-01T08:00:00")], "comments").page.comments[0]
    assert local["published_at"] == 1_772_323_200_000  # on the study's clocks, Asia/Shanghai


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"server": SITE}, "give one of search, posts and categories"),
        ({"server": SITE, "search": "x", "posts": [1]}, "give one of"),
        ({"server": "blog", "search": "x"}, "the site's address"),
        ({"server": "ftp://blog.example", "search": "x"}, "the site's address"),
        ({"server": SITE, "posts": ["https://other.example/post-1/"]}, "is not on blog.example"),
        ({"server": SITE, "posts": ["two words"]}, "is no address, slug or number"),
        ({"server": SITE, "categories": ["a b"]}, "is no slug"),
        ({"server": SITE, "search": "x", "pages": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_options_are_refused_in_words(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        WordpressOptions.model_validate(wrong)


def test_any_way_to_write_a_site_is_the_same_site() -> None:
    for way in (SITE, f"{SITE}/", "blog.example", "https://Blog.example/wp-json/wp/v2"):
        assert WordpressOptions.model_validate({"server": way, "search": "x"}).server == SITE
