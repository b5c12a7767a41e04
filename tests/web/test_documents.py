import io

import pytest

from marketplace.core.db import transaction
from marketplace.documents import services, storage
from tests import factories as a
from tests.documents import samples

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def document(tmp_path, monkeypatch):
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")
    owner = a.organisation()
    with transaction():
        return services.store(
            a.actor(owner), io.BytesIO(samples.pdf()), "登记簿 副本.pdf", purpose="title_extract"
        )


def test_the_holder_saves_the_very_file(document, sign_in):
    with sign_in(document.organisation, "viewer").get(f"/documents/{document.id}") as answer:
        content = answer.data
    assert (answer.status_code, content) == (200, samples.pdf())
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert (
        "%E7%99%BB%E8%AE%B0%E7%B0%BF%20%E5%89%AF%E6%9C%AC.pdf"
        in (answer.headers["Content-Disposition"])
    )
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unchanged_file_is_not_sent_again(document, sign_in):
    browser = sign_in(document.organisation)
    with browser.get(f"/documents/{document.id}") as first:
        etag = first.headers["ETag"]
    with browser.get(
        f"/documents/{document.id}", headers={"If-None-Match": etag}, buffered=True
    ) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_others_files_are_not_there(document, sign_in, client):
    assert sign_in(a.organisation()).get(f"/documents/{document.id}").status_code == 404
    assert client.get(f"/documents/{document.id}").status_code in {302, 404}
    assert client.get("/documents/999999").status_code in {302, 404}


def test_a_lost_file_is_said_and_not_a_fault(document, sign_in):
    storage.path(document.sha256).unlink()
    assert sign_in(document.organisation).get(f"/documents/{document.id}").status_code == 404
