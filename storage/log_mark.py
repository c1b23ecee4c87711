"""That nothing is missing at the end of SQLite's log: how far it had come is noted beside it after every commit.

Where a bit turned over in the log, SQLite takes what follows for a transaction that nobody finished, and goes on
without it and without a word. A log lies there only while others work, or after a kill. Layout:
sqlite.org/walformat.html.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from storage.files import read_plain

if TYPE_CHECKING:
    from io import RawIOBase

    from numpy.typing import NDArray

MARK = "-mark"
"""Ends the name of the note, after that of the database."""
_LITTLE, _BIG = 0x377F0682, 0x377F0683
_HEAD, _FRAME = struct.Struct(">8I"), struct.Struct(">6I")
_WHOLE = 1 << 32
_LOOKS = 3  # another process may begin its log anew while it is read


class Log(NamedTuple):
    """A log as its checksums show it.

    Attributes:
        sound: whether its header is what was written.
        salt: what tells it from an earlier log in the same file.
        frames: how many pages are in transactions that were finished.
    """

    sound: bool
    salt: bytes
    frames: int


def note(database: Path) -> None:
    """Notes how far the log has come; where nothing can be written, nothing is noted.

    The log itself is asked, not SQLite's index of it: whoever closes that file loses all locks that this process holds
    on it, and another process would take the database for its own (sqlite.org/howtocorrupt.html, 2.2).
    """
    mark = Path(f"{database}{MARK}")
    if mark.exists() and not mark.is_file():
        return
    with suppress(OSError), Path(f"{database}-wal").open("rb", buffering=0) as log:
        head = log.read(_HEAD.size)
        if len(head) == _HEAD.size:
            salt, frames = head[16:24], _finished(log, head, _noted(mark))
            mark.write_bytes(salt + struct.pack("=I", frames))


def _noted(mark: Path) -> tuple[bytes, int]:
    """What was noted last: the salt, and how many pages; of no log where nothing was."""
    try:
        said = read_plain(mark)
        return said[:8], int(struct.unpack("=I", said[8:])[0])
    except (OSError, struct.error):
        return b"", 0


def _finished(log: RawIOBase, head: bytes, noted: tuple[bytes, int]) -> int:
    """How many pages of the log are in transactions that were finished, counted from what was noted on."""
    salt, step = head[16:24], _FRAME.size + int.from_bytes(head[8:12], "big")
    finished = at = noted[1] if noted[0] == salt else 0
    while True:
        log.seek(_HEAD.size + at * step)
        frame = log.read(_FRAME.size) or b""
        if len(frame) < _FRAME.size or frame[8:16] != salt:
            return finished
        at += 1
        if any(frame[4:8]):  # the size of the database after a commit; 0 in between
            finished = at


def cut_short(database: Path) -> bool:
    """Whether the log is damaged, or ends before what was noted; to be asked before SQLite opens it."""
    return all(_cut_short(database) for _ in range(_LOOKS))


def _cut_short(database: Path) -> bool:
    try:
        mark = read_plain(Path(f"{database}{MARK}"))  # first: the log may go on meanwhile
        body = read_plain(Path(f"{database}-wal"))
        (frames,) = struct.unpack("=I", mark[8:])
    except (OSError, struct.error):
        return False
    if len(body) < _HEAD.size:
        return False
    log = read(body)
    return not log.sound or (log.salt == mark[:8] and log.frames < frames)


def read(body: bytes) -> Log:
    """What of a log SQLite will take."""
    magic, _version, size, _sequence, *_salt, first, second = _HEAD.unpack_from(body)
    kind = "<u4" if magic == _LITTLE else ">u4"
    seed = _sum(np.frombuffer(body[:24], kind)[None], (0, 0))[0]
    sound = magic in {_LITTLE, _BIG} and seed == (first, second) and size >= 512  # noqa: PLR2004  the smallest page
    if not sound:
        return Log(sound=False, salt=body[16:24], frames=0)
    step = _FRAME.size + size
    n = (len(body) - _HEAD.size) // step
    frames = np.frombuffer(body, np.uint8, n * step, _HEAD.size).reshape(n, step)
    summed = np.ascontiguousarray(np.delete(frames, np.s_[8:24], axis=1)).view(kind)
    finished = 0
    for at, own in enumerate(_sum(summed, seed)):
        _page, commits, *_, one, two = _FRAME.unpack_from(body, _HEAD.size + at * step)
        if frames[at, 8:16].tobytes() != body[16:24] or (one, two) != own:
            break
        finished = at + 1 if commits else finished
    return Log(sound=True, salt=body[16:24], frames=finished)


def _sum(rows: NDArray[np.uint32], seed: tuple[int, int]) -> list[tuple[int, int]]:
    """SQLite's checksum after each row, every one beginning with that of the row before.

    A step takes two words: s0 += x0 + s1, s1 += x1 + s0. That is a product with ((1, 1), (1, 2)), whose powers are
    Fibonacci's numbers: all steps of a row at once are two scalar products.
    """
    steps = rows.shape[1] // 2
    fibonacci = [1, 0]  # F(-1), F(0), …
    while len(fibonacci) < 2 * steps + 3:
        fibonacci.append((fibonacci[-1] + fibonacci[-2]) % _WHOLE)
    numbers = np.array(fibonacci, np.uint32)
    low, mid, high = (numbers[at : at + 2 * steps : 2][::-1] for at in (0, 1, 2))
    first = rows[:, 0::2].astype(np.uint32)
    both = first + rows[:, 1::2].astype(np.uint32)
    zero, one = first @ low + both @ mid, first @ mid + both @ high
    found, (a, b) = [], seed
    lowest, middle, highest = fibonacci[2 * steps : 2 * steps + 3]
    for own_a, own_b in zip(zero.tolist(), one.tolist(), strict=True):
        a, b = (lowest * a + middle * b + own_a) % _WHOLE, (middle * a + highest * b + own_b) % _WHOLE
        found.append((a, b))
    return found
