"""The same engines, for scripts: JSON on standard output and nothing else there.

Exit 0, or 1 with {"error": {"code": …, "message": …}}.
"""

import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TextIO

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from marketplace.core import clock
from marketplace.core.db import transaction
from marketplace.core.errors import Invalid, Refused
from marketplace.core.words import say

P = ParamSpec("P")


def write(item: Any) -> None:
    """One JSON value on one line."""
    click.echo(json.dumps(item, ensure_ascii=False, default=str))


def write_all(items: Iterable[Any]) -> None:
    """One JSON value a line."""
    for item in items:
        write(item)


def refusals_as_json(command: Callable[P, None]) -> Callable[P, None]:
    """A refusal, or a file that cannot be read, ends in an error object and exit code 1."""

    @wraps(command)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except Refused as refusal:
            _fail(refusal.code, say("refusals", refusal.code, "en", **refusal.facts))
        except (OSError, ValueError) as error:
            _fail("input.unreadable", str(error))
        except SQLAlchemyError as error:
            _fail("database.unusable", str(error.__cause__ or error).splitlines()[0])

    return guarded


def _fail(code: str, message: str) -> None:
    write({"error": {"code": code, "message": message}})
    sys.exit(1)


def open_input(name: str) -> TextIO:
    """The text of a file, or of standard input for `-`, in whatever encoding it has.

    UTF-8, UTF-16 and GB18030 are told apart; what is no text at all is refused.
    """
    from marketplace.assets.importing import sources  # noqa: PLC0415 -- commands load what they use

    data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    try:
        encoding = sources.encoding_of(io.BytesIO(data))
    except Refused:
        raise Invalid("input.no_text") from None
    return io.StringIO(data.decode(encoding).removeprefix("\ufeff"), newline=None)


@click.group("identifiers", cls=AppGroup)
def identifiers_group() -> None:
    """Numbers of rights: patents, trademarks, works, organisations."""


@identifiers_group.command("check", with_appcontext=False)
@click.argument("file")
@refusals_as_json
def identifiers_check(file: str) -> None:
    """Check one number a line: {number, kind, valid, canonical, reason, code} a line."""
    from marketplace.assets import identifiers  # noqa: PLC0415 -- commands load what they use

    def reason(code: str, params: Mapping[str, str]) -> str:
        return say("refusals", code, "en", **params)

    with open_input(file) as lines:
        write_all(identifiers.check_lines(lines, reason, clock.today().year))


@click.group("rules", cls=AppGroup)
def rules_group() -> None:
    """The law as dated rules."""


@rules_group.command("judge", with_appcontext=False)
@click.argument("file")
@refusals_as_json
def rules_judge(file: str) -> None:
    """Judge facts (as in rules/scenarios.json) on an optional date; a list in, a list out."""
    from marketplace.rules import command  # noqa: PLC0415

    with open_input(file) as stream:
        write(command.judge_file(stream))


@rules_group.command("rejudge")
@click.option("--deal", "deals", multiple=True, help="A deal by its reference; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Every open deal.")
@click.option("--on", help="The day of the law, YYYY-MM-DD; default: today.")
@with_appcontext
@refusals_as_json
def rules_rejudge(deals: tuple[str, ...], *, everything: bool, on: str | None) -> None:
    """Judge deals anew and say what changed since they were judged, and whether facts or law did.

    One line a right: {deal, asset, judged_on, judged_by, repeats, on, by, outcome, changes}.
    Nothing is written.
    """
    from marketplace.core.policy import SYSTEM  # noqa: PLC0415
    from marketplace.deals import queries, rejudging  # noqa: PLC0415
    from marketplace.rules import command  # noqa: PLC0415

    if bool(deals) is everything:
        raise Invalid("rejudge.which")
    for reference in deals:
        queries.get(SYSTEM, reference)
    day = command.day_of(on, clock.today())
    write_all(one.as_dict() for one in rejudging.many(SYSTEM, deals, day))


@click.group("search", cls=AppGroup)
def search_group() -> None:
    """The search index."""


@search_group.command("query", with_appcontext=False)
@click.argument("text")
@click.option("--limit", default=20, show_default=True, help="How many hits.")
@click.option("--facets", is_flag=True, help="Count every facet too.")
@click.option(
    "--engine",
    type=click.Choice(["whoosh"]),
    default="whoosh",
    show_default=True,
    expose_value=False,
    help="The one engine there is today.",
)
@click.option("--index", "folder", help="A scratch index; default: the site's own.")
@refusals_as_json
def search_query(text: str, limit: int, facets: bool, folder: str | None) -> None:  # noqa: FBT001 -- click's way
    """Search; `-` reads one query a line and answers one object a line."""
    from marketplace.search import command  # noqa: PLC0415

    lines = (line.rstrip("\r\n") for line in sys.stdin) if text == "-" else [text]
    place = folder or _site_index()
    write_all(command.query_lines(lines, place, limit=limit, facets=facets))


