"""Check a published auction without trusting whoever published it.

    python -m marketplace.auctions.verify bundle.json [--remember checkpoint.txt] [--key HEX]

Needs Python's standard library and this package's `engine`, nothing else, no network, no database. The
bundle holds the log of the auction line by line and, after the close, the maxima that were
committed to. Everything is worked out again: hashes, commitments, prices, leader, ends, award.

A maximum above the final price stays closed, for it is nobody's business how much further the winner
would have gone; counted as unlimited it gives the same prices, and that is checked too.

Whoever kept a checkpoint of the log of all auctions (/log/checkpoint) may have it checked that the log
has only grown since: fetch the bundle with ?since=SIZE, and name the file that holds the checkpoint.

A bundle names the keys that signed it; whoever forges one can sign it anew with a key of his own. Whoever
knows the exchange's key from elsewhere names it (`--key`, several times for several), and no other counts;
a bundle that nobody has signed does not hold then.
"""

import argparse
import base64
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.auctions.engine import canonical, curve, merkle
from marketplace.auctions.engine.applying import KINDS
from marketplace.auctions.engine.outcome import outcome
from marketplace.auctions.engine.rechecking import Wrong, replayed
from marketplace.auctions.engine.rules import Rules
from marketplace.auctions.engine.state import Event

