// How fast the engine is: one estimate, a search, a sweep, a claim, the program from start to
// print.
//
// Counters are rates on one core: `evaluations` are layouts whose time, memory and cost were
// computed, `layouts` those that are legal, `points` rows of a sweep, `claims` those checked.
// benchmarks/compare.py prints ratios against a baseline; against peers and floors see
// docs/search.md.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "base/read_file.h"
#include "estimator/claims/check.h"
#include "estimator/claims/check_book.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/fit.h"
#include "estimator/questions/sample.h"
#include "estimator/questions/search.h"
#include "estimator/questions/size.h"
#include "estimator/questions/sweep.h"
#include "reports/sweep_rows.h"

namespace traincost {
namespace {

const HardwareDb& database() {
  static const HardwareDb db = HardwareDb::load();
  return db;
}

std::string example(const std::string& name) {
  return std::string(TRAINCOST_SOURCE_DIR) + "/examples/" + name;
}

Job job_of(const std::string& name) {
  const std::string file = example(name);
  return with_chosen_layouts(resolve(parse_json(read_file(file), file), file, database()));
}

JobSpec spec_of(const std::string& file) {
  const JsonValue document = parse_json(read_file(file), file);
  Faults faults;
  return read_spec(JsonCursor(document, file, faults));
}

constexpr auto kRate = benchmark::Counter::kIsRate;

void estimate_one(benchmark::State& state, const char* name) {
  const Job job = job_of(name);
  StepWorkspace workspace;
  for (auto _ : state) benchmark::DoNotOptimize(estimate(job, workspace).wall);
}
BENCHMARK_CAPTURE(estimate_one, llama_405b, "llama-3.1-405b.job.json")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(estimate_one, gpt3_175b, "gpt3-175b.job.json")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(estimate_one, deepseek_v3_three_phases, "deepseek-v3.job.json")
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(estimate_one, deepseek_r1_zero, "deepseek-r1-zero.job.json")
    ->Unit(benchmark::kMicrosecond);

void read_and_estimate(benchmark::State& state) {
  const std::string file = example("llama-3.1-405b.job.json");
  const std::string text = read_file(file);
  for (auto _ : state) {
    const Job job = with_chosen_layouts(resolve(parse_json(text, file), file, database()));
    benchmark::DoNotOptimize(estimate(job).wall);
  }
}
BENCHMARK(read_and_estimate)->Unit(benchmark::kMicrosecond);

void sample_points(benchmark::State& state) {
  constexpr int kPoints = 10000;
  const std::string file = example("deepseek-v3.job.json");
  const JobSpec spec = spec_of(file);
  const Job job = with_chosen_layouts(resolve(spec, database()));
  const Estimate answer = estimate(job);
  for (auto _ : state) {
    benchmark::DoNotOptimize(sample(spec, database(), job, answer, {.samples = kPoints}).samples);
  }
  state.counters["points"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kPoints, kRate);
}
BENCHMARK(sample_points)->Unit(benchmark::kMillisecond);

void search_one(benchmark::State& state, const char* name, bool exhaustive) {
  const Job job = job_of(name);
  const Phase& phase = *searched_phase(job, "");
  SearchOptions options;
  options.exhaustive = exhaustive;
  double evaluated = 0;
  double legal = 0;
  for (auto _ : state) {
    const SearchResult found = search_layouts(*phase.setup, job.space, options, 1);
    evaluated += static_cast<double>(found.stats.evaluated);
    legal += static_cast<double>(found.stats.legal);
  }
  state.counters["evaluations"] = benchmark::Counter(evaluated, kRate);
  state.counters["layouts"] = benchmark::Counter(legal, kRate);
}
BENCHMARK_CAPTURE(search_one, gpt3_64_a100, "gpt3-175b-64-a100.job.json", false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_one, gpt3_64_a100_exhaustive, "gpt3-175b-64-a100.job.json", true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_one, llama_405b, "llama-3.1-405b.job.json", false)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_one, llama_405b_exhaustive, "llama-3.1-405b.job.json", true)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_one, deepseek_v3, "deepseek-v3.job.json", false)
    ->Unit(benchmark::kMillisecond);

// The choice of an open layout and batch, as every question takes it.
void choose_one(benchmark::State& state, const char* model, const char* chip, int count,
                std::int64_t sequence) {
  JobSpec spec;
  spec.file = "benchmark";
  spec.model.emplace().name = model;
  spec.cluster.emplace().accelerator = chip;
  spec.cluster->count = count;
  spec.run.emplace().tokens = Tokens::from_base(15e12);
  spec.run->sequence_length = sequence;
  const Job job = resolve(spec, database());
  const Phase& phase = job.phases.front();
  const LayoutQuestion question = layout_question(job, phase);
  for (auto _ : state) benchmark::DoNotOptimize(choose_layout(*phase.setup, question)->fits);
}
BENCHMARK_CAPTURE(choose_one, llama_8b_on_8, "llama-3.1-8b", "h100-sxm", 8, 4096)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(choose_one, llama_8b_at_128k, "llama-3.1-8b", "h100-sxm", 512, 131072)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(choose_one, llama_405b, "llama-3.1-405b", "h100-sxm", 16384, 8192)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(choose_one, deepseek_v3, "deepseek-v3", "h100-sxm", 2064, 8192)
    ->Unit(benchmark::kMillisecond);

