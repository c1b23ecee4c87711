"""Takes the pictures of the docs: the demo's reports on a desk, on a phone, and their first page on paper.

Usage: make pictures (needs chromium, fonts-noto-cjk and pdftoppm)
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from minyi.console import Console
from minyi.showing import run_demo

HERE = Path(__file__).parent
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SCREENS = {"": "1180,1760", ".phone": "500,1800"}
"""Ends of the pictures' names, and width and height of the window."""


def main() -> None:
    """For each language two screens and a page, beside this file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_demo(folder / "demo", Console(quiet=True))
        for language in ("zh", "en"):
            page = (folder / "demo" / "reports" / f"report.{language}.html").as_uri()
            for end, window in SCREENS.items():
                picture = HERE / f"report.{language}{end}.png"
                browse(folder, page, f"--window-size={window}", f"--screenshot={picture}")
            browse(folder, page, f"--print-to-pdf={folder / 'paper.pdf'}", "--no-pdf-header-footer")
            first = ("-f", "1", "-l", "1", "-r", "96", "-png", "-singlefile")
            paper = (str(folder / "paper.pdf"), str(HERE / f"report.{language}.paper"))
            subprocess.run(["pdftoppm", *first, *paper], check=True)


def browse(folder: Path, page: str, *arguments: str) -> None:
    """One run of Chromium with a profile of its own."""
    subprocess.run(
        ["chromium", *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments, page], check=True, capture_output=True
    )


if __name__ == "__main__":
    main()
