import io
from datetime import timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotAllowed, NotFound, Refused, WrongState
from marketplace.core.policy import Actor
from marketplace.documents import queries as documents
from marketplace.documents import storage
from marketplace.listings.models import ListingState
from marketplace.organisations.models import Organisation, OrganisationKind
from marketplace.rooms import queries, services
from marketplace.rooms.models import AdmissionState, DownloadRule, Look, RoomLook, RoomSignature
from tests import factories as a
from tests.documents import samples
from tests.rooms.rooming import a_room, a_visitor, admit, inside, put, sign

pytestmark = pytest.mark.usefixtures("app", "folder")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setitem(storage._folder, "root", tmp_path / "files")


def kinds():
    return list(db.session.scalars(select(events.Event.kind).order_by(events.Event.id)))


# ---- opening and filling -----------------------------------------------------------------------


def test_the_seller_opens_one_room_a_listing_with_the_standard_agreement():
    story = a_room()
    again = services.open_room(story.seller, story.room.listing)
    assert again is story.room
    assert story.room.agreement.standard
    text = PdfReader(io.BytesIO(storage.read(story.room.agreement.document.sha256)))
    assert "资料室保密协议" in text.pages[0].extract_text()


@pytest.mark.parametrize("role", ["finance", "viewer"])
def test_only_owners_and_managers_of_the_seller_keep_it(role):
    story = a_room()
    colleague = a.actor(story.room.seller, role)
    with pytest.raises(NotAllowed, match=r"room\.keep"):
        services.add_folder(colleague, story.room, "内部")
    with pytest.raises(NotAllowed, match=r"room\.keep"):
        services.add_folder(a_visitor(), story.room, "外人")


def test_folders_are_nested_and_come_in_order():
    story = a_room()
    inner = services.add_folder(story.seller, story.room, "图纸", parent=story.folder)
    services.add_folder(story.seller, story.room, "法律")
    deepest = services.add_folder(story.seller, story.room, "总装", parent=inner)
    names = [folder.name for folder in queries.folders(story.seller, story.room)]
    assert names == ["技术资料", "图纸", "总装", "法律"]
    last = services.add_folder(story.seller, story.room, "零件", parent=deepest)
    with pytest.raises(Invalid, match=r"room\.too_deep"):
        services.add_folder(story.seller, story.room, "更深", parent=last)


def test_a_folder_of_another_room_is_no_parent():
    story, other = a_room(), a_room()
    with pytest.raises(NotFound):
        services.add_folder(story.seller, story.room, "错位", parent=other.folder)


def test_a_file_is_what_its_content_says():
    story = a_room()
    with pytest.raises(Invalid, match=r"document\.name_mismatch"):
        put(story.seller, story.folder, "报告.docx")


def test_a_file_of_a_room_is_not_to_be_had_outside_of_it():
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    with pytest.raises(NotFound):
        documents.get(visitor, story.file.current.document_id)


def test_a_newer_version_replaces_the_older_for_visitors_and_both_stay_for_the_seller():
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    old = story.file.current
    new = services.add_version(
        story.seller, story.file, io.BytesIO(samples.pdf() + b"\n%2\n"), "试验报告二.pdf"
    )
    db.session.flush()
    assert (new.number, story.file.name) == (2, "试验报告二.pdf")
    assert queries.version(visitor, story.room, new.id) is new
    assert queries.version(story.seller, story.room, old.id) is old
    with pytest.raises(NotFound):
        queries.version(visitor, story.room, old.id)


def test_a_removed_file_is_gone_for_visitors_and_stays_in_the_log():
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    version = story.file.current
    services.look(visitor, story.room, version.id, Look.VIEW)
    services.remove_file(story.seller, story.file)
    with pytest.raises(NotFound):
        services.look(visitor, story.room, version.id, Look.VIEW)
    assert len(db.session.scalars(queries.looks(story.seller, story.room)).all()) == 1


# ---- who is in ---------------------------------------------------------------------------------


def _stranger(_story):
    return a_visitor()


