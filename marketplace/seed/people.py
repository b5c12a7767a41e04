"""Who takes part in the demonstration."""

import csv
from dataclasses import dataclass
from pathlib import Path

from stdnum.cn import uscc

from marketplace.core.db import db
from marketplace.core.policy import Actor
from marketplace.organisations import tokens
from marketplace.organisations.models import (
    Capability,
    Membership,
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

DATA = Path(__file__).with_name("data")
PASSWORD = "岭南演示-2026"  # noqa: S105 -- the demonstration's, shown on its sign-in page
REGIONS = {"heungkong": Region.HONG_KONG, "nordlicht": Region.FOREIGN}
FIRST_LETTER = {"university": "12", "public_institution": "12", "government": "11"}

# One sign-in a role on the sign-in page: address, name, organisation, role there.
SIGN_INS = (
    ("tto@demo.example", "林雅（高校技术转移）", "lingnan", Role.MANAGER),
    ("buyer@demo.example", "周锐（企业受让）", "bay", Role.OWNER),
    ("finance@demo.example", "何敏（企业财务）", "bay", Role.FINANCE),
    ("viewer@demo.example", "梁晨（企业工程师，只读）", "bay", Role.VIEWER),
    ("soe@demo.example", "吴建国（国有企业）", "guangye", Role.OWNER),
    ("brand@demo.example", "麦佩珊（商标权利人）", "shunde", Role.OWNER),
    ("foreign@demo.example", "Jonas Weber (foreign licensee)", "nordlicht", Role.OWNER),
    ("broker@demo.example", "苏文（经纪机构）", "yuezhi", Role.OWNER),
    ("valuer@demo.example", "郑评（评估机构）", "nanping", Role.OWNER),
    ("bank@demo.example", "冯信（银行）", "yuebank", Role.OWNER),
)
OPERATOR = ("operator@demo.example", "运营专员")
CASHIER = ("cashier@demo.example", "出纳")  # what one member of staff orders another sends


@dataclass
class Cast:
    """The organisations by key, and an actor for each."""

    organisations: dict[str, Organisation]
    actors: dict[str, Actor]
    operator: Actor
    cashier: Actor


def hire(address: str, name: str, password_hash: str) -> Actor:
    """A member of the exchange's staff."""
    user = _person(address, name, password_hash)
    membership = exchange.appoint_operator(user.email)
    return Actor(
        user.id, membership.organisation_id, membership.role.value, frozenset({"operator"})
    )


def found_all(password_hash: str) -> Cast:
    """Every organisation: founded by its owner, its capabilities asked for and granted."""
    with (DATA / "organisations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cast = Cast({}, {}, hire(*OPERATOR, password_hash), hire(*CASHIER, password_hash))
    for position, row in enumerate(rows):
        _found(cast, row, position, password_hash)
    for address, name, key, role in SIGN_INS:
        _join(cast, _person(address, name, password_hash), key, role)
    return cast


def _person(address: str, name: str, password_hash: str, locale: str = "zh_Hans") -> User:
    user = accounts.sign_up(email=address, name=name, password_hash=password_hash, locale=locale)
    accounts.confirm(tokens.confirmation(user))
    user.mail_wanted = False
    return user


def _found(cast: Cast, row: dict[str, str], position: int, password_hash: str) -> None:
    key = row["key"]
    founder = _person(f"owner-{key}@seed.example", f"{row['name'][:6]}负责人", password_hash)
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
    for name in row["capabilities"].split("|"):
        wanted = capabilities.apply_for(owner, made, Capability(name), statement="演示申请")
        capabilities.grant(cast.operator, wanted)
    db.session.flush()
    db.session.refresh(made)
    organisations.set_bank_account(
        owner, made, bank="岭南科技银行广州分行（演示）", account=f"6200{position:08d}"
    )
    cast.organisations[key] = made
    cast.actors[key] = Actor(founder.id, made.id, "owner", made.capabilities)


def _join(cast: Cast, user: User, key: str, role: Role) -> Membership:
    invitation = members.invite(cast.actors[key], email=user.email, role=role)
    return members.accept(Actor(user.id, None), invitation, by_mail=False)


def _number(kind: str, position: int) -> str:
    """A 统一社会信用代码 with right check digits, of nobody."""
    inner = f"DEMA{position:04d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    values = [int(c) if c.isdigit() else ord(c) - 55 for c in inner]
    rest = 11 - sum(v * w for v, w in zip(values, weights, strict=True)) % 11
    check = {10: "X", 11: "0"}.get(rest, str(rest))
    body = f"{FIRST_LETTER.get(kind, '91')}440100{inner}{check}"
    return body + str(uscc.calc_check_digit(body))
