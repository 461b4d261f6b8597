// A plan made by a program: a spec by hand, an estimate, a search, and what they say.
#include <iostream>

#include "base/units.h"
#include "estimator/job/resolve.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/estimate.h"
#include "estimator/questions/search.h"
#include "reports/report.h"

namespace tc = traincost;
using namespace traincost::unit;

int main() {
  // What is known of the run; all else is resolved, and each default is an assumption that it
  // lists.
  tc::JobSpec spec;
  spec.name = "Llama 3.1 8B on two nodes";
  spec.model = tc::ModelSpec{.name = "llama-3.1-8b"};
  spec.cluster = tc::ClusterSpec{.accelerator = "h100-sxm", .count = 16};
  spec.stack = tc::StackSpec{.framework = "megatron-core"};
  spec.run = tc::RunSpec{.tokens = 1e12 * token, .sequence_length = 8192, .global_batch = 512};
  spec.pricing = tc::PricingSpec{.price = 2 * usd_per_accelerator_hour};

  try {
    const tc::HardwareDb db = tc::HardwareDb::load();
    const tc::Job open = tc::resolve(spec, db);

    // The layout is left open, so the engine takes one that practitioners would.
    const tc::Job job = tc::with_chosen_layouts(open);
    const tc::Estimate estimate = tc::estimate(job);
    std::cout << tc::estimate_report(job, estimate).text() << '\n';

    // Every legal layout, in seconds; one knob pinned.
    spec.search.emplace().tp = {1, 2, 4};
    const tc::Job pinned = tc::resolve(spec, db);
    const tc::SearchAnswer answer = tc::search(pinned, pinned.phases.front(), {.top = 3});
    for (const tc::RankedLayout& each : answer.top) {
      const tc::Layout& l = each.setup.layout;
      std::cout << "tp " << l.tp << ", pp " << l.pp << ", dp " << l.dp << ", micro-batch "
                << each.setup.batch.micro_batch << ": " << each.totals.wall.in(day) << " days, "
                << each.required.in(GB) << " GB\n";
    }
    // The search looks at more than practitioners do: it never answers worse.
    return !answer.top.empty() && answer.top.front().totals.wall <= 1.0001 * estimate.wall ? 0 : 1;
  } catch (const tc::InputError& error) {
    std::cerr << error.what() << '\n';  // every fault at once, each with its remedy
    return 3;
  }
}
