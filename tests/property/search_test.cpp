// A search must find what looking at every layout finds: random small problems against brute force
// by estimate_step, over an enumeration of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "base/units.h"
#include "estimator/questions/search.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

constexpr Schedule kAll[] = {Schedule::k1F1B,     Schedule::kInterleaved, Schedule::kGPipe,
                             Schedule::kZbH1,     Schedule::kZbV,         Schedule::kDualPipe,
                             Schedule::kDualPipeV};

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}

  int roll(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return *(values.begin() + roll(0, static_cast<int>(values.size()) - 1));
  }

 private:
  std::mt19937 random_;
};

struct Problem {
  StepSetup phase;
  int count = 1;
  LayoutSpace space;
};

std::string job_text(Dice& dice, int count) {
  const auto number = [](int value) { return std::to_string(value); };
  const int heads = dice.one_of({2, 4, 6, 8});
  std::string model = R"({"hidden": )" + number(heads * dice.one_of({64, 96, 128})) +
                      R"(, "heads": )" + number(heads) + R"(, "kv_heads": )" +
                      number(dice.roll(0, 1) == 1 ? heads : 2) + R"(, "layers": )" +
                      number(dice.roll(1, 6)) + R"(, "vocab": 32000, "ffn_hidden": 1536)" +
                      R"(, "mtp_depth": )" + number(dice.roll(0, 3) == 0 ? 1 : 0);
  if (dice.roll(0, 1) == 1) {
    model += R"(, "moe": {"routed_experts": )" + number(dice.one_of({4, 6, 8, 48})) +
             R"(, "top_k": 2, "expert_ffn": 768, "first_dense_layers": )" +
             number(dice.roll(0, 2)) + R"(, "shared_experts": )" + number(dice.roll(0, 1)) + "}";
  }
  return R"({"model": )" + model + R"(}, "cluster": {"accelerator": ")" +
         dice.one_of<std::string>({"a100-sxm-80", "h100-sxm", "h800-sxm", "b200-sxm"}) +
         R"(", "count": )" + number(count) + R"(}, "stack": {"framework": ")" +
         dice.one_of<std::string>(
             {"megatron-core", "hai-llm", "fsdp2", "nemo", "megatron-deepspeed", "transformers"}) +
         R"(", "overlap": )" + (dice.roll(0, 3) == 0 ? "false" : "true") +
         R"(}, "layout": {"dp": )" + number(count) +
         R"(}, "run": {"tokens": "1B tokens", "sequence_length": )" +
         number(dice.one_of({96, 512, 2048, 8192})) + R"(, "global_batch": )" +
         number(count * dice.one_of({1, 2, 4, 6})) + "}}";
}

// The space is left open or narrowed at random, so that both are tried.
Problem random_problem(unsigned seed) {
  Dice dice(seed);
  Problem problem;
  problem.count = dice.one_of({1, 2, 3, 4, 4, 6, 6, 8});
  const Job job = test::job_from(job_text(dice, problem.count));
  problem.phase = *job.phases.front().setup;
  problem.phase.batch.optimizer_in_backward = dice.roll(0, 3) == 0;
  problem.phase.batch.offload_parameters = dice.roll(0, 5) == 0;
  // What is left after the context: from nothing fits to everything does.
  const Memory memory = step_memory(
      {problem.phase.model, problem.phase.machine, problem.phase.layout, problem.phase.batch});
  const Bytes context = problem.phase.machine.stack.context_memory;
  problem.phase.machine.memory_capacity =
      context + dice.one_of({0.05, 0.2, 0.4, 0.7, 2.0}) * (memory.required - context);
  LayoutSpace& space = problem.space;
  space.schedule.assign(std::begin(kAll), std::end(kAll));
  if (dice.roll(0, 1) == 1) space.schedule = {Schedule::k1F1B, Schedule::kInterleaved};
  if (dice.roll(0, 2) == 0) {
    space.recompute = {{Recompute::kNone, 0, {}},
                       {Recompute::kFull, 1, {}},
                       {Recompute::kModules, 0, {Module::kNorm, Module::kActivation}},
                       {Recompute::kFull, 0, {}}};
  }
  if (dice.roll(0, 2) > 0) space.offload_activations = {dice.roll(0, 3) == 0};
  if (dice.roll(0, 2) > 0) space.offload_optimizer = {dice.roll(0, 1) == 1};
  if (dice.roll(0, 1) == 0) space.zero = {1, 3};
  if (dice.roll(0, 3) == 0) space.zero_shards = {0};
  if (dice.roll(0, 3) == 0) space.tp = {1, 2};
  if (dice.roll(0, 1) == 0) space.micro_batch = {1, 2};
  if (dice.roll(0, 3) == 0) space.tp_overlap = {true};
  if (dice.roll(0, 2) == 0) {
    // Ranks meet over cards and two levels of switches.
    Machine& machine = problem.phase.machine;
    machine.scale_up_domain = 2;
    machine.fabric = {{"leaf", 2, 1}, {"spine", 4, 3}};
  }
  return problem;
}

