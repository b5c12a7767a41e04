"""The bucket against moto's server, through real requests on a local port."""

import io
import socket

import boto3
import pytest
from moto.server import ThreadedMotoServer

from marketplace.core.errors import NotFound, Refused
from marketplace.documents import moving, storage
from marketplace.documents.places import Bucket
from marketplace.documents.sealing import Keys

KEY = "2026:" + "11" * 32


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    before = dict(storage._folder)
    name = f"files-{tmp_path.name.replace('_', '-').lower()}"[:60].rstrip("-")
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=name)
    storage.configure(
        tmp_path / "files",
        bucket=Bucket(name, endpoint=endpoint, region="us-east-1", prefix="site"),
    )
    yield storage.home()
    storage.configure(**{"folder": before["root"]} if before else {"folder": tmp_path})


def in_folder():
    return [path for path in storage.root().rglob("*") if path.is_file()]


def test_files_lie_in_the_bucket_and_not_in_the_folder(bucket):
    digest = storage.put(b"deed")
    with storage.receive(io.BytesIO(b"upload"), cap=100) as incoming:
        incoming.keep()
    assert in_folder() == []
    assert sorted(bucket.names()) == sorted([digest, incoming.sha256])
    assert (storage.read(digest), storage.read(incoming.sha256)) == (b"deed", b"upload")
    assert storage.verify(digest)
    assert storage.exists(digest)


@pytest.mark.usefixtures("bucket")
def test_what_is_not_there_is_missing():
    assert not storage.exists("0" * 64)
    with pytest.raises(NotFound, match=r"document\.missing"):
        storage.read("0" * 64)


def test_sealed_in_the_bucket_nothing_plain_leaves_the_machine(bucket):
    storage.configure(storage.root(), bucket=bucket, keys=Keys.read(KEY))
    digest = storage.put(b"secret formula")
    with bucket.open(digest + storage.SEALED) as file:
        assert b"formula" not in file.read()
    assert storage.read(digest) == b"secret formula"


def test_a_changed_object_fails_the_proof(bucket):
    digest = storage.put(b"deed")
    bucket.write(digest, [b"forged"], over=True)
    assert not storage.verify(digest)


def test_files_of_the_folder_are_read_and_moved_whenever_it_suits(bucket):
    root = storage.root()
    storage.configure(root)
    digests = [storage.put(content) for content in (b"one", b"two", b"three")]
    storage.configure(root, bucket=bucket)
    assert [storage.read(each) for each in digests] == [b"one", b"two", b"three"]
    steps = moving.move()
    next(steps)  # broken off after the first
    steps.close()
    assert moving.counts() == {"bucket": {"plain": 1}, "folder": {"plain": 2}}
    assert [each.outcome for each in moving.move()] == ["done", "done"]
    assert in_folder() == []
    assert [storage.read(each) for each in digests] == [b"one", b"two", b"three"]


def test_a_bucket_that_is_away_is_a_refusal_with_words(tmp_path, bucket):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    away = Bucket("files", endpoint=f"http://127.0.0.1:{free}", region="us-east-1")
    storage.configure(tmp_path / "files", bucket=away)
    with pytest.raises(Refused, match=r"document\.store_away"):
        storage.put(b"deed")
    assert away.fault() == "EndpointConnectionError"
    assert bucket.fault() == ""
