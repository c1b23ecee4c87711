"""Sites that behave badly, by name; each takes the request and answers it in its own way."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from functools import cache
from typing import TYPE_CHECKING

from h2.errors import ErrorCodes
from talk import Talk2

if TYPE_CHECKING:
    from talk import Behaviour, Talk

JSON = {"content-type": "application/json"}


async def silent(talk: Talk) -> None:
    await talk.wait()


async def slow_headers(talk: Talk) -> None:
    if isinstance(talk, Talk2):
        while not talk.writer.is_closing():
            await talk.raw(b"\x00\x00\x08\x06\x00\x00\x00\x00\x00" + bytes(8))  # PING
            await asyncio.sleep(0.05)
        return
    await talk.raw(b"HTTP/1.1 200 OK\r\n")
    while not talk.writer.is_closing():
        await talk.raw(b"X-More: a\r\n")
        await asyncio.sleep(0.05)


async def slow_body(talk: Talk) -> None:
    await talk.start(200, JSON | {"content-length": "100000"})
    while not talk.writer.is_closing():
        await talk.send(b" ")
        await asyncio.sleep(0.05)


async def endless_body(talk: Talk) -> None:
    await talk.start(200, JSON)
    while not talk.writer.is_closing():
        await talk.send(b"[" * (1 << 16))


async def no_answer(talk: Talk) -> None:
    talk.cut()


async def cut_body(talk: Talk) -> None:
    await talk.start(200, JSON | {"content-length": "1000"})
    await talk.send(b'{"items": [')
    await asyncio.sleep(0.02)
    talk.cut()


async def no_last_chunk(talk: Talk) -> None:
    await talk.start(200, JSON)
    await talk.send(b'{"items": []}')
    await asyncio.sleep(0.02)
    talk.over = True
    talk.writer.close()


async def not_http(talk: Talk) -> None:
    await talk.raw(b"\x16\x03SSH-2.0-Dropbear\r\n\r\n" * 20)
    talk.over = True
    talk.writer.close()


async def huge_header(talk: Talk) -> None:
    if isinstance(talk, Talk2):
        await talk.start(200, JSON | {f"x-{number}": "a" * 4000 for number in range(40)})
        return
    await talk.raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * (1 << 20) + b"\r\n\r\n")
    talk.cut()


async def header_bomb(talk: Talk) -> None:
    """Ever more of the same; in HTTP/2 each costs one byte to send."""
    if isinstance(talk, Talk2):
        assert talk.link is not None
        talk.link.send_headers(talk.stream, [(":status", "200"), *[("x-long", "a" * 3000)] * 3000])
        await talk.flush()
        return
    await talk.raw(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200_000 + b"\r\n")
    talk.cut()


async def odd_status(talk: Talk) -> None:
    if isinstance(talk, Talk2):
        assert talk.link is not None
        talk.link.config.validate_outbound_headers = False
        talk.link.send_headers(talk.stream, [(":status", "fine")])
        await talk.flush()
        return
    await talk.raw(b"HTTP/1.1 fine OK\r\nContent-Length: 2\r\n\r\n{}")
    talk.cut()


async def unframed(talk: Talk) -> None:
    """Broken off where nothing but the end of the connection ends the body."""
    await talk.start(200, JSON | {"connection": "close"})
    await talk.send(b'{"items": [')
    if isinstance(talk, Talk2):
        talk.cut()


async def early_hints(talk: Talk) -> None:
    if isinstance(talk, Talk2):
        for _ in range(1000):
            await talk.start(103)
    else:
        await talk.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3000)
    await talk.reply(200, JSON, b"{}")


async def reset_stream(talk: Talk) -> None:
    """In the middle of the body; over HTTP/1.1 the connection dies."""
    if not isinstance(talk, Talk2):
        await cut_body(talk)
        return
    await talk.start(200, JSON)
    await talk.send(b'{"items": [')
    await talk.reset(ErrorCodes.INTERNAL_ERROR)


async def refused_stream(talk: Talk) -> None:
    if isinstance(talk, Talk2):
        await talk.reset(ErrorCodes.REFUSED_STREAM)
    else:
        talk.cut()


async def goaway(talk: Talk) -> None:
    if isinstance(talk, Talk2):
        await talk.goaway(ErrorCodes.NO_ERROR, last=max(talk.stream - 2, 0))
    else:
        talk.cut()


def says(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Answers so, whatever is asked; a header's name is written with `_` for `-`."""

    async def answer(talk: Talk) -> None:
        await talk.reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)

    return answer


