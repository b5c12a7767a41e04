import io

import pytest
from pypdf import PdfReader

from marketplace.core.db import db, transaction
from marketplace.documents import storage
from marketplace.organisations.models import Organisation
from marketplace.rooms import queries, services
from marketplace.rooms.models import DownloadRule
from tests import factories as a
from tests.documents import samples
from tests.rooms.rooming import a_room, a_visitor, admit, put, sign

pytestmark = pytest.mark.usefixtures("app", "folder")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")


def browser_of(sign_in, actor):
    """Signed in as this very person."""
    from marketplace.organisations.models import User  # noqa: PLC0415

    organisation = db.session.get(Organisation, actor.organisation_id)
    return sign_in(organisation, actor.role, db.session.get(User, actor.user_id))


def test_a_session_that_is_open_is_refused_at_the_next_click_after_a_revocation(sign_in):
    story, visitor = a_room(), a_visitor()
    admission = admit(visitor, story)
    browser = browser_of(sign_in, visitor)
    address = f"/rooms/{story.room.reference}/files/{story.file.current.id}/view"
    shown = browser.get(address)
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert shown.headers["Content-Disposition"].startswith("inline")
    text = PdfReader(io.BytesIO(shown.data)).pages[0].extract_text().replace(" ", "")
    assert admission.user.name in text
    assert story.room.reference in text
    with transaction():  # as the seller's own browser does: it stays when the visitor is refused
        services.revoke(story.seller, admission, because="洽谈终止")
    assert browser.get(address).status_code == 404
    assert "第一步" in browser.get(f"/rooms/{story.room.reference}").text


def test_files_are_given_out_as_their_rule_says(sign_in):
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    file = put(story.seller, story.folder, "数据.csv", b"a,b\n1,2\n", DownloadRule.ORIGINAL)
    browser = browser_of(sign_in, visitor)
    at = f"/rooms/{story.room.reference}/files"
    assert browser.get(f"{at}/{story.file.current.id}/copy").status_code == 403
    assert browser.get(f"{at}/{story.file.current.id}/original").status_code == 403
    saved = browser.get(f"{at}/{file.current.id}/original")
    assert (saved.status_code, saved.data) == (200, b"a,b\n1,2\n")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    saved.close()
    assert browser.get(f"{at}/{file.current.id}/view").status_code == 409
    log = browser.get(f"/rooms/{story.room.reference}/log?format=csv").text
    assert log.count("数据.csv") == 1
    beyond = f"/rooms/{story.room.reference}/log?since=0001-01-01&until=9999-12-31&format=csv"
    assert browser.get(beyond).text == log  # days of no record are not heard
    assert "试验报告.pdf" not in log


def test_the_seller_puts_up_several_files_at_once_and_a_bad_one_does_not_stop_the_others(sign_in):
    story = a_room()
    browser = browser_of(sign_in, story.seller)
    answer = browser.post(
        f"/workbench/rooms/{story.room.reference}/upload",
        data={
            "upload-folder": story.folder.id,
            "upload-files": [
                (io.BytesIO(samples.png()), "照片.png"),
                (io.BytesIO(b"<html>"), "page.html"),
                (io.BytesIO(samples.pdf()), "说明.pdf"),
            ],
        },
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert answer.status_code == 200
    assert "page.html" in answer.text
    names = [file.name for file in queries.all_files(story.seller, story.room)]
    assert names == ["试验报告.pdf", "照片.png", "说明.pdf"]


def test_from_the_door_to_the_inside(sign_in):
    story, visitor = a_room(), a_visitor()
    browser = browser_of(sign_in, visitor)
    at = f"/rooms/{story.room.reference}"
    assert at in browser.get(f"/listings/{story.room.listing.reference}").text
    assert browser.get(f"{at}/questions").status_code == 404
    with browser.get(f"{at}/agreement") as agreement:
        assert agreement.data.startswith(b"%PDF")
    wrong = {"sha256": story.room.agreement.document.sha256, "read": "y", "password": "wrong"}
    assert browser.post(f"{at}/sign", data=wrong).status_code == 422
    assert browser.post(f"{at}/ask", data={"reason": ""}).status_code == 422
    sign(visitor, story.room)
    assert browser.post(f"{at}/ask", data={"reason": "评估交易"}).status_code == 303
    admission = queries.admission_of(visitor, story.room)
    seller = browser_of(sign_in, story.seller)
    people = f"/workbench/rooms/{story.room.reference}/people"
    seller.post(f"{people}/{admission.id}/grant", data={f"a{admission.id}-until": "1999-01-01"})
    assert not queries.is_in(visitor, story.room)


def test_the_asker_of_a_shared_answer_is_not_named_to_others(sign_in):
    story, asker, other = a_room(), a_visitor(), a_visitor()
    admit(asker, story)
    admit(other, story)
    question = services.ask_question(asker, story.room, text="有无样机？")
    services.answer(story.seller, question, text="有。", shared=True)
    page = browser_of(sign_in, other).get(f"/rooms/{story.room.reference}/questions").text
    assert "有无样机？" in page
    assert question.organisation.name not in page
    assert question.organisation.name_en not in page


def test_a_stranger_s_listing_shows_no_way_to_open_a_room(sign_in):
    listing = a.listing()
    browser = sign_in(a.organisation(), "owner")
    assert browser.post(f"/workbench/listings/{listing.reference}/room").status_code == 403