def _asker(story):
    visitor = a_visitor()
    sign(visitor, story.room)
    services.ask(visitor, story.room, reason="评估")
    return visitor


def _admitted(story):
    visitor = a_visitor("viewer")
    admit(visitor, story)
    return visitor


def _admitted_unsigned(story):
    visitor = a_visitor()
    admission = services.ask(visitor, story.room, reason="评估")
    services.grant(story.seller, admission, until=clock.now() + timedelta(days=3))
    return visitor


def _colleague_of_admitted(story):
    visitor = _admitted(story)
    return a.actor(db.session.get(Organisation, visitor.organisation_id))


def _admitted_for_another_organisation(story):
    visitor = _admitted(story)
    other = a.organisation("acquirer")
    return Actor(visitor.user_id, other.id, "owner", other.capabilities)


def _refused(story):
    visitor = a_visitor()
    services.refuse(
        story.seller, services.ask(visitor, story.room, reason="评估"), because="竞争对手"
    )
    return visitor


def _revoked(story):
    visitor = a_visitor()
    services.revoke(story.seller, admit(visitor, story), because="洽谈终止")
    return visitor


def _expired(story):
    visitor = a_visitor()
    admission = admit(visitor, story)
    admission.expires_at = clock.now() - timedelta(seconds=1)
    return visitor


MATRIX = {
    "stranger": (_stranger, False),
    "asker who signed": (_asker, False),
    "admitted": (_admitted, True),
    "admitted before the organisation signed": (_admitted_unsigned, False),
    "colleague of the admitted": (_colleague_of_admitted, False),
    "the admitted for another organisation": (_admitted_for_another_organisation, False),
    "refused": (_refused, False),
    "revoked": (_revoked, False),
    "expired, though no job has run": (_expired, False),
    "seller": (lambda story: story.seller, True),
    "viewer of the seller": (lambda story: a.actor(story.room.seller, "viewer"), True),
    "operator": (lambda _story: a.operator(), True),
    "regulator": (
        lambda _story: a.actor(a.organisation("regulator", kind=OrganisationKind.GOVERNMENT)),
        True,
    ),
}


@pytest.mark.parametrize("who", MATRIX)
def test_who_is_in_and_who_is_not(who):
    story = a_room()
    make, expected = MATRIX[who]
    actor = make(story)
    assert inside(actor, story) is expected
    version_id = story.file.current.id
    if expected:
        services.look(actor, story.room, version_id, Look.VIEW)
    else:
        with pytest.raises(NotFound):
            services.look(actor, story.room, version_id, Look.VIEW)
    assert db.session.query(RoomLook).count() == int(expected)


def test_the_door_of_a_hidden_listing_is_not_there_but_for_those_who_were_in_before():
    story, stranger, known = a_room(), a_visitor(), a_visitor()
    admit(known, story)
    story.room.listing.state = ListingState.WITHDRAWN
    with pytest.raises(NotFound):
        queries.get(stranger, story.room.reference)
    assert queries.get(known, story.room.reference) is story.room


def test_a_closed_room_lets_nobody_in_but_the_seller():
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    services.close(story.seller, story.room, because="改善资料")
    assert (inside(visitor, story), inside(story.seller, story)) == (False, True)
    with pytest.raises(WrongState, match=r"room\.is_closed"):
        services.ask(a_visitor(), story.room, reason="评估")
    services.reopen(story.seller, story.room)
    assert inside(visitor, story)


