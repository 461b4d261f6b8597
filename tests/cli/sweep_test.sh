#!/usr/bin/env bash
# sweep_test.sh PROGRAM SOURCE_DIR [MPI_PROGRAM MPIEXEC]: sweeps that are killed, sharded, merged and
# spread over ranks give the same bytes.
set -u
program=$1
spec="$2/examples/price-and-size.sweep.json"
mpi=${3:-}
mpiexec=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
checks=0

# check NAME COMMAND...: the command succeeds.
check() {
  local name=$1
  shift
  checks=$((checks + 1))
  "$@" >"$work/out" 2>"$work/err" || { echo "FAIL $name: $*"; cat "$work/err"; failures=$((failures + 1)); }
}

# refuses STATUS TEXT ARGS...: the program exits with STATUS and says TEXT.
refuses() {
  local status=$1 text=$2
  shift 2
  checks=$((checks + 1))
  "$program" "$@" >"$work/out" 2>"$work/err"
  local got=$?
  if [ "$got" -ne "$status" ] || ! grep -qF -- "$text" "$work/err"; then
    echo "FAIL exit $got without \"$text\": $*"; cat "$work/err"; failures=$((failures + 1))
  fi
}

# A grid of 120,000 points: long enough to be killed in its midst.
sed -e 's/"count": 7,/"count": 60,/' -e 's/"count": 5,/"count": 167,/' "$spec" >"$work/grid.sweep.json"
grid="$work/grid.sweep.json"
for format in csv ndjson; do
  check "whole $format" "$program" sweep "$grid" --out "$work/whole.$format" --threads 1
  check "threads $format" "$program" sweep "$grid" --out "$work/two.$format" --threads 2
  check "threads do not matter" cmp "$work/whole.$format" "$work/two.$format"
  parts=()
  for i in 1 2 3; do
    check "shard" "$program" sweep "$grid" --out "$work/part$i.$format" --shard $i/3
    parts+=("$work/part$i.$format")
  done
  check "merge" "$program" merge "$work/merged.$format" "${parts[@]}"
  check "shards do not matter" cmp "$work/whole.$format" "$work/merged.$format"
  rm -f "$work/two.$format" "$work/merged.$format"
done

# Killed at random moments, again and again, until it is done.
RANDOM=1
for format in csv ndjson; do
  kills=0
  for attempt in $(seq 1 200); do
    "$program" sweep "$grid" --out "$work/killed.$format" --threads 2 >/dev/null 2>"$work/err" &
    pid=$!
    [ "$attempt" -le 12 ] && { sleep "0.0$((RANDOM % 90 + 10))"; kill -9 $pid 2>/dev/null && kills=$((kills + 1)); }
    wait $pid 2>/dev/null && break
  done
  check "killed $kills times, $format" cmp "$work/whole.$format" "$work/killed.$format"
  check "no journal stays" test ! -e "$work/killed.$format.journal"
  [ "$kills" -ge 1 ] || { echo "FAIL nothing was killed"; failures=$((failures + 1)); }
done

# The same rows in SQLite.
check "sqlite" "$program" sweep "$spec" --out "$work/sweep.sqlite"
checks=$((checks + 1))
rows=$("$program" sweep "$spec" | wc -l)
[ "$rows" -eq 421 ] || { echo "FAIL $rows lines printed, expected 421"; failures=$((failures + 1)); }
if command -v sqlite3 >/dev/null; then
  checks=$((checks + 1))
  [ "$(sqlite3 "$work/sweep.sqlite" 'select count(*), count(distinct id) from sweep')" = "420|420" ] ||
    { echo "FAIL rows in SQLite"; failures=$((failures + 1)); }
fi

if [ -n "$mpi" ]; then
  for ranks in 1 2 3; do
    check "mpi" env ASAN_OPTIONS=detect_leaks=0 "$mpiexec" --allow-run-as-root --oversubscribe -n $ranks "$mpi" sweep "$grid" \
      --out "$work/mpi.csv" --overwrite
    check "$ranks ranks do not matter" cmp "$work/whole.csv" "$work/mpi.csv"
  done
fi

refuses 3 "exists, and no journal" sweep "$spec" --out "$work/whole.csv"
refuses 3 "is shard 2 of 3 where shard 1 should stand; 2 are given" merge "$work/bad.csv" "$work/part2.csv" "$work/part1.csv"
refuses 2 "is not of the form of" merge "$work/bad.ndjson" "$work/part1.csv" "$work/part2.csv"
refuses 3 "is no finished shard" merge "$work/bad.csv" "$work/whole.csv" "$work/part2.csv"
check "a finished shard stays" "$program" sweep "$grid" --out "$work/part1.csv" --shard 1/3
refuses 3 "lies inside axis" sweep "$2/examples/gpt3-175b.job.json" --axis pricing=null --axis pricing.tier=spot
refuses 2 "needs --out" sweep "$spec" --shard 1/2
refuses 2 "empty value" sweep "$2/examples/gpt3-175b.job.json" --axis cluster.count=8,,16
refuses 3 "1 of 1 points are no job" sweep "$2/examples/gpt3-175b.job.json" --axis foo.bar=1
refuses 1 "cannot be written" sweep "$spec" --out /dev/null/x.csv
refuses 2 "1 to 1024" sweep "$spec" --out "$work/x.csv" --threads 100000
refuses 3 "exists" merge "$work/whole.csv" "$work/part1.csv"
echo '{"schema": "traincost.journal/1"}' >"$work/other.csv.journal"
touch "$work/other.csv"
refuses 3 "belongs to another sweep" sweep "$spec" --out "$work/other.csv"
refuses 2 "--shard expects I/N" sweep "$spec" --out "$work/x.csv" --shard 4/3
refuses 2 "no known format" sweep "$spec" --out "$work/x.txt"
refuses 2 "needs axes" sweep "$2/examples/gpt3-175b.job.json"
refuses 2 "--axis expects" sweep "$2/examples/gpt3-175b.job.json" --axis cluster.count
printf '{"job": {"model": "gpt2"}, "axes": [{"path": "a", "from": 2, "to": 1}, {"values": []}], "axis": 1}' \
  >"$work/bad.sweep.json"
refuses 3 "\"to\" is below \"from\"" sweep "$work/bad.sweep.json"
refuses 3 "did you mean \"axes\"" sweep "$work/bad.sweep.json"
refuses 3 "at least one value" sweep "$work/bad.sweep.json"

# A point that is no job says why, and the others stand.
checks=$((checks + 1))
"$program" sweep "$2/examples/gpt3-175b.job.json" --axis layout.tp=8,7 >"$work/out"
grep -q 'point-1,.*is not divisible' "$work/out" && grep -q '^point-0,sweep,8,' "$work/out" ||
  { echo "FAIL an impossible point"; cat "$work/out"; failures=$((failures + 1)); }

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
