"""Draw the pictures of the demonstration: one style, line and two tones, no photographs.

    python static/img/draw_lots.py        writes lots/<kind>-<n>.svg beside this file

A drawing is made of a ground, a pale tone, a deep tone and one line width; what makes a picture
its own (storeys, colours of the tones, what stands beside) comes from its number alone, so that
the same file is always the same picture.
"""

import random
from collections.abc import Callable
from pathlib import Path

INK = "#16213a"
PAPER = "#f6f3ec"
# (pale, deep): quiet pairs; neither is the court's red
TONES = (
    ("#dfe6ea", "#9fb2bd"),
    ("#e6e4d4", "#b9b28c"),
    ("#e9ded3", "#c4a68a"),
    ("#dbe7df", "#94b5a2"),
    ("#e2dfea", "#a9a1c0"),
)
KINDS: dict[str, int] = {
    "home": 3,
    "apartment": 3,
    "car": 3,
    "truck": 3,
    "shares": 3,
    "machinery": 3,
    "land": 3,
    "shop": 3,
    "warehouse": 3,
    "jewellery": 3,
    "watch": 3,
    "ship": 3,
    "art": 3,
    "other": 3,
}


class Drawing:
    """An SVG of 400 x 300 that grows shape by shape."""

    def __init__(self, kind: str, number: int) -> None:
        self.chance = random.Random(f"{kind}-{number}")  # noqa: S311
        self.number = number
        self.pale, self.deep = TONES[(list(KINDS).index(kind) + 2 * number) % len(TONES)]
        self.shapes: list[str] = []

    def path(self, d: str, fill: str = "none", line: bool = True, width: float = 3) -> None:
        stroke = f' stroke="{INK}" stroke-width="{width:g}"' if line else ""
        self.shapes.append(f'<path d="{d}" fill="{fill}"{stroke}/>')

    def box(
        self, x: float, y: float, w: float, h: float, fill: str = "none", line: bool = True
    ) -> None:
        self.path(f"M{x:g} {y:g}h{w:g}v{h:g}h{-w:g}z", fill, line)

    def circle(
        self, x: float, y: float, r: float, fill: str = "none", line: bool = True, width: float = 3
    ) -> None:
        stroke = f' stroke="{INK}" stroke-width="{width:g}"' if line else ""
        self.shapes.append(f'<circle cx="{x:g}" cy="{y:g}" r="{r:g}" fill="{fill}"{stroke}/>')

    def ground(self, y: float = 248) -> None:
        self.path(f"M0 {y:g}H400V300H0z", self.pale, line=False)
        self.path(f"M24 {y:g}H376")

    def tree(self, x: float, y: float, size: float) -> None:
        self.path(f"M{x:g} {y:g}v{-size * 1.1:g}")
        self.circle(x, y - size * 1.6, size * 0.75, self.deep)

    def svg(self) -> str:
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="400" height="300"'
            ' stroke-linecap="round" stroke-linejoin="round">'
            f'<path d="M0 0H400V300H0z" fill="{PAPER}"/>{"".join(self.shapes)}</svg>\n'
        )


def home(d: Drawing) -> None:
    d.ground()
    wide = 150 + 20 * d.number
    left = 200 - wide / 2
    d.box(left, 148, wide, 100, "#fff")
    d.path(f"M{left - 22:g} 150 200 {78 - 4 * d.number:g} {left + wide + 22:g} 150z", d.deep)
    if d.number != 2:
        d.path(f"M{left + wide - 46:g} 118v-38h20v56", d.pale)
    door = 200 - 17 if d.number == 1 else left + 26
    d.box(door, 188, 34, 60, d.deep)
    d.circle(door + 27, 220, 1.5, INK)
    for x in (left + wide - 56, left + wide - 104 if d.number > 1 else left + 22):
        d.box(x, 176, 34, 34, d.pale)
        d.path(f"M{x + 17:g} 176v34M{x:g} 193h34", width=2)
    d.tree(left - 50, 248, 26)
    if d.number == 3:
        d.tree(left + wide + 44, 248, 20)
    if d.number == 2:
        d.path(f"M{left + wide + 12:g} 248v-26h56v26M{left + wide + 12:g} 234h56", width=2)


