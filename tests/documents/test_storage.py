import hashlib
import io

import pytest

from marketplace.core.errors import Invalid, NotFound
from marketplace.documents import storage


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")
    return tmp_path / "files"


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def receive(content, cap=1000, *, keep=True):
    with storage.receive(io.BytesIO(content), cap=cap) as incoming:
        if keep:
            incoming.keep()
    return incoming


def test_the_name_of_a_file_is_its_hash(folder):
    incoming = receive(b"deed")
    assert incoming.sha256 == hashlib.sha256(b"deed").hexdigest()
    assert files(folder) == [storage.path(incoming.sha256)]
    assert storage.read(incoming.sha256) == b"deed"
    assert storage.verify(incoming.sha256)


def test_the_same_content_is_stored_once(folder):
    receive(b"deed")
    receive(b"deed")
    assert storage.put(b"deed") == hashlib.sha256(b"deed").hexdigest()
    assert len(files(folder)) == 1


def test_what_is_not_kept_leaves_nothing(folder):
    receive(b"deed", keep=False)
    assert files(folder) == []


@pytest.mark.parametrize(("content", "code"), [(b"x" * 1001, "too_large"), (b"", "empty")])
def test_too_much_and_nothing_are_refused_and_leave_nothing(folder, content, code):
    with pytest.raises(Invalid, match=f"document.{code}"):
        receive(content)
    assert files(folder) == []


def test_a_stream_that_breaks_off_leaves_nothing(folder):
    class Broken(io.BytesIO):
        def read(self, _=-1, /):
            raise ConnectionError

    with pytest.raises(ConnectionError), storage.receive(Broken(), cap=10):
        pass
    assert files(folder) == []


def test_a_changed_file_is_found_out():
    digest = storage.put(b"deed")
    storage.path(digest).write_bytes(b"forged")
    assert not storage.verify(digest)


def test_what_is_lost_is_said():
    with pytest.raises(NotFound, match=r"document\.missing"):
        storage.open_file("0" * 64)


@pytest.mark.parametrize("name", ["../../etc/passwd", "A" * 64, "0" * 63])
def test_only_hashes_lead_to_files(name):
    with pytest.raises(ValueError, match="SHA-256"):
        storage.path(name)
