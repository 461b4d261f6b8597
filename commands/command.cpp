#include "commands/command.h"

#include <algorithm>

namespace traincost {
namespace {

constexpr OptionSpec kFormat{"format", "FORMAT",
                             "text, json, md, csv, ndjson, html or svg (default: text)"};
constexpr OptionSpec kHwdb{"hwdb", "DIR", "records to use instead of the shipped ones"};
constexpr OptionSpec kOverlay{"hwdb-overlay", "DIR",
                              "records that add to the shipped ones or override members of them"};

// A job file or its short form, and what lies over it.
std::vector<OptionSpec> job_options(const std::vector<OptionSpec>& others) {
  std::vector<OptionSpec> options = {
      {"model", "NAME|FILE", "a shipped model, or a Hugging Face config.json"},
      {"accelerator", "ID", "an accelerator of the database"},
      {"accelerators", "N", "how many of them"},
      {"gpus", "N", "the same as --accelerators"},
      {"tokens", "T", "how many tokens to train on, such as 15.6T"},
      {"sequence-length", "S", "training sequence length (default: 4096)"},
      {"global-batch", "N", "sequences in one step (default: chosen with the layout)"},
      {"min-batch", "T", "tokens in one step at least, where the batch is open (default: 2M)"},
      {"max-batch", "T", "at most (default: what the tokens suggest, up to 16M)"},
      {"micro-batch", "N", "sequences per data-parallel rank and pass"},
      {"memory-reserve", "SHARE", "what a chosen layout leaves of the memory (default: 4%)"},
      {"precision", "P", "bf16, fp16, fp8, fp8-block, mxfp8, nvfp4, ..."},
      {"stack", "NAME", "what trains: a record or a framework, such as megatron-core"},
      {"price", "P", "rental price, such as '$2/GPU-h' (default: the price book's newest)"},
      {"method", "M", "rental, ownership, amortised, acquisition, or all side by side"},
      {"set", "PATH=VALUE", "override one member of the job, such as layout.tp=8", true}};
  options.insert(options.end(), others.begin(), others.end());
  return options;
}

// A job without its count, and limits on the clusters that may run it.
std::vector<OptionSpec> sizing_options(std::vector<OptionSpec> own) {
  const std::vector<OptionSpec> all = {
      {"model", "NAME|FILE", "a shipped model, or a Hugging Face config.json"},
      {"tokens", "T", "how many tokens to train on, such as 15.6T"},
      {"gpus", "N", "the same as --accelerators"},
      {"deadline", "TIME", "wall time of the run, such as \"60 d\""},
      {"confident", "", "deadline and budget hold at the 95% quantile of the engine's doubt"},
      {"budget", "MONEY", "rental, such as '$10M'"},
      {"power", "P", "at the meter, such as \"20 MW\""},
      {"max-accelerators", "N", "that can be had (default: 65536)"},
      {"max-batch", "T", "tokens in one step (default: what the tokens suggest, up to 16M)"},
      {"min-batch", "T", "at least (default: 2M, or half of that)"},
      {"memory-reserve", "SHARE", "what a chosen layout leaves of the memory (default: 4%)"},
      {"sequence-length", "S", "training sequence length (default: 4096)"},
      {"global-batch", "N", "sequences in one step (default: chosen with the layout)"},
      {"precision", "P", "bf16, fp16, fp8, fp8-block, mxfp8, nvfp4, ..."},
      {"stack", "NAME", "what trains: a record or a framework, such as megatron-core"},
      {"price", "P", "rental price, such as '$2/GPU-h' (default: the price book's newest)"},
      {"method", "M", "rental, ownership, amortised, acquisition, or all side by side"},
      {"set", "PATH=VALUE", "override one member of the job, such as search.tp=8", true},
      {"threads", "N", "default: every core; the answer is the same"},
      kFormat,
      kHwdb,
      kOverlay};
  own.insert(own.end(), all.begin(), all.end());
  return own;
}

}  // namespace

std::string Arguments::value(const std::string& name, const std::string& fallback) const {
  const auto found = options.find(name);
  return found == options.end() || found->second.empty() ? fallback : found->second.back();
}

std::vector<std::string> Arguments::values(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::vector<std::string>{} : found->second;
}

const std::vector<OptionSpec>& export_options() {
  static const std::vector<OptionSpec> all = {
      {"export-html", "FILE", "also write it as html, json, md, csv, ndjson, svg or text", false,
       "export-FORMAT"},
      {"export-json", "FILE", ""},
      {"export-md", "FILE", ""},
      {"export-csv", "FILE", ""},
      {"export-ndjson", "FILE", ""},
      {"export-svg", "FILE", ""},
      {"export-text", "FILE", ""}};
  return all;
}

namespace {

std::vector<Command> with_exports(std::vector<Command> all) {
  for (Command& command : all) {
    const bool writes = std::any_of(command.options.begin(), command.options.end(),
                                    [](const OptionSpec& each) { return each.name == "format"; });
    if (!writes) continue;
    command.options.insert(command.options.end(), export_options().begin(), export_options().end());
  }
  return all;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = with_exports({
      {"estimate",
       "traincost estimate (JOB.json | --model NAME --accelerator ID --accelerators N --tokens T)",
       "memory, time, accelerator-hours, dollars and energy of one run",
       job_options(
           {{"advise", "", "list every single change with what it gains or loses"},
            {"explain", "", "the answer as a product of what it follows from"},
            {"fit", "WHAT",
             "the largest micro-batch, sequence or model that fits, or the fewest count"},
            {"samples", "N", "points through all that is not known (default: 4096)"},
            {"seed", "N", "of the points (default: 1)"},
            {"deadline", "TIME", "how likely it is met, such as \"60 d\""},
            {"budget", "MONEY", "how likely it is enough, such as '$10M'"},
            {"stamp", "", "put the time into the report"},
            {"timetable", "", "tell a step task by task in the report, as html and trace do"},
            {"format", "FORMAT",
             "text, json, md, csv, ndjson, html, svg, or trace for Perfetto (default: text)"},
            {"export-trace", "FILE", "also write a step as a Chrome trace"},
            kHwdb,
            kOverlay}),
       {"traincost estimate examples/deepseek-v3.job.json",
        "traincost estimate --model llama-3.1-405b --accelerator h100-sxm --accelerators 16384 "
        "--tokens 15.6T",
        "traincost estimate examples/gpt3-175b.job.json --set layout.pp=16 --format json",
        "traincost estimate --fit sequence --model llama-3.1-8b --accelerator h100-sxm --gpus 8"},
       run_estimate},
      {"explain",
       "traincost explain (JOB.json | --model NAME --accelerator ID --accelerators N --tokens T) "
       "[PATH]",
       "an answer as a product of what it follows from, with sources; what binds, what to change",
       job_options({kFormat, kHwdb, kOverlay}),
       {"traincost explain examples/llama-3.1-405b.job.json",
        "traincost explain examples/deepseek-v3.job.json phases.0.mfu",
        "traincost explain examples/deepseek-v3.job.json --format json"},
       run_explain},
      {"search",
       "traincost search (JOB.json | --model NAME --accelerator ID --accelerators N --tokens T)",
       "the best layouts of a job on its cluster, and what any legal one would gain",
       job_options({{"objective", "time|cost|energy|memory", "what is least (default: time)"},
                    {"top", "N", "how many layouts to list (default: 10; text shows eight)"},
                    {"phase", "NAME", "the phase to search for (default: the one of most tokens)"},
                    {"threads", "N", "default: every core; the answer is the same"},
                    {"practical", "", "leave out what no practitioner would run; far faster"},
                    {"exhaustive", "", "evaluate what bounds would rule out, too"},
                    kFormat,
                    kHwdb,
                    kOverlay}),
       {"traincost search examples/llama-3.1-405b.job.json",
        "traincost search examples/gpt3-175b.job.json --set search.tp=8 --objective memory",
        "traincost search --model llama-3.1-70b --accelerator h100-sxm --accelerators 512 "
        "--tokens 2T"},
       run_search},
      {"size",
       "traincost size (JOB.json | --model NAME --tokens T --accelerator ID[,ID...]) [LIMITS]",
       "how many of which accelerator meet a deadline, a budget, a power limit; what a budget buys",
       sizing_options(
           {{"accelerator", "ID[,ID...]", "the accelerators to choose from (default: the job's)"},
            {"accelerators", "N", "only this count: how long on what is there"},
            {"memory", "M", "of each accelerator, such as \"70 GB\""},
            {"exportable-as-of", "DAY",
             "only what needs no export licence then; names chips if none are"},
            {"shape", "dense|experts|MODEL",
             "of a budget without a model: what the model that it buys looks like"},
            {"min-mfu", "SHARE", "leave out clusters that waste more, such as 0.3"},
            {"objective", "smallest|cheapest|fastest",
             "default: smallest with a deadline, fastest with a budget alone, else cheapest"}}),
       {"traincost size --model llama-3.1-405b --tokens 15.6T --accelerator h100-sxm,h200-sxm "
        "--deadline \"60 d\"",
        "traincost size --model llama-3.1-70b --tokens 2T --accelerator h100-sxm --budget '$3M'",
        "traincost size --budget '$10M' --accelerator h100-sxm",
        "traincost size examples/gpt3-175b.job.json --power \"2 MW\" --objective fastest"},
       run_size},
      {"compare",
       "traincost compare (JOB.json | --model NAME --tokens T) --accelerator ID,ID... [--gpus N | "
       "LIMITS]",
       "one job on several accelerators, each at its own best layout, in one table",
       sizing_options(
           {{"accelerator", "ID[,ID...]", "the accelerators to compare (default: the job's)"},
            {"accelerators", "N", "of each (default: the job's, where no limit is given)"}}),
       {"traincost compare --model llama-3.1-8b --tokens 15T --gpus 512 --accelerator "
        "h100-sxm,b200-sxm,mi300x",
        "traincost compare --model llama-3.1-70b --tokens 15T --accelerator h100-sxm,gb200 "
        "--deadline \"60 d\""},
       run_compare},
      {"check",
       "traincost check CLAIM.json|FOLDER... [--estimate REPORT.json]",
       "can a published claim be true, and what does it leave out (docs/writing-claims.md)",
       {{"estimate", "REPORT.json", "does this saved estimate agree with the claims, or with runs"},
        {"claim", "ID", "this claim of the files alone"},
        {"bare", "", "markdown without its title, for a page of your own"},
        {"threads", "N", "default: every core; the answer is the same"},
        {"format", "FORMAT",
         "text, json, md, csv, ndjson, html, svg, sarif or github (default: text)"},
        kHwdb,
        kOverlay},
       {"traincost check examples/claims/deepseek-v3.claim.json",
        "traincost check examples/claims --format markdown",
        "traincost check examples/claims --claim r1-api",
        "traincost check examples/claims --format sarif"},
       run_check},
      {"claim",
       "traincost claim 'SENTENCE' | --text ARTICLE.txt",
       "draft claim files from what a text says, in English or Chinese, and check them at once",
       {{"text", "FILE", "a text of many sentences (UTF-8) instead of one sentence"},
        {"source", "URL", "where it was said"},
        {"date", "DATE", "when: YYYY, YYYY-MM or YYYY-MM-DD (default: as the text says)"},
        {"said-by", "NAME", "who said it"},
        {"exchange", "CODE=USD", "dollars that a unit of a currency is worth: CNY=0.138", true},
        {"out", "FILE", "write the claim file, for check"},
        {"format", "FORMAT",
         "text, json, md, csv, ndjson, html, svg, or claim: the claim file alone (default: text)"},
        kHwdb,
        kOverlay},
       {"traincost claim 'DeepSeek-V3 took 2.788M H800 hours at $2 an hour, $5.576M' --date "
        "2024-12",
        "traincost claim --text article.txt --format claim > article.claim.json"},
       run_claim},
      {"sweep",
       "traincost sweep (SWEEP.json | JOB.json --axis PATH=V1,V2,...) [--out FILE]",
       "one job over a grid or a sample of any of its members, a flat row for each point",
       {{"axis", "PATH=V1,V2,...", "values of one member of a job, such as cluster.count=512,1024",
         true},
        {"set", "PATH=VALUE", "override one member of a job", true},
        {"out", "FILE", ".csv, .ndjson or .sqlite; a killed sweep goes on (default: CSV printed)"},
        {"shard", "I/N", "the I-th of N consecutive parts, for `merge`"},
        {"overwrite", "", "begin anew where FILE exists"},
        {"threads", "N", "default: every core; the rows are the same"},
        kHwdb,
        kOverlay},
       {"traincost sweep examples/small-8-gpu.job.json --axis cluster.count=8,16,32 "
        "--axis run.tokens=5T,10T,15T",
        "traincost sweep examples/price-and-size.sweep.json"},
       run_sweep},
      {"merge",
       "traincost merge OUT PART...",
       "the shards of a sweep, in order, as one file",
       {},
       {"traincost merge path/to/sweep.csv path/to/sweep-1.csv path/to/sweep-2.csv"},
       run_merge},
      {"params",
       "traincost params (NAME | CONFIG.json)...",
       "exact parameter counts of a model, under every convention",
       {{"as", "TYPE", "read the file as this model_type, whatever it says"},
        {"sequence-length", "S", "for the FLOPs per token (default: 4096)"},
        kFormat},
       {"traincost params deepseek-v3", "traincost params path/to/config.json --format json"},
       run_params},
      {"hw",
       "traincost hw (list [ROOM] | show ID | compare A B)",
       "what is in the hardware database, and where each figure is from",
       {{"models", "", "list the shipped models (with list)"},
        {"export", "", "the class under each export rule, and why (with show)"},
        {"as-of", "DAY", "YYYY-MM-DD, for --export (default: the day of the shipped records)"},
        {"exportable-as-of", "DAY", "accelerators that may be shipped on a day (with list)"},
        kFormat,
        kHwdb,
        kOverlay},
       {"traincost hw list", "traincost hw show h800-sxm", "traincost hw compare h20-96 h100-sxm",
        "traincost hw show h20-96 --export --as-of 2025-05-01",
        "traincost hw list --exportable-as-of 2024-06-01"},
       run_hw},
      {"prices",
       "traincost prices [list | [show] ACCELERATOR | import FILE.csv --out DIR]",
       "the dated price books, with their sources; imports lists of others",
       {{"out", "DIR", "import: the overlay that the record is written to"},
        {"provider", "NAME", "import: whose list it is, where it does not say"},
        {"tier", "T", "import: hyperscaler, neocloud, long-tail, reserved (default: neocloud)"},
        {"date", "YYYY-MM", "import: of which month, where it does not say"},
        kFormat,
        kHwdb,
        kOverlay},
       {"traincost prices h100-sxm",
        "traincost prices import path/to/vms.csv --provider Lambda --date 2026-11 --out my",
        "traincost prices --format json"},
       run_prices},
      {"render",
       "traincost render REPORT.json [--format FORMAT]",
       "a saved report in another format, without computing anything again",
       {kFormat},
       {"traincost estimate examples/deepseek-v3.job.json --export-json build/v3.json",
        "traincost render tests/golden/deepseek-v3/report.json --format md"},
       run_render},
      {"diff",
       "traincost diff BEFORE.json AFTER.json",
       "what a later report has changed, and why: the question, the engine, the data",
       {kFormat},
       {"traincost diff tests/golden/deepseek-v3/report.json build/v3.json",
        "traincost diff tests/golden/deepseek-v3/report.json build/v3.json --format md"},
       run_diff},
      {"validate",
       "traincost validate PATH...",
       "how far the engine is from measured runs: per family, in all, and case by case",
       {kFormat,
        {"learn", "DIR",
         "refit the engine's parameters, leave one family out, write records to DIR"},
        {"first-contact", "FAMILY",
         "keep what today's engine makes of a family before anything is changed for it: once, in "
         "first_contact/ beside its file"},
        {"hold-out", "FAMILY", "predict this family but never fit on it (with --learn)", true},
        {"evaluations", "N", "evaluations a fit may take (with --learn; default: 3000)"},
        {"threads", "N", "fits at a time (with --learn; default: the cores)"},
        kHwdb,
        kOverlay},
       {"traincost validate hwdb/data/published",
        "traincost validate hwdb/data/published/megatron.jsonl --format json"},
       run_validate},
      {"bench",
       "traincost bench compare PATH...",
       "how far the engine is from measured kernels and collectives, by chip and kernel",
       {kFormat, kHwdb, kOverlay},
       {"traincost bench compare hwdb/data/measurements",
        "traincost bench compare hwdb/data/measurements/gemm.jsonl --format csv"},
       run_bench},
      {"calibrate",
       "traincost calibrate PATH... --out DIR",
       "fit each chip's kernel curves on measured rows, and write them as overlay records",
       {{"out", "DIR", "where the records go; give it to --hwdb-overlay"}, kHwdb, kOverlay},
       {"traincost calibrate hwdb/data/measurements --out build/curves",
        "traincost bench compare my-rows.jsonl --hwdb-overlay build/curves"},
       run_calibrate},
      {"schema",
       "traincost schema [NAME]",
       "the JSON Schema of an input or output",
       {},
       {"traincost schema", "traincost schema report", "traincost schema job"},
       run_schema},
      {"completion",
       "traincost completion bash|zsh|fish",
       "completion of commands, options and names, for a shell",
       {},
       {"traincost completion bash", "traincost completion fish"},
       run_completion},
      {"man",
       "traincost man [COMMAND]",
       "a manual page, for man -l -",
       {},
       {"traincost man", "traincost man estimate"},
       run_man},
  });
  return all;
}

const Command* find_command(std::string_view name) {
  for (const Command& command : commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

}  // namespace traincost