RECEIPT = b"ipx/receipt/v1\x00"
_AS_WRITTEN = argparse.RawDescriptionHelpFormatter


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `detail` names the line where it fails."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """Everything that was looked at, and the result that follows from the log."""

    checks: tuple[Check, ...]
    winner: str | None = None
    price: int | None = None
    phase: str = ""  # up to which the lines lead: one cut short says that it is still running

    @property
    def valid(self) -> bool:
        """Nothing is wrong."""
        return all(check.ok for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        checks = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in self.checks]
        result = {"winner": self.winner, "price": self.price, "phase": self.phase}
        return {"valid": self.valid, **result, "checks": checks}


@dataclass(frozen=True)
class _Line:
    seq: int
    body: bytes
    hash: str
    event: Event


def verify(bundle: Mapping[str, Any], remembered: str = "", keys: Sequence[str] = ()) -> Verdict:
    """Look at a bundle (`bundling.bundle`): every check, in order; what depends on a failed one is left out.

    `remembered` is a checkpoint that was kept earlier: the log must be a continuation of it. `keys` are the
    exchange's, known from elsewhere; none: those that the bundle names itself.
    """
    checks: list[Check] = []
    try:
        trusted = keys or bundle["public_keys"]
        rules, lines = _read(bundle)
        checks.append(Check("rules", ok=True))
        _chain(rules, lines)
        checks.append(Check("chain", ok=True))
        _openings(rules, lines, bundle)
        checks.append(Check("openings", ok=True))
        state = replayed(rules, [line.event for line in lines])
        checks.append(Check("decisions", ok=True))
        found = outcome(rules, state)
        _award(bundle, found.winner, found.price)
        checks.append(Check("award", ok=True))
        if bundle.get("receipts"):
            _receipts(bundle, lines, trusted)
            checks.append(Check("receipts", ok=True))
        if bundle.get("log") or remembered or keys:
            checks.append(Check("log", ok=True, detail=_log(bundle, lines, trusted, remembered)))
    except Wrong as wrong:
        name, detail = wrong.args
        return Verdict((*checks, Check(name, ok=False, detail=detail)))
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        detail = f"{type(error).__name__}: {error}"
        return Verdict((*checks, Check("readable", ok=False, detail=detail)))
    return Verdict(tuple(checks), found.winner, found.price, state.phase.value)


def _read(bundle: Mapping[str, Any]) -> tuple[Rules, list[_Line]]:
    openings = {int(seq): values for seq, values in (bundle.get("openings") or {}).items()}
    lines = []
    for number, row in enumerate(bundle["events"], start=1):
        body = row["body"].encode()
        said = json.loads(body)
        if canonical.canonical(said) != body:
            raise Wrong("chain", f"line {number} is not in canonical form")
        private = openings.get(number, {})
        event = Event(said["kind"], said["at"], said["code"], said["public"], private)
        lines.append(_Line(said["seq"], body, row["hash"], event))
    if not lines or lines[0].event.kind != "published":
        raise Wrong("rules", "the log does not begin with a publication")
    first = lines[0].event.public
    rules = Rules.from_json(first["rules"])
    if bundle["rules"] != first["rules"]:
        raise Wrong("rules", "the rules beside the log are not those that were published in it")
    wanted = canonical.rules_hash(rules)
    if not first["rules_hash"] == wanted == json.loads(lines[0].body)["rules"]:
        raise Wrong("rules", "line 1: the rules are not those that the hash stands for")
    if bundle["auction"] != rules.auction:
        raise Wrong("rules", "the rules are another auction's")
    return rules, lines


def _chain(rules: Rules, lines: Sequence[_Line]) -> None:
    prev, last, wanted = "", 0, canonical.rules_hash(rules)
    for number, line in enumerate(lines, start=1):
        said = json.loads(line.body)
        where = f"line {number}"
        if (said["v"], said["auction"], said["rules"]) != (canonical.FORMAT, rules.auction, wanted):
            raise Wrong("chain", f"{where} is of another auction or of other rules")
        if line.seq != number:
            raise Wrong("chain", f"{where} bears the number {line.seq}")
        if said["prev"] != prev:
            raise Wrong("chain", f"{where} does not follow on the line before")
        if line.hash != canonical.leaf_hash(line.body):
            raise Wrong("chain", f"{where} was changed: its hash is another")
        if line.event.at < last:
            raise Wrong("chain", f"{where} is earlier than the line before")
        if line.event.kind not in KINDS:
            raise Wrong("chain", f"{where}: these rules know no {line.event.kind}")
        prev, last = line.hash, line.event.at


def _openings(rules: Rules, lines: Sequence[_Line], bundle: Mapping[str, Any]) -> None:
    """What was committed to is what was opened; what stays closed may stay so."""
    closing = next((line.event for line in lines if line.event.kind == "closed"), None)
    if closing is None:
        if bundle.get("openings"):
            raise Wrong("openings", "something was opened before the close")
        return
    sold, price, leader = closing.public["reserve_met"], closing.public["price"], closing.code
    for line in lines:
        event = line.event
        if event.kind not in {"bid", "quoted"}:
            continue
        if "maximum" not in event.private:
            if not sold or event.code != leader:
                raise Wrong("openings", f"line {line.seq}: this maximum has to be open by now")
            continue
        code, maximum = event.code or "", event.private["maximum"]
        said = canonical.maximum_commitment(rules.auction, code, maximum, event.private["salt"])
        if said != event.public["commitment"]:
            raise Wrong("openings", f"line {line.seq}: not the maximum that was committed to")
    _reserve(rules, closing, price)


def _reserve(rules: Rules, closing: Event, price: int | None) -> None:
    reserve, salt = closing.public["reserve"], closing.public["reserve_salt"]
    if rules.has_reserve != (reserve is not None):
        raise Wrong("openings", "a reserve was kept back, or made up")
    if reserve is None:
        return
    if canonical.reserve_commitment(rules.auction, reserve, salt) != rules.reserve_commitment:
        raise Wrong("openings", "not the reserve that was committed to at publication")
    if closing.public["reserve_met"] != (price is not None and price >= reserve):
        raise Wrong("openings", "the reserve was met, or was not, against what is said")


def _award(bundle: Mapping[str, Any], winner: str | None, price: int | None) -> None:
    said = bundle.get("result") or {}
    if said and (said.get("winner"), said.get("price")) != (winner, price):
        raise Wrong("award", f"the log gives {winner} at {price}")


def _receipts(bundle: Mapping[str, Any], lines: Sequence[_Line], keys: Sequence[str]) -> None:
    """What bidders were told, and signed for, is what the log says."""
    by_hash = {line.hash: line for line in lines}
    for text in bundle["receipts"]:
        if fault := receipt_fault(text, keys):
            raise Wrong("receipts", fault)
        body = json.loads(text)["body"]
        if body["auction"] != bundle["auction"]:
            raise Wrong("receipts", f"a receipt is of {body['auction']}")
        missing = set(body.get("events", ())) - set(by_hash)
        if missing:
            raise Wrong("receipts", f"a receipt names {min(missing)}, which the log lacks")
        for line in (by_hash[named] for named in body.get("events", ())):
            if line.event.at != body["at"]:
                raise Wrong(
                    "receipts", f"line {line.seq} came at another moment than was signed for"
                )


def receipt_fault(text: str, public_keys: Sequence[str]) -> str:
    """What is wrong with a receipt; nothing: one of the keys signed it."""
    data = json.loads(text)
    message = RECEIPT + canonical.canonical(data["body"])
    signature = bytes.fromhex(data["signature"])
    if not any(curve.is_signed(bytes.fromhex(key), message, signature) for key in public_keys):
        return f"not signed by the exchange: {data['key_id']}"
    return ""


def _log(
    bundle: Mapping[str, Any], lines: Sequence[_Line], keys: Sequence[str], remembered: str
) -> str:
    """Up to where the log of all auctions, whose checkpoint the exchange signed, holds the lines.

    The last ones may wait a minute for their place; no line may be missing before one that is there.
    """
    log = bundle.get("log")
    if not log:
        raise Wrong("log", "the bundle says nothing of the log of all auctions")
    size, root = checkpoint(log["checkpoint"], keys)
    proofs = {int(seq): proof for seq, proof in log["proofs"].items()}
    held = 0
    for line in lines:
        proof = proofs.get(line.seq)
        if proof is None:
            break
        if not merkle.is_included(line.hash, proof["index"], size, proof["path"], root):
            raise Wrong("log", f"line {line.seq} is not in the log")
        held = line.seq
    if len(proofs) != held:
        raise Wrong("log", f"line {held + 1} has no proof, and later ones have")
    if remembered:
        if remembered.split("\n", 1)[0] != log["checkpoint"].split("\n", 1)[0]:
            raise Wrong("log", "the checkpoint that you kept is of another log")
        before, old = checkpoint(remembered, keys)
        continues = log.get("continues") or {"size": size, "path": []}
        same = continues["size"] == before
        if not (same and merkle.is_consistent(before, old, size, root, continues["path"])):
            raise Wrong(
                "log", f"the log does not continue the checkpoint of {before} that you kept"
            )
    return f"{held}/{len(lines)} of {size}"


def checkpoint(note: str, public_keys: Sequence[str]) -> tuple[int, str]:
    """Size and root (hex) of a signed note: origin, size, root in base64, blank line, signatures."""
    text, _, signatures = note.partition("\n\n")
    _origin, size, root = text.split("\n")[:3]
    message = (text + "\n").encode()
    for line in signatures.strip().split("\n"):
        signature = base64.b64decode(line.split(" ")[2])[4:]
        for key in public_keys:
            if curve.is_signed(bytes.fromhex(key), message, signature):
                return int(size), base64.b64decode(root).hex()
    raise Wrong("log", "the checkpoint is not signed by the exchange")


def main(arguments: Sequence[str]) -> int:
    """Read a bundle, print the verdict as JSON; 0: everything holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AS_WRITTEN)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--remember", type=Path)
    parser.add_argument("--key", action="append", default=[])
    said = parser.parse_args(arguments)
    try:
        bundle = json.loads(said.bundle.read_text(encoding="utf-8"))
        remembered = said.remember.read_text(encoding="utf-8") if said.remember else ""
    except (OSError, ValueError, RecursionError) as error:
        print(json.dumps({"valid": False, "error": str(error)}))  # noqa: T201
        return 2
    verdict = verify(bundle, remembered, said.key)
    print(json.dumps(verdict.as_dict(), ensure_ascii=False, indent=2))  # noqa: T201
    return 0 if verdict.valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
