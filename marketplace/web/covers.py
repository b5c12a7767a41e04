"""Cover art for rights, which have no photograph: one small SVG, the same for the same key.

Colours come from classes (`cover-<family>` in app.css), so the drawing holds under a strict CSP.
"""

import hashlib
import math
import random
from collections.abc import Callable

from markupsafe import Markup, escape

Painter = Callable[[random.Random, int, int, str], str]

FAMILIES = ("circuit", "molecule", "wave", "gear", "lattice", "leaf", "mark", "code", "chip")


def cover(key: str, family: str = "lattice", glyph: str = "", wide: bool = False) -> Markup:  # noqa: FBT001, FBT002 -- called from templates
    """Draw the cover of `key` in one of FAMILIES; `glyph` stands on a trade mark's seal."""
    seeded = random.Random(hashlib.sha256(str(key).encode()).digest())  # noqa: S311 -- a drawing
    width, height = (880, 150) if wide else (120, 120)
    family = family if family in _PAINTERS else "lattice"
    art = _PAINTERS[family](seeded, width, height, glyph)
    return Markup(  # noqa: S704 -- numbers of ours; the glyph is escaped by its painter
        f'<svg class="cover cover-{family}" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        f'<rect class="c-bg" width="{width}" height="{height}"/>{art}</svg>'
    )