// The same with accelerators that may idle, a range of batches, or both.
Problem random_wide_problem(unsigned seed) {
  Problem problem = random_problem(seed);
  Dice dice(seed + 1);
  LayoutSpace& space = problem.space;
  StepSetup& phase = problem.phase;
  space.schedule = {Schedule::k1F1B, Schedule::kInterleaved,
                    dice.one_of({Schedule::kGPipe, Schedule::kDualPipe, Schedule::kZbV})};
  space.offload_activations = {false};
  space.offload_optimizer = {false};
  space.recompute = {{Recompute::kNone, 0, {}}, {Recompute::kFull, 0, {}}};
  space.may_idle = true;
  if (dice.roll(0, 1) == 0) space.zero_shards = {0};
  space.tp = {1, 2, 4};
  space.pp = {1, 2, 3};
  space.cp = {1, 2};
  if (dice.roll(0, 2) == 0) return problem;
  const std::int64_t most = dice.one_of({5, 8, 12, 16});
  space.batch = BatchRange{dice.one_of({1, 2, 4, 5}), most};
  space.micro_batch = {1, 2, 3};
  phase.batch.global_batch = most;
  return problem;
}

template <typename T>
bool wanted(const std::vector<T>& list, T value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

// Every micro-batch, replica and batch on so many ranks of a replica: one after the other.
struct TriedSpread {
  std::int64_t micro_batch;
  int dp;
  std::int64_t global_batch;
};
std::vector<TriedSpread> spreads_of(const Problem& problem, const LayoutSpace& space, int ranks) {
  std::vector<TriedSpread> all;
  const std::int64_t stated = problem.phase.batch.global_batch;
  const BatchRange range = space.batch.value_or(BatchRange{stated, stated});
  for (std::int64_t batch = range.least; batch <= range.most; ++batch) {
    for (std::int64_t micro = 1; micro <= batch; ++micro) {
      if (!wanted(space.micro_batch, micro)) continue;
      for (int dp = 1; dp * ranks <= problem.count; ++dp) {
        if (!space.may_idle && dp * ranks != problem.count) continue;
        if (batch % (micro * dp) == 0) all.push_back({micro, dp, batch});
      }
    }
  }
  return all;
}

bool is_legal(const StepSetup& each) {
  return layout_faults(each.layout, each.batch, each.model, each.layout.ranks()).empty();
}

// Every layout of the space, found by trying every number in every knob.
std::vector<LayoutKey> enumerate(const Problem& problem) {
  const int n = problem.count;
  const LayoutSpace space = closed(problem.space);
  const StepSetup& phase = problem.phase;
  std::vector<LayoutKey> found;
  const auto try_rest = [&](LayoutKey key) {
    for (const bool sp : {false, true}) {
      for (const bool overlap : {false, true}) {
        if (key.tp == 1
                ? sp || overlap
                : !wanted(space.sequence_parallel, sp) || !wanted(space.tp_overlap, overlap))
          continue;
        for (std::size_t r = 0; r < space.recompute.size(); ++r) {
          for (int zero = 0; zero <= 3; ++zero) {
            const int replicas = key.dp * key.cp;
            for (int shards = 0; shards < std::max(1, replicas); ++shards) {
              if (shards == 1 || (zero == 0 && shards > 0)) continue;
              if (!wanted(space.zero, zero) || !wanted(space.zero_shards, shards)) continue;
              for (const bool a : {false, true}) {
                for (const bool o : {false, true}) {
                  if (!wanted(space.offload_activations, a) || !wanted(space.offload_optimizer, o))
                    continue;
                  key.sequence_parallel = sp;
                  key.tp_overlap = overlap;
                  key.recompute = static_cast<std::uint16_t>(r);
                  key.zero = static_cast<std::uint8_t>(zero);
                  key.zero_shards = shards;
                  key.offload_activations = a;
                  key.offload_optimizer = o;
                  const StepSetup each = with_layout(phase, space, key);
                  if (is_legal(each)) found.push_back(key);
                }
              }
            }
          }
        }
      }
    }
  };
  const int layers = phase.model.layer_count();
  for (int tp = 1; tp <= n; ++tp) {
    for (int pp = 1; tp * pp <= n; ++pp) {
      for (int cp = 1; tp * pp * cp <= n; ++cp) {
        if (!space.may_idle && n % (tp * pp * cp) != 0) continue;
        if (!wanted(space.tp, tp) || !wanted(space.pp, pp) || !wanted(space.cp, cp)) continue;
        for (int ep = 1; ep <= n; ++ep) {
          for (int expert_tp = 1; ep * expert_tp <= n; ++expert_tp) {
            for (const auto& [micro, dp, sequences] : spreads_of(problem, space, tp * pp * cp)) {
              for (int vp = 1; vp <= layers + 2; ++vp) {
                for (const Schedule schedule : kAll) {
                  // One stage runs as 1f1b; an interleaved pipeline of one chunk is 1f1b.
                  if (pp == 1 && schedule != Schedule::k1F1B) continue;
                  if (pp > 1 && !wanted(space.schedule, schedule)) continue;
                  if (schedule == Schedule::kInterleaved && vp == 1) continue;
                  LayoutKey key;
                  key.tp = tp;
                  key.dp = dp;
                  key.global_batch = sequences;
                  key.pp = pp;
                  key.cp = cp;
                  key.ep = ep;
                  key.expert_tp = expert_tp;
                  key.micro_batch = micro;
                  key.vp = vp;
                  key.schedule = schedule;
                  // Others are tried below.
                  const Batch& batch = phase.batch;
                  if (batch.optimizer_in_backward || batch.offload_parameters) key.zero = 3;
                  const StepSetup each = with_layout(phase, space, key);
                  if (!is_legal(each)) continue;
                  try_rest(key);
                }
              }
            }
          }
        }
      }
    }
  }
  return found;
}

struct BruteForce {
  std::vector<FoundLayout> fits;     // by time, memory, key
  std::vector<FoundLayout> too_big;  // by memory, time, key
  std::vector<FoundLayout> front;
};

BruteForce brute_force(const Problem& problem, const std::vector<LayoutKey>& keys) {
  const LayoutSpace space = closed(problem.space);
  BruteForce all;
  for (const LayoutKey& key : keys) {
    const StepSetup phase = with_layout(problem.phase, space, key);
    const StepEstimate step =
        estimate_step({phase.model, phase.machine, phase.layout, phase.batch});
    FoundLayout found;
    found.step = step.time;
    found.time = 1 / static_cast<double>(key.global_batch) * step.time;
    found.required = step.memory.required;
    found.key = key;
    (step.memory.fits() ? all.fits : all.too_big).push_back(found);
  }
  std::sort(all.fits.begin(), all.fits.end(), [](const FoundLayout& a, const FoundLayout& b) {
    return std::tie(a.time, a.step, a.required, a.key) <
           std::tie(b.time, b.step, b.required, b.key);
  });
  std::sort(all.too_big.begin(), all.too_big.end(), [](const FoundLayout& a, const FoundLayout& b) {
    return std::tie(a.required, a.step, a.key) < std::tie(b.required, b.step, b.key);
  });
  for (const FoundLayout& each : all.fits) {
    if (!all.front.empty() && each.required >= all.front.back().required) continue;
    if (!all.front.empty() && each.time == all.front.back().time) all.front.pop_back();
    all.front.push_back(each);
  }
  return all;
}

std::string text(const FoundLayout& found) {
  const LayoutKey& k = found.key;
  return "tp " + std::to_string(k.tp) + " pp " + std::to_string(k.pp) + " vp " +
         std::to_string(k.vp) + " cp " + std::to_string(k.cp) + " ep " + std::to_string(k.ep) +
         " mb " + std::to_string(k.micro_batch) + " zero " + std::to_string(k.zero) + " " +
         std::string(schedule_name(k.schedule)) + " recompute " + std::to_string(k.recompute) +
         ": " + std::to_string(found.step.in(microsecond)) + " us, " +
         std::to_string(found.required.in(MB)) + " MB";
}

void expect_same(const std::vector<FoundLayout>& found, const std::vector<FoundLayout>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_TRUE(found[i].key == expected[i].key) << text(found[i]) << "\n" << text(expected[i]);
    // The same functions on the same numbers: not a bit apart.
    EXPECT_EQ(found[i].step, expected[i].step) << text(found[i]);
    EXPECT_EQ(found[i].required, expected[i].required) << text(found[i]);
  }
}