def apartment(d: Drawing) -> None:
    d.ground(262)
    floors = 6 + d.number
    high = floors * 24 + 12
    top = 262 - high
    d.box(70 - 8 * d.number, 262 - high * 0.62, 74, high * 0.62, d.deep)
    d.box(262, 262 - high * 0.74, 70, high * 0.74, d.pale)
    d.box(138, top, 124, high, "#fff")
    d.path(f"M138 {top:g}h124v-12h-124z", d.deep)
    for floor in range(floors):
        y = top + 10 + floor * 24
        for column in range(4):
            fill = d.deep if d.chance.random() < 0.22 else d.pale
            if floor == floors - 1 and column in (1, 2):
                continue
            d.box(150 + column * 27, y, 18, 14, fill)
    d.path("M186 262v-26h28v26M200 236v26", d.pale)
    for row in range(int(high * 0.74 / 26) - 1):
        y = 262 - high * 0.74 + 14 + row * 26
        d.path(f"M274 {y:g}h46", width=2)
    for row in range(int(high * 0.62 / 26) - 1):
        y = 262 - high * 0.62 + 14 + row * 26
        d.path(f"M{82 - 8 * d.number:g} {y:g}h48", width=2)
    d.tree(352, 262, 18)


def car(d: Drawing) -> None:
    d.ground(232)
    roof = (
        "M92 176l34-46q8-10 22-10h88q14 0 24 10l40 40",
        "M86 176l20-52q6-12 20-12h132q14 0 22 12l24 50",
        "M112 176l44-40q10-8 24-8h52q16 0 28 8l44 38",
    )[d.number - 1]
    d.path(roof + "z", d.pale)
    d.path(
        "M58 214v-22q0-16 18-18l232-6q32 2 38 22l2 24q0 8-10 8H68q-10 0-10-8z",
        d.deep,
    )
    d.path("M196 122v50" if d.number != 2 else "M180 114v60M250 114v60")
    d.path("M58 196h20M326 190h20M176 190h16M232 190h16", width=2)
    d.path("M58 208h290", width=2)
    for x in (118, 290):
        d.circle(x, 222, 30, INK)
        d.circle(x, 222, 17, PAPER, width=2)
        d.circle(x, 222, 4, INK)


def truck(d: Drawing) -> None:
    d.ground(240)
    if d.number == 1:
        d.box(50, 96, 190, 116, d.pale)
        d.path("M50 124h190M82 124v88M114 124v88M146 124v88M178 124v88M210 124v88", width=2)
    elif d.number == 2:
        d.path("M50 150h190l-14 62H64z", d.pale)
        d.path("M60 150q44-40 84-20t86 20", d.deep)
    else:
        d.path("M70 116h150q24 0 24 48t-24 48H70q-24 0-24-48t24-48z", d.pale)
        d.path("M96 116v96M196 116v96", width=2)
    d.path("M250 212v-96h52q10 0 16 10l28 46v40z", d.deep)
    d.path("M270 132h30q6 0 9 5l20 33h-59z", PAPER)
    d.path("M44 212h304v12H44z", INK)
    for x in (92, 140, 304):
        d.circle(x, 230, 24, INK)
        d.circle(x, 230, 12, PAPER, width=2)


def shares(d: Drawing) -> None:
    d.box(84, 44, 232, 212, "#fff")
    d.box(96, 56, 208, 188)
    d.path("M140 86h120M164 102h72", width=4)
    points = {
        1: "M120 206 158 176 190 188 226 148 280 122",
        2: "M120 190 152 198 184 160 222 170 280 124",
        3: "M120 150 160 178 196 156 232 184 280 140",
    }[d.number]
    d.path(f"{points}V222H120z", d.pale, line=False)
    d.path(points, width=4)
    d.path("M120 122v100h160", width=2)
    d.circle(268, 218, 26, d.deep)
    d.path("M256 240l-8 30 20-10 20 10-8-30", d.deep)
    d.circle(268, 218, 14, PAPER, width=2)


