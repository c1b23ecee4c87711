"""Another key: every author has another pseudonym, what was forgotten stays away, and a kill leaves one of the two."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from storage.database_failures import CorruptDatabase
from storage.integrity import checking as integrity
from storage.privacy import key_rotation
from storage.pseudonyms import KEY_FILE, NEXT_FILE, KeyFileError, Pseudonyms
from storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine


STUDY = "ebikes"


def authors(store: Store) -> list[str]:
    return [str(one) for one in store.comments(STUDY, columns=["author"])["author"]]


def filled(store: Store, run: str, page: Any) -> None:
    for at, name in enumerate(("李四", "李四", "王五")):
        store.add_page(STUDY, "forum", page(1, start=at, author=name), run_id=run)


@pytest.mark.parametrize("cut", [False, True])
def test_every_author_has_another_pseudonym_and_is_the_same_person(
    store: Store, run: str, page: Any, tmp_path: Path, *, cut: bool
) -> None:
    filled(store, run, page)
    before, old = authors(store), (tmp_path / KEY_FILE).read_bytes()
    done = store.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=cut)
    after = authors(store)
    assert (done.authors, done.comments) == (set(before), 3)
    assert not set(before) & set(after)
    assert after[0] == after[1] != after[2]
    key = tmp_path / KEY_FILE
    assert (old in key.read_bytes()) is not cut
    assert not (tmp_path / NEXT_FILE).exists()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600 or os.name != "posix"


@pytest.mark.parametrize("cut", [False, True])
def test_a_known_author_who_writes_again_is_known_unless_the_link_is_cut(
    store: Store, run: str, page: Any, url: str, tmp_path: Path, *, cut: bool
) -> None:
    filled(store, run, page)
    for _ in range(2):
        with Store.open(url, tmp_path) as again:
            again.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=cut)
    with Store.open(url, tmp_path) as again:
        again.add_page(STUDY, "forum", page(2, start=9, author="李四"), run_id=run)
        first, *_, last, very_last = authors(again)
        assert (first == last) is not cut
        assert last == very_last


@pytest.mark.parametrize("cut", [False, True])
def test_rows_carry_the_hash_of_what_they_hold_now(
    store: Store, run: str, page: Any, engine: Engine, tmp_path: Path, *, cut: bool
) -> None:
    filled(store, run, page)
    store.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=cut)
    assert integrity.check(engine) == []
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM comment WHERE hash IS NULL").scalar() == 0


def test_a_row_that_is_not_what_was_written_is_not_given_a_hash(
    store: Store, run: str, page: Any, engine: Engine, tmp_path: Path
) -> None:
    filled(store, run, page)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE comment SET likes = 7, hash = hash + 1 WHERE ext_id = '1'")
    before, key = authors(store), (tmp_path / KEY_FILE).read_bytes()
    with pytest.raises(CorruptDatabase, match="is not what was stored"):
        store.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=False)
    assert (authors(store), (tmp_path / KEY_FILE).read_bytes()) == (before, key)


@pytest.mark.parametrize("cut", [False, True])
def test_who_was_forgotten_stays_away(
    store: Store, run: str, page: Any, url: str, tmp_path: Path, *, cut: bool
) -> None:
    filled(store, run, page)
    work = store.forgetting(STUDY)
    gone = work.find([], authors(store)[:1])
    work.mark(gone, authors(store)[:1])
    work.take_out(gone, [])
    for _ in range(2):
        with Store.open(url, tmp_path) as again:
            assert again.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=cut).marked
    with Store.open(url, tmp_path) as again:
        added = again.add_page(STUDY, "forum", page(2, start=0, author="王五"), run_id=run)
        assert (added.comments, added.kept_out) == (0, 2)
        added = again.add_page(STUDY, "forum", page(2, start=50, author="李四"), run_id=run)
        assert (added.comments, added.kept_out) == (0, 2)
        added = again.add_page(STUDY, "forum", page(2, start=70, author="王五"), run_id=run)
        assert (added.comments, added.kept_out) == (2, 0)


def test_who_writes_with_the_old_key_meanwhile_is_refused(
    store: Store, run: str, page: Any, url: str, tmp_path: Path
) -> None:
    filled(store, run, page)
    with Store.open(url, tmp_path) as other:
        other.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=False)
    with pytest.raises(KeyFileError, match="changed meanwhile"):
        store.add_page(STUDY, "forum", page(1, start=9, author="李四"), run_id=run)
    with pytest.raises(KeyFileError, match="changed meanwhile"):
        store.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=False)


class Killed(BaseException):
    """Ends the process where it stands."""


@pytest.mark.slow
@pytest.mark.parametrize("step", ["lay_key_ready", "_exchange", "settle_key"])
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_leaves_one_key_or_the_other_and_the_next_ends_it(
    store: Store,
    run: str,
    page: Any,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    *,
    after: bool,
) -> None:
    filled(store, run, page)
    before, original = authors(store), getattr(key_rotation, step)

    def killed(*arguments: Any) -> None:
        if after:
            original(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(key_rotation, step, killed)
        with pytest.raises(Killed):
            store.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=False)
    with Store.open(url, tmp_path) as again:
        again.add_page(STUDY, "forum", page(1, start=9, author="李四"), run_id=run)
        now = authors(again)
        assert now[0] == now[-1]
        assert (now[0] == before[0]) is (step != "settle_key")
        again.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=False)
        assert not set(authors(again)) & set(now)
    assert not (tmp_path / NEXT_FILE).exists()


def test_a_half_of_a_swap_of_files_is_ended_too(store: Store, run: str, page: Any, url: str, tmp_path: Path) -> None:
    filled(store, run, page)
    store.forgetting(STUDY).key_rotation(tmp_path).exchange(cut=False)
    (tmp_path / KEY_FILE).rename(tmp_path / NEXT_FILE)
    (tmp_path / KEY_FILE).write_bytes(bytes(32))
    with Store.open(url, tmp_path) as again:
        again.add_page(STUDY, "forum", page(1, start=9, author="李四"), run_id=run)
        assert authors(again)[0] == authors(again)[-1]


def test_a_veil_that_is_taken_off_leaves_what_was_under_it() -> None:
    first = Pseudonyms(bytes(range(32)))
    key, renamed = first.changed(cut=False, marked=False)
    second = Pseudonyms(key)
    names = [first.of("forum", str(at)) or "" for at in range(500)]
    veiled = [renamed(one) for one in names]
    assert veiled == [second.of("forum", str(at)) for at in range(500)]
    assert len({*names, *veiled}) == 1000
    assert [second.author_mark(one) for one in veiled] == [first.author_mark(one) for one in names]
    assert first.fingerprint != second.fingerprint
