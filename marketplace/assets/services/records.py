"""Putting rights on record: one by one, or what an import read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.exc import IntegrityError

from marketplace.assets import policy, terms
from marketplace.assets.importing.records import AssetRecord, keys
from marketplace.assets.industries import guess_industry
from marketplace.assets.models import (
    Asset,
    AssetClass,
    AssetKind,
    AssetNumber,
    AssetOwner,
    AssetPerson,
    ImportLine,
    LegalStatus,
)
from marketplace.assets.services import titles
from marketplace.core import clock, events
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.policy import SYSTEM, Actor, require
from marketplace.core.references import next_reference
from marketplace.organisations.models import Organisation

PLAIN = (
    "title", "title_en", "abstract", "abstract_en", "application_number", "patent_number",
    "registration_number", "filing_date", "publication_date", "grant_date", "priority_date",
    "province", "city", "goods", "family",
)  # fmt: skip
REVISABLE = frozenset(PLAIN) | {
    "industry", "work_kind", "creation_date", "first_publication_date", "author_death_date",
    "owned_by_person", "fee_paid_through", "status", "jurisdiction", "renewals",
    "compensation_days", "woody",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What putting a record did: created, merged (with the fields that changed) or unchanged.

    `notes` are codes with what fills their words: what of the record was left out, and why.
    """

    outcome: str
    asset: Asset
    fields: tuple[str, ...] = field(default=())
    notes: tuple[tuple[str, dict[str, str]], ...] = field(default=())


def add(actor: Actor, record: AssetRecord, **more: Any) -> Asset:
    """Put one right into the portfolio; one that is there already is refused."""
    require(actor, policy.add_asset)
    if not (record.title or "").strip():
        raise Invalid("asset.title_missing", fields={"title": "asset.title_missing"})
    if _known(actor.organisation, record) is not None:
        scheme = keys(record)[0][0].split("_")[0]
        name = "title" if scheme == "content" else _FIELD_OF.get(scheme, "registration_number")
        raise Invalid("asset.known", fields={name: "asset.known"})
    _check_shares([(o.name, o.share_bps) for o in record.owners], needed=False)
    try:
        with db.session.begin_nested():
            asset, _ = _create(actor, record)
    except IntegrityError:  # a colleague was faster
        raise Invalid("asset.known") from None
    _set(asset, more)
    _check_days(asset)
    refresh_status(asset)
    events.record(asset, "asset.add", by=actor, number=asset.number)
    return asset


def put(actor: Actor, record: AssetRecord, *, source: str = "") -> Change:
    """Put what an import read into the portfolio: created, merged into what is there, or unchanged.

    A record completes what is there and, unless it stems from an earlier document, corrects it.
    What somebody corrected by hand stays, so do owners that the exchange has verified, and so does
    a number that another right bears.
    """
    require(actor, policy.add_asset)
    try:
        with db.session.begin_nested():
            return _not_overtaken(_put(actor, record, source))
    except (IntegrityError, _Overtaken):  # a colleague put it on record meanwhile: now it is known
        with db.session.begin_nested():
            return _put(actor, record, source)


class _Overtaken(Exception):  # noqa: N818 -- undoes a right that somebody else has just made
    """A right that nobody had, and yet its number is taken."""


def _not_overtaken(change: Change) -> Change:
    if change.outcome == "created" and change.notes:
        raise _Overtaken
    return change


def _put(actor: Actor, record: AssetRecord, source: str) -> Change:
    asset = _known(actor.organisation, record)
    if asset is None:
        asset, taken = _create(actor, record, source)
        refresh_status(asset)
        events.record(asset, "asset.add", by=actor, number=asset.number)
        return Change("created", asset, notes=tuple(taken))
    changed, notes = _complete(asset, record)
    if not changed:
        return Change("unchanged", asset, notes=tuple(notes))
    refresh_status(asset)
    events.record(asset, "asset.merge", by=actor, fields=changed)
    return Change("merged", asset, tuple(changed), tuple(notes))


def _identity(asset: Asset) -> tuple[Any, ...]:
    """What a title verification vouches for: which right it is and whose."""
    owners = tuple((o.name, o.share_bps) for o in asset.owners)
    return asset.application_number, asset.registration_number, owners


