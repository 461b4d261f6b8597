// Activation memory against the figures of
//   Korthikanti et al., "Reducing Activation Recomputation in Large Transformer Models", 2022,
//   arXiv:2205.05198: figure 1 (GiB on the first pipeline stage) and figure 7 (share of what is
//   kept without sequence parallelism and recomputation), as read off by others.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/json.h"
#include "base/units.h"
#include "estimator/step/memory.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

std::vector<JsonValue> rows() {
  std::ifstream in(std::string(TRAINCOST_SOURCE_DIR) +
                   "/hwdb/data/published/memory_korthikanti.jsonl");
  std::vector<JsonValue> all;
  std::string line;
  while (std::getline(in, line)) all.push_back(parse_json(line, "memory_korthikanti.jsonl"));
  return all;
}

// What the first stage keeps of activations, embedding dropout and logits included.
Bytes kept(const JsonValue& row, Recompute recompute, bool sequence_parallel) {
  Faults faults(Faults::Unknown::kWarning);
  JobSpec spec = read_spec(JsonCursor(row, "row", faults), SpecForm::kPublishedRun);
  spec.run->steps = 1;
  const Job job = resolve(spec, test::database(), faults);
  StepSetup phase = *job.phases.front().setup;
  phase.batch.recompute = recompute;
  phase.layout.sequence_parallel = sequence_parallel;
  const Memory memory = rank_memory_of(phase.context(), 0);
  Bytes sum;
  for (const MemoryTerm& term : memory.terms) {
    if (term.name == "activations") sum += term.bytes;
  }
  return sum;
}

TEST(KorthikantiMemory, FirstStageKeepsWhatFigure1Shows) {
  int n = 0;
  double worst = 0;
  for (const JsonValue& row : rows()) {
    const JsonValue* measured = row.find("measured")->find("activations_gib");
    if (measured == nullptr) continue;
    const bool selective = row.find("run")->find("recompute")->text == "selective";
    const double gib =
        kept(row, selective ? Recompute::kSelective : Recompute::kNone, selective).in(GiB);
    EXPECT_NEAR(gib / measured->number, 1, 0.04) << row.find("id")->text << " " << gib;
    worst = std::max(worst, std::fabs(gib / measured->number - 1));
    ++n;
  }
  EXPECT_EQ(n, 8);
}

TEST(KorthikantiMemory, EachMeasureSavesWhatFigure7Shows) {
  struct Measure {
    const char* name;
    Recompute recompute;
    bool sequence_parallel;
  };
  constexpr Measure kMeasures[] = {{"seq", Recompute::kNone, true},
                                   {"sel", Recompute::kSelective, false},
                                   {"seqsel", Recompute::kSelective, true}};
  int n = 0;
  for (const JsonValue& row : rows()) {
    const JsonValue* shares = row.find("measured")->find("activations_percent_of_baseline");
    if (shares == nullptr) continue;
    const Bytes baseline = kept(row, Recompute::kNone, false);
    for (const Measure& each : kMeasures) {
      const double share = 100 * (kept(row, each.recompute, each.sequence_parallel) / baseline);
      EXPECT_NEAR(share / shares->find(each.name)->number, 1, 0.04)
          << row.find("id")->text << " " << each.name << " " << share;
      ++n;
    }
  }
  EXPECT_EQ(n, 12);
}

}  // namespace
}  // namespace traincost