def test_a_folder_of_named_organisations_is_hidden_with_all_that_is_in_it():
    story, named, other = a_room(), a_visitor(), a_visitor()
    admit(named, story)
    admit(other, story)
    inner = services.add_folder(story.seller, story.room, "图纸", parent=story.folder)
    file = put(story.seller, inner)
    services.revise_folder(
        story.seller, story.folder, name="技术资料", rule=DownloadRule.VIEW, position=0,
        restricted=True, readers=[named.organisation_id],
    )  # fmt: skip
    assert [f.name for f in queries.folders(named, story.room)] == ["技术资料", "图纸"]
    assert queries.folders(other, story.room) == []
    services.look(named, story.room, file.current.id, Look.VIEW)
    with pytest.raises(NotFound):
        services.look(other, story.room, file.current.id, Look.VIEW)


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (DownloadRule.VIEW, {Look.VIEW}),
        (DownloadRule.WATERMARKED, {Look.VIEW, Look.COPY}),
        (DownloadRule.ORIGINAL, set(Look)),
    ],
)
def test_a_rule_says_what_may_be_done_with_a_file(rule, allowed):
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    file = put(story.seller, story.folder, rule=rule)
    for how in Look:
        if how in allowed:
            services.look(visitor, story.room, file.current.id, how)
        else:
            with pytest.raises(NotAllowed, match=r"room\.download"):
                services.look(visitor, story.room, file.current.id, how)


def test_what_has_no_pages_is_not_shown():
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    file = put(story.seller, story.folder, "数据.csv", b"a,b\n1,2\n", DownloadRule.ORIGINAL)
    with pytest.raises(Refused, match=r"room\.cannot_be_shown"):
        services.look(visitor, story.room, file.current.id, Look.VIEW)
    services.look(visitor, story.room, file.current.id, Look.ORIGINAL)


# ---- agreement and admission -------------------------------------------------------------------


def test_a_signature_is_kept_with_hash_time_address_and_a_printed_record():
    story, visitor = a_room(), a_visitor()
    sign(visitor, story.room)
    sign(visitor, story.room)
    found = db.session.scalars(select(RoomSignature)).one()
    assert (found.sha256, found.address, found.user_id) == (
        story.room.agreement.document.sha256, "192.0.2.7", visitor.user_id,
    )  # fmt: skip
    page = PdfReader(io.BytesIO(storage.read(found.paper.sha256))).pages[0].extract_text()
    assert "192.0.2.7" in page
    assert documents.get(visitor, found.paper_id) is documents.get(story.seller, found.paper_id)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"password_proved": False}, r"room\.password"),
        ({"sha256": "0" * 64}, r"room\.agreement_changed"),
    ],
)
def test_nobody_signs_without_password_or_what_they_have_not_seen(facts, code):
    story = a_room()
    given = {"password_proved": True, "sha256": story.room.agreement.document.sha256} | facts
    with pytest.raises(Refused, match=code):
        services.sign(a_visitor(), story.room, **given)


def test_who_may_not_sign_asks_the_colleagues_once():
    story, visitor = a_room(), a_visitor("viewer")
    with pytest.raises(NotAllowed, match=r"room\.sign"):
        services.sign(
            visitor, story.room, password_proved=True, sha256=story.room.agreement.document.sha256
        )
    services.ask_to_sign(visitor, story.room)
    services.ask_to_sign(visitor, story.room)
    assert kinds().count("room_signing_request.ask") == 1


def test_a_text_that_renews_takes_out_who_has_not_signed_it():
    story, visitor = a_room(), a_visitor()
    admit(visitor, story)
    own = io.BytesIO(samples.pdf())
    services.set_agreement(story.seller, story.room, stream=own, filename="nda.pdf")
    assert inside(visitor, story)
    services.set_agreement(story.seller, story.room, renews=True)
    assert not inside(visitor, story)
    sign(visitor, story.room)
    assert inside(visitor, story)


def test_the_setting_lets_in_who_signed_whichever_comes_first():
    story, first, second = a_room(automatic=True), a_visitor(), a_visitor()
    sign(first, story.room)
    services.ask(first, story.room, reason="评估")
    services.ask(second, story.room, reason="评估")
    assert (inside(first, story), inside(second, story)) == (True, False)
    sign(second, story.room)
    assert inside(second, story)


def test_whom_the_seller_turned_away_no_setting_lets_in_again():
    story, visitor = a_room(automatic=True), a_visitor()
    services.revoke(story.seller, admit(visitor, story), because="泄露")
    again = services.ask(visitor, story.room, reason="误会已澄清")
    assert again.state is AdmissionState.ASKED
    services.grant(story.seller, again, until=clock.now() + timedelta(days=1))
    assert inside(visitor, story)