def revise(
    actor: Actor,
    asset: Asset,
    *,
    owners: list[tuple[str, int | None]] | None = None,
    persons: list[str] | None = None,
    classes: list[tuple[str, str]] | None = None,
    publications: Sequence[str] | None = None,
    expiry: date | None = None,
    **values: Any,
) -> list[str]:
    """Correct the record of a right; the names of what changed. Numbers stay unique in a portfolio."""
    require(actor, policy.revise_asset, asset)
    unknown = values.keys() - REVISABLE
    if unknown:
        raise TypeError(f"not revisable: {sorted(unknown)}")
    if "title" in values and not (values["title"] or "").strip():
        raise Invalid("asset.title_missing", fields={"title": "asset.title_missing"})
    before = _identity(asset)
    changed = _set(asset, values)
    if owners is not None and owners != [(o.name, o.share_bps) for o in asset.owners]:
        _check_shares(owners)
        asset.owners = _owners(asset.keeper, owners)
        changed.append("owners")
    if persons is not None and persons != [p.name for p in asset.persons]:
        asset.persons = [AssetPerson(name=n, position=i) for i, n in enumerate(persons)]
        changed.append("persons")
    if classes is not None and set(classes) != {(c.scheme, c.symbol) for c in asset.classes}:
        asset.classes = []
        db.session.flush()
        asset.classes = [AssetClass(scheme=s, symbol=c) for s, c in dict.fromkeys(classes)]
        changed.append("classes")
    _check_days(asset)
    if _renumber(asset, publications):
        changed.append("numbers")
    _believe_expiry(asset, expiry)
    refresh_status(asset)
    if changed:
        events.record(asset, "asset.revise", by=actor, fields=changed)
        titles.outdate(asset, before, _identity(asset), by=actor)
    return changed


def remove(actor: Actor, asset: Asset) -> None:
    """Take a right that was put on record by mistake out of the portfolio.

    Only one that nothing was built on: once it has been verified, valued, pledged or listed its
    record stays, and the database itself says so.
    """
    require(actor, policy.revise_asset, asset)
    reference, number, title = asset.reference, asset.number, asset.title
    try:
        with db.session.begin_nested():
            events.record(asset, "asset.remove", by=actor, number=number, title=title)
            lines = update(ImportLine).where(ImportLine.asset_id == asset.id)
            db.session.execute(lines.values(asset_id=None))
            db.session.delete(asset)
            db.session.flush()
    except (IntegrityError, AssertionError):  # something points to it
        raise Invalid("asset.in_use", reference=reference) from None


def refresh_status(asset: Asset, today: date | None = None) -> None:
    """Work out last day, and what the calendar says of the right: expired, or in its grace time."""
    today = today or clock.today()
    if asset.jurisdiction == "CN":
        asset.last_day = _last_day(asset) or asset.last_day
    if asset.status in _ENDED:
        return
    if asset.status is LegalStatus.PENDING and asset.grant_date is not None:
        asset.status = LegalStatus.IN_FORCE
    if asset.last_day is not None and asset.last_day < today:
        asset.status = _past_its_term(asset, today)
    elif asset.status is not LegalStatus.PENDING:
        late = annuities_of(asset, today)
        is_late = late is not None and late.state in {"annuity_grace", "lapsed"}
        asset.status = LegalStatus.ANNUITY_GRACE if is_late else LegalStatus.IN_FORCE


_ENDED = frozenset({LegalStatus.INVALIDATED, LegalStatus.CANCELLED, LegalStatus.LAPSED})


def _past_its_term(asset: Asset, today: date) -> LegalStatus:
    is_mark = asset.kind is AssetKind.TRADEMARK and asset.jurisdiction == "CN"
    if is_mark and terms.trademark_state(asset.last_day or today, today) == "renewal_grace":
        return LegalStatus.RENEWAL_GRACE
    return LegalStatus.EXPIRED