// With idle accelerators and open batches the fastest of all counts, degrees and batches is found,
// though each layout is looked at with its largest batch alone; and ties are what they say.
TEST(SearchWide, FindsTheFastestOfEveryCountAndBatch) {
  int batches = 0, idle = 0, simpler = 0, compared = 0;
  for (unsigned seed = 1000; seed < 1125; ++seed) {
    SCOPED_TRACE("problem " + std::to_string(seed));
    const Problem problem = random_wide_problem(seed);
    const BruteForce expected = brute_force(problem, enumerate(problem));
    SearchOptions options;
    options.top = 1;
    options.front = false;
    options.tie = 0.02;
    const SearchResult found = search_layouts(problem.phase, problem.space, options);
    ASSERT_EQ(found.top.empty(), expected.fits.empty());
    EXPECT_EQ(found.stats.evaluated + found.stats.pruned, found.stats.legal);
    if (expected.fits.empty()) continue;
    ++compared;
    const FoundLayout& best = expected.fits.front();
    constexpr double kLastBits = 1e-12;
    EXPECT_NEAR(found.top.front().time / best.time, 1, kLastBits) << text(found.top.front()) << "\n"
                                                                  << text(best);
    batches += problem.space.batch.has_value() ? 1 : 0;
    idle += best.key.ranks() < problem.count ? 1 : 0;

    ASSERT_TRUE(found.simplest.has_value());
    const auto& [simplest, limit] = *found.simplest;
    EXPECT_LE(simplest.time, limit);
    EXPECT_LE(limit / best.time, 1 + options.tie + kLastBits);
    simpler += mechanisms(simplest.key) < mechanisms(best.key) ? 1 : 0;
    for (const FoundLayout& each : expected.fits) {
      if (each.key.ranks() < simplest.key.ranks()) {
        EXPECT_GE(each.time / limit, 1 - kLastBits);
      }
      const bool as_large =
          !problem.space.batch || each.key.global_batch == simplest.key.global_batch;
      if (each.key.ranks() != simplest.key.ranks() || !as_large || each.time > limit) continue;
      EXPECT_GE(mechanisms(each.key), mechanisms(simplest.key)) << text(each);
    }
  }
  EXPECT_GT(compared, 50);
  EXPECT_GT(batches, 20);
  EXPECT_GT(idle, 10);
  EXPECT_GT(simpler, 3);
}

