#include "estimator/step/layout.h"

#include <algorithm>
#include <numeric>

#include "base/units.h"

namespace traincost {
namespace {

std::string number(std::int64_t value) { return std::to_string(value); }

// Messages are made only where something is wrong: a search asks of millions of layouts.
class FaultList {
 public:
  template <typename Message>
  void add(bool wrong, const char* key, Message message) {
    if (wrong) faults_.push_back({key, message()});
  }
  std::vector<LayoutFault> take() { return std::move(faults_); }

 private:
  std::vector<LayoutFault> faults_;
};

void check_heads(FaultList& faults, const Layout& l, const Architecture& model) {
  for (const Layer& layer : model.kinds) {
    const Attention& a = layer.attention;
    if (a.heads % l.tp != 0) {
      faults.add(true, "tp", [&] {
        return "tp (" + number(l.tp) + ") does not divide the " + number(a.heads) +
               " attention heads";
      });
      return;
    }
    const bool kv_fits = a.kv_heads % l.tp == 0 || l.tp % a.kv_heads == 0;
    if (!kv_fits) {
      faults.add(true, "tp", [&] {
        return "tp (" + number(l.tp) + ") and the " + number(a.kv_heads) +
               " key/value heads do not divide each other";
      });
      return;
    }
  }
}

void check_experts(FaultList& faults, const Layout& l, const Architecture& model) {
  const std::int64_t ranks = std::int64_t{l.tp} * l.cp * l.dp;
  const std::int64_t group = std::int64_t{l.ep} * l.expert_tp;
  faults.add(ranks % group != 0, "ep", [&] {
    return "ep x expert_tp (" + number(group) + ") does not divide tp x cp x dp (" + number(ranks) +
           ")";
  });
  if (!model.has_experts()) {
    faults.add(l.ep > 1, "ep",
               [&] { return "ep is " + number(l.ep) + " but the model has no experts"; });
    faults.add(l.expert_tp > 1, "expert_tp", [&] {
      return "expert_tp is " + number(l.expert_tp) + " but the model has no experts";
    });
    return;
  }
  for (const Layer& layer : model.kinds) {
    if (!layer.experts) continue;
    const Experts& e = *layer.experts;
    faults.add(e.routed % l.ep != 0, "ep", [&] {
      return "ep (" + number(l.ep) + ") does not divide the " + number(e.routed) + " experts";
    });
    faults.add(e.expert.width % l.expert_tp != 0, "expert_tp", [&] {
      return "expert_tp (" + number(l.expert_tp) + ") does not divide the expert width (" +
             number(e.expert.width) + ")";
    });
    return;
  }
}

void check_pipeline(FaultList& faults, const Layout& l, const Batch& batch, int layers) {
  const std::int64_t stages = std::int64_t{l.pp} * l.vp;
  if (l.stage_layers.empty()) {
    // Two slots more than layers: embedding and loss may each have a stage of their own.
    faults.add(stages > layers + 2, l.vp > 1 ? "vp" : "pp", [&] {
      return "pp x vp (" + number(stages) + ") makes more pipeline stages than the " +
             number(layers) + " layers";
    });
  } else {
    const int sum = std::accumulate(l.stage_layers.begin(), l.stage_layers.end(), 0);
    const auto named = static_cast<std::int64_t>(l.stage_layers.size());
    faults.add(named != stages, "stage_layers", [&] {
      return "stage_layers names " + number(named) + " stages, pp x vp is " + number(stages);
    });
    faults.add(sum != layers, "stage_layers", [&] {
      return "stage_layers sums to " + number(sum) + ", the model has " + number(layers) +
             " layers";
    });
  }
  const ScheduleRules& rules = rules_of(l.schedule);
  const std::string title = rules.title;
  faults.add(l.vp > 1 && rules.stages == Stages::kOne, "vp",
             [&] { return "vp needs the interleaved schedule, found " + std::string(rules.name); });
  faults.add(rules.stages == Stages::kTwo && l.vp != 2, "vp", [&] {
    return std::string(rules.name) + " has two virtual stages a rank, found vp " + number(l.vp);
  });
  faults.add(l.vp > 1 && l.pp == 1, "vp", [&] { return "vp is " + number(l.vp) + " but pp is 1"; });
  const std::int64_t m = micro_batches(l, batch);
  const bool taken = legal_micro_batches(l.schedule, l.pp, m) == m;
  faults.add(!taken && rules.whole_rounds, "pp", [&] {
    return title + " needs micro-batches (" + number(m) + ") divisible by pp (" + number(l.pp) +
           ")";
  });
  faults.add(rules.even_ranks && l.pp % 2 != 0, "pp",
             [&] { return title + " needs an even pp, found " + number(l.pp); });
  faults.add(!taken && !rules.whole_rounds, "global_batch", [&] {
    const std::string few = number(rules.micro_batches_per_rank) + " pp";
    return title +
           (rules.even_micro_batches
                ? " needs an even number of micro-batches, at least " + few + "; found "
                : " needs at least " + few + " micro-batches, found ") +
           number(m);
  });
}

}  // namespace

std::string_view recompute_name(Recompute recompute) {
  for (const Name<Recompute>& each : kRecomputeNames) {
    if (each.value == recompute) return each.name;
  }
  return "";
}

std::vector<std::string_view> module_names(const ModuleSet& modules) {
  std::vector<std::string_view> names;
  ModuleSet said;
  for (const Name<Module>& each : kModuleNames) {
    if (!modules.contains(each.value) || said.contains(each.value)) continue;
    said.add(each.value);
    names.emplace_back(each.name);
  }
  return names;
}

void add_module(ModuleSet& modules, std::string_view name) {
  for (const Name<Module>& each : kModuleNames) {
    if (name == each.name) modules.add(each.value);
  }
}

int Batch::recomputing_layers(int layers) const {
  if (recompute != Recompute::kFull || recompute_layers <= 0) return layers;
  return std::min(layers, recompute_layers);
}

Batch Batch::without_recompute() const {
  Batch plain = *this;
  plain.recompute = Recompute::kNone;
  return plain;
}

namespace {

// That are added or taken away at once.
std::int64_t micro_batches_together(const ScheduleRules& rules, int pp) {
  return rules.whole_rounds ? pp : rules.even_micro_batches ? 2 : 1;
}

}  // namespace

std::int64_t least_micro_batches(Schedule schedule, int pp) {
  const ScheduleRules& rules = rules_of(schedule);
  return std::max(micro_batches_together(rules, pp),
                  std::int64_t{rules.micro_batches_per_rank} * pp);
}

std::int64_t legal_micro_batches(Schedule schedule, int pp, std::int64_t most) {
  if (most < least_micro_batches(schedule, pp)) return 0;
  const std::int64_t together = micro_batches_together(rules_of(schedule), pp);
  return most / together * together;
}

Tokens tokens_per_step(const Batch& batch) {
  return static_cast<double>(batch.global_batch) * batch.sequence_length * unit::token;
}

std::int64_t micro_batches(const Layout& layout, const Batch& batch) {
  return batch.global_batch / (std::int64_t{layout.dp} * batch.micro_batch);
}

std::vector<LayoutFault> layout_faults(const Layout& l, const Batch& batch,
                                       const Architecture& model, int count) {
  FaultList faults;
  const std::int64_t ranks = std::int64_t{l.tp} * l.pp * l.cp * l.dp;
  const std::int64_t without_dp = std::int64_t{l.tp} * l.pp * l.cp;
  const bool divides = count % without_dp == 0;
  const char* largest = l.pp > l.tp && l.pp >= l.cp ? "pp" : l.cp > l.tp ? "cp" : "tp";
  faults.add(!divides, largest, [&] {
    return "the count (" + number(count) + ") is not divisible by tp x pp x cp (" + number(l.tp) +
           " x " + number(l.pp) + " x " + number(l.cp) + " = " + number(without_dp) + ")";
  });
  faults.add(divides && ranks != count, "dp", [&] {
    return "tp x pp x cp x dp is " + number(ranks) + ", the cluster has " + number(count) +
           " accelerators (dp " + number(count / without_dp) + " would fit)";
  });
  check_heads(faults, l, model);
  check_experts(faults, l, model);
  const auto sequence = static_cast<std::int64_t>(batch.sequence_length);
  faults.add(sequence % l.cp != 0, "cp", [&] {
    return "cp (" + number(l.cp) + ") does not divide the sequence length (" + number(sequence) +
           ")";
  });
  const std::int64_t per_wave = std::int64_t{l.dp} * batch.micro_batch;
  if (batch.global_batch % per_wave != 0) {
    // Where the degrees do not divide the count, dp is not known and says nothing of the batch.
    faults.add(divides, "global_batch", [&] {
      return "the global batch (" + number(batch.global_batch) +
             ") is not divisible by dp x micro_batch (" + number(l.dp) + " x " +
             number(batch.micro_batch) + ")";
    });
  } else {
    check_pipeline(faults, l, batch, model.layer_count());
    faults.add(batch.optimizer_in_backward && batch.global_batch != per_wave,
               "optimizer_in_backward", [&] {
                 return "optimizer_in_backward keeps no gradients, and " +
                        number(batch.global_batch / per_wave) +
                        " micro-batches of a step add them up (one needs micro_batch " +
                        number(batch.global_batch / l.dp) + ")";
               });
  }
  const bool exchanged = l.zero < 3 && std::int64_t{l.dp} * l.cp > 1;
  faults.add(batch.optimizer_in_backward && exchanged, "optimizer_in_backward", [&] {
    return "optimizer_in_backward needs zero 3 or one replica: below, " +
           number(std::int64_t{l.dp} * l.cp) + " replicas exchange whole gradients first";
  });
  faults.add(batch.offload_parameters && l.zero < 3, "offload", [&] {
    return "parameters on the host need zero 3, whose shards they are (zero is " + number(l.zero) +
           ")";
  });
  faults.add(l.shards_outside && l.zero_shards == 0, "shards_outside",
             [] { return std::string("shards_outside needs zero_shards, the size of a shard"); });
  const std::int64_t replicas = std::int64_t{l.dp} * l.cp;
  faults.add(l.zero_shards > 0 && replicas % l.zero_shards != 0, "zero_shards", [&] {
    return "zero_shards (" + number(l.zero_shards) + ") does not divide dp x cp (" +
           number(replicas) + ")";
  });
  return faults.take();
}

}  // namespace traincost