def annuities_of(asset: Asset, today: date) -> terms.AnnuityState | None:
    """Where a Chinese patent stands with its fees, by the year its keeper says is paid for.

    None where that is not stated: what the register calls in force is taken for paid.
    """
    if (
        asset.jurisdiction != "CN"
        or asset.kind.value not in terms.PATENTS
        or asset.filing_date is None
        or asset.grant_date is None
        or asset.fee_paid_through is None
    ):
        return None
    return terms.annuity_state(
        asset.kind.value,
        asset.filing_date,
        asset.grant_date,
        asset.fee_paid_through,
        today,
        compensation_days=asset.compensation_days or 0,
    )


def age_due(limit: int = 500) -> int:
    """Let the calendar act: rights that ran out or fell behind since; how many changed.

    The clock starts it (jobs.schedule).
    """
    today = clock.today()
    standing = [LegalStatus.IN_FORCE, LegalStatus.PENDING, LegalStatus.ANNUITY_GRACE]
    over = Asset.last_day < today
    rows = db.session.scalars(
        select(Asset)
        .where(
            (over & Asset.status.in_([*standing, LegalStatus.RENEWAL_GRACE]))
            | (Asset.fee_paid_through.is_not(None) & Asset.status.in_(standing[:1])),
        )
        .order_by(Asset.last_day, Asset.id)
        .limit(limit)
    )
    changed = 0
    for asset in rows:
        before = asset.status
        refresh_status(asset, today)
        if asset.status is not before:
            changed += 1
            events.record(asset, "asset.age", by=SYSTEM, before=before, after=asset.status)
    return changed


def _last_day(asset: Asset) -> date | None:
    return terms.last_day(
        asset.kind.value,
        terms.TermFacts(
            filing=asset.filing_date,
            registration=asset.grant_date,
            published=asset.first_publication_date,
            first_commercial_use=asset.first_publication_date,
            completed=asset.creation_date,
            author_died=asset.author_death_date,
            personal=asset.owned_by_person,
            woody=bool(asset.woody),  # not yet stored, they are none
            renewals=asset.renewals or 0,
            compensation_days=asset.compensation_days or 0,
        ),
    )


def _known(keeper_id: int, record: AssetRecord) -> Asset | None:
    """The right of the portfolio that shares the strongest natural key of the record."""
    wanted = keys(record)
    if record.patent_number:
        wanted.append(("patent", record.patent_number))
    rows = db.session.execute(
        select(AssetNumber.scheme, AssetNumber.number, AssetNumber.asset_id).where(
            AssetNumber.keeper_id == keeper_id,
            tuple_(AssetNumber.scheme, AssetNumber.number).in_(wanted),
        )
    )
    found = {(scheme, number): asset_id for scheme, number, asset_id in rows}
    for key in wanted:
        if key in found:
            return db.session.get_one(Asset, found[key])
    return None


Notes = list[tuple[str, dict[str, str]]]


def _create(actor: Actor, record: AssetRecord, source: str = "") -> tuple[Asset, Notes]:
    keeper = db.session.get_one(Organisation, actor.organisation)
    asset = Asset(
        reference=next_reference("A"),
        keeper=keeper,
        kind=AssetKind(record.kind),
        jurisdiction=record.jurisdiction,
        status=LegalStatus(record.status or "pending"),
        last_day=record.expiry_date,
        source=source[:200],
        title="",
        **{
            name: _fitting(name, getattr(record, name))
            for name in PLAIN
            if name != "title" and getattr(record, name) is not None
        },
    )
    title = record.title or record.title_en or asset.number
    asset.title = (title or next(iter(record.publication_numbers), "") or asset.reference)[:500]
    if not record.owners:
        asset.owners = _owners(keeper, [(keeper.name, 10_000)])
    asset.renewals = _renewals(asset, record)
    db.session.add(asset)
    _fill(asset, record)
    _, notes = _add_numbers(asset, record)
    if not asset.province:
        asset.province, asset.city = keeper.province, asset.city or keeper.city
    return asset, notes


def _fitting(name: str, value: Any) -> Any:
    """Text no longer than its column."""
    length = getattr(Asset.__table__.c[name].type, "length", None)
    return value[:length] if length and isinstance(value, str) else value