class Search : public ::testing::TestWithParam<unsigned> {};

TEST_P(Search, FindsWhatBruteForceFinds) {
  constexpr unsigned kProblemsEach = 25;
  for (unsigned i = 0; i < kProblemsEach; ++i) {
    const unsigned seed = kProblemsEach * GetParam() + i;
    SCOPED_TRACE("problem " + std::to_string(seed));
    const Problem problem = random_problem(seed);
    const std::vector<LayoutKey> keys = enumerate(problem);
    const BruteForce expected = brute_force(problem, keys);
    SearchOptions options;
    options.top = 5;
    const std::size_t middle = expected.fits.size() / 2;
    std::optional<Seconds> than;
    if (seed % 3 == 0 && !expected.fits.empty()) than = expected.fits[middle].time;
    const SearchResult found = search_layouts(problem.phase, problem.space, options, 0, than);

    EXPECT_EQ(found.stats.legal, static_cast<std::int64_t>(keys.size()));
    EXPECT_EQ(found.stats.evaluated + found.stats.pruned, found.stats.legal);
    expect_same(found.front, expected.front);
    expect_same(found.top, {expected.fits.begin(),
                            expected.fits.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                        options.top, expected.fits.size()))});
    EXPECT_EQ(found.least.has_value(), expected.fits.empty() && !expected.too_big.empty());
    if (found.least) expect_same({*found.least}, {expected.too_big.front()});
    if (than) {
      const auto faster = std::count_if(expected.fits.begin(), expected.fits.end(),
                                        [&](const FoundLayout& each) { return each.time < *than; });
      EXPECT_EQ(found.faster, faster);
    }

    options.exhaustive = true;
    const SearchResult all = search_layouts(problem.phase, problem.space, options);
    EXPECT_EQ(all.stats.pruned, 0);
    EXPECT_EQ(all.stats.feasible, static_cast<std::int64_t>(expected.fits.size()));
    expect_same(all.front, expected.front);
  }
}

