#!/usr/bin/env python3
"""What a reader can hold in the head: length of files, functions and lines; words not to be used.

A function that is long on purpose (a table, say) carries a line `// long function: WHY` (in scripts
`# long function: WHY`) right above it or in its first lines.
"""

import ast
import re
import sys

from sources import blanked, line_of, read, report, sources, without_literals

FILE_LINES = 900
FUNCTION_LINES = 60
COLUMNS = 100  # of code: a literal may be longer (a shell script in the program, a recorded answer)
SCRIPT_COLUMNS = 120  # of Python: scenarios carry manifests and messages
FILE_LIMITS = {"src/control/reconcile.cc": 120}  # the table of contents of the flow
EXCUSE = re.compile(r"(//|#) long function: \S")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b")
CALLABLE = re.compile(r"\)( const| noexcept| override)*$")  # how a function's declaration ends
VAGUE = "Manager|Helper|Helpers|Util|Utils|Handler|Impl"
VAGUE_TYPE = re.compile(rf"\b(?:class|struct|enum class|enum|using)\s+(\w*(?:{VAGUE}))\b(?!\s*::)")
VAGUE_FILE = re.compile(rf"(^|_)({VAGUE.lower()})\.\w+$")


class Scopes:
    """Finds function bodies in blanked C++ by following its braces.

    Outside of functions a brace opens a scope (namespace, class), a function body or an
    initializer; the text of the declaration in front of it tells which.
    """

    def __init__(self, code):
        self.code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", self.blank, code, flags=re.MULTILINE)
        self.functions = []  # (first line, last line)

    @staticmethod
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))

    @staticmethod
    def kind(declaration):
        text = re.sub(r"\s+", " ", declaration).strip()
        text = re.sub(r"^(template ?<[^>]*(?:<[^>]*>[^>]*)*> ?)+", "", text)
        if text.count("(") != text.count(")"):
            return "initializer"
        if re.match(r"(inline )?namespace\b|extern\b ?$", text):
            return "scope"
        if re.match(r"(class|struct|union)\b", text) and not CALLABLE.search(text):
            return "scope"
        if re.match(r"enum\b", text) or "(" not in text:
            return "initializer"
        if re.search(r"=\s*$|\b(return|=)\s*\[", text) or re.search(
            r"[^=!<>]=[^=]", text.split("(")[0]
        ):
            return "initializer" if "operator" not in text else "function"
        if re.search(r"\)[^)]*:[^:].*[\w>]$", text) and not re.search(r"\)$", text):
            return "initializer"  # member{value} in the initializer list of a constructor
        return "function"

    def scan(self):
        stack, start = [], 0
        for match in re.finditer(r"[{};]", self.code):
            at, sign = match.start(), match.group(0)
            within = stack[-1][0] if stack else "scope"
            if sign == "{":
                kind = self.kind(self.code[start:at]) if within == "scope" else "block"
                stack.append((kind, start))
                if kind == "scope":
                    start = at + 1
            elif sign == "}" and stack:
                kind, begin = stack.pop()
                if kind == "function":
                    self.add(begin, at)
                if kind in ("function", "scope"):
                    start = at + 1
            elif sign == ";" and within == "scope":
                start = at + 1
        return self.functions

    def add(self, begin, end):
        begin += len(self.code[begin:end]) - len(self.code[begin:end].lstrip())
        # An access specifier in front of the first method belongs to the class.
        label = re.match(r"\s*(public|private|protected):\s*", self.code[begin:end])
        begin += label.end() if label else 0
        self.functions.append((line_of(self.code, begin), line_of(self.code, end)))


def functions_of(path, text):
    if path.endswith((".cc", ".h")):
        return Scopes(blanked(text)).scan()
    if text.startswith("#!/usr/bin/env python3") or path.endswith(".py"):
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [
            (node.lineno, node.end_lineno)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, kinds)
        ]
    found, start = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"[\w-]+\(\) \{", line):
            start = number
        elif line == "}" and start:
            found.append((start, number))
            start = 0
    return found


def check_functions(path, text, problems):
    lines = text.split("\n")
    for first, last in functions_of(path, text):
        length = last - first + 1
        near = lines[max(0, first - 4) : first + 3]
        if length > FUNCTION_LINES and not any(EXCUSE.search(line) for line in near):
            problems.append((path, first, f"function of {length} lines (limit {FUNCTION_LINES})"))


def check_lines(path, text, problems):
    code = without_literals(text) if path.endswith((".cc", ".h")) else text
    limit = SCRIPT_COLUMNS if path.endswith(".py") else COLUMNS
    for number, line in enumerate(code.split("\n"), 1):
        if len(line) > limit:
            problems.append((path, number, f"line of {len(line)} columns (limit {limit})"))
    for number, line in enumerate(text.split("\n"), 1):
        if UNFINISHED.search(line):
            problems.append((path, number, "unfinished: finish it or take it out"))
        if "\t" in line:
            problems.append((path, number, "a tab"))


def check_names(path, text, problems):
    if VAGUE_FILE.search(path.rsplit("/", 1)[-1]):
        problems.append((path, 1, "a file name that says nothing"))
    if path.endswith((".cc", ".h")):
        for match in VAGUE_TYPE.finditer(blanked(text)):
            line = line_of(text, match.start())
            problems.append((path, line, f"{match.group(1)}: a name that says nothing"))


def main():
    problems = []
    for path in sources():
        text = read(path)
        length = text.count("\n")
        limit = FILE_LIMITS.get(path, FILE_LINES)
        if length > limit:
            problems.append((path, limit, f"file of {length} lines (limit {limit})"))
        check_functions(path, text, problems)
        check_lines(path, text, problems)
        check_names(path, text, problems)
    return report(problems, "The limits and the exception are in tools/check_sizes.py.")


if __name__ == "__main__":
    sys.exit(main())