def _renewals(asset: Asset, record: AssetRecord) -> int:
    """How often a mark must have been renewed to last as long as the file says."""
    if asset.kind is not AssetKind.TRADEMARK or not (asset.grant_date and record.expiry_date):
        return asset.renewals or 0
    years = record.expiry_date.year - asset.grant_date.year
    return max(round(years / 10) - 1, 0)


def _complete(asset: Asset, record: AssetRecord) -> tuple[list[str], Notes]:
    """Add what the record knows and the asset does not, correct what it says otherwise."""
    said_on = _stamp(record.publication_date, record.grant_date)
    is_older = date.min < said_on < _stamp(asset.publication_date, asset.grant_date)
    changed = _fill(asset, record)
    notes: Notes = []
    differing = {} if is_older else _differing(asset, record)
    if "owners" in differing and asset.title_verification is not None:
        names = "、".join(name for name, _ in differing.pop("owners"))[:200]
        notes.append(("import.owners_verified", {"names": names}))
    kept = differing.keys() & _by_hand(asset) if differing else set()
    if kept:
        notes.append(("import.kept_by_hand", {"fields": "、".join(sorted(kept))}))
    changed += _correct(asset, {n: v for n, v in differing.items() if n not in kept})
    numbers_added, taken = _add_numbers(asset, record)
    if numbers_added:
        changed.append("numbers")
    return list(dict.fromkeys(changed)), notes + taken


def _stamp(*days: date | None) -> date:
    """The day of the latest document behind what is said; the beginning of time for none."""
    return max((d for d in days if d is not None), default=date.min)


# Corrected by what a file says later; numbers are not (the first stays, see merge), nor are the days
# of which the earliest counts.
CORRECTED = (
    "title", "title_en", "abstract", "abstract_en", "filing_date", "goods", "family",
)  # fmt: skip


def _differing(asset: Asset, record: AssetRecord) -> dict[str, Any]:
    """What the record says otherwise than the asset."""
    said = {name: _fitting(name, getattr(record, name)) for name in CORRECTED}
    if record.province:
        said |= {"province": record.province, "city": record.city or asset.city}
    if set(record.publication_numbers) == _published(asset):  # the same documents, corrected
        said |= {"publication_date": record.publication_date, "grant_date": record.grant_date}
    found = {n: v for n, v in said.items() if v is not None and v != getattr(asset, n)}
    owners = [(o.name, o.share_bps) for o in record.owners]
    if owners and owners != [(o.name, o.share_bps) for o in asset.owners]:
        found["owners"] = owners
    persons = [n[:200] for n in record.inventors]
    if persons and persons != [p.name for p in asset.persons]:
        found["persons"] = persons
    status = _later_status(asset, record)
    if status:
        found["status"] = status
    return found


def _published(asset: Asset) -> set[str]:
    return {n.number for n in asset.numbers if n.scheme == "published"}


def _later_status(asset: Asset, record: AssetRecord) -> LegalStatus | None:
    """The state a file leads to: a pending right onwards, one in force to its end, none back."""
    said = LegalStatus(record.status) if record.status else None
    if said is None or said is asset.status or said is LegalStatus.PENDING:
        return None
    ended = {*_ENDED, LegalStatus.EXPIRED}
    return said if asset.status is LegalStatus.PENDING or said in ended else None


def _by_hand(asset: Asset) -> set[str]:
    """The fields that somebody has corrected by hand."""
    facts = db.session.scalars(
        select(events.Event.facts).where(
            events.Event.subject_kind == Asset.__tablename__,
            events.Event.subject_id == asset.id,
            events.Event.kind == "asset.revise",
        )
    )
    return {name for fact in facts for name in fact.get("fields", ())}


def _correct(asset: Asset, values: dict[str, Any]) -> list[str]:
    for name, value in values.items():
        match name:
            case "owners":
                asset.owners = _owners(asset.keeper, value)
            case "persons":
                asset.persons = [AssetPerson(name=n, position=i) for i, n in enumerate(value)]
            case _:
                setattr(asset, name, value)
    return list(values)