@search_group.command("load", with_appcontext=False)
@click.argument("file")
@click.option("--index", "folder", required=True, help="The scratch index to fill.")
@refusals_as_json
def search_load(file: str, folder: str) -> None:
    """Load JSON Lines or CSV {id, title, abstract, title_en, …} into a scratch index."""
    from marketplace.search import command  # noqa: PLC0415

    write(command.load(file, folder))


@search_group.command("reindex")
@with_appcontext
@refusals_as_json
def search_reindex() -> None:
    """Build the site's index anew from the database, beside the old one, and swap."""
    from marketplace.jobs import worker as background  # noqa: PLC0415

    write({"documents": background.rebuild_index()})


def _site_index() -> str:
    import config  # noqa: PLC0415

    return str(config.load()["SEARCH_DIR"])


@click.group("assets", cls=AppGroup)
def assets_group() -> None:
    """Portfolios."""


@assets_group.command("import")
@click.argument("file")
@click.option("--format", "form", help="Default: told from the content.")
@click.option("--owner", help="The organisation (number or slug) whose portfolio it goes into.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--records", is_flag=True, help="Print the assets read, one a line, instead.")
@with_appcontext
@refusals_as_json
def assets_import(
    file: str,
    form: str | None,
    owner: str | None,
    *,
    dry_run: bool,
    records: bool,
) -> None:
    """Import CSV, XLSX, JSON or patent XML: {rows, created, merged, unchanged, rejected: […]}."""
    from marketplace.jobs import importing  # noqa: PLC0415

    if records:
        write_all(importing.records_of(file, form))
    else:
        write(importing.import_file(file, form, owner=owner, dry_run=dry_run))


