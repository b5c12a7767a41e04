"""Cover art for rights, which have no photograph: one small SVG, the same for the same key.

The kind of right and its class choose the family of drawings; the key chooses within it: palette
(`palette-1` … in app.css, so the drawing holds under a strict CSP), scale, direction and every line.
"""

import hashlib
import math
import random
from collections.abc import Callable

from markupsafe import Markup, escape

Painter = Callable[[random.Random, int, int, str], str]

SHAPES = {"square": (120, 120), "card": (420, 112), "wide": (880, 150)}
# Family → the palettes that suit it; light papers for seals.
FAMILIES: dict[str, tuple[int, ...]] = {
    "circuit": (1, 3, 7, 8),
    "molecule": (2, 11, 5, 1),
    "wave": (3, 8, 1, 7),
    "gear": (4, 10, 9, 5),
    "lattice": (5, 1, 9, 10),
    "leaf": (6, 1, 10),
    "mark": (12, 13, 14, 15),
    "code": (7, 2, 8, 5),
    "chip": (8, 3, 1, 10),
    "hills": (5, 3, 9, 6),
    "vault": (10, 7, 4, 5),
}


def cover(key: str, family: str = "lattice", glyph: str = "", shape: str = "square") -> Markup:
    """Draw the cover of `key` in one of FAMILIES and SHAPES; `glyph` is the word of a seal."""
    seeded = random.Random(hashlib.sha256(str(key).encode()).digest())  # noqa: S311 -- a drawing
    width, height = SHAPES[shape]
    family = family if family in FAMILIES else "lattice"
    palette = seeded.choice(FAMILIES[family])
    turn = "" if family in _UPRIGHT or seeded.random() < 0.5 else _mirror(width)
    art = _PAINTERS[family](seeded, width, height, glyph)
    return Markup(  # noqa: S704 -- numbers of ours; the glyph is escaped by its painter
        f'<svg class="cover palette-{palette}" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        f'<rect class="c-bg" width="{width}" height="{height}"/><g{turn}>{art}</g></svg>'
    )


def _mirror(width: int) -> str:
    return f' transform="matrix(-1 0 0 1 {width} 0)"'


