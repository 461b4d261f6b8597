#include "reports/accuracy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include "base/units.h"
#include "reports/format.h"

namespace traincost {
namespace {

using namespace unit;

std::string statistics_line(const ErrorStatistics& s, const std::string& name) {
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", name, s.n, percent(s.mape),
                     percent(s.median_ape), percent(s.bias), percent(s.max_ape),
                     percent(s.coverage, 0));
}

struct Unseen {
  int n = 0;
  double mape = 0, bias = 0, worst = 0, inside = 0;
};

Unseen unseen_of(const Learned& learned, const std::string& family) {
  Unseen result;
  for (const UnseenCase& each : learned.unseen) {
    const bool counts =
        family.empty() ? learned.held_out.count(each.family) == 0 : each.family == family;
    if (!counts) continue;
    const double error = std::exp(each.log_error) - 1;
    ++result.n;
    result.mape += std::fabs(error);
    result.bias += error;
    result.worst = std::max(result.worst, std::fabs(error));
    result.inside += each.inside ? 1 : 0;
  }
  if (result.n > 0) {
    result.mape /= result.n;
    result.bias /= result.n;
    result.inside /= result.n;
  }
  return result;
}

// Families whose first contact is kept: what was made of them then, and what is now.
std::string first_contact_table(const Validation& in_sample, const Learned& learned) {
  std::string rows;
  double then_mean = 0;
  double now_mean = 0;
  double inside_mean = 0;
  int counted = 0;
  for (const ErrorStatistics& family : in_sample.families) {
    int n = 0;
    double then = 0;
    double bias = 0;
    double now = 0;
    double inside = 0;
    for (const UnseenCase& each : learned.unseen) {
      if (each.family != family.family || !each.first_error) continue;
      const double first = std::exp(*each.first_error) - 1;
      ++n;
      then += std::fabs(first);
      bias += first;
      now += std::fabs(std::exp(each.log_error) - 1);
      inside += each.first_inside ? 1 : 0;
    }
    if (n == 0) continue;
    rows += fmt::format("| {} | {} | {} | {} | {} | {} |\n", family.family, n, percent(then / n),
                        percent(bias / n), percent(inside / n, 0), percent(now / n));
    then_mean += then / n;
    now_mean += now / n;
    inside_mean += inside / n;
    ++counted;
  }
  if (counted == 0) return "";
  return "## At first contact\n\n"
         "What the engine of the day made of each family before anything was changed for it "
         "(hwdb/data/published/first_contact):\nthe only figures here that tell what the next "
         "family will meet. *Inside* is whether the interval that the other families make\n"
         "would have held the measurement; *today* is the tuned error of the same runs since "
         "mechanisms were added, with that family\nin view but in no fit.\n\n"
         "| family | n | mean | bias | inside p5-p95 | mean today |\n"
         "|---|---:|---:|---:|---:|---:|\n" +
         rows +
         fmt::format(
             "| **families weighing the same** | {} | {} | | {} | {} |\n\n"
             "The median of those intervals is {} wide, of p50. They are what the other families "
             "say of one that nobody has met\n(an effect between families, a spread inside each), "
             "{:.2f} times as wide: {} of the\nmeasurements lie inside as they are predicted "
             "today, "
             "families weighing the same. An answer's interval also ends where its steps would get "
             "more of\nthe chip's products than any measured step has (estimator/doubt/reach).\n\n",
             counted, percent(then_mean / counted), percent(inside_mean / counted, 0),
             percent(now_mean / counted), percent(learned.first_width, 0), learned.scales.steps,
             percent(learned.inside, 0));
}

std::string unseen_table(const Validation& in_sample, const Learned& learned) {
  const std::set<std::string>& held_out = learned.held_out;
  std::string text =
      "| family | n | mean | bias | worst | inside p5-p95 |\n|---|---:|---:|---:|---:|---:|\n";
  double mean = 0;
  int counted = 0;
  for (const ErrorStatistics& family : in_sample.families) {
    if (held_out.count(family.family) != 0) continue;
    const Unseen u = unseen_of(learned, family.family);
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", family.family, u.n, percent(u.mape),
                        percent(u.bias), percent(u.worst), percent(u.inside, 0));
    if (u.n < kSmallestFamily) continue;
    mean += u.mape;
    ++counted;
  }
  const Unseen all = unseen_of(learned, "");
  text += fmt::format("| **all** | {} | {} | {} | {} | {} |\n", all.n, percent(all.mape),
                      percent(all.bias), percent(all.worst), percent(all.inside, 0));
  if (counted > 0) {
    text += fmt::format("\n**Mean over families of {} or more: {}.**\n", kSmallestFamily,
                        percent(mean / counted));
  }
  return text;
}