def machinery(d: Drawing) -> None:
    d.ground(252)
    if d.number == 1:  # a lathe
        d.box(60, 150, 88, 102, d.deep)
        d.box(60, 190, 284, 62, d.pale)
        d.box(148, 126, 20, 48, d.deep)
        d.path("M168 150h78", width=10)
        d.path("M246 126v48h36l12 16h-60z", d.deep)
        d.box(84, 168, 40, 26, PAPER)
        d.path("M92 216h60M92 230h60", width=2)
        d.circle(312, 222, 13, PAPER)
        d.circle(312, 222, 3, INK)
    elif d.number == 2:  # an excavator
        d.path("M96 214h150q18 0 18 18t-18 18H96q-18 0-18-18t18-18z", INK)
        for x in (98, 134, 170, 206, 244):
            d.circle(x, 232, 9, PAPER, width=2)
        d.path("M92 206v-56h70l14-40h50v96z", d.deep)
        d.path("M186 150l10-28h20v28z", PAPER)
        d.path("M226 150l64-66 54 64-18 14-38-44-48 52z", d.pale)
        d.path("M344 148l-34 10 4 44q26 4 42-20z", d.deep)
    else:  # a press
        d.path("M96 252V70h208v182h-46V116H142v136z", d.deep)
        d.box(168, 116, 64, 56, d.pale)
        d.box(156, 172, 88, 18, INK)
        d.box(150, 222, 100, 30, d.pale)
        d.path("M184 84h32M200 76v16", width=4)
        d.circle(282, 150, 8, PAPER, width=2)
        d.circle(282, 176, 8, PAPER, width=2)


def land(d: Drawing) -> None:
    d.path("M0 148q90-34 190-12t210-20V300H0z", d.pale, line=False)
    d.path("M0 148q90-34 190-12t210-20")
    d.path("M96 276 60 190 214 160 338 214 268 284z", "#fff")
    d.path("M96 276 60 190 214 160 338 214 268 284z", width=4)
    inner = {
        1: "M137 175 182 280M214 160 214 160M60 190 60 190M78 233 303 249",
        2: "M137 175 182 280M240 171 226 282",
        3: "M78 233 214 196 303 249M176 167 186 204",
    }[d.number]
    d.path(inner, width=2)
    for x, y in ((96, 276), (60, 190), (214, 160), (338, 214), (268, 284)):
        d.path(f"M{x} {y}v-26")
        d.path(f"M{x} {y - 26}l18 6-18 8z", d.deep)
    d.tree(330 - 24 * d.number, 126, 15)
    d.tree(354 - 24 * d.number, 130, 11)


def shop(d: Drawing) -> None:
    d.ground(256)
    d.box(76, 82, 248, 174, "#fff")
    d.box(76, 60, 248, 34, d.deep)
    d.path("M76 94h248l14 40H62z", d.pale)
    stripes = 5 + d.number
    for index in range(stripes):
        x, width = 76 + 248 * index / stripes, 248 / stripes
        low, step = 62 + 276 * index / stripes, 276 / stripes
        fill = d.deep if index % 2 else "#fff"
        d.path(
            f"M{x:.1f} 94h{width:.1f}L{low + step:.1f} 134q{-step / 2:.1f} 20 {-step:.1f} 0z", fill
        )
    door = {1: 248, 2: 96, 3: 176}[d.number]
    d.box(door, 164, 48, 92, d.deep)
    d.box(door + 9, 174, 30, 44, PAPER)
    spans = {1: ((96, 132),), 2: ((164, 140),), 3: ((92, 66), (242, 66))}[d.number]
    for x, width in spans:
        d.box(x, 164, width, 62, d.pale)
        d.path(f"M{x + 12} 214l20-36M{x + 28} 218l26-46", width=2)
    d.path("M150 77h100", width=4)


