#!/usr/bin/env bash
# cli_test.sh PROGRAM SOURCE_DIR: the program as a person meets it: exit codes, what goes where.
set -u
program=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
checks=0

# expect STATUS TEXT ARGS...: exits with STATUS, and TEXT stands in its output. With a fault
# (2, 3) nothing may be printed on standard output.
expect() {
  local status=$1 text=$2
  shift 2
  "$program" "$@" >"$work/out" 2>"$work/err" </dev/null
  local got=$?
  checks=$((checks + 1))
  if [ "$got" -ne "$status" ]; then
    echo "FAIL exit $got, expected $status: traincost $*"; cat "$work/err"; failures=$((failures + 1))
  elif ! grep -qF -- "$text" "$work/out" "$work/err"; then
    echo "FAIL no \"$text\" from: traincost $*"; cat "$work/out" "$work/err"; failures=$((failures + 1))
  elif { [ "$got" -eq 2 ] || [ "$got" -eq 3 ]; } && [ -s "$work/out" ]; then
    echo "FAIL standard output is not empty: traincost $*"; failures=$((failures + 1))
  fi
}

deepseek=$source_dir/examples/deepseek-v3.job.json
short=(estimate --model llama-3.1-8b --accelerator h100-sxm --accelerators 8 --tokens 1B)

expect 0 "2,788,000 GPU-hours, 56.7 days, \$5.576M" estimate "$source_dir/examples/deepseek-v3-measured.job.json"
expect 0 "DeepSeek-V3 on 2,048 x H800" estimate "$deepseek"
expect 4 "Does not fit:" estimate "$deepseek" --set run.precision=bf16 --set run.recompute_modules=null --set run.recompute=none --set run.activation_cache=bf16
expect 0 "llama-3.1-405b on 16,384" estimate --model llama-3.1-405b --accelerator h100-sxm --accelerators 16384 --tokens 15.6T
expect 0 "llama-3.1-405b on 16,384" estimate --model llama-3.1-405b --accelerator h100-sxm --gpus 16384 --tokens 15.6T
expect 0 "2,753,873 GPU-hours" estimate "$deepseek" --export-json "$work/v3.json" --export-html "$work/v3.html" --export-md "$work/v3.md" --export-trace "$work/v3.trace.json"
for format in html md trace; do
  file=$work/v3.$format
  [ "$format" = trace ] && file=$file.json
  expect 0 "" render "$work/v3.json" --format $format
  cmp -s "$work/out" "$file" || { echo "FAIL render --format $format differs from --export-$format"; failures=$((failures + 1)); }
done
expect 1 "/proc/nowhere/x.html: cannot be written" estimate "$deepseek" --export-html /proc/nowhere/x.html
# What was agreed for the job's chip is its own, in whatever order chips are named.
expect 0 "h800-sxm: 90% of" compare "$deepseek" --accelerator h200-sxm,h800-sxm --accelerators 2048
grep "h800-sxm: 90% of" "$work/out" | grep -q '\$2.00/GPU-h, stated by the job' || { echo "FAIL the job's price is its own chip's"; failures=$((failures + 1)); }
grep "h200-sxm: 90% of" "$work/out" | grep -q 'stated by the job' && { echo "FAIL the job's price is another chip's"; failures=$((failures + 1)); }
expect 3 '"pointer": "/layout/tp"' estimate "$deepseek" --set layout.tp=-1 --format json
expect 2 '"exit_status": 2' estimate "$deepseek" --no-such-option --format json
expect 0 "complete -o filenames -F _traincost traincost" completion bash
bash -n "$work/out" || { echo "FAIL the completion is no bash"; failures=$((failures + 1)); }
words=$(bash -c "source '$work/out'; COMP_WORDS=(traincost estimate --accelerator h100-s); COMP_CWORD=3; _traincost; echo \${COMPREPLY[*]}")
[ "${words%% *}" = "h100-sxm" ] || { echo "FAIL completion gives \"$words\""; failures=$((failures + 1)); }
expect 0 "complete -c traincost" completion fish
expect 0 "#compdef traincost" completion zsh
expect 2 "one of: bash, zsh, fish" completion csh
expect 0 ".SH OPTIONS" man estimate
expect 0 ".SH COMMANDS" man
expect 0 "llama-3.1-8b on 8 x" estimate --model "Llama 3.1_8B" --accelerator H100-SXM --gpus 8 --tokens 1B
expect 3 "\"llama-3.1-70b\"?" estimate --model llama-3-70b --accelerator h100-sxm --gpus 8 --tokens 1B
expect 3 "write it out: 1000, or 1024" estimate --model llama-3.1-8b --accelerator h100-sxm --gpus 1k --tokens 1B
expect 3 "write it as 1024" estimate --model llama-3.1-8b --accelerator h100-sxm --gpus 1,024 --tokens 1B
expect 3 "did you mean \"layout.tp\"?" "${short[@]}" --set tp=4
expect 2 "is given twice" estimate "$deepseek" --export-html "$work/v3.html" --export-json "$work/v3.html"
expect 2 "--explain takes the answer apart" estimate "$deepseek" --explain --deadline "1 d"
expect 0 "the same answer" diff "$work/v3.json" "$work/v3.json"
expect 3 "answers to the same question can be compared" diff "$work/v3.json" "$source_dir/tests/golden/h20-against-h100/report.json"
expect 2 "unknown format \"pdf\"" render "$work/v3.json" --format pdf
expect 3 "this is no saved report" render "$deepseek"
expect 3 "the report tells no timetable" render "$source_dir/tests/golden/small-8-gpu/report.json" --format trace
expect 0 "14.96%" hw compare h20-96 h100-sxm
expect 0 "1.20x" hw compare h20-96 h100-sxm
expect 0 "deepseek-trace" hw show h800-sxm
expect 0 "power_share" hw show engine
expect 0 "hgx-h800" hw list systems
expect 0 "gpt3-175b" hw list --models
expect 0 "671,026,419,200" params deepseek-v3
expect 0 "671026419200" params "$source_dir/tests/paper/hf_configs/deepseek-native-671b.json" --format json
expect 0 "2.00" prices h800
expect 0 "traincost.report/1" schema report
expect 0 "estimate" --help
expect 0 "--hwdb-overlay" help estimate
published=$source_dir/hwdb/data/published
expect 0 "mean over families of 5 or more" validate "$published"
expect 0 "korthikanti22-t5-175B-selective" validate "$published/megatron.jsonl" --format csv
expect 0 '"coverage"' validate "$published/megatron.jsonl" --format json
expect 0 "</svg>" validate "$published/megatron.jsonl" --format html
mkdir "$work/met" && cp "$published/deepseek.jsonl" "$work/met"
expect 3 "did you mean \"deepseek\"" validate "$work/met" --first-contact deepsek
expect 0 "deepseek.jsonl: 1 runs" validate "$work/met" --first-contact deepseek
expect 3 "the first contact of deepseek is kept" validate "$work/met" --first-contact deepseek
expect 3 "no family may teach the fit" validate "$work/met" --learn "$work/learn"
measured=$source_dir/hwdb/data/measurements
expect 0 "its median" bench compare "$measured"
expect 0 "send,h100-sxm" bench compare "$measured/collective.jsonl" --format csv
expect 0 '"median_ape"' bench compare "$measured/element_wise.jsonl" --format json
expect 0 "| gemm | h20-96 | bf16 |" bench compare "$measured/gemm.jsonl" --format markdown
grep -h '"mi210"' "$measured/gemm.jsonl" >"$work/mi210.jsonl"
expect 0 "accelerators/mi210.json" calibrate "$work/mi210.jsonl" --out "$work/curves"
expect 0 "mi210" bench compare "$work/mi210.jsonl" --hwdb-overlay "$work/curves"
expect 0 "usage:" hw --help
expect 0 "traincost 0." --version

