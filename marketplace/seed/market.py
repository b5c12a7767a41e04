"""What happens to each right of the demonstration, from the register extract to the deal."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from marketplace.assets import services as assets
from marketplace.assets.models import Asset, AssetKind
from marketplace.core import clock
from marketplace.core.money import Money, yuan
from marketplace.documents import services as documents
from marketplace.documents.models import Document
from marketplace.listings import services as listings
from marketplace.listings.models import Listing, PriceMode
from marketplace.listings.terms import DealKind, Grant, Terms
from marketplace.organisations.models import OrganisationKind
from marketplace.seed import deals, provenance, publicity, rights, talks, terms
from marketplace.seed.paper import sheet
from marketplace.seed.people import Cast
from marketplace.seed.rights import Right
from marketplace.seed.stories import Story, after
from marketplace.valuation import services as valuation

HISTORY = 150  # days that the demonstration looks back
MUST_VALUE = frozenset({"guangye", "municipal", "nanhai", "shaoguan"})  # state assets: article 18
RETURNED = "请补充技术内容和交付资料清单，并核对分类号。"
REFUSED = "说明与权利要求不符，且未能补正；请核对后另行挂牌。"
WITHDRAWN = "拟先行产业化，暂缓对外转让。"


@dataclass
class Plan:
    """One right, or several at one price, and what becomes of the listing."""

    rights: list[Right]
    position: int
    count: int
    talk: talks.Talk | None = None
    deal: deals.Plan | None = None
    title: tuple[str, str] | None = None

    @property
    def key(self) -> str:
        """Whose it is."""
        return self.rights[0].key

    @property
    def listed_days_ago(self) -> int:
        """The newest come closest together; what is dealt about is old enough for its deal."""
        if self.deal:
            return self.deal.days + 12 + self.position % 20
        if self.talk:
            return self.talk.days + 6 + self.position % 30
        part = self.position / self.count
        return 1 + int((HISTORY - 22) * (1 - part) ** 1.7)

    @property
    def is_quiet(self) -> bool:
        """Nobody talks about it yet."""
        return self.talk is None and self.deal is None


def _lacks_filing_day(right: rights.Right) -> bool:
    """A contract about a patent names the day of its filing (民法典 art. 845)."""
    return right.record.kind in talks.PATENTS and right.record.filing_date is None


def _is_deal(script: deals.Plan | talks.Talk) -> bool:
    return isinstance(script, deals.Plan)


def plans(cast: Cast) -> list[Plan]:
    """Every listing of the demonstration, with those picked that something happens to."""
    single = rights.all_of(cast)
    taken: list[Plan] = []
    for script in (*deals.SCRIPT, *talks.SCRIPT, *publicity.SCRIPT):
        fitting = [r for r in single if r.key == script.seller and script.fits(r.record.kind)]
        if not fitting:
            continue
        right = min(fitting, key=_lacks_filing_day) if _is_deal(script) else fitting[0]
        single.remove(right)
        plan = Plan([right], len(taken), 1)
        if isinstance(script, deals.Plan):
            plan.deal = script
        else:
            plan.talk = script
        taken.append(plan)
    bundles, single = _bundles(single)
    quiet = [
        *(Plan(group, 0, 1, title=title) for title, group in bundles),
        *(Plan([right], 0, 1) for right in single),
    ]
    quiet.sort(key=lambda plan: plan.rights[0].chance * 7919 % 10_007)
    for position, plan in enumerate(quiet):
        plan.position, plan.count = position, len(quiet)
    return [*taken, *quiet]


BUNDLES = (
    ("shantou", "trademark", 2, "潮玩品牌商标组合", "Toy brand trademarks"),
    ("shunde", "trademark", 2, "美厨系列商标组合", "Family of Meichu kitchen marks"),
    ("zhongshan", "design", 2, "家居灯具外观设计组合", "Designs of lamps for the home"),
    ("lingnan", "invention", 3, "脑电识别专利组合", "Patents on EEG recognition"),
    ("pearl", "invention", 2, "康复与检测专利组合", "Patents on rehabilitation and testing"),
    ("dongguan", "utility_model", 3, "精密加工装备专利组合", "Patents on precision equipment"),
    ("zhuhai", "invention", 2, "储能与电网专利组合", "Patents on storage and grids"),
    ("qianhai", "ic_layout", 2, "电源与显示布图组合", "Layouts for power and display"),
)


def _bundles(found: list[Right]) -> tuple[list[tuple[tuple[str, str], list[Right]]], list[Right]]:
    """Rights of one keeper and kind at one price; and the rest."""
    rest, made = list(found), []
    for key, kind, size, chinese, english in BUNDLES:
        group = [r for r in rest if (r.key, r.record.kind) == (key, kind)][:size]
        if len(group) == size:
            rest = [r for r in rest if r not in group]
            made.append(((chinese, english), group))
    return made, rest


def story(cast: Cast, plan: Plan) -> Story:
    """From the record to the listing, and on to whatever the plan has for it."""
    listed = cast.ago(plan.listed_days_ago, 9 + plan.position * 37 % 500 / 60)
    on_record = max(after(listed, -16 - plan.position % 9), cast.ago(HISTORY - 2, 11))
    yield on_record
    held = [rights.put(cast, right) for right in plan.rights]
    extract = _extract(cast, plan.key)
    asked = None
    if not _never_verified(plan):
        yield min(after(on_record, 1), after(listed, -0.3))
        asked = [
            assets.request_verification(
                cast.actors[plan.key],
                asset,
                extract=extract,
                extract_date=clock.today() - timedelta(days=plan.position * 13 % 60),
            )
            for asset in held
        ]
    if asked and not _waits_for_title(plan):
        yield min(after(on_record, 2.1), after(listed, -0.2))
        for one in asked:
            assets.confirm_title(cast.operator, one)
    for position, asset in enumerate(held):
        yield from _burdens(cast, plan, asset, plan.position + position, listed)
    yield listed
    yield from _list(cast, plan, held)


def _never_verified(plan: Plan) -> bool:
    return plan.is_quiet and plan.position % 61 == 17


def _waits_for_title(plan: Plan) -> bool:
    """The newest of those are in the operators' queue."""
    return plan.is_quiet and plan.position % 53 == 41


