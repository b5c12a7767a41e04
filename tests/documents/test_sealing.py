import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import NotFound, Refused
from marketplace.documents import moving, sealing, storage
from marketplace.documents.sealing import CHUNK, Keys

FIRST, SECOND = "2026:" + "11" * 32, "2027:" + "22" * 32
LONG = bytes(range(256)) * (2 * CHUNK // 256) + b"the last piece"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")
    yield tmp_path / "files"
    storage._keys.clear()


def use(key, old=""):
    storage.configure(storage.root(), keys=Keys.read(key, old))


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@given(
    size=st.one_of(
        st.integers(0, 300),
        st.integers(CHUNK - 2, CHUNK + 2),
        st.integers(2 * CHUNK - 2, 2 * CHUNK + 2),
    ),
    at=st.integers(0, 2 * CHUNK),
)
def test_what_is_sealed_opens_to_the_same_from_any_place(size, at):
    content, keys = LONG[:size], Keys.read(FIRST)
    sealed = b"".join(sealing.seal(io.BytesIO(content), keys, "name"))
    opened = sealing.Opened(io.BytesIO(sealed), keys, "name")
    assert opened.readall() == content
    opened.seek(at)
    assert opened.readall() == content[at:]


@given(st.data())
def test_no_byte_of_a_sealed_file_can_be_changed(data):
    keys = Keys.read(FIRST)
    sealed = bytearray(b"".join(sealing.seal(io.BytesIO(b"secret formula"), keys, "name")))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused, match=r"document\.(unreadable|key_unknown)"):
        sealing.Opened(io.BytesIO(bytes(sealed)), keys, "name").readall()


HEAD = len(sealing.MAGIC) + 1 + 4 + sealing.NONCE + sealing.WRAPPED
PIECE = CHUNK + sealing.TAG


@pytest.mark.parametrize(
    "forge",
    [
        lambda s: s[: HEAD + PIECE],
        lambda s: s[: HEAD + 2 * PIECE],
        lambda s: s[:-1],
        lambda s: s[:HEAD],
        lambda s: s[:HEAD] + s[HEAD + PIECE :],
        lambda s: s[:HEAD] + s[HEAD + PIECE : HEAD + 2 * PIECE] + s[HEAD : HEAD + PIECE]
        + s[HEAD + 2 * PIECE :],
        lambda s: s + s[-30:],
    ],
    ids=["cut", "cut at a chunk", "a byte short", "emptied", "left out", "moved", "added to"],
)  # fmt: skip
def test_no_chunk_can_be_left_out_moved_or_added(forge):
    keys = Keys.read(FIRST)
    sealed = b"".join(sealing.seal(io.BytesIO(LONG), keys, "name"))
    assert sealing.Opened(io.BytesIO(sealed), keys, "name").readall() == LONG
    with pytest.raises(Refused, match=r"document\.unreadable"):
        sealing.Opened(io.BytesIO(forge(sealed)), keys, "name").readall()


def test_one_sealed_file_does_not_stand_in_for_another():
    keys = Keys.read(FIRST)
    sealed = b"".join(sealing.seal(io.BytesIO(b"deed"), keys, "one"))
    with pytest.raises(Refused, match=r"document\.unreadable"):
        sealing.Opened(io.BytesIO(sealed), keys, "another")


def test_with_a_key_nothing_plain_lies_in_the_folder(folder):
    use(FIRST)
    digest = storage.put(LONG)
    with storage.receive(io.BytesIO(b"upload of a formula"), cap=100) as incoming:
        incoming.keep()
    assert storage.read(digest) == LONG
    assert storage.read(incoming.sha256) == b"upload of a formula"
    assert storage.verify(digest)
    assert len(files(folder)) == 2
    assert not any(b"formula" in path.read_bytes() for path in files(folder))


def test_the_same_content_is_sealed_once(folder):
    use(FIRST)
    assert storage.put(b"deed") == storage.put(b"deed")
    assert len(files(folder)) == 1


def test_a_changed_byte_on_disk_is_refused_and_fails_the_proof(folder):
    use(FIRST)
    digest = storage.put(b"deed of assignment")
    (place,) = files(folder)
    place.chmod(0o600)
    place.write_bytes(place.read_bytes()[:-1] + b"\0")
    with pytest.raises(Refused, match=r"document\.unreadable"):
        storage.read(digest)
    assert not storage.verify(digest)
    assert [each.outcome for each in moving.check()] == ["document.unreadable"]


def test_what_lay_plain_before_is_read_and_sealed_by_the_command():
    digests = [storage.put(content) for content in (b"one", b"two", LONG)]
    use(FIRST)
    assert [storage.read(each) for each in digests] == [b"one", b"two", LONG]
    steps = moving.seal_all()
    next(steps)  # broken off after the first
    steps.close()
    assert moving.counts() == {"folder": {"2026": 1, "plain": 2}}
    assert [each.outcome for each in moving.seal_all()] == ["done", "done"]
    assert moving.counts() == {"folder": {"2026": 3}}
    assert [storage.read(each) for each in digests] == [b"one", b"two", LONG]
    assert list(moving.check()) == []


def test_a_plain_file_that_was_changed_is_not_sealed_away():
    digest = storage.put(b"deed")
    storage.path(digest).write_bytes(b"forged")
    use(FIRST)
    assert [each.outcome for each in moving.seal_all()] == ["document.unreadable"]
    assert storage.path(digest).exists()


def test_after_rotation_the_old_key_is_not_needed_any_more():
    use(FIRST)
    digest = storage.put(LONG)
    use(SECOND, FIRST)
    assert storage.read(digest) == LONG
    assert [each.outcome for each in moving.rotate()] == ["done"]
    assert list(moving.rotate()) == []
    use(SECOND)
    assert storage.read(digest) == LONG


@pytest.mark.parametrize(("key", "name"), [(SECOND, "2026"), ("", "2026")])
def test_without_its_key_a_file_says_which_one_is_missing(key, name):
    use(FIRST)
    digest = storage.put(b"deed")
    use(key)
    with pytest.raises(Refused) as refusal:
        storage.read(digest)
    assert (refusal.value.code, refusal.value.facts) == ("document.key_unknown", {"key": name})


def test_a_library_that_wants_a_path_gets_the_plain_content_for_a_while():
    use(FIRST)
    digest = storage.put(b"rows")
    with storage.on_disk(digest) as path:
        assert path.read_bytes() == b"rows"
    assert not path.exists()
    with pytest.raises(NotFound), storage.on_disk(hashlib.sha256(b"lost").hexdigest()):
        pass


@pytest.mark.parametrize(
    ("key", "old"),
    [("11" * 32, ""), ("2026:11", ""), ("2026:" + "zz" * 32, ""), (FIRST, "2026:" + "33" * 32)],
)
def test_a_key_that_is_none_is_said_at_once(key, old):
    with pytest.raises(ValueError):  # noqa: PT011 -- bytes.fromhex says it in its own words
        Keys.read(key, old)