# Wrong use: 2.
expect 2 "did you mean \"estimate\"?" estimat
expect 2 "did you mean \"--format\"?" estimate --fromat json "$deepseek"
expect 2 "unknown option --mod" estimate --mod llama-3.1-8b
expect 2 "unknown format \"yaml\"" estimate "$deepseek" --format yaml
expect 2 "--tokens is missing" estimate --model x --accelerator h100-sxm --accelerators 8
expect 2 "expected list, show or compare" hw
expect 2 "unexpected argument" estimate "$deepseek" "$deepseek"
expect 2 "--set expects PATH=VALUE" estimate "$deepseek" --set layout.tp
expect 2 "given more than once" estimate "$deepseek" --format json --format text
expect 3 "no item \"9\"" estimate "$deepseek" --set phases.9.tokens=1

expect 2 "expected files or folders of published runs" validate
expect 2 "bench expects \"compare\"" bench
expect 2 "calibrate needs --out DIR" calibrate "$measured/gemm.jsonl"
expect 2 "expects a whole number" validate "$published/deepseek.jsonl" --learn "$work/learn" --evaluations 0

# Bad input: 3.
expect 3 "no such file" estimate "$work/missing.json"
expect 3 "is a folder" estimate "$work"
: >"$work/empty.json"
expect 3 "empty: expected a JSON document" estimate "$work/empty.json"
head -c 300 "$deepseek" >"$work/truncated.json"
expect 3 "not valid JSON" estimate "$work/truncated.json"
head -c 200000 /dev/zero | tr '\0' '[' >"$work/deep.json"
expect 3 "nested deeper than 64 levels" estimate "$work/deep.json"
expect 3 "nested deeper than 64 levels" params "$work/deep.json"
head -c 17000000 /dev/zero | tr '\0' ' ' >"$work/large.json"
expect 3 "larger than 16 MiB" estimate "$work/large.json"
echo '{"model": "gpt2", "model": "gpt2"}' >"$work/duplicate.json"
expect 3 "duplicate member \"model\"" estimate "$work/duplicate.json"
echo '{"model": "gpt2", "cluster": {"accelerator": "h100", "count": NaN}}' >"$work/nan.json"
expect 3 "NaN is not JSON, although Python writes it" estimate "$work/nan.json"
echo '[1, 2]' >"$work/array.json"
expect 3 "expected an object, found an array" estimate "$work/array.json"
expect 3 "did you mean \"h100-sxm\"?" "${short[@]}" --set cluster.accelerator=h100-smx
expect 3 "is ambiguous" "${short[@]}" --set cluster.accelerator=h20
expect 3 "no model \"llama-3.1-9b\"" "${short[@]}" --set model=llama-3.1-9b
expect 3 "/run/tokens: a number of tokens out of range" "${short[@]}" --set run.tokens=9223372036854775808
expect 3 "has no unit" "${short[@]}" --price 2
expect 3 "/layout/tp: tp (3) does not divide" "${short[@]}" --set layout.tp=3
expect 3 "/layout/pp: pp x vp (64) makes more pipeline stages" "${short[@]}" --set cluster.count=64 --set layout.pp=64
expect 3 "not divisible by tp x pp x cp" "${short[@]}" --set layout.cp=5
expect 0 "warning W0209: --set search.tp pins a knob" "${short[@]}" --set layout.tp=2 --set search.tp=8
expect 0 "layout    tp 8" "${short[@]}" --set search.tp=8
expect 0 "warning W0209: --set run.recompute is of the job's own layout" search "${short[@]:1}" --set layout.tp=2 --set run.recompute=full
expect 0 "recompute full" search "${short[@]:1}" --set run.recompute=full
expect 0 "13 x H100" "${short[@]}" --set cluster.count=13 --memory-reserve 10%
expect 3 "the range is empty" "${short[@]}" --min-batch 8M --max-batch 4M
expect 3 "0.95 is out of range: expected 0 to 0.9" "${short[@]}" --memory-reserve 95%
expect 0 "any of 102K to 197K" "${short[@]}" --min-batch 100K --max-batch 200K
expect 3 "recompute_layers needs full recomputation" "${short[@]}" --set run.recompute=none --set run.recompute_layers=2
expect 3 "did you mean \"micro_batch\"?" "${short[@]}" --set run.micro_bacth=2
echo '{"model_type": "llama", "hidden_size": 4096, "intermediate_size": 1, "num_hidden_layers": -1, "num_attention_heads": 3, "vocab_size": 9}' >"$work/config.json"
expect 3 "/num_hidden_layers: -1 is out of range" params "$work/config.json"
expect 3 "does not divide the hidden size" params "$work/config.json"
expect 3 "unsupported architecture \"glm_moe_dsa\"" params "$source_dir/tests/paper/hf_configs/glm-5.json"
expect 3 "no such file" validate "$work/none.jsonl"
mkdir -p "$work/runs"
expect 3 "expected published runs" validate "$work/runs"
echo '{"op": "gemn", "accelerator": "h100-sxm", "precision": "bf16", "m": -1, "time_us": 0, "source": "mine"}' >"$work/rows.jsonl"
expect 3 "rows.jsonl:1: /op: " bench compare "$work/rows.jsonl"
echo '{"op": "gemm", "accelerator": "h100-sxm", "precision": "bf16", "m": -1, "n": 1, "k": 1, "time_us": 1e400, "source": "mine"}' >"$work/rows.jsonl"
expect 3 "rows.jsonl:1: " bench compare "$work/rows.jsonl"
echo '{"op": "all_gather", "accelerator": "h100-sxm", "ranks": 1, "bytes": 512, "time_us": 9, "source": "mine"}' >"$work/rows.jsonl"
expect 3 "/ranks: 1 is out of range" bench compare "$work/rows.jsonl"
echo '{"op": "gemm", "accelerator": "h100-smx", "precision": "bf16", "m": 1, "n": 1, "k": 1, "time_us": 1, "source": "mine"}' >"$work/rows.jsonl"
expect 0 "1 rows left out" bench compare "$work/rows.jsonl"
printf '{"id": "a"}\n\n{"id": \n' >"$work/runs/bad.jsonl"
expect 3 "bad.jsonl:3: not valid JSON" validate "$work/runs"
printf '[1]\n' >"$work/runs/bad.jsonl"
expect 3 "expected an object, found an array" validate "$work/runs"
printf '{"id": "a"}\n' >"$work/runs/bad.jsonl"
expect 0 "1 row has no step that could be scored" validate "$work/runs"
mkdir -p "$work/hwdb/accelerators"
echo '{"memory_capacity": {"value": 80, "unit": "Gb", "source": "recalled"}}' >"$work/hwdb/accelerators/h100-sxm.json"
expect 3 "unknown unit \"Gb\" for an amount of memory" hw show h100-sxm --hwdb-overlay "$work/hwdb"
expect 3 "no such folder of records" hw list --hwdb "$work/none"
expect 3 "no schema" schema reprot