def _fill(asset: Asset, record: AssetRecord) -> list[str]:
    """Add what the record knows and the asset does not; the names of what was added."""
    added = _fill_fields(asset, record)
    if record.owners and not asset.owners:
        shares = [(o.name, o.share_bps) for o in record.owners]
        asset.owners = _owners(asset.keeper, shares)
        added.append("owners")
    if record.inventors and not asset.persons:
        asset.persons = [
            AssetPerson(name=n[:200], position=i) for i, n in enumerate(record.inventors)
        ]
        added.append("persons")
    known = {(c.scheme, c.symbol) for c in asset.classes}
    for scheme, symbol in dict.fromkeys(record.classes):
        if (scheme, symbol) not in known:
            asset.classes.append(AssetClass(scheme=scheme, symbol=symbol[:30]))
            added.append("classes")
    if not asset.industry and asset.classes:
        guess = guess_industry(tuple((c.scheme, c.symbol) for c in asset.classes))
        asset.industry = guess.code if guess else ""
    return list(dict.fromkeys(added))


EARLIEST = ("publication_date", "grant_date", "priority_date")


def _fill_fields(asset: Asset, record: AssetRecord) -> list[str]:
    added = []
    for name in PLAIN:
        value = getattr(record, name)
        held = getattr(asset, name)
        if name == "title" and held in {asset.reference, asset.number}:
            held = None  # a number stood in for the title
        is_earlier = name in EARLIEST and value and held and value < held
        if value is not None and (not held or is_earlier) and value != getattr(asset, name):
            setattr(asset, name, _fitting(name, value))
            added.append(name)
    granted = record.kind != asset.kind and asset.kind is AssetKind.PATENT_APPLICATION
    if granted:
        asset.kind = AssetKind(record.kind)
        added.append("kind")
    if record.status and asset.status is LegalStatus.PENDING and record.status != asset.status:
        asset.status = LegalStatus(record.status)
        added.append("status")
    if record.expiry_date and record.expiry_date != asset.last_day and asset.jurisdiction != "CN":
        asset.last_day = record.expiry_date
        added.append("last_day")
    renewals = _renewals(asset, record)
    if renewals > (asset.renewals or 0):
        asset.renewals = renewals
        added.append("last_day")
    return added


def _add_numbers(asset: Asset, record: AssetRecord) -> tuple[bool, Notes]:
    """Whether numbers were added, and which were not because another right bears them."""
    fresh = _numbers_of(record) - {(n.scheme, n.number) for n in asset.numbers}
    taken = _taken(asset.keeper.id, fresh)
    asset.numbers += [
        AssetNumber(keeper_id=asset.keeper.id, scheme=scheme, number=number)
        for scheme, number in sorted(fresh - taken)
    ]
    # the digits of a publication stand for the number that is listed in full besides
    names = sorted({number for scheme, number in taken if scheme not in {"publication", "content"}})
    return bool(fresh - taken), [("import.number_taken", {"number": number}) for number in names]


def _renumber(asset: Asset, publications: Sequence[str] | None) -> bool:
    """Keep the numbers of a record corrected by hand, and only these; whether any changed.

    One that another right of the portfolio bears is refused beside its field.
    """
    listed = [n.number for n in asset.numbers if n.scheme == "published"]
    record = AssetRecord(
        kind=asset.kind.value,
        title=asset.title,
        jurisdiction=asset.jurisdiction,
        application_number=asset.application_number,
        publication_numbers=tuple(listed if publications is None else publications),
        patent_number=asset.patent_number,
        registration_number=asset.registration_number,
        case_number=next((n.number for n in asset.numbers if n.scheme == "case"), None),
        filing_date=asset.filing_date,
    )
    kept = {(n.scheme, n.number) for n in asset.numbers}
    content = {pair for pair in kept if pair[0] == "content"}  # what a file read again is known by
    wanted = {pair for pair in _numbers_of(record) if pair[0] != "content"} | content
    if wanted == kept:
        return False
    asset.numbers = [n for n in asset.numbers if (n.scheme, n.number) in wanted]
    db.session.flush()
    for scheme, _ in sorted(_taken(asset.keeper_id, wanted - kept)):
        name = _FIELD_OF.get(scheme.split("_")[0], "registration_number")
        raise Invalid("asset.known", fields={name: "asset.known"})
    asset.numbers += [
        AssetNumber(keeper_id=asset.keeper_id, scheme=scheme, number=number)
        for scheme, number in sorted(wanted - kept)
    ]
    return True