def _circuit(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    step = 15
    for y in range(step // 2, height, step):
        for repeat in range(max(1, width // 160)):
            x = repeat * 160 + r.randrange(0, 40)
            bend_at = x + r.randrange(30, 90)
            rise = r.choice((-step, 0, step))
            path = f"M{x} {y}H{bend_at}"
            if rise:
                path += f"l{abs(rise)} {rise}h{r.randrange(6, 30)}"
            out.append(f'<path class="c-l{r.randrange(3)}" d="{path}"/>')
            out.append(f'<circle class="c-d{r.randrange(2)}" cx="{x}" cy="{y}" r="3"/>')
            if r.random() < 0.5:
                out.append(f'<circle class="c-d1" cx="{r.randrange(width)}" cy="{y}" r="2.2"/>')
    return "".join(out)


def _molecule(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    radius = 17.0
    for row in range(-1, int(height / (radius * 1.5)) + 1):
        for column in range(-1, int(width / (radius * 1.732)) + 2):
            cx = column * radius * 1.732 + (radius * 0.866 if row % 2 else 0)
            cy = row * radius * 1.5 + 14
            if r.random() >= 0.58:
                continue
            corners = " ".join(
                f"{cx + radius * math.sin(math.pi / 3 * k):.1f},"
                f"{cy - radius * math.cos(math.pi / 3 * k):.1f}"
                for k in range(6)
            )
            filled = " c-fill" if r.random() < 0.16 else ""
            out.append(f'<polygon class="c-l{r.randrange(3)}{filled}" points="{corners}"/>')
            if r.random() < 0.4:
                out.append(
                    f'<circle class="c-d{r.randrange(2)}" '
                    f'cx="{cx:.1f}" cy="{cy - radius:.1f}" r="3"/>'
                )
    return "".join(out)


def _wave(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    phase, swing = r.random() * 6, r.uniform(9, 16)
    for k in range(11):
        base = 6 + k * height / 10.5
        swell = swing * (k + 3) / 12
        path = f"M-4 {base:.1f}" + "".join(
            f"L{x} {base + math.sin(x / (22 + 2 * k) + phase + k * 0.35) * swell:.1f}"
            for x in range(-4, width + 12, 12)
        )
        out.append(f'<path class="c-l{(k + r.randrange(2)) % 3}" d="{path}"/>')
    cx, cy = r.uniform(0.6, 0.85) * width, r.uniform(0.2, 0.45) * height
    out.append(f'<circle class="c-d0" cx="{cx:.0f}" cy="{cy:.0f}" r="{r.uniform(9, 15):.1f}"/>')
    return "".join(out)


def _gear(r: random.Random, width: int, height: int, _glyph: str) -> str:
    cx, cy = r.uniform(0.55, 0.8) * width, r.uniform(0.55, 0.8) * height
    out = []
    for k in range(7):
        dashes = ""
        if r.random() < 0.75:
            dashes = f' stroke-dasharray="{r.choice(("2 5", "14 6", "1 3", "30 10"))}"'
        ring = f'cx="{cx:.0f}" cy="{cy:.0f}" r="{12 + k * 15}"'
        out.append(f'<circle class="c-l{r.randrange(3)}" {ring}{dashes}/>')
    out.append(f'<circle class="c-d0" cx="{cx:.0f}" cy="{cy:.0f}" r="6"/>')
    angle = r.random() * 6
    x, y = cx + 57 * math.cos(angle), cy + 57 * math.sin(angle)
    out.append(f'<circle class="c-d1" cx="{x:.0f}" cy="{y:.0f}" r="4"/>')
    return "".join(out)


def _lattice(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    side = 20
    for row in range(-1, height // 12 + 2):
        for column in range(-1, width // (side * 2) + 2):
            x = column * side * 2 + (side if row % 2 else 0)
            y = row * side * 1.0034
            shade = r.randrange(5)
            if shade < 3:
                half = side / 2
                outline = f"M{x} {y:.1f}l{side} {half}l-{side} {half}l-{side} -{half}z"
                out.append(f'<path class="c-f{shade}" d="{outline}"/>')
    return "".join(out)


def _leaf(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    root_x, root_y = width * 0.5, height + 8
    for k in range(9):
        angle = -math.pi / 2 + (k - 4) * 0.27
        length = r.uniform(70, 115) * (1.25 if width > 200 else 1)
        tip_x, tip_y = root_x + length * math.cos(angle), root_y + length * math.sin(angle)
        side_x, side_y = -math.sin(angle) * length * 0.22, math.cos(angle) * length * 0.22
        mid_x, mid_y = (root_x + tip_x) / 2, (root_y + tip_y) / 2
        filled = " c-fill" if k % 3 == 0 else ""
        out.append(
            f'<path class="c-l{k % 3}{filled}" d="M{root_x:.0f} {root_y:.0f}'
            f"Q{mid_x + side_x:.0f} {mid_y + side_y:.0f} {tip_x:.0f} {tip_y:.0f}"
            f'Q{mid_x - side_x:.0f} {mid_y - side_y:.0f} {root_x:.0f} {root_y:.0f}Z"/>'
        )
    return "".join(out)


def _mark(_r: random.Random, width: int, height: int, glyph: str) -> str:
    cx, cy, half = width / 2, height / 2, 39
    outer = half + 8
    return (
        f'<rect class="c-l0" x="{cx - outer}" y="{cy - outer}" width="{2 * outer}" '
        f'height="{2 * outer}" rx="20"/>'
        f'<rect class="c-seal" x="{cx - half}" y="{cy - half}" width="{2 * half}" '
        f'height="{2 * half}" rx="14"/>'
        f'<text class="c-glyph" x="{cx}" y="{cy + 15}" text-anchor="middle">'
        f"{escape(glyph[:1])}</text>"
    )


def _code(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    indent = 0
    for y in range(16, height - 6, 11):
        indent = max(0, min(3, indent + r.choice((-1, 0, 1))))
        x = 12 + indent * 12
        for _ in range(r.randrange(1, 4) * (1 if width < 200 else 5)):
            length = r.randrange(8, 34)
            out.append(
                f'<rect class="c-f{r.randrange(3)}" x="{x}" y="{y}" width="{length}" '
                f'height="4.5" rx="2.2"/>'
            )
            x += length + 6
    return "".join(out)


def _chip(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out: list[str] = []

    def split(x: float, y: float, w: float, h: float, depth: int) -> None:
        if depth == 0 or (w < 26 and h < 26) or (depth < 3 and r.random() < 0.18):
            out.append(
                f'<rect class="c-b{r.randrange(5)}" x="{x + 1.2:.1f}" y="{y + 1.2:.1f}" '
                f'width="{w - 2.4:.1f}" height="{h - 2.4:.1f}" rx="2"/>'
            )
            return
        cut = r.uniform(0.3, 0.7)
        if w > h:
            split(x, y, w * cut, h, depth - 1)
            split(x + w * cut, y, w * (1 - cut), h, depth - 1)
        else:
            split(x, y, w, h * cut, depth - 1)
            split(x, y + h * cut, w, h * (1 - cut), depth - 1)

    split(8, 8, width - 16, height - 16, 5 if width < 200 else 7)
    return "".join(out)


_PAINTERS: dict[str, Painter] = {
    "circuit": _circuit,
    "molecule": _molecule,
    "wave": _wave,
    "gear": _gear,
    "lattice": _lattice,
    "leaf": _leaf,
    "mark": _mark,
    "code": _code,
    "chip": _chip,
}

# The first sign that fits decides: section and class of the IPC, then the kind of right.
_BY_IPC = (
    ("H01L", "chip"), ("H10", "chip"), ("H04", "wave"), ("H", "circuit"), ("G06", "code"),
    ("G16", "code"), ("G", "wave"), ("A01", "leaf"), ("A61K", "molecule"), ("A61P", "molecule"),
    ("C", "molecule"), ("C12", "leaf"), ("A", "leaf"), ("B", "gear"), ("F", "gear"),
    ("E", "lattice"), ("D", "lattice"),
)  # fmt: skip
_BY_KIND = {
    "trademark": "mark",
    "software": "code",
    "copyright": "lattice",
    "plant_variety": "leaf",
    "ic_layout": "chip",
    "design": "lattice",
    "trade_secret": "circuit",
    "know_how": "circuit",
}


def family_of(kind: str, classification: str = "") -> str:
    """The family of drawings that suits a kind of right and its first IPC class."""
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    matches = [(len(prefix), name) for prefix, name in _BY_IPC if classification.startswith(prefix)]
    return max(matches)[1] if matches else "lattice"