# Limits that contradict each other, and knobs given as options.
size=(size --model llama-3.1-8b --tokens 100B --accelerator h100-sxm)
expect 2 "is over --max-accelerators" "${size[@]}" --accelerators 64 --max-accelerators 8
expect 0 "taken instead" "${size[@]}" --accelerators 64 --global-batch 1024 --max-batch 1M
expect 0 "micro-batch 4" search --model llama-3.1-8b --accelerator h100-sxm --accelerators 8 \
  --tokens 100B --micro-batch 4

# Claims: a failing one is 5, a bad file 3, the worse of both over a folder; the review is current.
claims="$source_dir/examples/claims"
expect 0 "deepseek-v3: consistent" check "$claims/deepseek-v3.claim.json"
expect 5 "Half true: h20-96 has 14.96% of h100-sxm" check "$claims/h20-and-deepseek.claim.json" --format markdown
expect 5 "it would take a price per GPU-hour of at least" check "$claims/dbrx.claim.json" --format csv
expect 5 "::error file=" check "$claims/llama3-interruptions.claim.json" --format github
expect 5 "\"version\": \"2.1.0\"" check "$claims/dbrx.claim.json" --format sarif
mkdir -p "$work/claims"
sed -n '/^```json$/,/^```$/p' "$source_dir/docs/writing-claims.md" | sed '1d;$d' >"$work/some.claim.json"
expect 0 "some-model: consistent" check "$work/some.claim.json"
expect 3 "expected claims, schema traincost.claim/1" check "$work/claims"
cp "$claims/dbrx.claim.json" "$work/claims/"
echo '{"schema": "traincost.claim/1", "id": "x"}' >"$work/claims/bad.claim.json"
checks=$((checks + 1))
"$program" check "$work/claims" >"$work/out" 2>"$work/err"  # the good ones are told all the same
{ [ $? -eq 3 ] && grep -q "dbrx: strained" "$work/out" && grep -q "statement" "$work/err"; } || {
  echo "FAIL a folder with a bad claim"; cat "$work/out" "$work/err"; failures=$((failures + 1)); }