@assets_group.command("events")
@click.argument("file")
@click.option(
    "--owner", help="The organisation (number or slug) whose rights they are; default: all."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@with_appcontext
@refusals_as_json
def assets_events(file: str, owner: str | None, *, dry_run: bool) -> None:
    """Import legal events (EPO OPS XML, US assignments, our CSV): {rows, created, known, rejected: […]}."""
    from marketplace.jobs import importing  # noqa: PLC0415

    write(importing.import_events(file, owner=owner, dry_run=dry_run))


@click.group("auctions", cls=AppGroup)
def auctions_group() -> None:
    """Auctions: work them out again."""


@auctions_group.command("replay", with_appcontext=False)
@click.argument("file")
@click.option("--increments", help="Another house's ladder: JSON, [{below, increment}].")
@refusals_as_json
def auctions_replay(file: str, increments: str | None) -> None:
    """Auctions of maxima, one JSON object a line: {id, sold, price, leader, bids} a line."""
    from marketplace.auctions import replaying  # noqa: PLC0415
    from marketplace.auctions.engine.rules import LADDER  # noqa: PLC0415

    ladder = LADDER
    if increments:
        with open_input(increments) as stream:
            ladder = replaying.ladder_of(json.load(stream))
    with open_input(file) as lines:
        write_all(replaying.replay_lines(lines, ladder))


@auctions_group.command("log")
@with_appcontext
@refusals_as_json
def auctions_log() -> None:
    """The log of all auctions rebuilt from their lines: {size, signed, faults}; exit 1 where there is one."""
    from marketplace.auctions.queries import log  # noqa: PLC0415
    from marketplace.auctions.services import sequencing  # noqa: PLC0415

    found, last = sequencing.faults(), log.newest()
    write({"size": log.size(), "signed": last.size if last else 0, "faults": found})
    sys.exit(1 if found else 0)


@auctions_group.command("verify", with_appcontext=False)
@click.argument("file")
@click.option("--remember", default="", help="A file with a checkpoint of the log that was kept.")
@click.option(
    "--key", "keys", multiple=True, help="A key of the exchange, in hexadecimal: no other counts."
)
@refusals_as_json
def auctions_verify(file: str, remember: str, keys: tuple[str, ...]) -> None:
    """A published bundle: {valid, winner, price, phase, checks}; exit 1 where something is wrong."""
    from marketplace.auctions.verify import verify  # noqa: PLC0415

    kept = Path(remember).read_text(encoding="utf-8") if remember else ""
    with open_input(file) as stream:
        verdict = verify(json.load(stream), kept, keys)
    write(verdict.as_dict())
    sys.exit(0 if verdict.valid else 1)


@auctions_group.command("close")
@with_appcontext
@refusals_as_json
def auctions_close() -> None:
    """What the clock owes now, once: opens, ends and closes what is due; whether there was anything."""
    from marketplace.jobs import closing  # noqa: PLC0415

    write({"moved": closing.run()})


@auctions_group.command("check")
@with_appcontext
@refusals_as_json
def auctions_check() -> None:
    """Every log worked out again against its state: {auction, faults} a line; exit 1 where there is one."""
    from marketplace.auctions.services import checking  # noqa: PLC0415

    found = list(checking.faults())
    write_all(found)
    sys.exit(1 if found else 0)


@click.group("ledger", cls=AppGroup)
def ledger_group() -> None:
    """The books."""


@ledger_group.command("check")
@with_appcontext
@refusals_as_json
def ledger_check() -> None:
    """The books' own proof, and that payments and deals agree with them."""
    from marketplace.deals import services  # noqa: PLC0415

    proof = services.self_check()
    write(proof.as_dict())
    if not proof.holds:
        sys.exit(1)


@click.group("bank", cls=AppGroup)
def bank_group() -> None:
    """The bank's statements."""


@bank_group.command("read", with_appcontext=False)
@click.argument("file")
@refusals_as_json
def bank_read(file: str) -> None:
    """MT940, MT942, CAMT.052/053/054, or an export of a Chinese bank, Alipay or WeChat.

    One statement a line: {format, account, number, currency, opening, closing, transactions, net,
    balances, remarks}, amounts as decimal strings. `balances` is null where the bank gives no
    balances. Nothing is booked.
    """
    from marketplace.payments.statements import reading  # noqa: PLC0415

    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    write_all(statement.as_dict() for statement in reading.read(data))


@click.group("audit", cls=AppGroup)
def audit_group() -> None:
    """The log."""


@audit_group.command("verify")
@click.option("--head", default="", help="A head noted earlier, which must still be in the chain.")
@with_appcontext
@refusals_as_json
def audit_verify(head: str) -> None:
    """The log's own proof: every link of the hash chain worked out anew."""
    from marketplace.audit import services  # noqa: PLC0415

    proof = services.verify(head.strip())
    write(asdict(proof))
    if not proof.valid:
        sys.exit(1)


@click.group("storage", cls=AppGroup)
def storage_group() -> None:
    """The files: counted, proven, sealed, put under a new key, carried into the bucket.

    Each run may be broken off and started again while the site runs.
    """


@storage_group.command("status")
@with_appcontext
@refusals_as_json
def storage_status() -> None:
    """How many files lie where, plain or under which key."""
    from marketplace.documents import moving  # noqa: PLC0415

    write(moving.counts())


@storage_group.command("check")
@with_appcontext
@refusals_as_json
def storage_check() -> None:
    """Every file read and proven: {sha256, outcome} for each that is not as it was; then exit 1."""
    from marketplace.documents import moving  # noqa: PLC0415

    found = [asdict(each) for each in moving.check()]
    write_all(found)
    sys.exit(1 if found else 0)


@storage_group.command("encrypt")
@with_appcontext
@refusals_as_json
def storage_encrypt() -> None:
    """Seal what lies plain under DOCUMENTS_KEY: failures a line, then {done, failed}."""
    from marketplace.documents import moving  # noqa: PLC0415

    _carry(moving.seal_all())


@storage_group.command("rotate")
@with_appcontext
@refusals_as_json
def storage_rotate() -> None:
    """Put what is sealed under an older key under DOCUMENTS_KEY; the content is not sealed anew."""
    from marketplace.documents import moving  # noqa: PLC0415

    _carry(moving.rotate())


@storage_group.command("move")
@with_appcontext
@refusals_as_json
def storage_move() -> None:
    """Carry the files of DOCUMENTS_DIR into the bucket; each is proven before the old one goes."""
    from marketplace.documents import moving  # noqa: PLC0415

    _carry(moving.move())


def _carry(outcomes: Iterable[Any]) -> None:
    """Failures and the sum on standard output, how far it is on standard error; exit 1 on failure."""
    done = failed = 0
    for each in outcomes:
        done, failed = done + (each.outcome == "done"), failed + (each.outcome != "done")
        if each.outcome != "done":
            write(asdict(each))
        if (done + failed) % 100 == 0:
            click.echo(f"{done + failed} files", err=True)
    write({"done": done, "failed": failed})
    if failed:
        sys.exit(1)


@click.group("signing", cls=AppGroup)
def signing_group() -> None:
    """Signatures in PDF files, and the certificates behind them."""


@signing_group.command("verify")
@click.argument("file")
@with_appcontext
@refusals_as_json
def signing_verify(file: str) -> None:
    """The signatures of a PDF (- for standard input): {verdict, sha256, signatures, …}."""
    from marketplace.documents import signing  # noqa: PLC0415

    report = signing.verify(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
    found = [{**asdict(each), "verdict": each.verdict} for each in report.signatures]
    write({"verdict": report.verdict, **asdict(report), "signatures": found})
    if report.verdict != "good":
        sys.exit(1)


@signing_group.command("make")
@with_appcontext
@refusals_as_json
def signing_make() -> None:
    """Make the exchange's certificates where there are none: one line a certificate in use."""
    from marketplace.documents.signing import keeping  # noqa: PLC0415

    with transaction():
        write_all(keeping.shown(one) for one in keeping.make())


@signing_group.command("show")
@with_appcontext
@refusals_as_json
def signing_show() -> None:
    """Every certificate there ever was, one a line; no keys."""
    from marketplace.documents.signing import keeping  # noqa: PLC0415

    write_all(keeping.shown(one) for one in keeping.all_certificates())


@signing_group.command("rotate")
@click.option("--root", is_flag=True, help="A new root too, which others have to trust anew.")
@with_appcontext
@refusals_as_json
def signing_rotate(*, root: bool) -> None:
    """New certificates from now on; what the old ones signed stays good."""
    from marketplace.documents.signing import keeping  # noqa: PLC0415

    with transaction():
        write_all(keeping.shown(one) for one in keeping.rotate(with_root=root))


@signing_group.command("revoke")
@click.argument("serial")
@with_appcontext
@refusals_as_json
def signing_revoke(serial: str) -> None:
    """A key may be in wrong hands: what it signed counts no more unless a time stamp is older."""
    from marketplace.documents.signing import keeping  # noqa: PLC0415

    with transaction():
        write(keeping.shown(keeping.revoke(serial)))


@click.command("seed")
@with_appcontext
@refusals_as_json
def seed() -> None:
    """Demonstration data; a second time it changes nothing."""
    import config  # noqa: PLC0415
    from marketplace.seed import demonstration  # noqa: PLC0415

    if not current_app.config["DEMO"] and not config.problems(current_app.config):
        _fail("seed.production", say("refusals", "seed.production", "en"))
    write(demonstration.plant())


@click.command("operator")
@click.argument("email")
@with_appcontext
@refusals_as_json
def operator(email: str) -> None:
    """Make a person with a confirmed address an operator of the exchange."""
    from marketplace.organisations.services import exchange  # noqa: PLC0415

    with transaction():
        membership = exchange.appoint_operator(email)
        write({"user": membership.user.email, "organisation": membership.organisation.name})


@click.command("worker")
@with_appcontext
def worker() -> None:
    """The background worker: events to their readers, imports, mail, what the clock starts."""
    from marketplace.jobs import readiness  # noqa: PLC0415
    from marketplace.jobs import worker as background  # noqa: PLC0415

    faults = readiness.reasons_not_to_start(current_app.config)
    if faults:
        write({"ready": False, "faults": faults})
        sys.exit(1)
    background.run_forever(current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001 -- Flask's way


@click.command("docs")
@click.option("--check", is_flag=True, help="Only say which files are not as generated.")
@with_appcontext
def docs(check: bool) -> None:  # noqa: FBT001 -- click's way
    """Generate docs/states.md, permissions.md, rules.md and facts.md."""
    from marketplace.jobs import paperwork  # noqa: PLC0415

    stale = paperwork.write_docs(only_check=check)
    write({"stale" if check else "written": stale})
    if check and stale:
        sys.exit(1)


@click.command("production-check")
def production_check() -> None:
    """Whether settings and services allow a production start; each fault a sentence."""
    import config  # noqa: PLC0415
    from marketplace.jobs import readiness  # noqa: PLC0415

    settings = {**config.load(), "DEMO": False}
    faults = config.problems(settings) + readiness.faults(settings)
    write({"ready": not faults, "faults": faults})
    if faults:
        sys.exit(1)


def init_app(app: Flask) -> None:
    """Every command, under `flask --app wsgi`."""
    for command in (
        identifiers_group,
        rules_group,
        search_group,
        assets_group,
        auctions_group,
        ledger_group,
        bank_group,
        audit_group,
        storage_group,
        signing_group,
        seed,
        operator,
        worker,
        docs,
        production_check,
    ):
        app.cli.add_command(command)