def _is_unproven(plan: Plan) -> bool:
    """Without a verified title nothing is published."""
    return _never_verified(plan) or _waits_for_title(plan)


def _extract(cast: Cast, key: str) -> Document:
    return paper(cast, key, f"Register extract {cast.organisations[key].slug}", "title_extract")


def paper(cast: Cast, key: str, text: str, purpose: str) -> Document:
    """A one-page paper of an organisation."""
    return documents.keep(
        cast.actors[key],
        sheet(f"Demonstration: {text}"),
        f"{purpose.replace('_', '-')}-demo.pdf",
        purpose=purpose,
        organisation_id=cast.organisations[key].id,
    )


# ---- burdens and reports ----------------------------------------------------------------------


def _burdens(cast: Cast, plan: Plan, asset: Asset, number: int, listed: datetime) -> Story:
    wanted = plan.deal.pledged if plan.deal else plan.is_quiet and number % 15 == 5
    if wanted and asset.jurisdiction == "CN" and asset.kind is not AssetKind.KNOW_HOW:
        yield after(listed, -0.15)
        yield from _pledge(cast, plan, asset, number)
    if _is_valued(plan, asset, number):
        yield max(after(listed, -0.1), clock.now())
        _value(cast, plan, asset, number)


def _is_valued(plan: Plan, asset: Asset, number: int) -> bool:
    """State assets and contributions must be (article 18, 公司法 art. 48); others here and there."""
    if _must_be_valued(plan, asset):
        return True
    return plan.deal.valued if plan.deal else number % 11 == 2


def _pledge(cast: Cast, plan: Plan, asset: Asset, number: int) -> Story:
    bank = cast.organisations["yuebank"]
    pledge = assets.declare_pledge(
        cast.actors[plan.key],
        asset,
        lender_name=bank.name,
        lender=bank,
        register_number=f"Y{clock.today().year}980{asset.id:06d}",
        registered_on=clock.today() - timedelta(days=30 + number % 200),
        amount=yuan(200_000 + number % 12 * 50_000),
        due_on=clock.today() + timedelta(days=400 + number % 300),
        evidence=paper(cast, plan.key, f"Pledge registration {asset.reference}", "pledge_notice"),
    )
    fate = number // 15 % 4 if plan.is_quiet else 3
    if fate == 0:
        return  # waits in the operators' queue
    assets.register_pledge(cast.operator, pledge)
    if fate == 1:
        yield min(after(clock.now(), 20), cast.ago(1))
        assets.release_pledge(cast.operator, pledge, released_on=clock.today())


def _value(cast: Cast, plan: Plan, asset: Asset, number: int) -> None:
    """Reports of every age: in force, about to run out, and run out by today."""
    age = 320 if number % 7 == 3 and not _must_stand(plan, asset) else number * 17 % 190
    base = clock.today() - timedelta(days=age)
    house, appraisers = cast.organisations["nanping"], ("郑评", "罗衡")
    report = valuation.file_report(
        cast.actors[plan.key if number % 2 else "nanping"],
        asset,
        firm_name=house.name,
        firm_id=house.id,
        number=f"南评字（{base.year}）第{asset.id:04d}号",
        signers=appraisers,
        base_date=base,
        valid_until=base + timedelta(days=365),
        purpose="equity" if number % 3 == 0 else "transfer",
        method=("income", "market", "cost", "combined")[number % 4],
        single_method_reason="" if number % 4 == 3 else "其他方法所需的数据不足（演示）。",
        filing="filed" if asset.keeper.state_owned else "",
        filing_number=f"粤演评备{asset.id:04d}号" if asset.keeper.state_owned else "",
        value=_worth(plan, asset, yuan(60_000 + number * 7_919 % 90 * 10_000)),
        document=paper(cast, "nanping", f"Valuation {asset.reference}", "valuation_report"),
    )
    if number % 6 or _must_stand(plan, asset):
        valuation.confirm(cast.operator, report)


