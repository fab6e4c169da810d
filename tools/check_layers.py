#!/usr/bin/env python3
"""The arrows of ARCHITECTURE.md: which folder of src/ may include which.

Beyond the table of layers: folders of one layer do not include each other in a circle, the pure
layers use no clock, thread, file or environment, a header that other folders include has no heavy
third-party header in it, and nobody but edge/os starts programs.
"""

import re
import sys

from sources import blanked, line_of, read, report, sources, without_comments

# What a file in the first folder may include; the first line that fits a path counts.
LAYERS = (
    ("base", ("base",)),
    ("lang", ("lang", "base")),
    ("model", ("model", "lang/value", "lang/json", "base")),
    ("core", ("core", "model", "lang", "base")),
    ("edge", ("edge", "model", "lang", "base")),
    ("sandbox", ("sandbox", "edge/net", "model", "lang", "base")),
    ("control", ("control", "sandbox", "edge", "core", "model", "lang", "base")),
    ("cmd/text", ("cmd/text", "core", "model", "lang", "base")),
    (
        "cmd/shared",
        ("cmd/shared", "cmd/text", "edge/git", "edge/os", "edge/openpgp")
        + ("core", "model", "lang", "base"),
    ),
    (
        "cmd/ci",
        ("cmd/ci", "cmd/shared", "cmd/text", "edge/git", "edge/git_push", "edge/os")
        + ("core", "model", "lang", "base"),
    ),
    ("cmd", ("cmd", "control", "sandbox", "edge", "core", "model", "lang", "base")),
)
# Exceptions to the table: (who, what, why).
FORBIDDEN = (
    ("core/render", "core/plan", "rendering knows nothing of the live state"),
    ("core/plan", "core/render", "a plan is made from manifests, however they were rendered"),
    ("cmd/operator", "cmd/cli", "programs share libraries, not each other"),
    ("cmd/cli", "cmd/operator", "programs share libraries, not each other"),
)
PUSH = "edge/git_push"
MAY_PUSH = ("edge/git_push", "cmd/ci", "cmd/cli")

HEAVY = re.compile(r"boost/|curl/|CLI/|openssl/|git2|yaml\.h$|zlib\.h$|re2/")
# The order of time, of other threads and of the disk must not reach a pure result.
PURE = ("lang", "model", "core")
IMPURE_HEADERS = re.compile(
    r"^(thread|mutex|shared_mutex|condition_variable|future|atomic|stop_token|fstream|iostream"
    r"|filesystem|random|csignal|unistd\.h|fcntl\.h|poll\.h|dirent\.h|sys/.*|netinet/.*|arpa/.*)$"
)
# Arithmetic on keys is pure; what of OpenSSL opens files, sockets or random sources is not.
PURE_CRYPTO = ("core/trust/signature",)
IMPURE_CRYPTO = re.compile(r"^openssl/(ssl|bio|rand|conf|store|engine|ui|pem|provider)\.h$")
IMPURE_CALLS = re.compile(
    r"\b(getenv|system_clock::now|steady_clock::now|sleep_for|time\s*\(\s*(nullptr|NULL|0)\s*\)"
    r"|random_device|fopen)\b"
)
STARTS_PROGRAMS = re.compile(
    r"(?<![\w:.>])(system|popen|execv\w*|execl\w*|posix_spawnp?|fork)\s*\("
)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def allowed_for(path):
    for folder, allowed in LAYERS:
        if inside(path, folder):
            return allowed
    return None


def wrong_include(path, target):
    """Why the file may not include the target, or None. Both are paths in src/."""
    allowed = allowed_for(path)
    if allowed is None:
        return "this folder is in no layer: see tools/check_layers.py"
    if allowed_for(target) is None:
        return f'"{target}" is in no layer: includes start at src/'
    if not any(inside(target, folder) for folder in allowed):
        return f"{path.rsplit('/', 1)[0]} may not include {target}"
    if target.startswith(PUSH) and not any(inside(path, folder) for folder in MAY_PUSH):
        return f"only cmd/ci and cmd/cli push to Git: {target}"
    for who, what, why in FORBIDDEN:
        if inside(path, who) and inside(target, what):
            return f"{who} may not include {target}: {why}"
    return None


def wrong_system_include(path, header):
    if is_pure(path) and IMPURE_HEADERS.match(header):
        return f"<{header}> in a pure layer"
    if is_pure(path) and header.startswith("openssl/"):
        if IMPURE_CRYPTO.match(header) or not any(inside(path, f) for f in PURE_CRYPTO):
            return f"<{header}> in a pure layer: only what computes, only in {PURE_CRYPTO[0]}"
    return None


def is_pure(path):
    return path.split("/")[0] in PURE and not path.endswith("_test.cc")


def unit(path):
    """The folder that counts for circles: core/render with all that is in it, or base."""
    parts = path.split("/")[:-1]
    return "/".join(parts[:2])


def circle(edges):
    """One circle among the folders as a list of (from, to), or an empty list."""
    state = {}

    def visit(node, trail):
        state[node] = "open"
        for following in sorted(edges.get(node, ())):
            if state.get(following) == "open":
                trail = trail + [node, following]
                return trail[trail.index(following) :]
            if following not in state:
                found = visit(following, trail + [node])
                if found:
                    return found
        state[node] = "done"
        return []

    for node in sorted(edges):
        if node not in state:
            found = visit(node, [])
            if found:
                return list(zip(found, found[1:], strict=False))
    return []


class Heavy:
    """Headers of src/ that include a heavy one, and headers that other folders include."""

    def __init__(self):
        self.users, self.public = {}, set()

    def see(self, path, line, own, system):
        if own and own.rsplit("/", 1)[0] != path.rsplit("/", 1)[0]:
            self.public.add(own)
        if system and path.endswith(".h") and HEAVY.match(system):
            self.users[path] = (line, system)

    def problems(self):
        for path, (line, header) in self.users.items():
            if path in self.public:
                text = f"<{header}> in a header that other folders include: keep it in .cc files"
                yield "src/" + path, line, text


def check_file(path, problems, edges, heavy):
    text = read("src/" + path)
    for match in INCLUDE.finditer(without_comments(text)):
        line = line_of(text, match.start())
        own, system = match.groups()
        heavy.see(path, line, own, system)
        wrong = wrong_include(path, own) if own else wrong_system_include(path, system)
        if wrong:
            problems.append(("src/" + path, line, wrong))
        elif own and unit(own) != unit(path) and not path.endswith("_test.cc"):
            edges.setdefault(unit(path), {}).setdefault(unit(own), ("src/" + path, line))
    code = blanked(text)
    if is_pure(path):
        for match in IMPURE_CALLS.finditer(code):
            problems.append(
                ("src/" + path, line_of(text, match.start()), f"{match.group(0)} in a pure layer")
            )
    if not inside(path, "edge/os"):
        for match in STARTS_PROGRAMS.finditer(code):
            problems.append(
                ("src/" + path, line_of(text, match.start()), "only edge/os starts programs")
            )


def main():
    problems, edges, heavy = [], {}, Heavy()
    for path in sources("src"):
        if path.endswith((".cc", ".h")):
            check_file(path[len("src/") :], problems, edges, heavy)
    problems += heavy.problems()
    for start, end in circle(edges):
        path, line = edges[start][end]
        problems.append((path, line, f"part of a circle: {start} includes {end}"))
    return report(problems, "The layers are in ARCHITECTURE.md.")


if __name__ == "__main__":
    sys.exit(main())