def warehouse(d: Drawing) -> None:
    d.ground(252)
    if d.number == 1:
        d.path("M46 252V130L200 76l154 54v122z", "#fff")
        d.path("M46 130 200 76l154 54v-14L200 60 46 116z", d.deep)
    elif d.number == 2:
        d.path("M46 252V120h308v132z", "#fff")
        d.path("M46 120 122 84v36l77-36v36l77-36v36l78-36v36z", d.deep)
    else:
        d.path("M46 252V150q154-110 308 0v102z", "#fff")
        d.path("M46 150q154-110 308 0v-14q-154-110-308 0z", d.deep)
    for x in (78, 168, 258):
        d.box(x, 168, 64, 84, d.pale)
        d.path(f"M{x} 186h64M{x} 204h64M{x} 222h64", width=2)
    d.box(316, 222, 34, 30, d.deep)
    d.box(322, 194, 28, 28, d.deep)
    d.path("M120 146h160", width=2)


def jewellery(d: Drawing) -> None:
    d.path("M0 232q200-34 400 0V300H0z", d.pale, line=False)
    if d.number == 1:  # a ring
        d.circle(200, 186, 66, "none", width=13)
        d.circle(200, 186, 66, "none", width=3)
        d.shapes.append(
            f'<circle cx="200" cy="186" r="66" fill="none" stroke="{d.deep}" stroke-width="7"/>'
        )
        d.path("M158 76h84l26 30-68 58-68-58z", "#fff")
        d.path("M132 106h136M158 76l18 30 24 58 24-58 18-30M176 106l24-30 24 30", width=2)
    elif d.number == 2:  # a pendant
        d.path("M92 40q12 104 108 116Q296 144 308 40", width=4)
        d.circle(200, 170, 13, PAPER)
        d.path("M200 184l44 40-44 54-44-54z", d.deep)
        d.path("M156 224h88M200 184l-16 40 16 54 16-54z", width=2)
    else:  # a jade bangle
        d.shapes.append(
            f'<ellipse cx="200" cy="172" rx="112" ry="82" fill="none" stroke="{INK}" '
            'stroke-width="44"/>'
            f'<ellipse cx="200" cy="172" rx="112" ry="82" fill="none" stroke="{d.deep}" '
            'stroke-width="38"/>'
        )
        d.path("M106 132q30-46 92-50M132 224q28 20 66 24", width=3)
        d.path("M238 84q40 10 60 40", width=2)


def watch(d: Drawing) -> None:
    d.path("M158 96 166 22h68l8 74M158 204l8 74h68l8-74", d.deep)
    d.path("M170 48h60M168 72h64M168 228h64M170 252h60", width=2)
    if d.number == 2:
        d.path("M130 88h140v124H130z", "#fff", width=5)
        d.path("M144 102h112v96H144z", d.pale)
    else:
        d.circle(200, 150, 78, d.pale, width=5)
        d.circle(200, 150, 62, "#fff")
    d.path("M280 142h12v16h-12z", INK)
    for x1, y1, x2, y2 in ((200, 98, 200, 106), (252, 150, 244, 150), (200, 202, 200, 194)):
        d.path(f"M{x1} {y1}L{x2} {y2}", width=4)
    d.path("M148 150H156", width=4)
    hands = {1: "M200 150V112M200 150l28 16", 2: "M200 150l-24-30M200 150h36", 3: "M200 150l-30 8"}
    d.path(hands[d.number], width=5)
    if d.number == 3:
        d.path("M200 150l16-38", width=5)
        d.circle(200, 178, 13, d.pale, width=2)
        d.path("M200 178v-8", width=2)
    d.circle(200, 150, 4, INK)


