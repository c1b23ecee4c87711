"""Takes the READMEs' pictures: the top of the demo's reports, in a headless Chromium.

Usage: make pictures
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
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1180,1760"),
)


def main() -> None:
    """One picture for each language, beside this file."""
    with tempfile.TemporaryDirectory() as name:
        run_demo(Path(name) / "demo", Console(quiet=True))
        for language in ("zh", "en"):
            page = Path(name) / "demo" / "reports" / f"report.{language}.html"
            picture = f"--screenshot={HERE / f'report.{language}.png'}"
            profile = f"--user-data-dir={Path(name) / language}"
            subprocess.run(["chromium", *FLAGS, profile, picture, page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