echo '{"hidden_size": 64}' >"$work/claims/config.json"  # of a claim's model; no claim itself
checks=$((checks + 1))
"$program" check "$work/claims" --format github >"$work/out" 2>"$work/err"  # bad files are findings
{ [ $? -eq 3 ] && grep -q "^::error file=.*bad.claim.json,line=1,title=bad input" "$work/out"; } || {
  echo "FAIL annotations of a bad claim"; cat "$work/out" "$work/err"; failures=$((failures + 1)); }
rm "$work/claims/bad.claim.json"
expect 5 "dbrx: strained" check "$work/claims"
expect 3 "is no saved estimate" check "$claims/dbrx.claim.json" --estimate "$claims/dbrx.claim.json"
checks=$((checks + 1))
(cd "$source_dir" && "$program" check examples/claims --format markdown) | cmp -s - "$source_dir/docs/claims.md" || {
  echo "FAIL docs/claims.md is not what check prints"; failures=$((failures + 1)); }

expect 0 "## r1-api" check "$claims" --claim r1-api --format markdown --bare
expect 2 "did you mean \"r1-api\"" check "$claims" --claim r1-apj
sed 's/trained on 2,000/trained on 4,000/' "$claims/arc-yi-lightning.claim.json" >"$work/reworded.claim.json"
expect 0 "; but the statement says" check "$work/reworded.claim.json" --format csv
expect 2 "--bare is of markdown" check "$claims" --bare

# Claims from sentences: drafted, checked, and files that check reads as they are.
true_one='DeepSeek-V3 took 2.788M H800 GPU hours at $2.00 an hour, $5.576M.'
expect 0 "2.788M GPU-h x \$2.00/GPU-h = \$5,576,000; stated" claim "$true_one" --date 2024-12
expect 5 "It does not add up" claim "648 H800 were trained on for 198 hours at \$2 an hour, \$202K." --date 2025-01
expect 0 "0 claims from 1 sentence" claim "Nothing is said here."
expect 3 "states nothing that could be tested" claim "Nothing is said here." --format claim
expect 2 "expected a sentence in quotes" claim
expect 2 "is no date" claim "$true_one" --date yesterday
expect 3 "nowhere.txt" claim --text "$work/nowhere.txt"
"$program" claim "$true_one" --date 2024-12 --format claim >"$work/drafted.claim.json"
expect 0 "draft: consistent" check "$work/drafted.claim.json"
printf '%s\n' "$true_one" "用了2048个H800 GPU,花了两个月,约558万美元。" "$(printf '\377\376')" >"$work/article.txt"
expect 0 "2 claims from 3 sentences" claim --text "$work/article.txt" --date 2025-01 --out "$work/article.claim.json"
expect 0 "2 claims" check "$work/article.claim.json"
sed -n '/^  number of GPUs = /,/^```$/p' "$source_dir/docs/writing-claims.md" | sed '$d' >"$work/tied"
"$program" claim "用了2048个H800 GPU,花了两个月,约558万美元。" --date 2025-01 >"$work/out"
checks=$((checks + 1))
[ -s "$work/tied" ] && grep -Fxqf "$work/tied" "$work/out" || {
  echo "FAIL docs/writing-claims.md shows another draft"; failures=$((failures + 1)); }

# What the README says the demo prints is what it prints.
"$program" estimate "$deepseek" | grep . >"$work/demo"
checks=$((checks + 1))
sed -n '/^The demo prints/,/^and, for/s/^    //p' "$source_dir/README.md" >"$work/readme"
head -"$(wc -l <"$work/readme")" "$work/demo" | cmp -s - "$work/readme" || {
  echo "FAIL the README shows another answer than:"; head -3 "$work/demo"; failures=$((failures + 1)); }