// Calculon's mean error on vTrain's runs, with its shipped settings for that chip. Source: the
// corpus of families that came with their first contact, 2026-11-29.
constexpr std::pair<const char*, double> kCalculon[] = {{"vtrain_multi", 0.153},
                                                        {"vtrain_single", 0.390}};

std::string yardstick_table(const Validation& in_sample, const Learned& learned,
                            const std::map<std::string, double>& constant) {
  std::string text =
      "\n## Yardsticks\n\n"
      "One share of peak for each chip, read off the other families that ran on it, and "
      "Calculon's errors where they\nare known, beside the answer's. A family where either is "
      "nearer is lost.\n\n"
      "| family | answer | one constant a chip | Calculon | |\n|---|---:|---:|---:|---|\n";
  int lost = 0;
  int all = 0;
  for (const ErrorStatistics& family : in_sample.families) {
    const auto by_constant = constant.find(family.family);
    if (by_constant == constant.end()) continue;
    const auto* calculon =
        std::find_if(std::begin(kCalculon), std::end(kCalculon),
                     [&](const auto& each) { return each.first == family.family; });
    const bool has_calculon = calculon != std::end(kCalculon);
    const bool loses =
        by_constant->second < family.mape || (has_calculon && calculon->second < family.mape);
    const bool held = learned.held_out.count(family.family) != 0;
    text += fmt::format("| {}{} | {} | {} | {} | {} |\n", family.family, held ? "" : " (taught)",
                        percent(family.mape), percent(by_constant->second),
                        has_calculon ? percent(calculon->second) : "", loses ? "lost" : "");
    lost += loses ? 1 : 0;
    ++all;
  }
  return text + fmt::format("\n{} of {} families are lost.\n", lost, all);
}

std::string parameter_table(const EngineParameters& parameters) {
  std::string text = "| parameter | value | bounds | meaning |\n|---|---:|---|---|\n";
  for (const EngineParameter& each : engine_parameters()) {
    text += fmt::format("| `{}` | {:.3f} | {} to {} | {} |\n", each.name, parameters.*each.member,
                        each.low, each.high, each.meaning);
  }
  return text;
}

std::string worst_table(const Validation& in_sample) {
  std::vector<const ValidatedCase*> worst;
  for (const ValidatedCase& each : in_sample.cases) {
    if (!each.regression) worst.push_back(&each);
  }
  std::sort(worst.begin(), worst.end(), [](const ValidatedCase* a, const ValidatedCase* b) {
    return std::fabs(a->error) > std::fabs(b->error);
  });
  constexpr std::size_t kShown = 15;
  std::string text = "| case | measured | predicted | error |\n|---|---:|---:|---:|\n";
  for (std::size_t i = 0; i < worst.size() && i < kShown; ++i) {
    text += fmt::format("| {} | {} | {} | {} |\n", worst[i]->id,
                        duration(worst[i]->measured.in(second)),
                        duration(worst[i]->predicted.in(second)), percent(worst[i]->error));
  }
  return text;
}