// The question of `search`: what one would run, its front, and what the whole space gains.
void search_question(benchmark::State& state, const char* name) {
  const Job job = job_of(name);
  const Phase& phase = *searched_phase(job, "");
  SearchOptions options;
  for (auto _ : state) benchmark::DoNotOptimize(search(job, phase, options).top.size());
}
BENCHMARK_CAPTURE(search_question, llama_405b, "llama-3.1-405b.job.json")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(search_question, deepseek_v3, "deepseek-v3.job.json")
    ->Unit(benchmark::kMillisecond);

void fit_one(benchmark::State& state, Fit what) {
  const JobSpec spec = spec_of(example("llama-3.1-405b.job.json"));
  JobSpec open = spec;
  open.layout = LayoutSpec{.search = true};
  for (auto _ : state) benchmark::DoNotOptimize(fit(open, database(), what).best->value);
}
BENCHMARK_CAPTURE(fit_one, sequence, Fit::kSequence)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(fit_one, model, Fit::kModel)->Unit(benchmark::kMillisecond);

void size_six(benchmark::State& state) {
  const JobSpec spec = spec_of(example("llama-3.1-405b.job.json"));
  SizeLimits limits;
  limits.deadline = Seconds::from_base(60 * 86400.0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        size_cluster(spec, database(),
                     {"h100-sxm", "h200-sxm", "b200-sxm", "gb200", "mi300x", "h800-sxm"}, limits,
                     SizeObjective::kSmallest)
            .curve.size());
  }
}
BENCHMARK(size_six)->Unit(benchmark::kMillisecond);

void size_one(benchmark::State& state) {
  const std::string file = example("llama-3.1-405b.job.json");
  const JobSpec spec = spec_of(file);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        size_cluster(spec, database(), {}, {}, SizeObjective::kCheapest).curve.size());
  }
}
BENCHMARK(size_one)->Unit(benchmark::kMillisecond);

void sweep_points(benchmark::State& state) {
  SweepSpec spec;
  spec.job = spec_of(example("llama-3.1-405b.job.json"));
  for (const char* path : {"pricing.price", "run.tokens"}) {
    SweepAxis axis;
    axis.path = path;
    const bool price = axis.path == "pricing.price";
    for (int i = 1; i <= 300; ++i) {
      const std::string number = std::to_string(i);
      axis.values.push_back(
          parse_json(price ? "\"$" + number + "/GPU-h\"" : "\"" + number + "T tokens\"", "axis"));
    }
    spec.axes.push_back(std::move(axis));
  }
  check_axes(spec, spec.job.file);
  double points = 0;
  for (auto _ : state) {
    SweepRows rows(spec, RowFormat::kCsv);
    std::string text;
    sweep(spec, database(), 0, spec.points(),
          [&](const SweepRow& row, bool same_job) { rows.append(row, same_job, text); });
    benchmark::DoNotOptimize(text.size());
    points += static_cast<double>(spec.points());
  }
  state.counters["points"] = benchmark::Counter(points, kRate);
}
BENCHMARK(sweep_points)->Unit(benchmark::kMillisecond);

// A claim checked: laws and price book alone; with the engine's prediction in a stated layout; with
// the layout searched.
void check_one(benchmark::State& state, const char* name) {
  const std::string file = example(std::string("claims/") + name + ".claim.json");
  const auto claims = read_claims(parse_json(read_file(file), file), file, database());
  static CheckBook book(database());
  for (auto _ : state) {
    benchmark::DoNotOptimize(check_claim(claims.front(), database(), book).overall);
  }
  state.counters["claims"] = benchmark::Counter(1, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK_CAPTURE(check_one, gpt4, "gpt4-semianalysis")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check_one, deepseek_v3, "deepseek-v3")->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(check_one, llama2, "llama2")->Unit(benchmark::kMicrosecond);

// The program from start to printed answer.
void start_up(benchmark::State& state, const char* arguments) {
  const std::string command = std::string(TRAINCOST_PROGRAM) + " " + arguments + " >/dev/null 2>&1";
  for (auto _ : state) {
    if (std::system(command.c_str()) != 0) state.SkipWithError("the program failed");
  }
}
BENCHMARK_CAPTURE(start_up, version, "--version")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(start_up, estimate,
                  "estimate --model llama-3.1-405b --accelerator h100-sxm --gpus 16384 "
                  "--tokens 15.6T")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace traincost