# Same input, same bytes; a time only where asked for; no colour, no host, no path.
"$program" estimate "$deepseek" --format json >"$work/a"
(cd / && LC_ALL=de_DE.UTF-8 "$program" estimate "$deepseek" --format json >"$work/b")
checks=$((checks + 1))
cmp -s "$work/a" "$work/b" || { echo "FAIL two runs differ"; failures=$((failures + 1)); }
checks=$((checks + 1))
grep -q generated_at "$work/a" && { echo "FAIL a time that nobody asked for"; failures=$((failures + 1)); }
SOURCE_DATE_EPOCH=0 "$program" estimate "$deepseek" --format json >"$work/c"
checks=$((checks + 1))
grep -qF '"generated_at": "1970-01-01T00:00:00Z"' "$work/c" || { echo "FAIL SOURCE_DATE_EPOCH"; failures=$((failures + 1)); }
# What a reader takes it uses or refuses: each kind of bad input, with its place.
job='"model": "llama-3.1-8b", "cluster": {"accelerator": "h100-sxm", "count": 8}'
bad() {  # bad TEXT MEMBERS: a job with these members is a fault that says TEXT
  echo "{$job, $2}" >"$work/bad.job.json"
  expect 3 "$1" estimate "$work/bad.job.json"
}
bad '/phases/0/cluster/accelerator: no accelerator "nonsense-9000"' '"phases": [{"tokens": "1B tokens", "cluster": {"accelerator": "nonsense-9000"}}]'
bad '/phases/0/cluster: expected an object' '"phases": [{"tokens": "1B tokens", "cluster": "h100-sxm"}]'
bad '/reliability/checkpoint_write: a duration out of range: expected 0 s to 1 d' '"run": {"tokens": "1B tokens"}, "reliability": {"checkpoint_write": "-5 min"}'
bad '/pricing/method: unknown name "buy"' '"run": {"tokens": "1B tokens"}, "pricing": {"method": "buy"}'
bad '/pricing/ownership: says nothing where cost is counted by rental' '"run": {"tokens": "1B tokens"}, "pricing": {"ownership": {"life": "3 y"}}'
bad '/pricing/ownership: no ownership record "lease"' '"run": {"tokens": "1B tokens"}, "pricing": {"method": "ownership", "ownership": "lease"}'
bad '/pricing/ownership/purchase: a purchase price out of range' '"run": {"tokens": "1B tokens"}, "pricing": {"method": "ownership", "ownership": {"purchase": "$5/GPU"}}'
bad '/phases/0/pricing/method: the phase counts cost by amortised and the job by rental' '"phases": [{"tokens": "1B tokens", "pricing": {"method": "amortised"}}]'
bad '/pricing/mix: the shares add up to 0.9, not to 1' '"run": {"tokens": "1B tokens"}, "pricing": {"mix": [{"share": 0.4, "price": "$2/GPU-h"}, {"share": 0.5}]}'
bad '/pricing: spot capacity is interrupted, and the job does not say how often' '"run": {"tokens": "1B tokens"}, "pricing": {"tier": "spot"}'
bad '/pricing/price: says nothing beside a mix' '"run": {"tokens": "1B tokens"}, "pricing": {"price": "$2/GPU-h", "mix": [{"share": 1}]}'
bad '/pricing/price: p5 is above p95' '"run": {"tokens": "1B tokens"}, "pricing": {"price": {"p5": "$3/GPU-h", "p95": "$2/GPU-h"}}'
bad '/pricing/price: a range has two ends' '"run": {"tokens": "1B tokens"}, "pricing": {"price": {"p5": "$3/GPU-h"}}'
bad '/run/batch_ramp: "250B:1536" begins when' '"run": {"tokens": "1B tokens", "batch_ramp": "0:768 250B:1536"}'
bad '/run/batch_ramp: global_batch says the batch too' '"run": {"tokens": "1T tokens", "global_batch": 64, "batch_ramp": "0:768"}'
bad '/run: evaluation_every needs evaluation_time' '"run": {"tokens": "1T tokens", "evaluation_every": "1B tokens"}'
bad "the phase's time is stated twice" '"run": {"tokens": "1T tokens", "mfu": 0.4, "flop_rate": "400 TFLOP/s"}'
bad '/run/mfu: a rate needs "tokens" beside it' '"run": {"mfu": 0.4}'
bad '/run/mfu: 1.4 is out of range' '"run": {"tokens": "1T tokens", "mfu": 1.4}'
bad '/pricing/currency/code: unknown name "XYZ"' '"run": {"tokens": "1B tokens"}, "pricing": {"currency": {"code": "XYZ", "per_usd": 2}}'
bad '/pricing/price: the price is in CNY, and the job states no rate' '"run": {"tokens": "1B tokens"}, "pricing": {"price": "14 CNY/GPU-h"}'
bad '/pricing/region: unknown name "atlantis"' '"run": {"tokens": "1B tokens"}, "pricing": {"region": "atlantis"}'
bad '/beyond/0: the line says no sum' '"run": {"tokens": "1B tokens"}, "beyond": [{"name": "data"}]'
bad '/beyond/0: the line has no name' '"run": {"tokens": "1B tokens"}, "beyond": [{"share": 0.5}]'
expect 3 'is a method of `estimate`' compare --model llama-3.1-8b --tokens 1T --gpus 64 --accelerator h100-sxm,b200-sxm --method acquisition
expect 3 'is a method of `estimate`' search "$source_dir/examples/gpt3-175b-64-a100.job.json" --method all
bad '/run/flop_rate: is 505% of the dense peak of h100-sxm' '"run": {"tokens": "1T tokens", "flop_rate": "5000 TFLOP/s"}'
bad '/grid/pue: 0.5 is out of range' '"run": {"tokens": "1B tokens"}, "grid": {"pue": {"low": 0.5, "high": 2}}'
bad '/grid/pue' '"run": {"tokens": "1B tokens"}, "grid": {"pue": 0.9}'
bad '/start: expected a day, YYYY-MM-DD, found "2027-02-30"' '"run": {"tokens": "1B tokens"}, "start": "2027-02-30"'
bad '/start: expected a day, YYYY-MM-DD, found "next week"' '"run": {"tokens": "1B tokens"}, "start": "next week"'
bad '/run/tokens: run.tokens says nothing beside phases' '"run": {"tokens": "1B tokens"}, "phases": [{"tokens": "1B tokens"}]'
bad '/run/precision: h100-sxm has no mxfp8 units' '"run": {"tokens": "1B tokens", "precision": "mxfp8"}'
bad 'it has: bf16, fp16, fp32, tf32, fp8, fp8-block' '"run": {"tokens": "1B tokens", "precision": "nvfp4"}'
bad '/layout: unknown member "shard_outside"' '"run": {"tokens": "1B tokens"}, "layout": {"shard_outside": true}'
expect 3 '/cluster: unknown member "interconnect"' "${short[@]}" --set cluster.interconnect=RoCE
expect 3 'mi355x has no nvfp4 units' estimate --model llama-3.1-8b --accelerator mi355x --gpus 8 --tokens 1T --precision nvfp4
expect 3 'has no members to set' "${short[@]}" --set model.layers=3
bad '/layout/shards_outside: shards_outside needs zero_shards' '"run": {"tokens": "1B tokens"}, "layout": {"shards_outside": true}'
echo '{"peft_type": "LORA", "r": 8, "target_modules": ["q_proj"]}' >"$work/adapter.json"
echo '{"zero_optimization": {"stage": 3}, "fp16": {"enabled": true}}' >"$work/ds.json"
echo '{"_class_name": "UNet2DConditionModel", "in_channels": 4}' >"$work/unet.json"
echo '{"dim": 5120, "n_layers": 40, "norm_eps": 1e-05, "n_heads": 32}' >"$work/params.json"
for reader in params estimate; do
  expect 3 "is the configuration of a LoRA adapter" $reader "$work/adapter.json"
  expect 3 "is a DeepSpeed configuration" $reader "$work/ds.json"
  expect 3 "is a diffusion model's configuration" $reader "$work/unet.json"
  expect 3 "is a params.json of Mistral's or Meta's" $reader "$work/params.json"
  checks=$((checks + 1))
  [ "$(grep -c "$work" "$work/err")" -eq 1 ] || { echo "FAIL one fault names a foreign file: $reader"; failures=$((failures + 1)); }
