#include "estimator/questions/size.h"

#include <algorithm>
#include <iterator>

#include "base/units.h"
#include "estimator/doubt/known_runs.h"
#include "estimator/job/resolve.h"
#include "estimator/model/flops.h"
#include "estimator/questions/choice.h"
#include "estimator/questions/other_chip.h"
#include "estimator/run/cost.h"

namespace traincost {
namespace {

using namespace unit;

// The job under a limit on its batch: one that is stated and larger is open up to the limit. What a
// sequence exceeds already stays as it is: no cluster meets it.
JobSpec with_batch_limit(JobSpec spec, Tokens most) {
  const auto hold = [&](RunSpec& run) {
    const Tokens sequence =
        static_cast<double>(run.sequence_length.value_or(kDefaultSequence)) * token;
    if (sequence > most) return;
    const bool stated = run.global_batch.has_value();
    if (stated && static_cast<double>(*run.global_batch) * sequence <= most) return;
    run.global_batch.reset();
    run.max_batch = min(most, run.max_batch.value_or(most));
  };
  hold(spec.run ? *spec.run : spec.run.emplace());
  for (PhaseSpec& phase : spec.phases) {
    if (phase.run && !phase.rl) hold(*phase.run);  // else as many as it generates
  }
  return spec;
}

// The fastest layout of one phase, or the one that lacks least; the fault where there is none.
struct PhaseLayout {
  SizeFault fault = SizeFault::kNone;
  std::optional<RankedLayout> layout;
};

PhaseLayout best_layout(const Job& job, Phase phase, const SizeLimits& limits) {
  StepSetup given = *phase.setup;
  const bool too_long = limits.batch && given.batch.sequence_length * token > *limits.batch;
  if (too_long) return {SizeFault::kBatch, std::nullopt};
  if (limits.memory) {
    given.machine.memory_capacity = min(given.machine.memory_capacity, *limits.memory);
    if (phase.rl) {
      Bytes& generates = phase.rl->generator.machine.memory_capacity;
      generates = min(generates, *limits.memory);
    }
  }
  auto chosen = choose_layout(given, layout_question(job, phase));
  if (!chosen) return {SizeFault::kNoLayout, std::nullopt};
  phase.setup = std::move(chosen->setup);
  settle_tokens(phase);
  const StepEstimate step = estimate_step(phase.setup->context());
  const bool generates = !phase.rl || iteration_of(phase, step.time).fits();
  return {chosen->fits && generates ? SizeFault::kNone : SizeFault::kMemory,
          ranked_layout(job, phase, step.time, step.memory.required)};
}

// At the meter, of the phase that draws most: those that stand by or generate apart draw too.
Power most_power(const Job& job) {
  Power most;
  for (const Phase& phase : job.phases) {
    Power all;
    const std::vector<Accelerators> held = held_by_platform(job, phase);
    for (std::size_t i = 0; i < held.size(); ++i) {
      const Platform& on = job.platforms[i];
      all += held[i] / (1 * accelerator) * job.grid.pue *
             mean_power(on.accelerator, on.system, job.grid);
    }
    most = max(most, all);
  }
  return most;
}

void add_totals(PhaseTotals& all, const PhaseTotals& phase) {
  all.steps += phase.steps;
  all.wall += phase.wall;
  all.billed += phase.billed;
  all.energy += phase.energy;
  if (!phase.cost || !all.cost) {
    all.cost.reset();  // of all phases or of none
  } else {
    *all.cost += *phase.cost;
  }
}

SizedCluster sized(const Job& job, const SizeLimits& limits) {
  const Phase& longest = *searched_phase(job, "");
  SizedCluster cluster;
  const Platform& platform = job.platform();
  cluster.accelerator = platform.accelerator.record.id;
  cluster.accelerator_name = platform.accelerator.record.name;
  cluster.count = longest.count;
  cluster.system = platform.system;
  cluster.system.node_size = longest.setup->machine.node_size;  // the job may state its own
  cluster.power = most_power(job);
  if (platform.pricing) {
    cluster.price = platform.pricing->price;
    cluster.price_basis = platform.pricing->basis;
  }
  cluster.totals.cost = Usd{};
  Spread<Seconds> doubt;  // what predicted phases may take less or more; stated ones do not
  for (const Phase& phase : job.phases) {
    if (phase.stated) {
      add_totals(cluster.totals, stated_totals(job, phase));
      continue;
    }
    PhaseLayout best = best_layout(job, phase, limits);
    if (cluster.fault == SizeFault::kNone && best.fault != SizeFault::kNone) {
      cluster.fault = best.fault;
      cluster.faults = {best.fault};
    }
    if (!best.layout) {
      cluster.layout.reset();
      return cluster;
    }
    add_totals(cluster.totals, best.layout->totals);
    const Seconds wall = best.layout->totals.wall;
    doubt.p5 += (best.layout->doubt.p5 - 1) * wall;
    doubt.p95 += (best.layout->doubt.p95 - 1) * wall;
    if (&phase == &longest) cluster.layout = std::move(best.layout);
  }
  const StepSetup& chosen = cluster.layout->setup;
  const StepEstimate step = estimate_step(chosen.context());
  Phase as_chosen = longest;
  as_chosen.setup = chosen;
  cluster.evidence = evidence_of(job, as_chosen, step);
  const PhaseTotals& totals = cluster.totals;
  cluster.doubt = {1 + doubt.p5 / totals.wall, 1, 1 + doubt.p95 / totals.wall};
  const double longer = limits.confident ? cluster.doubt.p95 : 1;
  Usd certain;  // what the project costs at most, with that confidence
  if (totals.cost) {
    const auto price = prices_by(job, job.cost_method).front();
    cluster.project = project_cost(job, *totals.cost, price);
    cluster.beside = project_cost(job, Usd{}, price);
    certain = project_cost(job, longer * *totals.cost, price);
  }
  Tokens tokens;
  for (const Phase& phase : job.phases) tokens += phase.tokens;
  cluster.flops_per_second = six_n_per_token(job.model) * tokens / totals.wall * (1 * second);
  if (cluster.fault != SizeFault::kNone) return cluster;
  const auto breaks = [&](bool broken, SizeFault fault) {
    if (broken) cluster.faults.push_back(fault);
  };
  breaks(limits.deadline && longer * totals.wall > *limits.deadline, SizeFault::kDeadline);
  breaks(limits.budget && !totals.cost, SizeFault::kUnpriced);
  breaks(limits.budget && totals.cost && certain > *limits.budget, SizeFault::kBudget);
  breaks(limits.power && cluster.power > *limits.power, SizeFault::kPower);
  breaks(cluster.layout->mfu < limits.least_mfu, SizeFault::kMfu);
  if (!cluster.faults.empty()) cluster.fault = cluster.faults.front();
  return cluster;
}

// Of the counts that are had so many to a doubling of the least, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12,
// 14, 16, 20, ... times it, or what comes next.
std::vector<int> ladder(const std::vector<int>& had, int to_a_doubling) {
  std::vector<int> rungs;
  for (std::int64_t step = had.front(); step <= had.back(); step *= 2) {
    for (int i = 0; i < to_a_doubling; ++i) {
      const std::int64_t wanted = step + i * step / to_a_doubling;
      const auto next = std::lower_bound(had.begin(), had.end(), wanted);
      if (next != had.end() && (rungs.empty() || *next > rungs.back())) rungs.push_back(*next);
    }
  }
  return rungs;
}

// More accelerators would mend it; of a budget or a power limit fewer would.
bool too_small(const SizedCluster& each) {
  return std::any_of(each.faults.begin(), each.faults.end(), [](SizeFault fault) {
    return fault == SizeFault::kNoLayout || fault == SizeFault::kMemory ||
           fault == SizeFault::kDeadline;
  });
}

// One accelerator's curve, by count.
using Curve = std::vector<SizedCluster>;

void join(Curve& curve, Curve more) {
  curve.insert(curve.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  std::stable_sort(curve.begin(), curve.end(),
                   [](const SizedCluster& a, const SizedCluster& b) { return a.count < b.count; });
}

// Looks at what stands between the doublings around the first count that is large enough.
template <typename Look>
void fill_in(Curve& curve, const std::vector<int>& counts, Look look) {
  const auto first = std::find_if_not(curve.begin(), curve.end(), too_small);
  if (first == curve.end()) return;
  const int low = first->count / 2, high = 2 * first->count;
  Curve found;
  for (const int count : counts) {
    const bool known = std::any_of(curve.begin(), curve.end(),
                                   [&](const SizedCluster& each) { return each.count == count; });
    if (count > low && count < high && !known) found.push_back(look(count));
  }
  join(curve, std::move(found));
}

// Halves the gap between the first count that is large enough and the one below it, to the next
// that is had: more are never worse, so that no smaller one is. What is looked at joins the curve.
template <typename Look>
void refine(Curve& curve, const std::vector<int>& had, Look look) {
  const auto first = std::find_if_not(curve.begin(), curve.end(), too_small);
  if (first == curve.end() || first == curve.begin() || !first->layout) return;
  auto low = std::lower_bound(had.begin(), had.end(), std::prev(first)->count);
  auto high = std::lower_bound(had.begin(), had.end(), first->count);
  Curve found;
  while (std::distance(low, high) > 1) {
    const auto middle = low + std::distance(low, high) / 2;
    found.push_back(look(*middle));
    (too_small(found.back()) ? low : high) = middle;
  }
  join(curve, std::move(found));
}

bool better(SizeObjective objective, const SizedCluster& a, const SizedCluster& b) {
  const PhaseTotals& x = a.totals;
  const PhaseTotals& y = b.totals;
  const auto cost = [](const PhaseTotals& each) {
    return each.cost ? each.cost->in(usd) : each.billed.in(accelerator_hour)*1e9;
  };
  switch (objective) {
    case SizeObjective::kSmallest:
      if (a.count != b.count) return a.count < b.count;
      return cost(x) < cost(y);
    case SizeObjective::kCheapest:
      if (cost(x) != cost(y)) return cost(x) < cost(y);
      return a.count < b.count;
    case SizeObjective::kFastest:
      if (x.wall != y.wall) return x.wall < y.wall;
      return a.count < b.count;
  }
  return false;
}

std::optional<Bought> bought(const SizeAnswer& answer, Usd budget,
                             const std::optional<Seconds>& deadline) {
  const SizedCluster* most = nullptr;
  double share = 0;  // of the run
  for (const SizedCluster& each : answer.curve) {
    if (!each.layout || each.fault == SizeFault::kMemory) continue;
    if (!each.totals.cost || *each.totals.cost <= Usd{}) continue;
    const auto broken = [&](SizeFault fault) {
      return std::find(each.faults.begin(), each.faults.end(), fault) != each.faults.end();
    };
    if (broken(SizeFault::kPower) || broken(SizeFault::kMfu)) continue;
    // More tokens cost more of the run, and of what is a share of it.
    double paid = (budget - each.beside) / (*each.project - each.beside);
    if (deadline) paid = std::min(paid, *deadline / each.totals.wall);
    if (paid <= share) continue;
    share = paid;
    most = &each;
  }
  if (most == nullptr) return std::nullopt;
  Bought all{budget,
             most->accelerator,
             most->count,
             share * answer.tokens,
             share * most->totals.wall,
             share * *most->totals.cost};
  all.flops = most->flops_per_second.in(FLOP)*all.wall.in(second);
  all.optimal = compute_optimal(all.flops);
  return all;
}

// What the smallest must not hide.
void look_beside(SizeAnswer& answer) {
  const PhaseTotals& best = answer.best->totals;
  if (!best.cost) return;
  for (const SizedCluster& each : answer.curve) {
    if (each.fault != SizeFault::kNone || !each.totals.cost) continue;
    const Usd cost = *each.totals.cost;
    const Seconds wall = each.totals.wall;
    const bool cheapest = !answer.cheaper || cost < *answer.cheaper->totals.cost;
    if ((1 + kTie) * cost < *best.cost && cheapest) answer.cheaper = each;
    const bool fastest = !answer.faster || wall < answer.faster->totals.wall;
    if ((1 + kTie) * wall < best.wall && cost <= (1 + kTie) * *best.cost && fastest) {
      answer.faster = each;
    }
  }
}

}  // namespace

std::string_view size_objective_name(SizeObjective objective) {
  switch (objective) {
    case SizeObjective::kSmallest: return "smallest";
    case SizeObjective::kCheapest: return "cheapest";
    case SizeObjective::kFastest: return "fastest";
  }
  return "";
}

std::string_view size_fault_name(SizeFault fault) {
  switch (fault) {
    case SizeFault::kNone: return "";
    case SizeFault::kNoLayout: return "no layout is legal";
    case SizeFault::kBatch: return "one sequence exceeds the batch limit";
    case SizeFault::kMemory: return "does not fit";
    case SizeFault::kDeadline: return "misses the deadline";
    case SizeFault::kBudget: return "exceeds the budget";
    case SizeFault::kPower: return "exceeds the power limit";
    case SizeFault::kMfu: return "below the least MFU";
    case SizeFault::kUnpriced: return "no price is known";
  }
  return "";
}

SizeAnswer size_cluster(const JobSpec& stated, const HardwareDb& db,
                        const std::vector<std::string>& accelerators, const SizeLimits& limits,
                        SizeObjective objective, const ForEach& for_each) {
  const JobSpec spec = limits.batch ? with_batch_limit(stated, *limits.batch) : stated;
  struct Task {
    std::size_t chip;
    std::string accelerator;
    int count;
    bool doubling;
  };
  std::vector<Task> tasks;
  std::vector<std::vector<int>> had_of;  // by chip: the counts in which it is had
  SizeAnswer answer;
  answer.objective = objective;
  // The job's own chip keeps the job's own system; no chip is looked at twice.
  const std::string own = own_accelerator(spec, db);
  std::vector<std::string> chips;
  for (const std::string& name : accelerators) {
    const auto known = db.accelerator(name);
    const std::string id = known ? known->record.id : name;
    const std::string chip = id == own ? "" : id;
    if (std::find(chips.begin(), chips.end(), chip) == chips.end()) chips.push_back(chip);
  }
  if (chips.empty()) chips.emplace_back();
  had_of.resize(chips.size());
  const std::vector<ExportRule> rules = db.export_rules();
  for (const std::string& chip : chips) {
    const auto index = static_cast<std::size_t>(&chip - chips.data());
    // A job that cannot be read fails here, before work is spread.
    const Job job = job_on(spec, db, chip, 8);
    const Phase* phase = &predicted_phase(job);
    if (&chip == &chips.front()) {
      answer.model = job.model.name;
      answer.names_software = job.platform().names_software;
      for (const Phase& each : job.phases) answer.tokens += each.tokens;
      answer.assumptions = job.assumptions;
    }
    for (const Warning& warning : job.warnings) {
      const auto same = [&](const Warning& other) { return other.message == warning.message; };
      if (std::none_of(answer.warnings.begin(), answer.warnings.end(), same)) {
        answer.warnings.push_back(warning);
      }
    }
    const bool over =
        limits.batch && stated.run && stated.run->global_batch && !spec.run->global_batch;
    if (&chip == &chips.front() && over) {
      answer.warnings.push_back(
          {WarningCode::kBatchOverLimit,
           "run.global_batch is over the batch limit, which is taken instead"});
    }
    if (!limits.exportable_as_of.empty()) {
      const ExportAnswer export_of = export_answer(
          rules, export_measures(job.platform().accelerator), limits.exportable_as_of);
      if (export_of.status != ExportStatus::kFree) {
        std::string why(export_status_name(export_of.status));
        for (const ExportAnswer::Under& under : export_of.rules) {
          if (under.rule->effect != ExportEffect::kLicence || under.found.why.empty()) continue;
          if (under.found.name.empty() && under.found.determined) continue;
          why += "; " + under.found.name + (under.found.name.empty() ? "" : ": ") + under.found.why;
        }
        answer.kept_out.push_back({job.platform().accelerator.record.id, std::move(why)});
        continue;
      }
    }
    std::vector<int> counts = limits.counts, doublings;
    if (counts.empty()) {
      System system = job.platform(*phase).system;
      system.node_size = phase->setup->machine.node_size;
      std::vector<int>& had = had_of[index];
      const int joined = phase->cluster.joined;
      had = counts_had(system, joined > 0 ? std::min(joined, limits.most) : limits.most);
      if (had.empty()) continue;
      counts = ladder(had, 4);
      doublings = ladder(had, 1);
    }
    for (const int count : counts) {
      const bool doubling = std::binary_search(doublings.begin(), doublings.end(), count);
      tasks.push_back({index, chip, count, doubling});
    }
  }
  const auto spread = [&](std::size_t n, const std::function<void(std::size_t)>& work) {
    if (for_each) return for_each(n, work);
    for (std::size_t i = 0; i < n; ++i) work(i);
  };
  // For the smallest the doublings tell where to look closer.
  const bool coarse = objective == SizeObjective::kSmallest && limits.counts.empty();
  std::vector<Task> looked_at;
  for (const Task& task : tasks) {
    if (!coarse || task.doubling) looked_at.push_back(task);
  }
  std::vector<SizedCluster> found(looked_at.size());
  spread(found.size(), [&](std::size_t i) {
    const Task& task = looked_at[i];
    found[i] = sized(job_on(spec, db, task.accelerator, task.count), limits);
  });
  std::vector<Curve> curves(chips.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    curves[looked_at[i].chip].push_back(std::move(found[i]));
  }
  // Cost falls with the count but for the steps of layouts, so that the cheapest lies there too.
  if (objective != SizeObjective::kFastest && limits.counts.empty()) {
    spread(chips.size(), [&](std::size_t chip) {
      const auto look = [&](int count) {
        return sized(job_on(spec, db, chips[chip], count), limits);
      };
      std::vector<int> counts;
      for (const Task& task : tasks) {
        if (task.chip == chip) counts.push_back(task.count);
      }
      if (coarse) fill_in(curves[chip], counts, look);
      refine(curves[chip], had_of[chip], look);
    });
  }
  const KnownRuns known = known_runs_of(db);
  for (Curve& curve : curves) {
    for (SizedCluster& each : curve) {
      if (!each.layout) continue;
      each.evidence.highest_mfu =
          known.highest_mfu(each.accelerator, each.layout->setup.machine.run_precision);
    }
  }
  for (Curve& each : curves) {
    answer.curve.insert(answer.curve.end(), std::make_move_iterator(each.begin()),
                        std::make_move_iterator(each.end()));
  }
  // More tokens of a phase that learns by reinforcement are no more of the model's training.
  const bool learns = std::any_of(spec.phases.begin(), spec.phases.end(),
                                  [](const PhaseSpec& phase) { return phase.rl.has_value(); });
  if (limits.budget && !learns) answer.bought = bought(answer, *limits.budget, limits.deadline);
  std::vector<const SizedCluster*> best_of;  // each accelerator
  for (const SizedCluster& each : answer.curve) {
    if (each.fault != SizeFault::kNone) continue;
    if (best_of.empty() || best_of.back()->accelerator != each.accelerator) {
      best_of.push_back(&each);
    } else if (better(objective, each, *best_of.back())) {
      best_of.back() = &each;
    }
  }
  std::sort(best_of.begin(), best_of.end(), [&](const SizedCluster* a, const SizedCluster* b) {
    return better(objective, *a, *b);
  });
  if (best_of.empty()) return answer;
  answer.best = *best_of.front();
  for (std::size_t i = 1; i < best_of.size(); ++i) answer.alternatives.push_back(*best_of[i]);
  look_beside(answer);
  for (const SizedCluster& each : answer.curve) {
    const bool smaller =
        each.accelerator == answer.best->accelerator && each.count < answer.best->count;
    if (smaller && (!answer.next_smaller || each.count > answer.next_smaller->count)) {
      answer.next_smaller = each;
    }
  }
  return answer;
}

std::vector<SizedCluster> best_of_each(const SizeAnswer& answer) {
  std::vector<SizedCluster> best, missed;
  if (answer.best) best.push_back(*answer.best);
  best.insert(best.end(), answer.alternatives.begin(), answer.alternatives.end());
  std::stable_sort(best.begin(), best.end(), [](const SizedCluster& a, const SizedCluster& b) {
    return a.totals.wall < b.totals.wall;
  });
  for (const SizedCluster& each : answer.curve) {
    const auto same = [&](const SizedCluster& other) {
      return other.accelerator == each.accelerator;
    };
    if (std::any_of(best.begin(), best.end(), same)) continue;
    const auto known = std::find_if(missed.begin(), missed.end(), same);
    if (known == missed.end()) {
      missed.push_back(each);
    } else if (each.faults.size() <= known->faults.size()) {
      *known = each;  // of two that miss as much, the larger
    }
  }
  best.insert(best.end(), missed.begin(), missed.end());
  return best;
}

}  // namespace traincost