def _must_be_valued(plan: Plan, asset: Asset) -> bool:
    """State assets, contributions, and what a university owns that is no result of research."""
    is_result = asset.kind in provenance.TECHNOLOGY
    university = asset.keeper.kind is OrganisationKind.UNIVERSITY
    return (
        plan.key in MUST_VALUE
        or _asked(plan, asset).kind is DealKind.EQUITY
        or (university and not is_result)
    )


def _worth(plan: Plan, asset: Asset, value: Money) -> Money:
    """State assets are not offered below what they were valued at (国资委财政部令第32号 art. 17)."""
    price = _asked(plan, asset).price
    return price.share(9500) if plan.key in MUST_VALUE and price else value


def _must_stand(plan: Plan, asset: Asset) -> bool:
    """The listing or the deal depends on the report."""
    return not plan.is_quiet or _must_be_valued(plan, asset)


# ---- listings ---------------------------------------------------------------------------------


def _list(cast: Cast, plan: Plan, held: list[Asset]) -> Story:
    actor, first = cast.actors[plan.key], held[0]
    asked = _asked(plan, first)
    for asset in held:
        provenance.state(actor, asset)
    listing = listings.draft(
        actor,
        held,
        terms=asked,
        price_mode=PriceMode.POSTED if _is_posted(plan, asked) else PriceMode.NEGOTIATED,
        **_words_of(plan, held),
    )
    if plan.is_quiet and plan.position % 41 == 7:
        return  # stays a draft
    yield after(clock.now(), 0.02)
    listings.submit(actor, listing)
    if plan.is_quiet and (_is_unproven(plan) or _waits_for_review(plan)):
        return
    yield after(clock.now(), 0.05 + plan.position % 5 * 0.03)
    if plan.is_quiet and plan.position % 67 == 29:
        listings.return_(cast.operator, listing, RETURNED)
        return
    if plan.is_quiet and plan.position % 131 == 45:
        listings.refuse(cast.operator, listing, REFUSED)
        return
    listings.publish(cast.operator, listing)
    if isinstance(plan.deal, publicity.Plan):
        yield from publicity.story(cast, listing, plan.deal)
    elif plan.deal:
        yield from deals.story(cast, listing, plan.deal)
    elif plan.talk:
        yield from talks.story(cast, listing, plan.talk)
    else:
        yield from _afterwards(cast, plan, listing)


def _is_posted(plan: Plan, asked: Terms) -> bool:
    """Most name a price; one that is announced was agreed upon."""
    agreed = isinstance(plan.deal, publicity.Plan)
    return bool(asked.price and plan.rights[0].chance % 4) and not agreed


def _asked(plan: Plan, first: Asset) -> Terms:
    """What is offered of the right."""
    only = plan.deal.kind if plan.deal else DealKind.TRANSFER if plan.title else None
    if plan.key == "municipal":  # to part with a right, an administrative unit needs an approval
        only = DealKind.LICENCE
    asked = terms.of(first, plan.rights[0].chance, clock.today(), only)
    if plan.key == "municipal":
        asked = replace(asked, grant=Grant.NON_EXCLUSIVE)
    return asked if plan.is_quiet else talks.with_price(asked)


def _waits_for_review(plan: Plan) -> bool:
    """Of the newest, some are still with the operators."""
    return plan.count - plan.position <= 24 and plan.position % 3 == 0


def _words_of(plan: Plan, held: list[Asset]) -> dict[str, Any]:
    if plan.title is None:
        return {}
    chinese, english = plan.title
    named = "、".join(f"“{asset.title}”" for asset in held)
    named_en = "; ".join(asset.title_en for asset in held)
    return {
        "title": chinese,
        "title_en": english,
        "summary": f"一并转让：{named}。权属、期限和费用状态见各项权利，按一个总价成交。",
        "summary_en": f"Sold together: {named_en}. Title, term and fees are shown right by right; "
        "one price for all.",
    }


def _afterwards(cast: Cast, plan: Plan, listing: Listing) -> Story:
    """Most are confirmed by their owners in time; a few are withdrawn, or run out."""
    actor = cast.actors[plan.key]
    if plan.position % 71 == 35:
        yield min(after(clock.now(), 9), cast.ago(1))
        listings.withdraw(actor, listing, WITHDRAWN)
        return
    if plan.position % 9 == 4 and listing.reconfirm_by and listing.reconfirm_by < cast.ago(1):
        yield after(listing.reconfirm_by, 0.01)
        listings.expire_due()
        return
    while listing.reconfirm_by and listing.reconfirm_by < cast.ago(-20):
        yield after(clock.now(), 60 + plan.position % 20)
        listings.reconfirm(actor, listing)


def stories(cast: Cast) -> Iterator[Story]:
    """One a listing."""
    for plan in plans(cast):
        yield story(cast, plan)