done
printf 'model: llama\ncluster:\n  count: 8\n' >"$work/job.txt"
printf '#!/bin/bash\n#SBATCH --nodes=2\n' >"$work/job.slurm"
printf '# a job\n[model]\nlayers = 32\n' >"$work/job.conf"
expect 3 "is YAML, not JSON" estimate "$work/job.txt"
expect 3 "is a shell script, not JSON" estimate "$work/job.slurm"
expect 3 "is TOML, not JSON" estimate "$work/job.conf"
echo '{"model_type": "llama", "num_hidden_layers": 2}' >"$work/config.json"
expect 3 "is a model's config.json, not a job" estimate "$work/config.json"
expect 2 "quote it, --budget '\$3M'" size --model llama-3.1-8b --tokens 1T --accelerator h100-sxm --budget M
expect 2 "quote it, --price" "${short[@]}" --price /GPU-h
expect 0 "0.0319 GPU-hours, 14.3 s" estimate --model llama-3.1-8b --accelerator h100-sxm --accelerators 8 --tokens 1M

# Two chips in one run: each phase on its own, with its own price.
echo "{$job, \"phases\": [{\"tokens\": \"1T tokens\"}, {\"tokens\": \"1T tokens\", \"cluster\": {\"accelerator\": \"b200-sxm\"}, \"pricing\": {\"price\": \"\$9/GPU-h\"}}]}" >"$work/two.job.json"
expect 0 "/phases/1/cluster/system" estimate "$work/two.job.json" --format json
# A job from standard input.
checks=$((checks + 1))
"$program" estimate - <"$deepseek" >"$work/a" && "$program" estimate "$deepseek" >"$work/b" && cmp -s "$work/a" "$work/b" ||
  { echo "FAIL a job from standard input"; failures=$((failures + 1)); }
# What moves to the host moves there where the layout is open, too.
expect 0 "optimizer offloaded: the fastest" estimate --model llama-3.1-70b --accelerator h100-sxm --gpus 8 --tokens 1B --set 'run.offload=["activations", "optimizer"]'
# Ctrl-C ends a search with 130, once it listens: SIGINT is the second bit of the signals that it catches.
checks=$((checks + 1))
"$program" search "$deepseek" >"$work/out" 2>"$work/err" & pid=$!
until grep -q '^SigCgt:.*[2367abef]$' /proc/$pid/status; do sleep 0.05; done
kill -INT $pid; wait $pid; got=$?
[ "$got" -eq 130 ] || { echo "FAIL exit $got of an interrupted search"; failures=$((failures + 1)); }

