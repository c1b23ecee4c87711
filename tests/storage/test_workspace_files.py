"""Captures, the key of the pseudonyms, and the files they lie in."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from storage.captures import CaptureDamaged, CaptureMissing, Captures, without_secrets
from storage.files import FileWriteError, write_atomically, write_once
from storage.pseudonyms import KEY_FILE, KeyFileError, Pseudonyms
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.nouns import Page

BODIES = [b"", b"short", b"long enough to pack " * 200, os.urandom(5000)]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("body", BODIES, ids=["empty", "short", "packed", "random"])
def test_captures_come_back_byte_for_byte_and_are_kept_once(tmp_path: Path, body: bytes) -> None:
    captures = Captures(tmp_path)
    names = {captures.keep(body), captures.keep(body)}
    assert len(names) == len(files(tmp_path)) == 1
    assert captures.read(names.pop()) == body


def test_captures_are_packed_where_that_helps(tmp_path: Path) -> None:
    captures = Captures(tmp_path)
    suffixes = []
    for body in BODIES:
        name = captures.keep(body)
        suffixes += [path.suffix for path in files(tmp_path) if path.name.startswith(name)]
    assert suffixes == ["", "", ".gz", ""]


@pytest.mark.parametrize("damage", [b"", b"other", b"\x1f\x8bno", gzip.compress(b"other")], ids=range(4))
@pytest.mark.parametrize("body", BODIES[1:3], ids=["plain", "packed"])
def test_a_damaged_capture_is_never_given_out(tmp_path: Path, body: bytes, damage: bytes) -> None:
    captures = Captures(tmp_path)
    name = captures.keep(body)
    files(tmp_path)[0].write_bytes(damage)
    with pytest.raises(CaptureDamaged):
        captures.read(name)


def test_a_capture_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(CaptureMissing):
        Captures(tmp_path).read("0" * 64)


def test_headers_with_secrets_are_dropped_whatever_their_case() -> None:
    headers = {"ETag": '"1"', "Set-Cookie": "a=b", "AUTHORIZATION": "Bearer x", "x-api-key": "k"}
    assert without_secrets(headers) == {"ETag": '"1"'}


def test_writing_replaces_and_writing_once_does_not(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"one")
    write_once(path, b"two")
    assert path.read_bytes() == b"one"
    write_atomically(path, b"three")
    assert path.read_bytes() == b"three"
    assert files(tmp_path) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    target = "os.fsync" if step == "fsync" else "pathlib.Path.replace"
    monkeypatch.setattr(target, _no_space)
    with pytest.raises(FileWriteError) as caught:
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert "No space left" in str(caught.value)
    assert files(tmp_path) == [path]
    assert path.read_bytes() == b"old"


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("name", ["", ".", "..", "sub"])
def test_a_folder_is_no_file_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileWriteError) as caught:
        write_atomically(Path(name), b"content")
    assert (caught.value.what, caught.value.remedy) == ("the file cannot be written (it is a folder).", "Name a file.")
    assert files(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(without_root: Path) -> None:
    with pytest.raises(FileWriteError) as caught:
        Captures(without_root).keep(b"body")
    assert str(without_root) in caught.value.where


def test_pseudonyms_stay_the_same_in_a_workspace_and_differ_between_two(tmp_path: Path) -> None:
    here, again = Pseudonyms.of_workspace(tmp_path / "a"), Pseudonyms.of_workspace(tmp_path / "a")
    there = Pseudonyms.of_workspace(tmp_path / "b")
    assert here.of("weibo", "李四") == again.of("weibo", " 李四 ") != there.of("weibo", "李四")
    assert here.of("weibo", "李四") != here.of("forum", "李四")
    assert (here.of("weibo", None), here.of("weibo", ""), here.of("weibo", "\x00 ")) == (None, None, None)
    assert here.fingerprint != there.fingerprint


def test_a_pseudonym_is_an_hmac_of_the_key(tmp_path: Path) -> None:
    import hmac

    pseudonyms = Pseudonyms.of_workspace(tmp_path)
    expected = hmac.new((tmp_path / KEY_FILE).read_bytes(), "weibo\x1f李四".encode(), "sha256").hexdigest()
    assert pseudonyms.of("weibo", "李四") == "a" + expected[:16]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes")
def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    Pseudonyms.of_workspace(tmp_path)
    path = tmp_path / KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(KeyFileError, match="others may read") as caught:
            Pseudonyms.of_workspace(tmp_path)
        assert "chmod 600" in caught.value.remedy


@pytest.mark.parametrize("size", [0, 31, 33, 5000])
def test_a_key_of_the_wrong_length_is_refused(tmp_path: Path, size: int) -> None:
    write_once(tmp_path / KEY_FILE, bytes(size), 0o600)
    with pytest.raises(KeyFileError, match="wrong length"):
        Pseudonyms.of_workspace(tmp_path)


def test_the_key_never_shows_in_what_is_printed(tmp_path: Path) -> None:
    pseudonyms = Pseudonyms.of_workspace(tmp_path)
    key = (tmp_path / KEY_FILE).read_bytes()
    assert key.hex() not in repr(pseudonyms)
    assert repr(key) not in repr(pseudonyms)


@pytest.mark.parametrize("loss", ["gone", "another"])
def test_a_database_never_goes_on_with_another_key(
    store: Store, run: str, url: str, page: Callable[..., Page], tmp_path: Path, loss: str
) -> None:
    store.add_page("ebikes", "forum", page(author="u1"), run_id=run)
    (tmp_path / KEY_FILE).unlink()
    if loss == "another":
        Pseudonyms.of_workspace(tmp_path)
    with Store.open(url, tmp_path) as again, pytest.raises(KeyFileError):
        again.add_page("ebikes", "forum", page(author="u1", start=9), run_id=run)
    assert (tmp_path / KEY_FILE).exists() == (loss == "another")
    assert len(store.comments("ebikes")) == 3
