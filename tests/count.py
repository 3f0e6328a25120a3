"""Counts test results for ./dev: prints "PASSED FAILED SKIPPED".

    count.py unit LOG       Meson's testlog.json, with cmocka's own counts inside
    count.py pytest REPORT  pytest's JUnit XML
    count.py line [STATUS]  standard input, the last line that says "N passed, N failed"

What left no result behind (a crash, a missing report) counts as one failure."""
import json
import re
import sys
from xml.etree import ElementTree


def count_unit(path):
    passed = failed = skipped = 0
    with open(path, encoding="utf-8") as log:
        for line in log:
            run = json.loads(line)
            output = (run.get("stdout") or "") + (run.get("stderr") or "")
            here = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", output)))
            broken = sum(map(int, re.findall(r"\[  FAILED  \] (\d+) test", output)))
            skipped += sum(map(int, re.findall(r"\[  SKIPPED \] (\d+) test", output)))
            if run["result"] in ("OK", "EXPECTEDFAIL"):
                passed += here or 1
            elif run["result"] == "SKIP":
                skipped += 1
            else:
                passed, failed = passed + here, failed + (broken or 1)
    return passed, failed, skipped


def count_pytest(path):
    suite = next(ElementTree.parse(path).iter("testsuite"))
    total, failures, errors, skipped = (int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped"))
    return max(0, total - failures - errors - skipped), failures + errors, skipped


def count_line(text, status):
    found = re.findall(r"^.*?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", text, re.M)
    if not found:
        return 0, 1, 0
    passed, failed, skipped = (int(number or 0) for number in found[-1])
    return passed, max(failed, 1 if status else 0), skipped


def main():
    kind = sys.argv[1]
    try:
        if kind == "line":
            counts = count_line(sys.stdin.read(), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
        else:
            counts = {"unit": count_unit, "pytest": count_pytest}[kind](sys.argv[2])
    except (OSError, ValueError, KeyError, StopIteration, ElementTree.ParseError):
        counts = 0, 1, 0
    print(*counts)


main()
