import io

import pytest

from marketplace.core import events
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotAllowed, NotFound
from marketplace.core.policy import SYSTEM, VISITOR
from marketplace.documents import queries, services, storage
from marketplace.documents.models import Document, Visibility
from tests import factories as a
from tests.documents import samples

pytestmark = pytest.mark.usefixtures("app", "folder")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")


def upload(actor, content=None, filename="登记簿副本.pdf", **facts):
    with transaction():
        return services.store(
            actor, io.BytesIO(content or samples.pdf()), filename, purpose="title_extract", **facts
        )


def kinds():
    return [e.kind for e in db.session.query(events.Event).order_by(events.Event.id)]


def test_an_upload_is_kept_named_and_on_record():
    actor = a.actor(a.organisation())
    document = upload(actor)
    assert (document.filename, document.media_type, document.organisation_id) == (
        "登记簿副本.pdf", "application/pdf", actor.organisation_id,
    )  # fmt: skip
    assert document.visibility is Visibility.READERS
    assert storage.read(document.sha256) == samples.pdf()
    assert kinds()[-1] == "document.store"


def test_the_same_upload_twice_is_one_document():
    actor = a.actor(a.organisation())
    assert upload(actor).id == upload(actor).id
    assert kinds().count("document.store") == 1


def test_the_same_content_of_two_organisations_is_two_documents():
    assert upload(a.actor(a.organisation())).id != upload(a.actor(a.organisation())).id


def test_a_document_belongs_to_its_subject():
    owner = a.organisation()
    asset, other = a.asset(keeper=owner), a.asset(keeper=owner)
    actor = a.actor(owner)
    document = upload(actor, subject=asset)
    assert queries.of(actor, asset) == [document]
    assert queries.of(actor, asset, purpose="contract") == []
    assert queries.of(actor, other) == []


def test_a_document_is_attached_once_its_subject_exists():
    owner = a.organisation()
    actor, asset = a.actor(owner), a.asset(keeper=owner)
    document = upload(actor)
    with transaction():
        services.attach(actor, document, asset)
    assert queries.of(actor, asset) == [document]


def test_a_refused_file_leaves_no_document():
    with pytest.raises(Invalid, match="name_mismatch"):
        upload(a.actor(a.organisation()), samples.png())
    assert db.session.query(Document).count() == 0


def test_viewers_do_not_upload():
    with pytest.raises(NotAllowed) as refusal:
        upload(a.actor(a.organisation(), "viewer"))
    assert (refusal.value.code, refusal.value.needs) == ("document.store", ("may_upload",))


def test_readers_operators_and_the_public_read_what_they_may():
    owner, reader, stranger = a.organisation(), a.organisation(), a.organisation()
    actor = a.actor(owner)
    private = upload(actor)
    shared = upload(actor, readers=[reader.id])
    public = upload(actor, samples.png(), "图.png", visibility=Visibility.PUBLIC)
    assert private.id == shared.id  # the same upload: its readers are added

    def may_read(who, document):
        try:
            return queries.get(who, document.id) is document
        except NotFound:
            return False

    for who, sees_shared in (
        (actor, True), (a.actor(reader, "viewer"), True), (a.operator(), True), (SYSTEM, True),
        (a.actor(stranger), False), (VISITOR, False),
    ):  # fmt: skip
        assert (may_read(who, shared), may_read(who, public)) == (sees_shared, True)


def test_sharing_adds_readers_once_and_only_the_holder_shares():
    owner, reader = a.organisation(), a.organisation()
    actor, document = a.actor(owner), upload(a.actor(owner))
    for _ in range(2):
        with transaction():
            services.share(actor, document, [reader.id, reader.id, owner.id])
    assert [each.organisation_id for each in document.readers] == [reader.id]
    assert kinds().count("document.share") == 1
    with pytest.raises(NotAllowed), transaction():
        services.share(a.actor(reader), document, [reader.id])


def test_publishing_opens_a_document_to_everybody():
    actor = a.actor(a.organisation())
    document = upload(actor)
    with transaction():
        services.publish(actor, document)
    assert queries.get(VISITOR, document.id) is document


def test_our_own_papers_are_kept_for_the_parties():
    seller, buyer = a.organisation(), a.organisation()
    with transaction():
        document = services.keep(
            SYSTEM, b"%PDF-", "合同 D-1.pdf", purpose="contract", readers=[seller.id, buyer.id]
        )
    assert queries.get(a.actor(buyer), document.id) is document
    with pytest.raises(NotFound):
        queries.get(a.actor(a.organisation()), document.id)


def test_damaged_and_lost_files_are_found():
    actor = a.actor(a.organisation())
    sound = upload(actor)
    forged = upload(actor, samples.png(), "a.png")
    lost = upload(actor, samples.jpeg(), "a.jpg")
    storage.path(forged.sha256).write_bytes(b"forged")
    storage.path(lost.sha256).unlink()
    assert sound not in queries.damaged()
    assert list(queries.damaged()) == [forged, lost]