def test_people_of_an_invited_organisation_need_not_be_let_in_one_by_one():
    story, visitor = a_room(), a_visitor()
    organisation = db.session.get(Organisation, visitor.organisation_id)
    services.invite(story.seller, story.room, organisation)
    services.ask(visitor, story.room, reason="")
    assert not inside(visitor, story)
    sign(visitor, story.room)
    assert inside(visitor, story)


def test_an_admission_is_extended_reminded_of_once_and_ends_by_the_clock():
    story, visitor = a_room(), a_visitor()
    admission = admit(visitor, story, days=5)
    assert services.remind_due() == 0
    services.extend(story.seller, admission, until=clock.now() + timedelta(days=2))
    assert (services.remind_due(), services.remind_due()) == (1, 0)
    end = admission.expires_at
    assert services.expire_due(end - timedelta(seconds=1)) == 0
    assert services.expire_due(end) == 1
    assert admission.state is AdmissionState.EXPIRED


@pytest.mark.parametrize("days", [0, -1, 400])
def test_an_end_lies_in_the_future_and_within_a_year(days):
    story, visitor = a_room(), a_visitor()
    admission = services.ask(visitor, story.room, reason="评估")
    with pytest.raises(Invalid, match=r"admission\.until_out_of_range"):
        services.grant(story.seller, admission, until=clock.now() + timedelta(days=days))


def test_others_do_not_decide_who_is_let_in():
    story, visitor = a_room(), a_visitor()
    admission = services.ask(visitor, story.room, reason="评估")
    for actor in (visitor, a_visitor(), a.actor(story.room.seller, "viewer")):
        with pytest.raises(NotAllowed, match=r"admission\.decide"):
            services.grant(actor, admission, until=clock.now() + timedelta(days=1))


# ---- log and questions -------------------------------------------------------------------------


def test_the_seller_reads_the_whole_log_and_a_visitor_only_the_own_lines():
    story, one, two = a_room(), a_visitor(), a_visitor()
    admit(one, story)
    admit(two, story)
    for visitor in (one, two, two):
        services.look(visitor, story.room, story.file.current.id, Look.VIEW, address="192.0.2.1")
    rows = db.session.scalars(queries.looks(story.seller, story.room)).all()
    assert [row.user_id for row in rows] == [two.user_id, two.user_id, one.user_id]
    own = db.session.scalars(queries.looks(one, story.room)).all()
    assert [row.user_id for row in own] == [one.user_id]
    interest = queries.interest(story.room)
    assert [(i.organisation.id, i.people, i.files, i.looks) for i in interest] == [
        (two.organisation_id, 1, 1, 2),
        (one.organisation_id, 1, 1, 1),
    ]
    filters = queries.Filters(how=Look.ORIGINAL)
    assert db.session.scalars(queries.looks(story.seller, story.room, filters)).all() == []


def test_an_answer_goes_to_the_asker_or_to_all_who_are_in():
    story, one, two = a_room(), a_visitor(), a_visitor()
    admit(one, story)
    admit(two, story)
    private = services.ask_question(one, story.room, text="价格可否商量？", key="k1")
    assert services.ask_question(one, story.room, text="价格可否商量？", key="k1") is private
    public = services.ask_question(one, story.room, text="有无样机？", file=story.file)
    assert queries.questions(two, story.room) == []
    services.answer(story.seller, private, text="可以。", shared=False)
    services.answer(story.seller, public, text="有。", shared=True, file=story.file)
    assert queries.questions(two, story.room) == [public]
    assert queries.questions(one, story.room) == [public, private]
    with pytest.raises(WrongState):
        services.answer(story.seller, public, text="又有。", shared=True)


def test_only_who_is_in_asks_and_only_the_seller_answers():
    story, visitor = a_room(), a_visitor()
    with pytest.raises(NotFound):
        services.ask_question(visitor, story.room, text="？")
    admit(visitor, story)
    question = services.ask_question(visitor, story.room, text="有无样机？")
    with pytest.raises(NotAllowed, match=r"room_question\.answer"):
        services.answer(visitor, question, text="有。", shared=True)
