"""Where the bytes lie: a folder of this machine, or a bucket that speaks the S3 protocol.

A name is the SHA-256 of the plain content, with `.sealed` behind it where the file is sealed. What
a place has been given is there whole or not at all; the same name again changes nothing.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from marketplace.core.errors import Refused

SECONDS = 10
IN_MEMORY = 8 << 20  # a larger file waits on disk while it is carried; sealed it stays sealed there
GONE = {"404", "NoSuchKey", "NotFound"}


class Place(Protocol):
    """What storage asks of where it keeps files."""

    def write(self, name: str, pieces: Iterable[bytes], *, over: bool = False) -> None:
        """Keep a file; one that is there stays unless it is written `over`."""
        ...

    def open(self, name: str) -> IO[bytes] | None:
        """The file, seekable; None where there is none."""
        ...

    def holds(self, name: str) -> bool:
        """Whether it is there."""
        ...

    def remove(self, name: str) -> None:
        """Take it away, where it is."""
        ...

    def names(self) -> Iterator[str]:
        """All files, in the order of their names."""
        ...


class Folder:
    """A private folder: two levels of folders by the first digits of the name."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Where the file lies, or would."""
        return self.root / name[:2] / name[2:4] / name

    def write(self, name: str, pieces: Iterable[bytes], *, over: bool = False) -> None:
        """Beside its place first, then renamed into it: a reader sees all of it or none."""
        place = self.path(name)
        if place.exists() and not over:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as target:
            try:
                target.writelines(pieces)
                target.flush()
                os.fsync(target.fileno())
            except BaseException:
                Path(target.name).unlink(missing_ok=True)
                raise
        Path(target.name).replace(place)
        sync_folder(place.parent)

    def open(self, name: str) -> IO[bytes] | None:
        """The file as it lies there."""
        try:
            return self.path(name).open("rb")
        except FileNotFoundError:
            return None

    def holds(self, name: str) -> bool:
        """Whether it is there."""
        return self.path(name).is_file()

    def remove(self, name: str) -> None:
        """For good, so that a power cut does not bring it back."""
        place = self.path(name)
        if place.exists():
            place.unlink()
            sync_folder(place.parent)

    def names(self) -> Iterator[str]:
        """All files but those that are just being written."""
        for place in sorted(self.root.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/[0-9a-f]*")):
            yield place.name


class Bucket:
    """A bucket; who may enter it is boto3's business (AWS_ACCESS_KEY_ID … or the machine's role)."""

    def __init__(
        self, bucket: str, *, endpoint: str = "", region: str = "", prefix: str = ""
    ) -> None:
        self.bucket, self.endpoint, self.region = bucket, endpoint, region
        self.prefix = prefix.strip("/")

    @cached_property
    def client(self) -> Any:
        """One client for all threads; boto3 is loaded only where a bucket is used."""
        import boto3  # noqa: PLC0415 -- half a second that a site without a bucket need not wait

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint or None,
            region_name=self.region or None,
            config=Config(
                connect_timeout=SECONDS,
                read_timeout=3 * SECONDS,
                retries={"max_attempts": 3, "mode": "standard"},
            ),
        )

    def key(self, name: str) -> str:
        """The object's name in the bucket, as the folders have it."""
        return "/".join(filter(None, (self.prefix, name[:2], name[2:4], name)))

    def write(self, name: str, pieces: Iterable[bytes], *, over: bool = False) -> None:
        """One PUT, which S3 does wholly or not at all."""
        if not over and self.holds(name):
            return
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            body.writelines(pieces)
            body.seek(0)
            with _reached():
                self.client.put_object(Bucket=self.bucket, Key=self.key(name), Body=body)

    def open(self, name: str) -> IO[bytes] | None:
        """The object, carried over so that it can be sought."""
        with _reached():
            try:
                found = self.client.get_object(Bucket=self.bucket, Key=self.key(name))
            except ClientError as error:
                if _code(error) in GONE:
                    return None
                raise
            body = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller closes it
            with contextlib.closing(found["Body"]) as stream:
                for piece in stream.iter_chunks(1 << 20):
                    body.write(piece)
        body.seek(0)
        return body

    def holds(self, name: str) -> bool:
        """Whether it is there."""
        with _reached():
            try:
                self.client.head_object(Bucket=self.bucket, Key=self.key(name))
            except ClientError as error:
                if _code(error) in GONE:
                    return False
                raise
        return True

    def remove(self, name: str) -> None:
        """Where it is not there, nothing happens."""
        with _reached():
            self.client.delete_object(Bucket=self.bucket, Key=self.key(name))

    def names(self) -> Iterator[str]:
        """All objects below the prefix, a page at a time."""
        pages = self.client.get_paginator("list_objects_v2")
        below = f"{self.prefix}/" if self.prefix else ""
        with _reached():
            for page in pages.paginate(Bucket=self.bucket, Prefix=below):
                for each in page.get("Contents", ()):
                    yield each["Key"].rpartition("/")[2]

    def fault(self) -> str:
        """Why the bucket cannot be used, as a class name; empty where it can."""
        try:
            self.client.head_bucket(Bucket=self.bucket)
        except (BotoCoreError, ClientError) as error:
            return type(error).__name__
        return ""


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextlib.contextmanager
def _reached() -> Iterator[None]:
    """A store that is away is a refusal with words, not a fault of ours."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise Refused("document.store_away") from error


def sync_folder(folder: Path) -> None:
    """A rename lasts through a power cut only once its folder is on disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
