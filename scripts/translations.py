"""Keep translations/ in step with the sources: `update`, or `check` (for tests and CI).

The sentences in the sources are Simplified Chinese. English is written by people in
translations/en; Traditional Chinese is converted, never edited. `fill FILE` takes English from a
JSON object {Chinese: English}, a plural as a list of two.
"""

import io
import json
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from marketplace.core.words import to_traditional

ROOT = Path(__file__).parents[1]
METHODS = [("marketplace/**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}


def po(locale: str) -> Path:
    """Where a catalogue is."""
    return ROOT / "translations" / locale / "LC_MESSAGES" / "messages.po"


def extracted() -> Catalog:
    """Every sentence of the sources."""
    template = Catalog(charset="utf-8")
    options = {"jinja2": {"encoding": "utf-8"}}
    for name, _, message, comments, context in extract_from_dir(
        str(ROOT),
        [(pattern.replace("**", "**"), method) for pattern, method in METHODS],
        {pattern: options.get(method, {}) for pattern, method in METHODS},
        KEYWORDS,
        directory_filter=lambda folder: (
            Path(folder).name not in {".venv", ".git", "tests", "node_modules", "instance"}
        ),
    ):
        template.add(message, None, [(name, None)], auto_comments=comments, context=context)
    return template


def load(locale: str) -> Catalog:
    """The catalogue on file, empty where there is none."""
    path = po(locale)
    if not path.exists():
        return Catalog(locale=locale, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def english(template: Catalog) -> Catalog:
    """The English on file for today's sentences; the others empty."""
    known, made = load("en"), blank("en")
    for message in template:
        if message.id:
            old = known.get(message.id, message.context)
            empty = ("", "") if isinstance(message.id, tuple) else ""
            string = old.string if old is not None and old.string else empty
            made.add(message.id, string, context=message.context)
    return made


def traditional(template: Catalog) -> Catalog:
    """Every sentence converted."""
    made = blank("zh_Hant")
    for message in template:
        if message.id:
            one = message.id[0] if isinstance(message.id, tuple) else message.id
            text = to_traditional(one)
            string = (text,) if isinstance(message.id, tuple) else text
            made.add(message.id, string, context=message.context)
    return made


def blank(locale: str) -> Catalog:
    """An empty catalogue."""
    return Catalog(locale=locale, charset="utf-8", fuzzy=False)


def text(catalog: Catalog) -> bytes:
    """As written to the file: sorted, without places or dates: it changes only with its words."""
    out = io.BytesIO()
    write_po(out, catalog, width=0, no_location=True, sort_output=True, omit_header=True)
    head = {
        "Language": str(catalog.locale),
        "Plural-Forms": catalog.plural_forms,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in head.items())
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + out.getvalue()


def missing(catalog: Catalog) -> list[str]:
    """Sentences without English."""
    return [
        str(m.id)
        for m in catalog
        if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)
    ]


def update() -> int:
    template = extracted()
    for locale, catalog in (("en", english(template)), ("zh_Hant", traditional(template))):
        po(locale).parent.mkdir(parents=True, exist_ok=True)
        po(locale).write_bytes(text(catalog))
    left = missing(english(template))
    print(f"{len(template)} sentences, {len(left)} without English")
    return 0


def check() -> int:
    template = extracted()
    fresh = {"en": english(template), "zh_Hant": traditional(template)}
    stale = [k for k, v in fresh.items() if not po(k).exists() or po(k).read_bytes() != text(v)]
    left = missing(fresh["en"])
    for sentence in left:
        print("no English:", sentence)
    if stale:
        print("not up to date (make translations):", ", ".join(stale))
    return 1 if left or stale else 0


def fill(file: str) -> int:
    words = json.loads(Path(file).read_text(encoding="utf-8"))
    catalog = english(extracted())
    for message in catalog:
        key = message.id[0] if isinstance(message.id, tuple) else message.id
        if key and key in words:
            found = words[key]
            if isinstance(message.id, tuple):
                found = tuple(found) if isinstance(found, list) else (found, found)
            message.string = found
    po("en").parent.mkdir(parents=True, exist_ok=True)
    po("en").write_bytes(text(catalog))
    return update()


def main() -> int:
    match sys.argv[1:]:
        case ["update"]:
            return update()
        case ["check"]:
            return check()
        case ["fill", file]:
            return fill(file)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
