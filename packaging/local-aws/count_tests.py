"""Prints how many tests of a JUnit report passed and how many did not. A skipped test counts as neither."""

import sys
from xml.etree import ElementTree


def main(path):
    cases = list(ElementTree.parse(path).iter("testcase"))
    bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = [case for case in cases if case.find("skipped") is not None and case not in bad]
    print(len(cases) - len(bad) - len(skipped), len(bad))


if __name__ == "__main__":
    main(sys.argv[1])
