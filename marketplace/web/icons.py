"""The icon sprite: only the icons that the site uses, cut from the package `lucide` at start."""

import hashlib
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from zipfile import ZipFile

import lucide
from flask import Flask, Response, current_app, url_for
from markupsafe import Markup

# Icons that Python code chooses; those named in templates are found by reading the templates.
_CHOSEN = """
    accessibility arrow-left-right arrow-right arrow-right-left badge-check ban banknote bell
    bell-off bookmark briefcase
    building-2 calendar-clock check chevron-down chevron-up chevrons-up-down circle-check
    circle-dot circle-question-mark circle-x clock copy download eye file-check file-pen file-text
    files flag folder-open gavel git-compare handshake heart history hourglass house inbox info
    key-round landmark layout-dashboard list list-checks lock lock-open log-out mail map
    message-square messages-square octagon-alert pause pencil plus receipt refresh-cw scale
    scroll-text search send settings shield-check signature sliders-horizontal stamp tag
    triangle-alert undo-2 upload user users wallet x
"""
CHOSEN_BY_CODE = frozenset(_CHOSEN.split())
_QUOTED = re.compile(r"""["']([a-z][a-z0-9-]*)["']""")
_CALLED = re.compile(r"""icon\(\s*["']([^"']+)["']""")
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@lru_cache(maxsize=1)
def _library() -> dict[str, str]:
    """All drawings of the package by name, without their outer element."""
    package_file = Path(str(lucide.__file__)).with_name("lucide.zip")
    drawings = {}
    with ZipFile(package_file) as archive:
        for name in archive.namelist():
            body = _BODY.search(archive.read(name).decode()) if name.endswith(".svg") else None
            if body:
                drawings[name.removesuffix(".svg")] = re.sub(r"\s+", " ", body.group(1)).strip()
    return drawings


def names_in_templates(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Names that templates surely draw (`icon('x')`), and quoted words that may name an icon."""
    drawn: set[str] = set()
    mentioned: set[str] = set()
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        drawn.update(_CALLED.findall(text))
        mentioned.update(_QUOTED.findall(text))
    return frozenset(drawn), frozenset(mentioned)


def build_sprite(names: Iterable[str]) -> str:
    """One SVG of symbols; a name that the package lacks is an error, not a hole in a page."""
    library = _library()
    wanted = sorted(set(names))
    missing = [name for name in wanted if name not in library]
    if missing:
        raise LookupError(f"lucide has no icon named: {', '.join(missing)}")
    symbols = (
        f'<symbol id="{name}" viewBox="0 0 24 24">{library[name]}</symbol>' for name in wanted
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def icon(name: str, label: str = "", cls: str = "") -> Markup:
    """An icon; with a label it speaks, without one it is decoration."""
    sprite = current_app.extensions["icons"]
    if name not in sprite["names"] and (current_app.debug or current_app.testing):
        raise LookupError(f"icon {name!r} is not in the sprite: restart, or name it in _CHOSEN")
    classes = f"icon icon-{name} {cls}".rstrip()
    href = url_for("icon_sprite", build=sprite["build"], _anchor=name)
    if label:
        return Markup('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>').format(
            classes, label, href
        )
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>').format(classes, href)


def init_app(app: Flask) -> None:
    """Build the sprite and serve it under an address that changes with its content."""
    folder = Path(app.root_path, app.template_folder or "templates").resolve()
    drawn, mentioned = names_in_templates(folder)
    names = CHOSEN_BY_CODE | drawn | (mentioned & _library().keys())
    sprite = build_sprite(names)
    build = hashlib.sha256(sprite.encode()).hexdigest()[:10]
    app.extensions["icons"] = {"names": names, "build": build}
    app.jinja_env.globals["icon"] = icon

    @app.get("/icons-<build>.svg")
    def icon_sprite(build: str) -> Response:  # noqa: ARG001 -- the address only names the version
        return Response(
            sprite,
            mimetype="image/svg+xml",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )
