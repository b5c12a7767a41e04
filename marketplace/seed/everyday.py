"""The small things of every day: saved searches, watched listings, an import, stray money."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import select

from marketplace.assets import services as assets
from marketplace.assets.identifiers import check_digit
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import yuan
from marketplace.documents import services as documents
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState
from marketplace.organisations.models import Capability
from marketplace.organisations.services import capabilities
from marketplace.payments import services as payments
from marketplace.payments.services import Seen
from marketplace.seed.people import Cast
from marketplace.seed.stories import Story

SEARCHES = (
    ("tto@demo.example", "脑机接口（全省）", "q=脑机接口"),
    ("buyer@demo.example", "康复机器人", "q=康复+机器人"),
    ("buyer@demo.example", "可许可的软件", "kind=software&deal=licence"),
    ("viewer@demo.example", "传感器（全省）", "q=传感器"),
    ("soe@demo.example", "污水处理", "q=污水"),
    ("brand@demo.example", "厨电外观", "kind=design&q=电器"),
    ("broker@demo.example", "佛山的商标", "kind=trademark&city=佛山市"),
    ("foreign@demo.example", "Brain-computer interfaces", "q=brain-computer"),
    ("inventor@demo.example", "无人机", "q=无人机"),
)
PORTFOLIO = """专利名称,申请号,申请日,IPC分类号,申请人
脑电帽自适应贴合结构（演示导入）,CN202410990001.{first},2024-03-05,A61B5/00,岭南理工大学（演示）
手部康复训练的力反馈方法（演示导入）,CN202410990002.{second},2024-03-18,A61H1/02,岭南理工大学（演示）
低功耗脑电采集电路（演示导入）,CN202410990003.{wrong},2024-04-02,A61B5/00,岭南理工大学（演示）
"""


def stories(cast: Cast) -> Iterator[Story]:
    """Each in its time."""
    yield _searches(cast)
    yield _refused_capability(cast)
    yield _import(cast)
    yield _stray_money(cast)


def _searches(cast: Cast) -> Story:
    yield cast.ago(6, 16)
    for address, name, query in SEARCHES:
        listings.save_search(cast.people[address], name=name, query=query)
    newest = select(Listing).where(Listing.state == ListingState.PUBLISHED)
    open_ones = list(db.session.scalars(newest.order_by(Listing.id.desc()).limit(40)))
    for position, actor in enumerate(cast.people.values()):
        for listing in open_ones[position * 3 : position * 3 + 4]:
            listings.watch(actor, listing)


def _refused_capability(cast: Cast) -> Story:
    owner, firm = cast.actors["qianhai"], cast.organisations["qianhai"]
    yield cast.ago(40)
    asked = capabilities.apply_for(owner, firm, Capability.BROKER, statement="拟开展专利运营业务。")
    yield cast.ago(38, 15)
    capabilities.refuse(cast.operator, asked, because="未提交从业人员资格材料，补齐后可再次申请。")


def _import(cast: Cast) -> Story:
    """A file of the university's: two rights and a line with a wrong check digit."""
    yield cast.ago(1, 11)
    right = [check_digit(f"20241099000{number}") for number in (1, 2, 3)]
    wrong = next(digit for digit in "0123456789" if digit != right[2])
    text = PORTFOLIO.format(first=right[0], second=right[1], wrong=wrong)
    actor = cast.people["tto@demo.example"]
    document = documents.keep(
        actor,
        text.encode("utf-8-sig"),
        "岭南理工大学专利台账（演示）.csv",
        purpose="portfolio",
        media_type="text/csv",
        organisation_id=actor.organisation,
    )
    batch = assets.upload(actor, document, form="csv", rows=3)
    assets.start_import(actor, batch, mapping={})


def _stray_money(cast: Cast) -> Story:
    """Money at the bank that names no payment: it waits to be matched or sent back."""
    yield cast.ago(1, 14)
    for serial, (payer, amount) in enumerate(
        (("珠江贸易行（演示）", 12_800), ("湾区智能科技有限公司（演示）", 36_000)), 1
    ):
        seen = Seen(
            amount=yuan(amount),
            bank_reference=f"YSWZ{serial:08d}",
            payer_name=payer,
            received_on=clock.today() - timedelta(days=serial),
            note="附言：专利款",
        )
        payments.book_unmatched(cast.operator, seen)