// Steps that were measured part by part.
std::string parts_table(const Validation& in_sample) {
  std::string text;
  for (const ValidatedCase& each : in_sample.cases) {
    if (each.parts.empty()) continue;
    text +=
        "\n## " + each.id + ", part by part\n\n| part | measured | predicted |\n|---|---:|---:|\n";
    for (const ValidatedCase::Part& part : each.parts) {
      text += fmt::format("| {} | {:.2f} s | {:.2f} s |\n", part.name, part.measured.in(second),
                          part.predicted.in(second));
    }
    text += fmt::format("| **step** | {:.2f} s | {:.2f} s |\n", each.measured.in(second),
                        each.tuned.in(second));
    Seconds pipeline, waiting;
    for (const StepTerm& term : each.step.terms) {
      if (term.cause == Cause::kStraggler || term.cause == Cause::kPipelineSend) {
        waiting += term.time;
      }
    }
    if (each.step.parts) pipeline = each.step.parts->idle;
    text += fmt::format(
        "\nThe bubble of the schedule alone is {:.2f} s; the rest of what shows as bubble, {:.2f} "
        "s, is "
        "waiting for\nsends and for the slowest of all ranks.\n",
        pipeline.in(second), waiting.in(second));
  }
  return text;
}

// Whole runs: what others' software, failures and restarts made of the tokens.
std::string runs_table(const Validation& in_sample, const Learned& learned) {
  if (in_sample.runs.empty()) return "";
  std::string text =
      "\n## Whole runs\n\n"
      "Accelerator-hours as published, over those that the engine predicts with its share of "
      "failures. Where a row\nleaves layout or software open the engine takes its own, tuned ones: "
      "others' took longer. These rows\nentered no fit; their spread is the doubt of every answer "
      "whose software is not named.\n\n"
      "| run | stated | predicted | ratio | software | layout |\n|---|---:|---:|---:|---|---|\n";
  for (const ValidatedRun& each : in_sample.runs) {
    text += fmt::format("| {} | {} | {} | {:.2f} | {} | {} |\n", each.id,
                        rounded(each.stated.in(accelerator_hour)),
                        rounded(each.predicted.in(accelerator_hour)), each.ratio,
                        each.names_software ? each.stack : "not named",
                        each.states_layout ? "stated" : "the engine's");
  }
  const LogInterval& spread = learned.error.of(Regime::kUnnamedSoftware);
  return text + fmt::format(
                    "\nBy the {} whose software is not named, a report to come would state {:.2f} "
                    "to {:.2f} times the hours, {:.2f} in the\nmiddle. Each report was left out in "
                    "turn: its own runs lie inside what the others say to {}.\n",
                    learned.runs.size(), std::exp(spread.low), std::exp(spread.high),
                    std::exp(spread.middle), percent(learned.runs_inside, 0));
}

// Iterations of reinforcement learning, each beside what was made of it at first contact: so few
// hands that most of their doubt is what is assumed of the next.
std::string iterations_table(const Validation& in_sample, const Learned& learned) {
  if (in_sample.iterations.empty()) return "";
  std::map<std::string, double> first;  // answer / measured - 1, by id
  for (const UnseenCase& each : learned.iterations) {
    if (each.first_error) first[each.id] = std::exp(*each.first_error) - 1;
  }
  std::string text =
      "\n## Iterations of reinforcement learning\n\n"
      "Time of an iteration, predicted by the physics alone (`tuned`) and by the answer. All are "
      "of one software, one family where intervals\nare made; nothing was fitted on them but the "
      "middle and the spread of the answer. *First contact* is the error of the first\nanswer. "
      "Those on policy met a law that let weights travel in shares; it was changed. Those one step "
      "off policy, where some generate\nwhile the others learn, met the law of today.\n\n"
      "| iteration | measured | tuned | answer | error | first contact | generates "
      "|\n|---|---:|---:|---:|---:|---:|---:|\n";
  for (const ValidatedIteration& each : in_sample.iterations) {
    const auto met = first.find(each.id);
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", each.id,
                        duration(each.measured.in(second)), duration(each.tuned.total().in(second)),
                        duration(each.predicted.in(second)), percent(each.error),
                        met == first.end() ? "" : percent(met->second),
                        percent(each.tuned.generation.total() / each.tuned.total(), 0));
  }
  const LogInterval& spread = learned.error.of(Regime::kReinforcement);
  return text + fmt::format(
                    "\nAn iteration of software to come would take {:.2f} to {:.2f} times what the "
                    "physics says, {:.2f} in the middle.\n",
                    std::exp(spread.low), std::exp(spread.high), std::exp(spread.middle));
}

