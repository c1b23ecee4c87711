"""A real Chromium, driven over a pipe: pages are opened, keys pressed, and what is on the screen is asked for."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-pipe"),
)
PATIENCE_S = 60.0
SHIFT = 8
# Keys that are not their own name: the code of the key, and the text it types.
NAMED = {"Enter": ("Enter", "\r"), "Backspace": ("Backspace", ""), "Escape": ("Escape", ""), "Tab": ("Tab", "")}
VIRTUAL = {"Enter": 13, "Backspace": 8, "Escape": 27, "Tab": 9}


class PageError(AssertionError):
    """The page threw."""


class Browser:
    """One Chromium; use as a context manager. It speaks the DevTools protocol, a NUL after each message."""

    def __init__(self, program: str, folder: Path) -> None:
        theirs, self._to = os.pipe()
        self._from, answers = os.pipe()
        self._heard, self._last, self._events = b"", 0, list[dict[str, Any]]()
        line = f'exec "$@" 3</dev/fd/{theirs} 4>/dev/fd/{answers}'
        command = ["sh", "-c", line, "sh", program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
        with (folder.parent / f"{folder.name}.log").open("wb") as log:
            self._process = subprocess.Popen(command, pass_fds=(theirs, answers), stdout=log, stderr=log)
        os.close(theirs)
        os.close(answers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._to)  # Chromium ends when its pipe does
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._from)

    def open(self, address: str = "about:blank") -> Tab:
        """A new tab at this address."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session, target)
        for domain in ("Page", "Runtime", "Log"):
            tab.ask(f"{domain}.enable")
        if address != "about:blank":
            tab.go(address)
        return tab

    def ask(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """One command, and its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._write(json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._last:
            self._events.append(answer)
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']}")
        return dict(answer["result"])

    def events(self, session: str) -> list[dict[str, Any]]:
        """What this tab has told unasked, so far."""
        return [event for event in self._events if event.get("sessionId") == session]

    def _write(self, message: bytes) -> None:
        while message:
            message = message[os.write(self._to, message) :]

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE_S
        while b"\0" not in self._heard:
            ready, _, _ = select.select([self._from], [], [], max(0.0, until - time.monotonic()))
            some = os.read(self._from, 1 << 16) if ready else b""
            if not some:
                raise PageError("Chromium says nothing more")
            self._heard += some
        message, _, self._heard = self._heard.partition(b"\0")
        return dict(json.loads(message))


class Tab:
    """A page in the browser."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.ask(method, self._session, **parameters)

    def go(self, address: str) -> None:
        """Load an address, and wait until it is there."""
        self.run("globalThis.__left = true")
        failed = self.ask("Page.navigate", url=address).get("errorText")
        assert failed is None, failed
        self.until("!globalThis.__left && document.readyState === 'complete'")

    def reload(self) -> None:
        self.run("globalThis.__left = true")
        self.ask("Page.reload")
        self.until("!globalThis.__left && document.readyState === 'complete'")

    def close(self) -> None:
        self._browser.ask("Target.closeTarget", targetId=self._target)

    def run(self, script: str) -> Any:
        """The value of an expression in the page; promises are waited for."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            told = answer["exceptionDetails"]
            raise PageError(told.get("exception", {}).get("description", told["text"]))
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Wait until an expression is true; while a page is being left for another, it may be an error."""
        end, last = time.monotonic() + PATIENCE_S, ""
        while time.monotonic() < end:
            try:
                if self.run(condition):
                    return
            except PageError as error:
                last = str(error)
            time.sleep(0.02)
        raise PageError(f"never: {condition} {last}\n{self.run('document.body.innerText')}")

    def press(self, key: str, *, shift: bool = False) -> None:
        """Press a key and let it go: a character, or the name of a key."""
        code, text = NAMED.get(key, (f"Digit{key}" if key.isdigit() else f"Key{key.upper()}", key))
        typed = "!@#$"[int(key) - 1] if shift and key.isdigit() else key
        number = VIRTUAL.get(key, ord(key.upper()[0]))
        event = {"key": typed, "code": code, "modifiers": SHIFT if shift else 0, "windowsVirtualKeyCode": number}
        down = "keyDown" if text else "rawKeyDown"
        self.ask("Input.dispatchKeyEvent", type=down, text=typed if text == key else text, **event)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text: str) -> None:
        self.ask("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click the middle of an element, where it is on the screen."""
        middle = "[box.x + box.width / 2, box.y + box.height / 2]"
        place = self.run(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)});"
            f" one.scrollIntoView({{block: 'center'}}); const box = one.getBoundingClientRect(); return {middle}; }})()"
        )
        where = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        self.ask("Input.dispatchMouseEvent", type="mousePressed", **where)
        self.ask("Input.dispatchMouseEvent", type="mouseReleased", **where)

    def looks(self, width: int, height: int, *, dark: bool = False) -> None:
        """The size of the screen and whether it is dark; a narrow one is a phone's."""
        phone = width < 600
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2 if phone else 1,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", format="png")["data"]))

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings in the page's console: what threw, what the content policy stopped."""
        told = []
        for event in self._browser.events(self._session):
            facts = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                told.append(str(facts["exceptionDetails"].get("exception", {}).get("description", facts)))
            elif event["method"] == "Log.entryAdded" and facts["entry"]["level"] in {"error", "warning"}:
                told.append(str(facts["entry"]["text"]))
        return told
