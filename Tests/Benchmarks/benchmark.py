"""Measures the daemon and its peers; see run."""

import argparse
import sys
import textwrap
from pathlib import Path

import adversity
import report
import scenarios
from sink import Sink

ROOT = Path(__file__).resolve().parents[2]
ALL = scenarios.ALL | adversity.ALL


def arguments():
    listed = "\n".join(f"  {name:12} {function.__doc__}" for name, function in ALL.items())
    parser = argparse.ArgumentParser(
        prog="Tests/Benchmarks/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures the daemon beside the tools that only upload.", epilog="scenarios:\n" + listed + textwrap.dedent("""

        The scenario million needs some 5 GB of disk and takes minutes; boto3 takes half a minute a round, outage
        ten minutes, endless five."""))
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="small versions, to see that the measuring works")
    parser.add_argument("--work", type=Path, default=ROOT / ".build-tools/benchmarks/work", help="for files and journals")
    parser.add_argument("--output", type=Path, default=ROOT / ".build-tools/benchmarks/results")
    chosen = parser.parse_args()
    unknown = set(chosen.scenarios) - set(ALL)
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}")
    return chosen


def main():
    chosen = arguments()
    chosen.work.mkdir(parents=True, exist_ok=True)
    chosen.output.mkdir(parents=True, exist_ok=True)
    results = []
    with Sink(chosen.work / "sink") as sink:
        work = scenarios.Work(chosen.work, sink, chosen.rounds, chosen.quick)
        for name in chosen.scenarios or ALL:
            results += ALL[name](work)
            report.write_csv(results, work.costs, chosen.output)
    report.plot(results, chosen.output / "plot.png")
    print(report.machine())
    report.print_table(results)
    print(f"table.csv, rounds.csv and plot.png are in {chosen.output}")
    return 0 if all(result.verdict != "MISSED" for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