// Iteration times of Korthikanti et al. 2022, Table 5, as other tools give them with the settings
// that their authors ship. Source: calculon-ai/calculon validation/seqsel, tuned on these rows;
// MooreThreads/SimuMax docs; both as collected from their repositories in 2026.
struct PeerRow {
  const char* id;
  double calculon_s, simumax_s;
};
constexpr PeerRow kPeers[] = {{"korthikanti22-t5-22B-full", 1.396, 1.419},
                              {"korthikanti22-t5-22B-selective", 1.137, 1.125},
                              {"korthikanti22-t5-175B-full", 18.029, 20.380},
                              {"korthikanti22-t5-175B-selective", 13.638, 15.585},
                              {"korthikanti22-t5-530B-full", 49.893, 55.820},
                              {"korthikanti22-t5-530B-selective", 34.473, 43.915},
                              {"korthikanti22-t5-1T-full", 90.081, 106.900},
                              {"korthikanti22-t5-1T-selective", 66.041, 83.745}};

std::string peer_table(const Validation& in_sample) {
  std::string rows;
  double mean[3] = {0, 0, 0};
  double worst[3] = {0, 0, 0};
  int n = 0;
  for (const PeerRow& peer : kPeers) {
    for (const ValidatedCase& each : in_sample.cases) {
      if (each.id != peer.id) continue;
      const double measured = each.measured.in(second);
      const double times[3] = {each.predicted.in(second), peer.calculon_s, peer.simumax_s};
      rows += fmt::format("| {} | {:.2f} s |", each.id.substr(17), measured);
      for (std::size_t i = 0; i < 3; ++i) {
        const double error = times[i] / measured - 1;
        mean[i] += std::fabs(error);
        worst[i] = std::max(worst[i], std::fabs(error));
        rows += fmt::format(" {:.2f} s ({:+.1f}%) |", times[i], 100 * error);
      }
      rows += "\n";
      ++n;
    }
  }
  if (n == 0) return "";
  std::string text =
      "\n## Peers on one table\n\n"
      "Seconds per iteration of Korthikanti et al. 2022 (arXiv:2205.05198), Table 5, by this "
      "engine "
      "as fitted\non all families, by Calculon with the settings that it ships for these eight "
      "rows, "
      "and by SimuMax.\n\n"
      "| case | measured | traincost | Calculon (tuned on these) | SimuMax |\n"
      "|---|---:|---:|---:|---:|\n" +
      rows + "| **mean, worst** | |";
  for (std::size_t i = 0; i < 3; ++i) {
    text += fmt::format(" **{:.1f}%, {:.1f}%** |", 100 * mean[i] / n, 100 * worst[i]);
  }
  return text + "\n";
}

// Mean absolute errors and the share inside, of a family or of families that weigh the same.
struct Half {
  int families = 0;
  double tuned = 0, answer = 0, inside = 0;

  void add(const Half& family) {
    ++families;
    tuned += family.tuned;
    answer += family.answer;
    inside += family.inside;
  }
  [[nodiscard]] std::string line(const std::string& name) const {
    const double n = std::max(1, families);
    return fmt::format("| {} | {} | {} | {} | {} |\n", name, families, percent(tuned / n),
                       percent(answer / n), percent(inside / n, 0));
  }
};

Half as_opened(const LedgerFamily& family, double& bias) {
  Half half;
  const auto n = static_cast<double>(family.runs.size());
  for (const FirstContact& run : family.runs) {
    half.tuned += std::fabs(run.tuned / run.measured - 1) / n;
    half.answer += std::fabs(run.predicted / run.measured - 1) / n;
    half.inside += run.p5 <= run.measured && run.measured <= run.p95 ? 1 / n : 0;
    bias += (run.predicted / run.measured - 1) / n;
  }
  return half;
}