def ship(d: Drawing) -> None:
    d.path("M0 226q25-12 50 0t50 0 50 0 50 0 50 0 50 0 50 0 50 0V300H0z", d.pale, line=False)
    d.path("M44 178h314l-34 60H84z", d.deep)
    d.path("M64 204h282", width=2)
    if d.number == 1:  # containers
        for row in range(3):
            for column in range(5 - row):
                fill = (d.pale, "#fff", d.deep)[d.chance.randrange(3)]
                d.box(76 + column * 36, 154 - row * 24, 36, 24, fill)
        d.path("M270 178V98h56v80z", "#fff")
        d.path("M280 114h36M280 132h36M290 98V74h20v24", width=3)
    elif d.number == 2:  # a bulk carrier
        for x in (76, 124, 172):
            d.path(f"M{x} 178v-18h40v18z", d.pale)
            d.path(f"M{x + 20} 160v-52M{x + 20} 108l22 34", width=3)
        d.path("M240 178V92h70v86z", "#fff")
        d.path("M252 110h46M252 130h46M252 150h46M262 92V66h26v26", width=3)
    else:  # a fishing boat
        d.path("M196 178v-66h84l18 66z", "#fff")
        d.path("M210 126h22v22h-22zM244 126h26l6 22h-32z", d.pale)
        d.path("M150 178V58M150 66l-76 108M150 66l46 46", width=3)
        d.path("M228 112V84", width=5)
    d.path("M0 238q25-12 50 0t50 0 50 0 50 0 50 0 50 0 50 0 50 0")
    d.path("M30 262q20-10 40 0t40 0M250 268q20-10 40 0t40 0", width=2)


def art(d: Drawing) -> None:
    if d.number == 2:  # a scroll
        d.path("M120 46h160v206H120z", "#fff")
        d.path("M104 36h192v14H104zM104 248h192v14H104z", INK)
        d.path("M132 200q30-70 56-38t44-46 40 84z", d.pale)
        d.path("M132 200q30-70 56-38t44-46 40 84")
        d.path("M150 214h100M164 226h60", width=2)
        d.circle(244, 92, 15, d.deep)
        d.path("M200 36V20M170 20h60", width=3)
        return
    if d.number == 3:  # a vase
        d.ground(256)
        d.path(
            "M172 60h56q-10 22 2 44 46 28 46 76 0 46-42 76h-68q-42-30-42-76 0-48 46-76 12-22 2-44z",
            "#fff",
        )
        d.path("M131 156q69 26 138 0 7 12 7 24 0 12-4 24-72 26-144 0-4-12-4-24 0-12 7-24z", d.deep)
        d.path("M168 104h64", width=2)
        d.path("M160 190q20-22 40 0t40 0", width=2)
        return
    d.box(66, 52, 268, 196, d.deep)
    d.box(84, 70, 232, 160, "#fff")
    d.path("M84 200q40-64 84-30q44-70 92-6q34-14 56 12v54H84z", d.pale)
    d.circle(266, 106, 17, d.deep)
    d.path("M148 230v-40M148 206l-14-14M148 200l14-14", width=3)


def other(d: Drawing) -> None:
    d.ground(252)
    d.path("M112 130 200 92l88 38v88l-88 38-88-38z", "#fff")
    d.path("M112 130l88 38 88-38-88-38z", d.pale)
    d.path("M200 168v88l88-38v-88z", d.deep)
    d.path("M112 130l88 38 88-38M200 168v88")
    d.path("M156 111l88 38v30", width=2)
    if d.number > 1:
        d.box(48, 196, 62, 56, d.pale)
        d.path("M48 212h62M79 196v16", width=2)
    if d.number > 2:
        d.box(300, 180, 58, 72, d.pale)
        d.path("M300 200h58M329 180v20", width=2)


DRAWINGS: dict[str, Callable[[Drawing], None]] = {
    "home": home,
    "apartment": apartment,
    "car": car,
    "truck": truck,
    "shares": shares,
    "machinery": machinery,
    "land": land,
    "shop": shop,
    "warehouse": warehouse,
    "jewellery": jewellery,
    "watch": watch,
    "ship": ship,
    "art": art,
    "other": other,
}


def main() -> None:
    folder = Path(__file__).parent / "lots"
    folder.mkdir(exist_ok=True)
    for kind, count in KINDS.items():
        for number in range(1, count + 1):
            drawing = Drawing(kind, number)
            DRAWINGS[kind](drawing)
            (folder / f"{kind}-{number}.svg").write_text(drawing.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
