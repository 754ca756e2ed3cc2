"""The table of who gets which answer where, as text that people review and as cells that a test compares.

    callbacks/<uuid:public_id>/claim
        own             POST 302 callbacks:workspace, else 405    agent nurse supervisor

One block an address, one line for all who get the same: what the address names (own, other: another clinic's, none:
nobody's; absent where it names nothing), the answer to each method, and who. A redirect says where to.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.policies.access.objects import OBJECTS
from tests.policies.access.people import PEOPLE

METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE")
# (route, object or "", person, method): answer. An answer is a status, or a redirect's status and where it leads.
Cell = tuple[str, str, str, str]
Cells = dict[Cell, str]

EVERYBODY = "everybody"
INDENT = "    "
MOST_SENTENCES = 30
HEADER = """\
# Who gets which answer at {room}'s addresses; written by tests/policies/test_access_table.py.
{people}
"""


def write(cells: Cells, *, room: str) -> str:
    """The file of one room."""
    width = max(map(len, PEOPLE))
    people = "\n".join(f"#   {name:<{width}}  {meaning}" for name, meaning in PEOPLE.items())
    routes = sorted({route for route, *_ in cells})
    return HEADER.format(room=room, people=people) + "".join(_block(route, cells) for route in routes)


def _block(route: str, cells: Cells) -> str:
    answers: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for (here, obj, person, method), answer in cells.items():
        if here == route:
            answers[person][obj][method] = answer
    # Who gets the same everywhere stands together.
    alike: dict[tuple[tuple[str, str], ...], list[str]] = defaultdict(list)
    for person in filter(answers.__contains__, PEOPLE):
        alike[tuple((obj, _said(answers[person][obj])) for obj in ("", *OBJECTS) if obj in answers[person])].append(
            person
        )
    lines = [line for said, people in alike.items() for line in _lines(said, people)]
    return "\n".join([f"\n{route or '/'}", *lines, ""])


def _lines(said: tuple[tuple[str, str], ...], people: list[str]) -> Iterator[str]:
    by_answer: dict[str, list[str]] = defaultdict(list)
    for obj, answer in said:
        by_answer[answer].append(obj)
    for answer, objects in by_answer.items():
        named = f"{' '.join(objects):<14}  " if any(objects) else ""
        yield f"{INDENT}{named}{answer:<44}  {_who(people)}"


def _who(people: list[str]) -> str:
    return EVERYBODY if people == [*PEOPLE] else " ".join(people)


def _said(by_method: dict[str, str]) -> str:
    """`GET 200, else 405`: exceptions first, in the order of METHODS; `all 403` when there is none."""
    if {*by_method} != {*METHODS}:
        raise ValueError("a line of the table speaks of every method")
    most, count = Counter(by_method.values()).most_common(1)[0]
    if count == len(by_method):
        return f"all {most}"
    groups: dict[str, list[str]] = defaultdict(list)
    for method in METHODS:
        if count == 1 or by_method[method] != most:
            groups[by_method[method]].append(method)
    said = [f"{' '.join(methods)} {answer}" for answer, methods in groups.items()]
    return ", ".join(said if count == 1 else [*said, f"else {most}"])


def read(text: str) -> Cells:
    """The cells of a file. Raises ValueError for a line that is none."""
    cells: Cells = {}
    route = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(INDENT):
            route = line.removeprefix("/") if line == "/" else line
            continue
        parts = [part.strip() for part in line.strip().split("  ") if part.strip()]
        if len(parts) not in {2, 3}:
            raise ValueError(f"not a line of the table: {line}")
        objects = parts[0].split() if len(parts) == 3 else [""]
        for method, answer in _methods(parts[-2]):
            for obj in objects:
                for person in PEOPLE if parts[-1] == EVERYBODY else parts[-1].split():
                    cells[route, obj, person, method] = answer
    return cells


def _methods(said: str) -> Iterator[tuple[str, str]]:
    left = list(METHODS)
    for part in said.split(", "):
        words = part.split()
        named = [word for word in words if word in METHODS]
        rest = [word for word in words if word not in METHODS]
        chosen, answer = (left, rest[1:]) if rest[0] in {"all", "else"} else (named, rest)
        yield from ((method, " ".join(answer)) for method in chosen)
        left = [method for method in left if method not in chosen]


def explain(expected_text: str, found_text: str) -> list[str]:
    """A sentence for every cell that is missing, gone or different; the first thirty."""
    expected, found = read(expected_text), read(found_text)
    new, gone = (
        {route for route, *_ in a} - {route for route, *_ in b} for a, b in ((found, expected), (expected, found))
    )
    said = [f"The table does not have the address {route or '/'} yet." for route in sorted(new)]
    said += [
        f"The table still has the address {route or '/'}, which does not exist any more." for route in sorted(gone)
    ]
    for cell in sorted({*expected, *found}):
        route, obj, person, method = cell
        if route in new | gone or expected.get(cell) == found.get(cell):
            continue
        where = f"{method} {route or '/'}{f' ({obj})' if obj else ''} as {person}"
        if cell not in expected:
            said.append(f"{where}: the table says nothing, the desk answers {found[cell]}.")
        elif cell not in found:
            said.append(f"{where}: the table says {expected[cell]}, and nobody asks that any more.")
        else:
            said.append(f"{where}: the table says {expected[cell]}, the desk answers {found[cell]}.")
    left = len(said) - MOST_SENTENCES
    return said if left <= 0 else [*said[:MOST_SENTENCES], f"And {left} more."]