# Every example in the help runs.
for command in estimate explain search size sweep params hw prices schema; do
  "$program" help "$command" | sed -n '/^examples/,/^$/p' | grep '^  traincost' |
    grep -v 'path/to' | sed 's/^  traincost //' >"$work/examples"
  while read -r line; do
    checks=$((checks + 1))
    (cd "$source_dir" && eval "\"$program\" $line") >"$work/out" 2>"$work/err" </dev/null ||
      { echo "FAIL help example: traincost $line"; cat "$work/err"; failures=$((failures + 1)); }
  done <"$work/examples"
done
# A chip of one's own names its system, or is told which are like it.
mkdir -p "$work/own/accelerators"
sed 's/"id": "h200-sxm"/"id": "h290-sxm"/; s/"aliases": \[[^]]*\]/"aliases": []/' \
  "$source_dir/hwdb/data/accelerators/h200-sxm.json" >"$work/own/accelerators/h290-sxm.json"
own=(estimate --model llama-3.1-8b --accelerator h290-sxm --gpus 8 --tokens 1B --hwdb-overlay "$work/own")
expect 3 "no system is recorded with h290-sxm" "${own[@]}"
expect 3 "name one as cluster.system, such as aws-p5, aws-p5en, dgx-h100" "${own[@]}"
expect 0 "llama-3.1-8b on 8 x" "${own[@]}" --set cluster.system=dgx-h200

# Several accelerators beside each other.
three=(--model llama-3.1-8b --tokens 1T --accelerator h100-sxm,trainium2,mi300x)
expect 0 "UNMEASURED: no kernel" compare "${three[@]}" --gpus 64
expect 0 "* above what any scored run reached: 21.2% on mi300x" compare "${three[@]}" --gpus 64
expect 0 "no price is known: it cannot win on cost" compare --model llama-3.1-8b --tokens 1T --accelerator h100-sxm,mi300a --gpus 64
expect 0 "each accelerator at its best layout, deadline 60 d" compare "${three[@]}" --deadline "60 d"
rectangular() {
  "$program" "$@" --format csv 2>/dev/null | sed 's/"[^"]*"//g' | awk -F, '{print NF}' | sort -u | wc -l
}
for question in compare size; do
  checks=$((checks + 1))
  if [ "$(rectangular $question --model llama-3.1-70b --tokens 1T --accelerator h100-sxm,rtx4090 --gpus 32)" -ne 1 ]; then
    echo "FAIL rows of $question differ in their cells"; failures=$((failures + 1))
  fi
done
expect 0 "trainium2,compare" compare "${three[@]}" --gpus 64 --format csv
expect 0 "each accelerator at its best layout, accelerators 64" estimate "${three[@]}" --gpus 64
expect 0 "change one thing" estimate "$source_dir/examples/gpt3-175b.job.json" --advise
expect 0 "try       layout.vp=2 layout.schedule=interleaved saves 1.03 days and" estimate "$source_dir/examples/gpt3-175b.job.json"
expect 2 "compare needs a count, a deadline or a budget" compare "${three[@]}"
expect 4 "none meets the limits" compare "${three[@]}" --gpus 64 --deadline "1 d"
expect 3 "no accelerator \"h100-smx\"" compare --model llama-3.1-8b --tokens 1T --accelerator h100-smx --gpus 8

# A search: the answer, what it may choose from, and its noes.
small="$source_dir/examples/gpt3-175b-64-a100.job.json"
# What fits.
fit=(estimate --model llama-3.1-8b --accelerator h100-sxm)
expect 0 "largest micro-batch that fits" "${fit[@]}" --fit micro-batch --gpus 8
expect 0 "tokens would need" "${fit[@]}" --fit sequence --gpus 8
expect 0 "largest model that fits: scaled llama-3.1-8b" "${fit[@]}" --fit model --gpus 8
expect 0 "4 accelerators; 2 accelerators would need" "${fit[@]}" --fit count
expect 0 "--set 'run.offload=[\"optimizer\"]'" "${fit[@]}" --fit count
expect 0 '"question": "fit"' "${fit[@]}" --fit count --format json
expect 4 "none: 1,024 tokens would need" estimate --fit sequence --model llama-3.1-70b --accelerator h100-sxm --gpus 8
expect 2 "did you mean \"sequence\"?" "${fit[@]}" --fit sequense --gpus 8
expect 2 "one of: micro-batch, sequence, model, count" "${fit[@]}" --fit gpu --gpus 8
expect 2 "--advise says nothing beside --fit" "${fit[@]}" --fit count --advise
expect 3 "no model \"llama-3.1-9b\"" estimate --fit count --model llama-3.1-9b --accelerator h100-sxm
expect 4 "Each of these alone would fit" estimate "$source_dir/examples/gpt3-175b-64-a100.job.json" --set layout.pp=2

# Networks.
tiers='cluster.network.tiers=[{"name": "pod", "accelerators": 3072}, {"name": "spine", "oversubscription": 7}]'
llama="$source_dir/examples/llama-3.1-405b.job.json"
expect 0 "pp over the spine at 43% of the cards' rate" estimate "$llama" --set "$tiers"
expect 0 "pp over the spine at 75%" estimate "$llama" --set "$tiers" --set cluster.network.tiers.1.oversubscription=4
expect 3 "0.5 is out of range: expected 1 to 64" estimate "$llama" --set "$tiers" --set cluster.network.tiers.1.oversubscription=0.5
expect 3 "joins 8192 of the 16384 accelerators" estimate "$llama" --set "$tiers" --set cluster.network.tiers.1.accelerators=8192
expect 3 "no item \"2\"" estimate "$llama" --set "$tiers" --set cluster.network.tiers.2.accelerators=8192
expect 0 "has no slice of 100: 64 or 128" estimate --model llama-3.1-8b --tokens 1T --accelerator tpu-v5p --gpus 100
expect 0 "had as 46 racks of 72 and 10 trays of 4" size --model llama-3.1-70b --tokens 15T --accelerator gb200 --deadline "30 d"

