#!/usr/bin/env python3
"""compare.py BASELINE.json NOW.json: times and rates of two runs of the benchmarks, as ratios.

Both files are what `traincost_benchmarks --benchmark_format=json` prints. Above 1 is faster now.
Exit status 5 where anything is slower than --floor (default 0.8) of the baseline.
"""
import argparse
import json
import sys

RATES = ("evaluations", "points", "claims")


def read(path):
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)["benchmarks"]
    medians = [row for row in rows if row.get("aggregate_name") == "median"]
    return {row["run_name"]: row for row in medians or rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("baseline")
    parser.add_argument("now")
    parser.add_argument("--floor", type=float, default=0.8)
    arguments = parser.parse_args()
    before, now = read(arguments.baseline), read(arguments.now)
    slower = []
    print(f"{'benchmark':<48} {'before':>12} {'now':>12} {'ratio':>7}  rate now")
    for name, row in now.items():
        rates = ", ".join(f"{row[key] / 1e6:.2f}M {key}/s" for key in RATES if key in row)
        if name not in before:
            print(f"{name:<48} {'':>12} {row['real_time']:>9.3f} {row['time_unit']} {'new':>7}  {rates}")
            continue
        ratio = before[name]["real_time"] / row["real_time"]
        print(f"{name:<48} {before[name]['real_time']:>9.3f} {row['time_unit']}"
              f" {row['real_time']:>9.3f} {row['time_unit']} {ratio:>7.2f}  {rates}")
        if ratio < arguments.floor:
            slower.append(name)
    for name in before.keys() - now.keys():
        print(f"{name:<48} is gone")
    if slower:
        print("slower than the floor: " + ", ".join(slower))
    return 5 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
