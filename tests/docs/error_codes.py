"""docs/errors.md lists exactly the codes of refusals and faults that src writes, each once, under the statuses that src
gives them. There is no registry of codes: each stands where it is said, so this reads the places where one is said."""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
CODE = r'"([a-z]+(?:-[a-z]+)*)"'

# What a person or program is told. Each pattern ends with the code.
SAID = [
    r"(?<![\w.>])(?:refuse|refuse_at|fault)\(\s*" + CODE + r"\s*,",  # refuse("code", field, ...)
    r"(?:\.|->)refuse_at\(\s*" + CODE + r"\s*,",
    r"(?:\.|->)refuse\(\s*(?:\"[^\"]*\"|[\w:.\[\]]+)\s*,\s*" + CODE + r"\s*,",  # fields.refuse(field, "code", ...)
    r"refusals_?\.add\(\s*" + CODE + r"\s*,",
    r"(?:refusals_?|notes)\.push_back\(\s*\{\s*" + CODE + r"\s*,",
    r"\b(?:Refusal|Fault)(?:\s+\w+)?\{\s*" + CODE + r"\s*,",
    r"\.refusal\s*=\s*\{\s*" + CODE + r"\s*,",
    r"\brefused\((?:[\w.*]+,\s*)*\{\s*" + CODE + r"\s*,",  # refused(to, number, {"code", ...})
    r"\bmake\(\s*(?:\d+,\s*)?" + CODE + r"\s*,",
    r"\.code\s*=\s*" + CODE + r"\s*;",
]
# fmt::format("unknown-{}", what), by what stands there.
UNKNOWN = [r'refuse_unknown\(\w+,\s*"\w+",\s*"(\w+)"', r'check_tree\([^;"]*"(\w+)"\);']
# The function of a table: one code each for the values of an enum.
TABLES = [r"string_view code_of\([^)]*\)\s*\{(.*?)\n\}"]
# What somebody acts on: it must be said somewhere.
ASKED = [r"\bcode\s*[!=]=\s*" + CODE]
# With its status.
STATUSES = [
    r"\bmake\(\s*(\d+),\s*" + CODE,
    r"\.status\s*=\s*(\d+),\s*\.refusal\s*=\s*\{\s*" + CODE,
    r"\{()" + CODE + r",\s*(\d{3})\}",  # api/problems.cpp
]

is_test = re.compile(r"_test\.|testing|test_kit|test_client|_main\.|_stub\.|a_centre\.|a_snapshot\.")


def line_of(text, at):
    return text.count("\n", 0, at) + 1


said, asked, statuses = {}, {}, {}
for path in sorted((root / "src").rglob("*.?pp")):
    if is_test.search(path.name):
        continue
    text = path.read_text()

    def find(pattern, into, name=lambda match: match.group(1)):
        for match in re.finditer(pattern, text, re.DOTALL):
            place = f"{path.relative_to(root)}:{line_of(text, match.start())}"
            into.setdefault(name(match), []).append(place)

    for pattern in SAID:
        find(pattern, said)
    for pattern in UNKNOWN:
        find(pattern, said, lambda match: "unknown-" + match.group(1))
    for pattern in TABLES:
        for body in re.finditer(pattern, text, re.DOTALL):
            for code in re.findall(r"return " + CODE, body.group(1)):
                said.setdefault(code, []).append(f"{path.relative_to(root)}:{line_of(text, body.start())}")
    for pattern in ASKED:
        find(pattern, asked)
    for pattern in STATUSES:
        for match in re.finditer(pattern, text):
            groups = match.groups()
            code, status = (groups[1], groups[2]) if len(groups) == 3 else (groups[1], groups[0])
            statuses.setdefault(code, set()).add(status)

wrong = []
listed = {}
page = root / "docs" / "errors.md"
for number, line in enumerate(page.read_text().splitlines(), 1):
    row = re.match(r"\| `([a-z-]+)`(?:, `[a-z-]+`)* \|", line)
    if not row:
        continue
    columns = [column.strip() for column in line.strip().strip("|").split("|")]
    for code in re.findall(r"`([a-z-]+)`", columns[0]):
        if code in listed:
            wrong.append(f"docs/errors.md:{number}: {code} is there twice")
        if len(columns) != 4 or not all(columns):
            wrong.append(f"docs/errors.md:{number}: a row has four columns, and something in each")
        listed[code] = set(re.findall(r"\b[1-5]\d\d\b", columns[2]) if len(columns) == 4 else [])

for code in sorted(said.keys() - listed.keys()):
    wrong.append(f"docs/errors.md lacks {code}, said at {', '.join(said[code])}")
for code in sorted(listed.keys() - said.keys()):
    wrong.append(f"docs/errors.md lists {code}, which nothing in src says")
for code in sorted(asked.keys() - said.keys()):
    wrong.append(f"{', '.join(asked[code])}: nothing in src says {code}")
for code in sorted(statuses.keys() & listed.keys()):
    for status in sorted(statuses[code] - listed[code]):
        wrong.append(f"docs/errors.md: {code} is told with status {status}, and its row does not say so")
if len(said) < 80:
    wrong.append(f"only {len(said)} codes were found in src: the patterns here no longer fit it")

print("\n".join(wrong) or f"{len(listed)} codes, as in src")
sys.exit(1 if wrong else 0)