// Families in view while mechanisms were sought, beside those that were sealed.
std::string halves_table(const Validation& in_sample, const Learned& learned) {
  if (learned.opened.empty()) return "";
  Half opening;
  Half sealed;
  Half in_view;
  std::string rows;
  for (const ErrorStatistics& family : in_sample.families) {
    if (learned.held_out.count(family.family) == 0) continue;
    const Unseen unseen = unseen_of(learned, family.family);
    const Half today{1, unseen.mape, family.mape, unseen.inside};
    const auto kept = learned.opened.find(family.family);
    const bool large = family.n >= kSmallestFamily;
    if (kept == learned.opened.end()) {
      if (large) in_view.add(today);
      continue;
    }
    double bias = 0;
    const Half then = as_opened(kept->second, bias);
    rows += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", family.family, family.n,
                        percent(then.tuned), percent(then.answer), percent(bias),
                        percent(then.inside, 0), percent(today.answer));
    if (!large) continue;
    opening.add(then);
    sealed.add(today);
  }
  return "## The half that was sealed\n\n"
         "While mechanisms were sought nobody looked at these families but at the mean of their "
         "errors; they were opened on\n" +
         learned.opened.begin()->second.opened +
         ", once. Errors are of that day's engine; *today* is the answer's since.\n\n"
         "| family | n | tuned | answer | bias | inside p5-p95 | answer today |\n"
         "|---|---:|---:|---:|---:|---:|---:|\n" +
         rows +
         fmt::format(
             "\nBoth halves, families of {} runs or more weighing the same, none of them "
             "fitted on:\n\n",
             kSmallestFamily) +
         "| half | families | tuned | answer | inside p5-p95 |\n"
         "|---|---:|---:|---:|---:|\n" +
         in_view.line("in view, today") + opening.line("**sealed, at its opening**") +
         sealed.line("the same, today") + "\n";
}

}  // namespace

std::string accuracy_page(const Validation& in_sample, const Learned& learned,
                          const std::map<std::string, double>& constant) {
  std::string text =
      "# Accuracy\n\n"
      "Written by `./dev learn`, which runs `traincost validate hwdb/data/published --learn`; do "
      "not\n"
      "edit. Errors are of the step time, predicted over measured less one: at first contact of "
      "what was answered then, on families\nthat the fit did not see of the physics alone "
      "(`tuned`), in sample and below of the answer, the median. What is known of\nthe worst is in "
      "[known-failures.md](known-failures.md).\n\n"
      "![Predicted against measured step time](accuracy.svg)\n\n";
  text += first_contact_table(in_sample, learned);
  text += halves_table(in_sample, learned);
  text +=
      "## Families that the fit did not see\n\n"
      "Each family is predicted by parameters fitted on all others. The defaults, the mechanisms "
      "and the pull of the fit were\nchosen with all these families in view (ADR 5), so the "
      "figures flatter the engine on data that nobody has seen.\n\n";
  text += unseen_table(in_sample, learned);
  text +=
      "\n## In sample\n\n"
      "Families that taught the fit, and those that did not, as the shipped parameters have "
      "them.\n\n"
      "| family | n | mean | median | bias | worst | inside p5-p95 |\n"
      "|---|---:|---:|---:|---:|---:|---:|\n";
  double mean = 0;
  int counted = 0;
  for (const ErrorStatistics& family : in_sample.families) {
    const bool held = learned.held_out.count(family.family) != 0;
    text += statistics_line(family, family.family + (held ? " (held out)" : ""));
    if (held || family.n < kSmallestFamily) continue;
    mean += family.mape;
    ++counted;
  }
  text += statistics_line(in_sample.all, "**all**");
  text += fmt::format(
      "\nMean over families of {} or more that taught: {}. The interval's median width is {} of "
      "the prediction.\n",
      kSmallestFamily, percent(counted > 0 ? mean / counted : 0),
      percent(in_sample.all.median_width, 0));
  text += fmt::format("\n## The {} fitted parameters\n\n", engine_parameters().size());
  text += parameter_table(learned.parameters);
  text += yardstick_table(in_sample, learned, constant);
  text += peer_table(in_sample);
  text += runs_table(in_sample, learned);
  text += iterations_table(in_sample, learned);
  text += parts_table(in_sample);
  text += "\n## Worst cases\n\n" + worst_table(in_sample);
  text += fmt::format(
      "\n{} rows could not be scored; `traincost validate --format json` gives each "
      "reason.\n",
      in_sample.unscored.size());
  return text;
}

}  // namespace traincost
