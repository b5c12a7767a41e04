"""Who takes part in the demonstration."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path

from stdnum.cn import uscc

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.organisations import tokens
from marketplace.organisations.models import (
    Capability,
    Organisation,
    OrganisationKind,
    Region,
    Role,
    User,
)
from marketplace.organisations.services import (
    accounts,
    capabilities,
    exchange,
    members,
    organisations,
)
from marketplace.seed.stories import Story

DATA = Path(__file__).with_name("data")
PASSWORD = "岭南演示-2026"  # noqa: S105 -- the demonstration's, shown on its sign-in page
REGIONS = {
    "heungkong": Region.HONG_KONG,
    "macao": Region.MACAO,
    "nordlicht": Region.FOREIGN,
}
GRANTED = "营业执照或法人证书、授权书（演示）"
ASKED = "见所附材料，请审核。（演示）"
FIRST_LETTER = {"university": "12", "public_institution": "12", "government": "11"}

FOUNDED = 155  # days ago, the first of them
NAMES = (
    "何立新", "陈素云", "黎国强", "邓海燕", "方志远", "许慧敏", "谢文博", "叶晓岚", "罗建成", "潘月华",
    "曾广铭", "卢思远", "蔡少芬", "钟启明", "彭丽珊", "余家骏", "姚静怡", "邱永康", "江雪梅", "欧阳杰",
    "温润生", "赖美兰", "龙卓然", "孔令怡", "骆天佑", "符志勇", "古小凤", "庄伟民", "詹若水", "柯敏儿",
    "麦启发", "丘海波", "冼婉文", "植勤学", "成其业", "莫向前", "司徒静", "甘露", "尹正阳", "关山月",
)  # fmt: skip

# One sign-in a role on the sign-in page: address, name, organisation, role there.
SIGN_INS = (
    ("tto@demo.example", "林雅", "lingnan", Role.MANAGER),
    ("buyer@demo.example", "周锐", "bay", Role.OWNER),
    ("finance@demo.example", "何敏", "bay", Role.FINANCE),
    ("viewer@demo.example", "梁晨", "bay", Role.VIEWER),
    ("soe@demo.example", "吴建国", "guangye", Role.OWNER),
    ("brand@demo.example", "麦佩珊", "shunde", Role.OWNER),
    ("inventor@demo.example", "陈岚", "chenlan", Role.OWNER),
    ("foreign@demo.example", "Jonas Weber", "nordlicht", Role.OWNER),
    ("broker@demo.example", "苏文", "yuezhi", Role.OWNER),
    ("valuer@demo.example", "郑评", "nanping", Role.OWNER),
    ("bank@demo.example", "冯信", "yuebank", Role.OWNER),
    ("regulator@demo.example", "高远", "authority", Role.OWNER),
)
NEWCOMER = ("newcomer@demo.example", "方遥")  # has signed up and does not act for anybody yet
OPERATOR = ("operator@demo.example", "钟正")
CASHIER = ("cashier@demo.example", "梅素")  # what one member of staff orders, another sends


@dataclass
class Cast:
    """The organisations by key, an actor for each, and the people on the sign-in page."""

    organisations: dict[str, Organisation]
    actors: dict[str, Actor]
    operator: Actor
    cashier: Actor
    present: datetime  # when the demonstration is planted
    people: dict[str, Actor] = field(default_factory=dict)

    def ago(self, days: int, hour: float = 10.0) -> datetime:
        """A moment of a past day by the clock of Guangdong, never later than the present."""
        day = self.present.astimezone(clock.BEIJING).date() - timedelta(days=days)
        moment = datetime.combine(day, time(), clock.BEIJING) + timedelta(hours=hour)
        return min(moment, self.present)


def gather(password_hash: str) -> Cast:
    """The exchange's staff, the organisations, and the people of the sign-in page.

    An organisation is founded by its owner; its capabilities are asked for and granted.
    """
    nobody = Actor(None, None)
    cast = Cast({}, {}, nobody, nobody, clock.now())
    with clock.freeze(cast.ago(FOUNDED + 1)):
        cast.operator = _hire(*OPERATOR, password_hash)
        cast.cashier = _hire(*CASHIER, password_hash)
    for position, row in enumerate(_rows()):
        if row["capabilities"]:
            with clock.freeze(cast.ago(FOUNDED - position // 8, 9 + position % 8 * 1.1)):
                _found(cast, row, position, password_hash)
    with clock.freeze(cast.ago(FOUNDED - 6, 15)):
        for address, name, key, role in SIGN_INS:
            cast.people[address] = _join(cast, _person(address, name, password_hash), key, role)
    return cast


def latecomers(cast: Cast, password_hash: str) -> Iterator[Story]:
    """Who came in the last days: organisations that wait for the operators, and a new person."""
    for position, row in enumerate(_rows()):
        if row["asked"]:
            yield _asks(cast, row, position, password_hash)
    yield _signs_up(cast, password_hash)


def _asks(cast: Cast, row: dict[str, str], position: int, password_hash: str) -> Story:
    yield cast.ago(1 + position % 3, 9 + position % 8)
    if not row["capabilities"]:
        _found(cast, row, position, password_hash)
    owner, organisation = cast.actors[row["key"]], cast.organisations[row["key"]]
    for name in row["asked"].split("|"):
        capabilities.apply_for(owner, organisation, Capability(name), statement=ASKED)


def _signs_up(cast: Cast, password_hash: str) -> Story:
    yield cast.ago(1)
    _person(*NEWCOMER, password_hash)


def _rows() -> list[dict[str, str]]:
    with (DATA / "organisations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _hire(address: str, name: str, password_hash: str) -> Actor:
    """A member of the exchange's staff."""
    user = _person(address, name, password_hash)
    membership = exchange.appoint_operator(user.email)
    return Actor(
        user.id, membership.organisation_id, membership.role.value, frozenset({"operator"})
    )