def _circuit(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    step = r.choice((12, 15, 19))
    for y in range(step // 2, height, step):
        for start in range(0, width, 130):
            x = start + r.randrange(0, 40)
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
    radius = r.uniform(12, 24)
    density = r.uniform(0.4, 0.75)
    for row in range(-1, int(height / (radius * 1.5)) + 1):
        for column in range(-1, int(width / (radius * 1.732)) + 2):
            cx = column * radius * 1.732 + (radius * 0.866 if row % 2 else 0)
            cy = row * radius * 1.5 + 14
            if r.random() >= density:
                continue
            corners = " ".join(
                f"{cx + radius * math.sin(math.pi / 3 * k):.0f},"
                f"{cy - radius * math.cos(math.pi / 3 * k):.0f}"
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
    phase, swing, drift = r.random() * 6, r.uniform(5, 19), r.uniform(0.1, 0.6)
    lines, length = r.randrange(7, 14), r.uniform(14, 34)
    for k in range(lines):
        base = 6 + k * height / (lines - 0.5)
        swell = swing * (k + 3) / (lines + 1)
        path = f"M-4 {base:.1f}" + "".join(
            f"L{x} {base + math.sin(x / (length + 2 * k) + phase + k * drift) * swell:.1f}"
            for x in range(-4, width + 12, 12)
        )
        out.append(f'<path class="c-l{(k + r.randrange(2)) % 3}" d="{path}"/>')
    cx, cy = r.uniform(0.6, 0.85) * width, r.uniform(0.2, 0.45) * height
    out.append(f'<circle class="c-d0" cx="{cx:.0f}" cy="{cy:.0f}" r="{r.uniform(9, 15):.1f}"/>')
    return "".join(out)


def _gear(r: random.Random, width: int, height: int, _glyph: str) -> str:
    cx, cy = r.uniform(0.3, 0.8) * width, r.uniform(0.2, 0.9) * height
    gap = r.uniform(11, 19)
    out = []
    for k in range(int(max(width, height) / gap / 1.6)):
        dashes = ""
        if r.random() < 0.75:
            dashes = f' stroke-dasharray="{r.choice(("2 5", "14 6", "1 3", "30 10"))}"'
        ring = f'cx="{cx:.0f}" cy="{cy:.0f}" r="{12 + k * gap:.0f}"'
        out.append(f'<circle class="c-l{r.randrange(3)}" {ring}{dashes}/>')
    out.append(f'<circle class="c-d0" cx="{cx:.0f}" cy="{cy:.0f}" r="6"/>')
    for k in range(r.randrange(1, 5)):
        angle, reach = r.random() * 6.28, 12 + (2 + k) * gap
        x, y = cx + reach * math.cos(angle), cy + reach * math.sin(angle)
        out.append(f'<circle class="c-d{k % 2}" cx="{x:.0f}" cy="{y:.0f}" r="4"/>')
    return "".join(out)


def _lattice(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    side = r.choice((14, 20, 27))
    sparse = r.choice((4, 5, 7))
    for row in range(-1, height // side + 2):
        for column in range(-1, width // (side * 2) + 2):
            x = column * side * 2 + (side if row % 2 else 0)
            y = row * side * 1.0
            shade = r.randrange(sparse)
            if shade < 3:
                half = side / 2
                outline = f"M{x} {y:.1f}l{side} {half}l-{side} {half}l-{side} -{half}z"
                out.append(f'<path class="c-f{shade}" d="{outline}"/>')
    return "".join(out)


def _leaf(r: random.Random, width: int, height: int, _glyph: str) -> str:
    """Plants side by side, one a stretch of the width."""
    out = []
    plants = max(1, width // 210)
    for plant in range(plants):
        root_x, root_y = (plant + r.uniform(0.3, 0.7)) * width / plants, height + 8
        blades, spread = r.choice((7, 9, 11)), r.uniform(0.2, 0.32)
        for k in range(blades):
            angle = -math.pi / 2 + (k - blades // 2) * spread
            length = r.uniform(60, 118)
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


def _mark(r: random.Random, width: int, height: int, glyph: str) -> str:
    """A seal of the mark's word: white on colour or colour on paper, square, round or upright."""
    cx, cy = width / 2, height / 2
    han = [c for c in glyph if "\u4e00" <= c <= "\u9fff"][:4]
    latin = "" if han else "".join(c for c in glyph if c.isalnum() or c == " ").strip()[:12]
    round_, outlined = r.random() < 0.3, r.random() < 0.4
    across = 86 if latin and len(latin) > 2 else 56 if len(han) == 2 and not round_ else 78
    down = 50 if latin and len(latin) > 2 else 78
    corner = down / 2 if round_ else r.choice((6, 14))
    out = []
    for k in range(1, int(width / 2 / 24)):  # echoes of the seal, to the edges
        grow = k * 24
        out.append(
            f'<rect class="c-l0" x="{cx - across / 2 - grow:g}" y="{cy - down / 2 - grow:g}" '
            f'width="{across + 2 * grow}" height="{down + 2 * grow}" rx="{corner + grow / 2:g}"/>'
        )
    box = f'x="{cx - across / 2:g}" y="{cy - down / 2:g}" width="{across}" height="{down}"'
    out.append(f'<rect class="{"c-frame" if outlined else "c-seal"}" {box} rx="{corner:g}"/>')
    ink = "c-glyph is-ink" if outlined else "c-glyph"
    for text, size, x, y in _written(han, latin, cx, cy):
        out.append(
            f'<text class="{ink} s{size}" x="{x:g}" y="{y:g}" text-anchor="middle">'
            f"{escape(text)}</text>"
        )
    return "".join(out)


def _written(
    han: list[str], latin: str, cx: float, cy: float
) -> list[tuple[str, int, float, float]]:
    """Where each sign of a seal stands: text, size, middle and base line; read from the right."""
    if latin:
        size = 42 if len(latin) <= 2 else 22 if len(latin) <= 6 else 13
        return [(latin, size, cx, cy + size * 0.36)]
    if len(han) <= 1:
        return [(sign, 42, cx, cy + 15) for sign in han]
    if len(han) == 2:
        return [(sign, 30, cx, cy - 6 + 34 * k) for k, sign in enumerate(han)]
    right, left = (han[:2], han[2:]) if len(han) == 4 else (han[:1], han[1:])
    found = [(sign, 30, cx + 17, cy - 5 + 33 * k) for k, sign in enumerate(right)]
    if len(right) == 1:
        found = [(right[0], 30, cx + 17, cy + 11)]
    return found + [(sign, 30, cx - 17, cy - 5 + 33 * k) for k, sign in enumerate(left)]


def _code(r: random.Random, width: int, height: int, _glyph: str) -> str:
    out = []
    indent = 0
    for y in range(r.randrange(8, 18), height - 6, r.choice((9, 11, 14))):
        indent = max(0, min(3, indent + r.choice((-1, 0, 1))))
        x = 12 + indent * 12
        for _ in range(r.randrange(1, 4) * max(1, width // 90)):
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


def _hills(r: random.Random, width: int, height: int, _glyph: str) -> str:
    """Ranges of hills behind each other under a moon, as painted scrolls have them."""
    cx, cy = r.uniform(0.15, 0.85) * width, r.uniform(0.15, 0.4) * height
    out = [f'<circle class="c-d0" cx="{cx:.0f}" cy="{cy:.0f}" r="{r.uniform(8, 15):.0f}"/>']
    ranges = r.randrange(3, 6)
    for k in range(ranges):
        base = height * (0.42 + 0.5 * k / ranges)
        tall, wide, phase = r.uniform(9, 26), r.uniform(22, 46), r.random() * 6
        ridge = "".join(
            f"L{x} {base - tall * abs(math.sin(x / wide + phase)) ** r.choice((1, 1.4)):.1f}"
            for x in range(0, width + 10, 10)
        )
        out.append(f'<path class="c-h{k}" d="M0 {height}{ridge}V{height}Z"/>')
    return "".join(out)


def _vault(r: random.Random, width: int, height: int, _glyph: str) -> str:
    """A window of Lingnan, shut: squares in squares, each turned against the last."""
    cx, cy = r.uniform(0.35, 0.65) * width, r.uniform(0.4, 0.6) * height
    gap, turned = r.uniform(9, 15), r.randrange(2)
    out = []
    for k in range(int(width / gap / 1.5), 0, -1):
        half, angle = k * gap, 45 * ((k + turned) % 2)
        out.append(
            f'<rect class="c-l{r.randrange(3)}" x="{cx - half:.0f}" y="{cy - half:.0f}" '
            f'width="{2 * half:.0f}" height="{2 * half:.0f}" rx="4" '
            f'transform="rotate({angle} {cx:.0f} {cy:.0f})"/>'
        )
    out.append(f'<circle class="c-d0" cx="{cx:.0f}" cy="{cy:.0f}" r="{gap * 0.6:.0f}"/>')
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
    "hills": _hills,
    "vault": _vault,
}
_UPRIGHT = frozenset({"mark", "code"})  # never mirrored

# The first sign that fits decides: section and class of the IPC, then the kind of right.
_BY_IPC = (
    ("H01L", "chip"), ("H10", "chip"), ("H04", "wave"), ("H", "circuit"), ("G06", "code"),
    ("G16", "code"), ("G", "wave"), ("A01", "leaf"), ("A61K", "molecule"), ("A61P", "molecule"),
    ("C", "molecule"), ("C12", "leaf"), ("A", "leaf"), ("B", "gear"), ("F", "gear"),
    ("E", "lattice"), ("D", "lattice"),
)  # fmt: skip
_BY_KIND = {
    "trademark": "mark",
    "collective_mark": "mark",
    "certification_mark": "mark",
    "data_right": "lattice",
    "gi_product": "hills",
    "defence_patent": "vault",
    "software": "code",
    "copyright": "hills",
    "plant_variety": "leaf",
    "ic_layout": "chip",
    "design": "lattice",
    "trade_secret": "vault",
    "know_how": "vault",
}


def family_of(kind: str, classification: str = "") -> str:
    """The family of drawings that suits a kind of right and its first IPC class."""
    if kind in _BY_KIND:
        return _BY_KIND[kind]
    matches = [(len(prefix), name) for prefix, name in _BY_IPC if classification.startswith(prefix)]
    return max(matches)[1] if matches else "lattice"