# What a budget buys.
expect 0 "What loses least, in the shape of llama-3.1-70b" size --budget '$1M' --accelerator h100-sxm
expect 0 "active (" size --budget '$1M' --accelerator h100-sxm --shape experts --deadline "30 d"
expect 4 "mi300a: no price is known" size --budget '$1M' --accelerator mi300a --deadline "30 d"
expect 0 "no rental price is known" prices mi300a
expect 0 "Not quoted at all" prices
printf 'accelerator,price,provider,date\nh100,1.11,Us,2026-12\n' >"$work/list.csv"
expect 0 "quotes 1, of 1 rows" prices import "$work/list.csv" --out "$work/book"
expect 0 "Us, neocloud, 2026-12" estimate --model llama-3.1-8b --accelerator h100-sxm --gpus 8 --tokens 1B --hwdb-overlay "$work/book"
expect 3 'the head has no columns of a price list' prices import "$0" --out "$work/book"
expect 2 'prices import needs --out' prices import "$work/list.csv"
expect 2 "--tokens needs a model" size --budget '$1M' --accelerator h100-sxm --tokens 1T
expect 2 "--shape is of a budget without a model" size --model llama-3.1-8b --tokens 1T --accelerator h100-sxm --shape dense
expect 3 "no model \"llama-9\"" size --budget '$1M' --accelerator h100-sxm --shape llama-9
expect 0 "cluster.accelerator=gb200, layout open" estimate "$llama" --advise

expect 0 "try next" search "$small" --set search.tp=8
expect 0 '"evaluations_per_second_and_thread"' search "$small" --set search.tp=8 --format json
expect 0 "top-1,search" search "$small" --set search.tp=8 --format csv --top 1
expect 0 "least memory" search "$small" --set search.tp=8 --objective memory
expect 4 "No layout of GPT-3 175B, batch 64 fits on 2 x" search "$small" --set cluster.count=2 --set layout=search
expect 4 "is legal on 64 x" search "$small" --set search.tp=7
expect 2 "unknown objective" search "$small" --objective speed
expect 2 "did you mean \"pre-training\"" search "$small" --phase pretraining
expect 2 "whole number" search "$small" --top 0
expect 3 "/search/tp" search "$small" --set search.tp=fast
expect 3 "did you mean \"schedule\"" search "$small" --set search.schedul=gpipe
expect 3 "needs run.recompute_modules" search "$small" --set search.recompute=modules
one=$("$program" search "$small" --threads 1 --format json | grep -v -e second -e thread)
two=$("$program" search "$small" --threads 2 --format json | grep -v -e second -e thread)
checks=$((checks + 1))
[ "$one" = "$two" ] || { echo "FAIL the answer depends on the number of threads"; failures=$((failures + 1)); }

# A size: the answer, what it buys, and its noes.
expect 0 "<- this" size --model llama-3.1-8b --tokens 1T --accelerator h100-sxm,a100-sxm-80 --deadline "60 d"
expect 0 "instead   " size --model llama-3.1-8b --tokens 1T --accelerator h100-sxm,a100-sxm-80 --deadline "60 d"
expect 0 "would lose least with" size --model llama-3.1-8b --tokens 1T --accelerator h100-sxm --budget '$1M'
expect 0 "the cheapest cluster" size "$small" --max-accelerators 512
expect 4 "the fastest is" size --model llama-3.1-405b --tokens 15T --accelerator h100-sxm --deadline "1 d"
expect 4 "nothing fits" size --model deepseek-v3 --tokens 1T --accelerator h100-sxm --gpus 8
expect 2 "is a duration" size "$small" --budget "60 d"
expect 2 "is about a deadline or a budget" size "$small" --confident
expect 4 "exceeds the batch limit" size "$small" --max-batch 1
expect 4 "no whole node" size "$small" --max-accelerators 4
expect 3 "one of: hyperscaler" estimate "$small" --set pricing.tier=bogus
expect 3 "expected a month" estimate "$small" --set pricing.as_of=2024-13
expect 3 "a rental price out of range" estimate "$small" --set "pricing.price=\$-1/GPU-h"
expect 2 "unknown objective" size "$small" --objective best
expect 3 "no accelerator" size "$small" --accelerator h100-sxm,h1000

checks=$((checks + 1))
"$program" hw list | head -1 >/dev/null
[ "${PIPESTATUS[0]}" -ne 1 ] || { echo "FAIL a closed pipe is an error"; failures=$((failures + 1)); }
checks=$((checks + 1))
"$program" hw list >/dev/full 2>/dev/null
[ $? -eq 1 ] || { echo "FAIL a full disk is not an output error"; failures=$((failures + 1)); }

echo "$checks checks, $failures failures"
[ "$failures" -eq 0 ]