INSTANTIATE_TEST_SUITE_P(Problems, Search, ::testing::Range(0U, 8U));

TEST(SearchObjective, MemoryFindsTheLeast) {
  SearchOptions options;
  options.objective = Objective::kMemory;
  options.top = 1;
  int fitting = 0;
  for (unsigned seed = 200; seed < 210; ++seed) {
    const Problem problem = random_problem(seed);
    const SearchResult found = search_layouts(problem.phase, problem.space, options);
    const BruteForce all = brute_force(problem, enumerate(problem));
    if (all.fits.empty()) continue;
    ++fitting;
    const auto least = std::min_element(
        all.fits.begin(), all.fits.end(), [](const FoundLayout& a, const FoundLayout& b) {
          return std::tie(a.required, a.step, a.key) < std::tie(b.required, b.step, b.key);
        });
    expect_same(found.top, {*least});
  }
  EXPECT_GE(fitting, 3);
}

// Threads may take shapes in any order; what is found, and what was looked at, stays.
TEST(SearchThreads, OrderOfWorkDoesNotMatter) {
  const Job job = test::example("gpt3-175b.job.json");
  StepSetup phase = *job.phases.front().setup;
  LayoutSpace space = job.space;
  space.tp = {4, 8};
  SearchOptions options;
  const SearchResult forwards = search_layouts(phase, space, options);
  options.for_each = [](std::size_t n, const std::function<void(std::size_t)>& work) {
    for (std::size_t i = n; i > 0; --i) work(i - 1);
  };
  const SearchResult backwards = search_layouts(phase, space, options);
  expect_same(backwards.top, forwards.top);
  expect_same(backwards.front, forwards.front);
  EXPECT_EQ(backwards.stats.evaluated, forwards.stats.evaluated);
  EXPECT_EQ(backwards.stats.feasible, forwards.stats.feasible);
}

}  // namespace
}  // namespace traincost