_FIELD_OF = {
    "application": "application_number",
    "patent": "application_number",
    "publication": "publications",
    "published": "publications",
}


def _numbers_of(record: AssetRecord) -> set[tuple[str, str]]:
    """Every number of a record by its series, as the portfolio lists them."""
    found = set(keys(record)) | {("published", n) for n in record.publication_numbers}
    if record.patent_number:
        found.add(("patent", record.patent_number))
    return {(scheme, number[:60]) for scheme, number in found}


def _taken(keeper_id: int, numbers: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these another right of the portfolio bears."""
    if not numbers:
        return set()
    with db.session.no_autoflush:
        rows = db.session.execute(
            select(AssetNumber.scheme, AssetNumber.number).where(
                AssetNumber.keeper_id == keeper_id,
                tuple_(AssetNumber.scheme, AssetNumber.number).in_(sorted(numbers)),
            )
        )
        return {(scheme, number) for scheme, number in rows}


def _set(asset: Asset, values: dict[str, Any]) -> list[str]:
    changed = []
    for name, value in values.items():
        if getattr(asset, name) != value:
            setattr(asset, name, value)
            changed.append(name)
    return changed


_IN_ORDER = (
    ("priority_date", "filing_date"),
    ("filing_date", "publication_date"),
    ("filing_date", "grant_date"),
    ("creation_date", "first_publication_date"),
)


def _check_days(asset: Asset) -> None:
    """Days that a person states follow each other, and none lies ahead."""
    today = clock.today()
    for name in {n for pair in _IN_ORDER for n in pair} | {"author_death_date"}:
        day = getattr(asset, name)
        if day is not None and day > today:
            raise Invalid("asset.in_future", fields={name: "asset.in_future"})
    for earlier, later in _IN_ORDER:
        one, other = getattr(asset, earlier), getattr(asset, later)
        if asset.kind is AssetKind.IC_LAYOUT and later == "first_publication_date":
            continue  # what was used before it was finished is for the office to judge
        if one and other and other < one:
            raise Invalid(
                "asset.days_reversed",
                fields={later: "asset.days_reversed"},
                before=one.isoformat(),
            )
    year, filed = asset.fee_paid_through, asset.filing_date
    if year and filed and asset.jurisdiction == "CN" and asset.kind.value in terms.PATENTS:
        most = terms.patent_years(asset.kind.value, filed)
        if year > most:
            raise Invalid(
                "asset.fee_year", fields={"fee_paid_through": "asset.fee_year"}, most=most
            )


def _believe_expiry(asset: Asset, expiry: date | None) -> None:
    """The last day as its keeper states it: of a mark by its renewals, of a foreign right as it is."""
    if asset.kind is AssetKind.TRADEMARK and asset.grant_date:
        years = expiry.year - asset.grant_date.year if expiry else 10
        asset.renewals = max(round(years / 10) - 1, 0)
    if expiry and asset.jurisdiction != "CN":
        asset.last_day = expiry


def _check_shares(owners: list[tuple[str, int | None]], *, needed: bool = True) -> None:
    """Owners are named, and their shares, where stated, make a whole."""
    shares = [share for _, share in owners]
    if not owners and needed:
        raise Invalid("asset.owner_missing", fields={"owners": "asset.owner_missing"})
    if any(shares) and (not all(shares) or sum(s or 0 for s in shares) != 10_000):
        raise Invalid("asset.shares", fields={"owners": "asset.shares"})


def _owners(keeper: Organisation, owners: list[tuple[str, int | None]]) -> list[AssetOwner]:
    names = {keeper.name, keeper.name_en} - {""}
    return [
        AssetOwner(
            name=name[:300],
            share_bps=share,
            position=i,
            organisation_id=keeper.id if name in names else None,
        )
        for i, (name, share) in enumerate(owners)
    ]
