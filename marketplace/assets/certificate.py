"""What a free-to-deal certificate says, and whether it still holds. Pure.

The content is plain values. `canonical` turns it into bytes that are the same wherever they are
made (UTF-8, keys sorted, no blanks), so that their SHA-256 names one content and no other. Its
REGISTER sections hold what the registers said; what they say by now is compared with them.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from marketplace.assets.bundle import (
    Act,
    Answer,
    Burden,
    BurdenKind,
    Consent,
    Grant,
    Party,
    Reason,
    Right,
    Wish,
    wish_as_dict,
)
from marketplace.assets.scopes import Scope

SCHEMA = "free-to-deal/1"
FADES_AFTER = 30  # days: older ones are to be issued anew
REGISTER = ("right", "owners", "burdens", "consents", "title")
LIMITS = ("register_only", "declared", "validity", "infringement", "value", "day")
"""What it does not say; words under `certificate_limit.*`."""
MASK = "*"

Evidence = Mapping[str, Mapping[str, Any]]  # reference of a burden or consent → state, sha256 …


def canonical(content: Mapping[str, Any]) -> bytes:
    """The content as bytes, the same each time."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def fingerprint(content: Mapping[str, Any]) -> str:
    """The SHA-256 of the content."""
    return hashlib.sha256(canonical(content)).hexdigest()


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Which REGISTER sections say something else by now."""
    return tuple(s for s in REGISTER if canonical({s: before.get(s)}) != canonical({s: now.get(s)}))


def is_old(as_of: date, today: date) -> bool:
    """Whether so many days went by that nobody should rely on it."""
    return (today - as_of).days > FADES_AFTER


def masked(name: str) -> str:
    """A natural person's name as others may read it: 张**."""
    bare = name.strip()
    return bare[:1] + MASK * (len(bare) - 1)


def without_persons(right: Right, persons: Collection[int]) -> Right:
    """The right with the names of natural persons masked, but for its owners: they are public."""

    def shown(party: Party) -> Party:
        return replace(party, name=masked(party.name)) if party.id in persons else party

    return replace(
        right,
        burdens=frozenset(replace(b, holder=shown(b.holder)) for b in right.burdens),
        consents=frozenset(
            replace(c, party=shown(c.party), to=shown(c.to)) for c in right.consents
        ),
    )


def register_sections(right: Right, evidence: Evidence) -> dict[str, Any]:
    """Owners, burdens and consents as the registers show them, each with what proves it."""
    return {
        "owners": [
            {"name": one.party.name, "share_bps": one.share_bps, "disposes": one.acts}
            for one in right.owners
        ],
        "burdens": [
            burden_as_dict(one) | dict(evidence.get(one.reference, {}))
            for one in sorted(right.burdens, key=_in_order)
        ],
        "consents": [
            consent_as_dict(one) | dict(evidence.get(one.reference, {}))
            for one in sorted(right.consents, key=_in_order)
        ],
    }


def _in_order(one: Burden | Consent) -> tuple[str, int]:
    kind, _, number = one.reference.partition(":")
    return kind, int(number) if number.isdecimal() else 0


def burden_as_dict(burden: Burden) -> dict[str, Any]:
    """A burden in plain values; what it does not have is left out."""
    found: dict[str, Any] = {
        "kind": burden.kind.value,
        "reference": burden.reference,
        "holder": burden.holder.name,
        "number": burden.number,
        "since": _iso(burden.starts),
        "until": _iso(burden.ends),
    }
    if burden.kind is BurdenKind.LICENCE:
        found |= {"grant": burden.grant and burden.grant.value, "sublicence": burden.sublicence}
        found |= _scope(burden.scope)
    if burden.kind is BurdenKind.PLEDGE:
        claim = burden.claim
        found |= {
            "rank": burden.rank,
            "registered": burden.registered,
            "claim": claim and {"currency": claim.currency, "minor": claim.minor},
        }
    if burden.kind is BurdenKind.DISPUTE:
        found["suspended"] = burden.suspended
    if burden.kind is BurdenKind.PRIORITY:
        found["priority"] = burden.priority and burden.priority.value
    if burden.kind is BurdenKind.COOWNERSHIP:
        found["alone"] = sorted(burden.deeds)
    return found


def consent_as_dict(consent: Consent) -> dict[str, Any]:
    """A consent in plain values."""
    return {
        "party": consent.party.name,
        "act": consent.act.value,
        "reference": consent.reference,
        "grant": consent.grant and consent.grant.value,
        "sublicence": consent.sublicence,
        "to": consent.to.name,
        "until": _iso(consent.until),
    } | _scope(consent.scope)


def answer_as_dict(wish: Wish, answer: Answer) -> dict[str, Any]:
    """A wish and what became of it."""
    return {"wish": wish_as_dict(wish), **answer.as_dict()}


def reasons(answer: Mapping[str, Any], name: str) -> list[Reason]:
    """The reasons of a kept answer, to be put into words."""
    return [
        Reason(
            one["code"],
            one["burden"],
            one["party"],
            article=one["article"],
            rule=one["rule"],
            sure=one["sure"],
            given=one["given"],
            facts=tuple(sorted(one["facts"].items())),
        )
        for one in answer[name]
    ]


def wish_from(kept: Mapping[str, Any]) -> Wish:
    """A kept wish, to be put into words or asked again."""
    starts = kept.get("starts")
    scope = starts and Scope(
        frozenset(kept["territory"]),
        frozenset(kept["fields"]),
        date.fromisoformat(starts),
        date.fromisoformat(kept["ends"]) if kept.get("ends") else None,
    )
    return Wish(
        Act(kept["act"]),
        Grant(kept["grant"]) if kept.get("grant") else None,
        scope or None,
        bool(kept.get("sublicence")),
    )


def _scope(scope: Scope | None) -> dict[str, Any]:
    if scope is None:
        return {}
    return {"territory": sorted(scope.territory), "fields": sorted(scope.fields)} | (
        {"starts": _iso(scope.starts), "ends": _iso(scope.ends)}
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
