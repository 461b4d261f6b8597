#include "reports/iteration_tree.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/units.h"
#include "reports/format.h"

namespace traincost {

using namespace unit;

Tree iteration_tree(const IterationTime& iteration) {
  Tree t;
  t["prefill_s"] = iteration.generation.prefill.in(second);
  t["decode_s"] = iteration.generation.decode.in(second);
  t["reward_s"] = iteration.reward.in(second);
  t["scoring_s"] = iteration.scoring.in(second);
  t["training_s"] = iteration.training.in(second);
  t["moving_s"] = iteration.moving.in(second);
  t["hidden_s"] = iteration.hidden.in(second);
  t["total_s"] = iteration.total().in(second);
  t["replicas"] = iteration.generation.replicas;
  t["responses_at_once"] = iteration.generation.at_once;
  t["weights_bytes"] = iteration.generation.weights.in(B);
  t["response_cache_bytes"] = iteration.generation.cache.in(B);
  t["room_bytes"] = iteration.generation.room.in(B);
  t["ranks"] = iteration.generation.ranks;
  t["fits"] = iteration.fits();
  return t;
}

std::string short_generator_text(const Tree& iteration) {
  const std::string ranks = std::to_string(iteration["ranks"].get<int>());
  std::string text = "Does not fit: ";
  if (iteration["replicas"].get<double>() < 1) {
    text += "a replica that generates takes " + ranks + " ranks, more than there are";
  } else {
    text += "on " + ranks + " rank" + (ranks == "1" ? "" : "s") + " that generate weights take " +
            gigabytes(iteration["weights_bytes"].get<double>()) + " of " +
            gigabytes(iteration["room_bytes"].get<double>()) + ", and a response " +
            significant(iteration["response_cache_bytes"].get<double>() / MB.in(B), 3) + " MB";
  }
  return text +
         "\n  other ranks (rl.generation.tp, ep), fewer bytes (rl.generation.precision), or "
         "shorter "
         "responses\n";
}

std::string iteration_text(const Tree& iteration) {
  const auto time = [&](const char* key) { return iteration[key].get<double>(); };
  std::vector<std::pair<std::string, double>> parts = {
      {"generation", time("prefill_s") + time("decode_s")},
      {"reward", time("reward_s")},
      {"scoring", time("scoring_s")},
      {"training", time("training_s")},
      {"moving weights", time("moving_s")}};
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string text;
  constexpr double kShown = 0.005;
  for (const auto& [name, seconds] : parts) {
    const double share = seconds / time("total_s");
    if (share < kShown) continue;
    text += (text.empty() ? "" : ", ") + name + " " + percent(share);
  }
  if (time("hidden_s") > 0) {
    text += ", of which " + percent(time("hidden_s") / time("total_s")) + " run side by side";
  }
  if (time("replicas") <= 0) return text;
  return text + "; " + amount(time("replicas")) + " replicas, " +
         amount(time("responses_at_once")) + " responses at once in each";
}

}  // namespace traincost
