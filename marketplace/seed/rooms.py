"""A data room of the demonstration: folders, files, two admitted organisations, and who looked."""

import io
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.listings.models import Listing, ListingState
from marketplace.organisations.models import Organisation
from marketplace.rooms import queries
from marketplace.rooms import services as rooms
from marketplace.rooms.models import DownloadRule, Look, Room, RoomFile
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

VISITORS = ("buyer@demo.example", "foreign@demo.example")
ASKER = "broker@demo.example"
CONTENTS: tuple[tuple[str, str, DownloadRule, tuple[tuple[str, str], ...]], ...] = (
    ("技术资料", "", DownloadRule.VIEW, (("试验数据汇总", "Test data"), ("工艺流程", "Process"))),
    ("图纸", "技术资料", DownloadRule.VIEW, (("总装图", "Assembly drawing"),)),
    ("权属与法律", "", DownloadRule.WATERMARKED, (("登记簿副本", "Register extract"),)),
    ("商业资料", "", DownloadRule.ORIGINAL, (("市场分析", "Market analysis"),)),
)


def stories(cast: Cast) -> Iterator[Story]:
    """One room."""
    yield _room(cast)


def _room(cast: Cast) -> Story:
    yield cast.ago(9, 10)
    seller = cast.people["tto@demo.example"]
    listing = db.session.scalars(
        select(Listing)
        .where(Listing.seller_id == seller.organisation_id, Listing.state == ListingState.PUBLISHED)
        .order_by(Listing.id)
        .limit(1)
    ).one()
    room = rooms.open_room(seller, listing, days=60)
    files = _fill(cast, room)
    for day, email in enumerate(VISITORS):
        yield cast.ago(8 - day, 11)
        visitor = cast.people[email]
        rooms.sign(
            visitor, room, password_proved=True, sha256=room.agreement.document.sha256,
            address=f"192.0.2.{10 + day}",
        )  # fmt: skip
        admission = rooms.ask(visitor, room, reason="拟受让，须先做技术尽职调查。（演示）")
        yield cast.ago(7 - day, 9)
        rooms.grant(seller, admission, until=clock.now() + timedelta(days=60))
    buyer = cast.people[VISITORS[0]]
    yield cast.ago(5, 14)
    for file in files[:4]:
        rooms.look(buyer, room, file.current.id, Look.VIEW, address="192.0.2.10")
    question = rooms.ask_question(
        buyer, room, text="试验数据是否包含低温工况？（演示）", file=files[0]
    )
    yield cast.ago(4, 10)
    rooms.answer(
        seller, question, text="包含零下二十度的结果，见试验数据汇总。（演示）", shared=True
    )
    yield cast.ago(3, 15)
    foreign = cast.people[VISITORS[1]]
    rooms.look(foreign, room, files[3].current.id, Look.COPY, address="192.0.2.11")
    rooms.ask_question(foreign, room, text="Is there a sample that we could test? (demonstration)")
    yield cast.ago(2, 16)
    rooms.ask(cast.people[ASKER], room, reason="代理意向受让方，拟先看权属资料。（演示）")
    rooms.invite(seller, room, db.session.get_one(Organisation, cast.actors["pearl"].organisation))


def _fill(cast: Cast, room: Room) -> list[RoomFile]:
    seller, made = cast.people["tto@demo.example"], []
    for name, parent, rule, titles in CONTENTS:
        inside = {folder.name: folder for folder in queries.folders(seller, room)}
        folder = rooms.add_folder(
            seller, room, name, parent=inside[parent] if parent else None, rule=rule
        )
        made += [
            rooms.add_file(
                seller,
                folder,
                io.BytesIO(sheet(f"{latin} [demo] {room.reference}")),
                f"{title}（演示）.pdf",
            )
            for title, latin in titles
        ]
    return made
