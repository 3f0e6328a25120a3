"""The floors of the house: a folder of engine/ includes only from itself and from floors below it; SQL is spoken in
ledger/ alone, HTTP and SMTP in actor/ alone; one file alone renames, unlinks and syncs. Prints what breaks that."""
import re
import sys
from pathlib import Path

engine = Path(__file__).resolve().parent.parent / "engine"

# floor: the floors that it may include from, besides itself
FLOORS = {
    "base": [],
    "wire": ["base"],
    "mail": ["base"],
    "ledger": ["wire", "base"],
    "rules": ["mail", "wire", "base"],
    "review": ["rules", "mail", "wire", "base"],
    "decider": ["review", "rules", "mail", "wire", "base"],
    "actor": ["rules", "mail", "wire", "base"],
    "keeper": ["ledger", "wire", "base"],
    "commands": ["keeper", "actor", "decider", "review", "rules", "ledger", "mail", "wire", "base"],
}
# what: (pattern, where it may stand)
CONFINED = {
    "SQLite": (r'#include\s*[<"]sqlite3\.h|\bsqlite3_\w+\s*\(', "ledger/"),
    "libcurl": (r'#include\s*[<"]curl/|\bcurl_\w+\s*\(', "actor/"),
    "libseccomp": (r'#include\s*[<"]seccomp\.h', "decider/"),
    "the MIME parser": (r'#include\s*[<"]gmime/', "mail/"),
    "rename, unlink and fsync": (r"(?<![\w>.])(?:rename|renameat|renameat2|unlink|unlinkat|fsync|fdatasync|syncfs)\s*\(",
                                 "base/files"),
}


def without_comments(text):
    """Comments become blanks; strings and line numbers stay."""
    pattern = r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*'
    return re.sub(pattern, lambda match: match[0] if match[0][0] == '"' else re.sub(r"[^\n]", " ", match[0]), text,
                  flags=re.S)


def breaches(path):
    name = path.relative_to(engine).as_posix()
    floor = name.split("/")[0] if "/" in name else None
    code = without_comments(path.read_text(encoding="utf-8"))
    for number, line in enumerate(code.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
        if include and "/" in include[1]:
            other = include[1].split("/")[0]
            if floor in FLOORS and other != floor and other not in FLOORS[floor]:
                yield f"engine/{name}:{number}: {floor}/ may not include from {other}/"
        elif not include:
            line = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
        for what, (pattern, where) in CONFINED.items():
            if re.search(pattern, line) and not name.startswith(where):
                yield f"engine/{name}:{number}: {what} belongs to {where} alone"


def main():
    files = sorted(path for path in engine.rglob("*.[ch]"))
    unknown = {path.parent.name for path in files if path.parent != engine} - set(FLOORS)
    problems = [f"engine/{name}/: no floor of that name is known" for name in sorted(unknown)]
    bad = set()
    for path in files:
        found = list(breaches(path))
        problems += found
        if found:
            bad.add(path)
    for problem in problems:
        print(problem)
    print(f"{len(files) - len(bad)} passed, {len(bad) + len(unknown)} failed")
    sys.exit(1 if problems else 0)


main()
