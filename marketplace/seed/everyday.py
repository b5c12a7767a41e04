"""The small things of every day: saved searches, watched listings, an import, a bank statement."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import select

from marketplace.assets import services as assets
from marketplace.assets.identifiers import check_digit
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.money import Money
from marketplace.deals import services as deals
from marketplace.documents import services as documents
from marketplace.ledger import queries as books
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, ListingState
from marketplace.organisations.models import Capability
from marketplace.organisations.services import capabilities
from marketplace.payments import codes
from marketplace.payments import queries as money
from marketplace.payments import services as payments
from marketplace.payments.models import Payment, PaymentState, Payout, PayoutState
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
STATEMENT_HEAD = (
    "记账日期", "币种", "交易金额", "账户余额", "交易流水号", "附言", "对方户名", "对方账号",
)  # fmt: skip
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
    yield _bank_statement(cast)
    yield _payment_file(cast)


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


def _bank_statement(cast: Cast) -> Story:
    """Yesterday's entries of the escrow account: what fits is booked, the rest waits for people."""
    yield cast.ago(1, 14)
    awaited = db.session.scalars(
        select(Payment)
        .where(Payment.state == PaymentState.AWAITED, Payment.currency == "CNY")
        .order_by(Payment.id)
    ).all()
    ordered = db.session.scalars(
        select(Payout).where(Payout.state == PayoutState.ORDERED).order_by(Payout.id).limit(1)
    )
    moved = [
        *((12_800_00, "珠江贸易行（演示）", "", "专利款"), (36_000_00, "湾区智能科技有限公司（演示）", "", "专利款")),
        *_arriving(awaited[-3:]),
        *((-p.amount_minor, p.payee.name, p.bank_account, f"付款 {p.end_to_end}") for p in ordered),
        (-26_00, "", "", "对公账户服务费"),
    ]  # fmt: skip
    account = current_app.config["ESCROW_ACCOUNT"]
    opening = -books.balance(money.BANK).minor
    day = clock.today() - timedelta(days=1)
    file = _statement_file(account, opening, day, moved)
    deals.take_in_statement(
        cast.operator, file, f"监管专户流水-{day:%Y%m%d}（演示）.csv", account=account
    )
    for line in db.session.scalars(money.lines(cast.operator)).all():
        hints = money.hints(line)
        if not line.came_in and not hints:
            payments.book_fee(cast.operator, line, because="对公账户服务费，与银行收费通知一致")
        elif not line.came_in or not hints:  # what is certain of the credits waits for the visitor
            deals.settle_line(cast.cashier, line)


def _payment_file(cast: Cast) -> Story:
    """What is ordered out goes to the bank in one file; the cashier has yet to look at it."""
    yield cast.ago(0, 9)
    payments.make_batch(cast.operator, "CNY")


def _arriving(awaited: Sequence[Payment]) -> Iterator[tuple[int, str, str, str]]:
    """One as it should be, one that is short, one without its code."""
    for place, payment in enumerate(awaited):
        short = 500_00 if place == 1 else 0
        code = "" if place == 2 else codes.shown(payment.reference)
        yield (
            payment.outstanding.minor - short,
            payment.payer.name,
            "",
            f"技术交易款 {code}".strip(),
        )


def _statement_file(
    account: str, opening: int, day: date, moved: Sequence[tuple[int, str, str, str]]
) -> bytes:
    """As a bank's website exports it: GB18030, the newest entry first, amounts with marks."""
    rows, balance = [], opening
    for serial, (minor, name, number, text) in enumerate(moved, 1):
        balance += minor
        amounts = [f"{Money('CNY', each).amount:,}" for each in (minor, balance)]
        rows.append([str(day), "人民币", *amounts, f"YS{day:%m%d}{serial:05d}", text, name, number])
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(
        [["账户交易明细（演示）"], [f"账号：{''.join(account.split())}"], STATEMENT_HEAD]
    )
    writer.writerows(reversed(rows))
    return out.getvalue().encode("gb18030")
