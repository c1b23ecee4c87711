"""Charts as PNG, for editions whose readers show no SVG."""

from __future__ import annotations

import re
from functools import cache
from subprocess import DEVNULL, run
from typing import TYPE_CHECKING

from storage.errors import MinyiError

if TYPE_CHECKING:
    from storage.nouns import Language

LATIN = ("Noto Sans", "Liberation Sans", "Arial", "Helvetica Neue", "DejaVu Sans")
HAN = ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei")
"""Families with Han glyphs, the first of them as Debian names it."""
_HAN_TEXT = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_OPENING = re.compile(r"<svg\b")


def families(language: Language) -> str:
    """Font families of a language as CSS lists them: its own script first."""
    first, then = (HAN, LATIN) if language == "zh" else (LATIN, HAN)
    return ",".join([*(f"'{name}'" for name in (*first, *then)), "sans-serif"])


def png_of(svg: str, language: Language, zoom: float = 2) -> bytes:
    """The drawing on a white ground, `zoom` pixels for each of its own: dark readers would swallow a clear ground.

    Raises:
        MinyiError: it has Han text, and no font for that is installed.
    """
    import resvg_py

    must_have_glyphs(svg)
    drawing = _OPENING.sub('<svg xmlns="http://www.w3.org/2000/svg"', svg, count=1)
    drawing = _OPENING.sub(f'<svg font-family="{families(language)}"', drawing, count=1)
    return bytes(resvg_py.svg_to_bytes(svg_string=drawing, zoom=zoom, background="#ffffff"))


def must_have_glyphs(text: str) -> None:
    """Says what to install where a text has Han characters and no font does.

    Raises:
        MinyiError: as above.
    """
    if _HAN_TEXT.search(text) and not _han_is_covered():
        raise MinyiError(
            "No installed font has Chinese characters.",
            remedy="Install one, on Debian and Ubuntu: apt install fonts-noto-cjk.",
        )


@cache
def _han_is_covered() -> bool:
    """Whether fontconfig knows a font for Chinese; where there is no fontconfig, the system brings its own."""
    try:
        found = run(["fc-list", ":lang=zh-cn", "family"], stdout=-1, stderr=DEVNULL, check=False, timeout=30)  # noqa: S607  wherever it lies
    except OSError:
        return True
    return bool(found.stdout.strip())
