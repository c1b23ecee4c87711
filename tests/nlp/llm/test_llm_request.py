"""What the `llm:` coder sends: a closed question, and no more of a comment than its words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asking import CHANGE, stances

if TYPE_CHECKING:
    from chat import ChatServer


def test_the_request_asks_for_the_closed_schema_without_tools(make: Any, server: ChatServer) -> None:
    stances(make(), ["支持"])
    body = server.asked[0].body
    assert (body["temperature"], body["seed"], body["max_tokens"], body["stream"]) == (0, 0, 200, False)
    assert not body.keys() & {"tools", "tool_choice", "functions"}
    schema = body["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["properties"]["answers"]["items"]["additionalProperties"] is False
    assert server.asked[0].given["change"]["act"] == {"zh": "某市全面禁止摩托车通行"}


def test_names_numbers_and_addresses_stay_here(make: Any, server: ChatServer) -> None:
    text = "@张三 打13812345678，写a.b@qq.com，微信号abc12345，粤B12345，看https://t.cn/x和t.cn/Rab 2024-01-02支持"
    stances(make(), [text])
    sent = server.texts[0]
    assert sent == "@name 打[number]，写[mail]，[number]，[number]，看[url]和[url] 2024-01-02支持"


def test_a_quotation_is_sent_with_the_words_that_introduce_it(make: Any, server: ChatServer) -> None:
    make().code(["要慎重"], CHANGE, ["@李四 表示担忧"])
    assert server.asked[0].given["comments"] == [{"n": 1, "length": 3, "reported": "@name 表示担忧", "text": "要慎重"}]


def test_fields_may_be_left_out_or_added(make: Any, server: ChatServer) -> None:
    stances(make(omit=["temperature", "max_tokens"], extra={"reasoning_effort": "low"}), ["支持"])
    body = server.asked[0].body
    assert body["reasoning_effort"] == "low"
    assert not body.keys() & {"temperature", "max_tokens"}


def test_several_comments_share_a_request_where_that_is_asked_for(make: Any, server: ChatServer) -> None:
    texts = [f"{said}{n}" for n in range(4) for said in ("支持", "反对")]
    assert stances(make(batch=3, concurrency=1), texts) == ["support", "concern"] * 4
    assert [[comment["n"] for comment in asked.given["comments"]] for asked in server.asked] == [[1, 2, 3]] * 2 + [
        [1, 2]
    ]
    assert server.asked[0].body["max_tokens"] == 600