def _person(address: str, name: str, password_hash: str) -> User:
    locale = "en" if name.isascii() else "zh_Hans"
    user = accounts.sign_up(email=address, name=name, password_hash=password_hash, locale=locale)
    accounts.confirm(tokens.confirmation(user))
    user.mail_wanted = False
    return user


REWARDING = frozenset(
    {OrganisationKind.SOE, OrganisationKind.UNIVERSITY, OrganisationKind.PUBLIC_INSTITUTION}
)


def _found(cast: Cast, row: dict[str, str], position: int, password_hash: str) -> None:
    key = row["key"]
    founder = _person(f"owner-{key}@seed.example", NAMES[position % len(NAMES)], password_hash)
    region = REGIONS.get(key, Region.MAINLAND)
    kind = OrganisationKind(row["kind"])
    numbered = region is Region.MAINLAND and kind is not OrganisationKind.INDIVIDUAL
    made = organisations.create(
        Actor(founder.id, None),
        organisations.Identity(
            name=row["name"],
            kind=kind,
            region=region,
            uscc=_number(row["kind"], position) if numbered else "",
            foreign_registration="" if region is Region.MAINLAND else f"REG-{position:05d}",
            representative=founder.name,
            state_owned=kind
            in {
                OrganisationKind.SOE,
                OrganisationKind.UNIVERSITY,
                OrganisationKind.PUBLIC_INSTITUTION,
                OrganisationKind.GOVERNMENT,
            },
            state_established=kind
            in {OrganisationKind.UNIVERSITY, OrganisationKind.PUBLIC_INSTITUTION},
            wholly_state_owned=kind is OrganisationKind.SOE,
            central=False,
            above_scale=kind is OrganisationKind.SOE,
            inventor_reward_rule=kind in REWARDING,
        ),
        organisations.Profile(
            name_en=row["name_en"],
            province="广东省" if row["city"] else "",
            city=row["city"],
            about=row["about"],
            about_en=row["about_en"],
        ),
    )
    owner = Actor(founder.id, made.id, "owner")
    for name in filter(None, row["capabilities"].split("|")):
        wanted = capabilities.apply_for(owner, made, Capability(name), statement=GRANTED)
        capabilities.grant(cast.operator, wanted)
    db.session.flush()
    db.session.refresh(made)
    organisations.set_bank_account(
        owner, made, bank="岭南科技银行广州分行（演示）", account=f"6200{position:08d}"
    )
    cast.organisations[key] = made
    cast.actors[key] = Actor(founder.id, made.id, "owner", made.capabilities)


def _join(cast: Cast, user: User, key: str, role: Role) -> Actor:
    owner = cast.actors[key]
    invitation = members.invite(owner, email=user.email, role=role)
    members.accept(Actor(user.id, None), invitation, by_mail=False)
    return Actor(user.id, owner.organisation_id, role.value, owner.capabilities)


def _number(kind: str, position: int) -> str:
    """A 统一社会信用代码 with right check digits, of nobody."""
    inner = f"DEMA{position:04d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = [int(c) if c.isdigit() else ord(c) - 55 for c in inner]
    rest = 11 - sum(v * w for v, w in zip(values, weights, strict=True)) % 11
    check = {10: "X", 11: "0"}.get(rest, str(rest))
    body = f"{FIRST_LETTER.get(kind, '91')}440100{inner}{check}"
    return body + str(uscc.calc_check_digit(body))
