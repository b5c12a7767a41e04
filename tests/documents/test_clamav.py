import io
import socket

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.documents import clamav, services, storage
from tests import factories as a
from tests.documents import samples
from tests.documents.scanning import EICAR, clamd

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")
    yield tmp_path / "files"
    clamav.configure("")


def upload(content, filename="说明.txt"):
    with transaction():
        return services.store(
            a.actor(a.organisation()), io.BytesIO(content), filename, purpose="title_extract"
        )


def kept(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_clean_file_is_kept():
    with clamd() as address:
        clamav.configure(address)
        assert storage.read(upload(samples.pdf(), "a.pdf").sha256) == samples.pdf()
        assert clamav.fault() == ""


def test_an_infected_file_is_refused_by_its_virus_and_not_kept(folder):
    with clamd() as address:
        clamav.configure(address)
        with pytest.raises(Invalid) as refusal:
            upload(EICAR)
    assert refusal.value.code == "document.infected"
    assert refusal.value.facts == {"name": "Eicar-Test-Signature"}
    assert kept(folder) == []


def test_the_scanner_may_listen_on_a_unix_socket(tmp_path):
    with clamd(tmp_path / "s") as address:
        clamav.configure(address)
        with pytest.raises(Invalid, match=r"document\.infected"):
            upload(b"before " * 30_000 + EICAR)


def test_a_scanner_that_does_not_answer_refuses_everything(folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    clamav.configure(f"tcp://127.0.0.1:{free}")
    with pytest.raises(Refused, match=r"document\.scanner_away"):
        upload(b"clean")
    assert clamav.fault() == "ConnectionRefusedError"
    assert kept(folder) == []


def test_what_the_scanner_could_not_look_through_is_refused(folder):
    with clamd(largest=10) as address:
        clamav.configure(address)
        with pytest.raises(Refused, match=r"document\.scanner_away"):
            upload(b"longer than the scanner takes")
    assert kept(folder) == []


def test_without_a_scanner_files_are_kept_unscanned():
    assert storage.read(upload(b"clean").sha256) == b"clean"


@pytest.mark.parametrize("address", ["localhost:3310", "tcp://localhost", "unix://host/path"])
def test_an_address_that_is_none_is_said_at_once(address):
    with pytest.raises(ValueError, match="CLAMAV_ADDRESS"):
        clamav.configure(address)
