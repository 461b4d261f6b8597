#!/usr/bin/env bash
# shell_files.sh PROGRAM DIR: the manual pages and completions that the program writes of itself.
set -euo pipefail
program=$1
dir=$2
mkdir -p "$dir"
for command in $("$program" --help | sed -n 's/^  \([a-z]\+\)  .*/\1/p'); do
  "$program" man "$command" >"$dir/traincost-$command.1"
done
"$program" completion bash >"$dir/traincost.bash"
"$program" completion zsh >"$dir/_traincost"
"$program" completion fish >"$dir/traincost.fish"
"$program" man >"$dir/traincost.1"
