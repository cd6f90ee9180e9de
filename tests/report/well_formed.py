#!/usr/bin/env python3
"""The pages of reports, read strictly: well_formed.py FOLDER

Each .html in the folder must be well-formed; every chart must have a name and a table in its section; every text that is
in one language must be in the other beside it; ids must be unique; and the colours of both schemes must have the contrast
of WCAG 2.1 AA: 4.5 for text, 3 for what is drawn.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as ET

XHTML = "{http://www.w3.org/1999/xhtml}"

# Foreground, ground, least contrast.
PAIRS = [(text, ground, 4.5) for text in ("text", "muted", "accent") for ground in ("page", "surface")]
PAIRS += [("warn-text", "warn-page", 4.5), ("on-dark", "c1", 4.5)]
PAIRS += [("on-light", f"h{level}", 4.5) for level in range(4)] + [("on-dark", f"h{level}", 4.5) for level in (4, 5)]
PAIRS += [(f"i{number}", f"c{number}", 3) for number in (2, 3, 4, 5, 6, 8, 9)]
PAIRS += [(f"i{number}", "surface", 3) for number in (2, 3, 4, 5, 6, 9)]
PAIRS += [("c1", "surface", 3), ("c8", "surface", 3), ("c1", "c7", 3), ("box-line", "surface", 3), ("mark", "box", 3)]
PAIRS += [("p95", "surface", 3), ("p99", "surface", 3), ("mark", "surface", 3), ("muted", "surface", 3)]


def luminance(colour):
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[i:i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def schemes(style):
    """The variables of the light scheme, and of the dark one on top of it."""
    light, dark = [dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]+)", block))
                   for block in re.findall(r":root\{([^}]*)\}", style)[:2]]
    return {"light": light, "dark": {**light, **dark}}


def check(path):
    wrong = []
    text = path.read_text(encoding="utf-8")
    root = ET.fromstring(text)

    ids = [element.get("id") for element in root.iter() if element.get("id")]
    wrong += [f"two elements are called {name}" for name in sorted(set(ids)) if ids.count(name) > 1]

    for section in root.iter(XHTML + "section"):
        charts = [svg for svg in section.iter(XHTML + "svg") if svg.get("class") == "plot"]
        wrong += [f"a chart of {section.get('id')} has no name" for svg in charts if not svg.get("aria-label")]
        if charts and next(section.iter(XHTML + "table"), None) is None:
            wrong.append(f"the charts of {section.get('id')} have no table")
        if charts and next(section.iter(XHTML + "title"), None) is None:
            wrong.append(f"the charts of {section.get('id')} have no hover titles")

    for parent in root.iter():
        languages = [child.get("lang") for child in parent if child.tag == XHTML + "span" and child.get("lang")]
        if languages != ["en", "zh"] * (len(languages) // 2):
            wrong.append(f"a text is not in both languages: {''.join(parent.itertext())[:60]!r}")

    for number in re.findall(r"(?<![\w.])(?:nan|inf|-nan|-inf)(?![\w.])", text):
        wrong.append(f"a number is {number}")
    for share in re.findall(r'(?:x|y|width|height|cx|cy)="(-?[0-9.]+)%"', text):
        if not -0.1 <= float(share) <= 100.1:
            wrong.append(f"something is drawn at {share} %")
            break

    style = next(root.iter(XHTML + "style")).text
    for scheme, colours in schemes(style).items():
        for fore, ground, least in PAIRS:
            found = contrast(colours[fore], colours[ground])
            if found < least:
                wrong.append(f"{scheme}: {fore} on {ground} has contrast {found:.2f}, not {least}")
    return wrong


def main():
    pages = sorted(pathlib.Path(sys.argv[1]).glob("*.html"))
    failed = 0
    for path in pages:
        try:
            wrong = check(path)
        except ET.ParseError as error:
            wrong = [f"not well-formed: {error}"]
        failed += len(wrong)
        for sentence in wrong:
            print(f"{path.name}: {sentence}")
    print(f"{len(pages)} pages, {failed} wrong")
    sys.exit(1 if failed or not pages else 0)


main()