def zipped(layers: int, megabytes: int = 16) -> Behaviour:
    """A small body that says it is gzip, and becomes a large one."""

    @cache
    def body() -> bytes:
        packed = bytes(megabytes << 20)
        for _ in range(layers):
            packed = gzip.compress(packed, mtime=0)
        return packed

    async def answer(talk: Talk) -> None:
        await talk.reply(200, JSON | {"content-encoding": "gzip"}, body())

    return answer


def encoded(encoding: str, body: bytes) -> Behaviour:
    return says(200, body, content_type="application/json", content_encoding=encoding)


CAPTCHA = b"<html><head><title>Just a moment</title></head><body><form id='captcha'>Are you human?</form></body></html>"
WHOLE = gzip.compress(b'{"items": []}' * 99, mtime=0)

BEHAVIOURS: dict[str, Behaviour] = {
    "silent": silent,
    "slow headers": slow_headers,
    "slow body": slow_body,
    "endless body": endless_body,
    "no answer": no_answer,
    "cut body": cut_body,
    "no last chunk": no_last_chunk,
    "not http": not_http,
    "huge header": huge_header,
    "header bomb": header_bomb,
    "odd status": odd_status,
    "early hints": early_hints,
    "reset stream": reset_stream,
    "refused stream": refused_stream,
    "goaway": goaway,
    "misdirected": says(421),
    "gzip bomb": zipped(1),
    "double gzip": zipped(2),
    "brotli": encoded("br", bytes(405)),
    "zstd": encoded("zstd", b"\x28\xb5\x2f\xfd" + bytes(99)),
    "deflate": encoded("deflate", zlib.compress(b"{}")),
    "stacked encodings": encoded(", ".join(["gzip"] * 500), WHOLE),
    "not gzip": encoded("gzip", b'{"items": []}'),
    "cut gzip": encoded("gzip", WHOLE[:-6]),
    "unframed": unframed,
    "redirect to itself": says(302, location="?"),
    "redirect to loopback": says(302, location="http://127.0.0.1/admin"),
    "redirect to metadata": says(302, location="http://169.254.169.254/latest/meta-data/"),
    "redirect to a file": says(302, location="file:///etc/passwd"),
    "redirect to an odd address": says(302, location="http://0x7f.1/"),
    "busy": says(503),
    "broken": says(500, b"Traceback", content_type="text/plain"),
    "too many requests": says(429),
    "too many requests for hours": says(429, retry_after="7200"),
    "forbidden": says(403),
    "login wanted": says(401),
    "for legal reasons": says(451),
    "gone": says(410),
    "teapot": says(418),
    "html instead": says(200, b"<html><body><p>Welcome</p></body></html>", content_type="text/html"),
    "captcha": says(200, CAPTCHA, content_type="text/html"),
    "busy captcha": says(503, CAPTCHA, content_type="text/html"),
    "empty": says(200, content_type="application/json"),
    "json cut by its author": says(200, b'{"items": [{"id": 1', content_type="application/json"),
    "deep json": says(200, b"[" * 200_000 + b"]" * 200_000, content_type="application/json"),
    "huge number": says(200, b'{"items": [{"id": ' + b"9" * 100_000 + b"}]}", content_type="application/json"),
    "impossible charset": says(200, b"{}", content_type="application/json; charset=hex"),
    "cookies": says(200, b"{}", content_type="application/json", set_cookie="id=tracked; Domain=.example"),
}
