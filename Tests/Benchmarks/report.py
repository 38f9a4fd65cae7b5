"""The results as a table for people, as CSV, and as a plot."""

import csv
import os
import platform
import re
from pathlib import Path


def machine():
    """What the figures were measured on."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1))
    system = re.search(r'PRETTY_NAME="(.*)"', Path("/etc/os-release").read_text())
    return (f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} processors, {round(memory / 2**20)} GiB, "
            f"{system.group(1) if system else ''}, Linux {platform.release()}")


def number(value):
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def rows(results):
    yield "scenario", "measure", "median", "min", "max", "rounds", "bar", ""
    for result in results:
        bar = "" if result.bar is None else f"≤ {number(result.bar)}"
        unit = f" {result.unit}" if result.unit else ""
        yield (result.scenario, result.measure, number(result.median) + unit, number(min(result.values)),
               number(max(result.values)), str(len(result.values)), bar, result.verdict)


def print_table(results):
    lines = list(rows(results))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def write_csv(results, costs, directory):
    with open(directory / "table.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["scenario", "measure", "unit", "median", "min", "max", "rounds", "bar", "verdict"])
        for result in results:
            writer.writerow([result.scenario, result.measure, result.unit, result.median, min(result.values),
                             max(result.values), len(result.values), result.bar, result.verdict])
    with open(directory / "rounds.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["scenario", "client", "round", "wall_s", "cpu_s", "resident_kib", "anonymous_kib"])
        for scenario, client, round_number, cost in costs:
            writer.writerow([scenario, client, round_number, cost.wall, cost.cpu, cost.resident, cost.anonymous])


def plot(results, path):
    """Each measured value as a part of its bar: left of the line is good."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    held = [result for result in results if result.bar][::-1]
    if not held:
        return
    figure, axes = pyplot.subplots(figsize=(9, 0.42 * len(held) + 1.4), layout="constrained")
    middle = [result.median / result.bar for result in held]
    below = [m - min(result.values) / result.bar for m, result in zip(middle, held)]
    above = [max(result.values) / result.bar - m for m, result in zip(middle, held)]
    colours = ["#2a7f3f" if m <= 1 else "#b3261e" for m in middle]
    axes.barh(range(len(held)), middle, xerr=(below, above), color=colours, capsize=3)
    axes.set_yticks(range(len(held)), [f"{result.scenario}: {result.measure}" for result in held])
    for place, result in enumerate(held):
        axes.text(0.01, place, f" {number(result.median)} {result.unit} (bar {number(result.bar)})", va="center",
                  color="white", fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlabel("median as a part of the bar; the whiskers are minimum and maximum")
    axes.set_title(machine(), fontsize=8)
    figure.savefig(path, dpi=120)
