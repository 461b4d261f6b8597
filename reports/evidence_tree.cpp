#include "reports/evidence_tree.h"

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace traincost {
namespace {

// "117 published steps of this software on this chip", and what the interval is wide for.
std::string evidence_text(const Tree& evidence) {
  const auto steps = [&](const char* key) { return rounded(evidence[key].get<double>()); };
  const bool one = evidence["steps_of_both"] == 1;
  std::string text = steps("steps_of_both") + " published step" + (one ? "" : "s") +
                     " of this software on this chip, " + steps("steps_of_software") +
                     " of the software, " + steps("steps_of_accelerator") + " of the chip; ";
  std::string doubts;
  for (const Tree& each : evidence["doubted_for"]) {
    doubts += (doubts.empty() ? "doubted as " : ", ") + each.get<std::string>();
  }
  std::replace(doubts.begin(), doubts.end(), '_', ' ');
  return text + doubts;
}

// "nv-25.02-B200-llama3-8b 2.31 s, predicted 2% less", nearest first.
std::string nearest_text(const Tree& evidence) {
  std::string text;
  for (const Tree& run : evidence["nearest"]) {
    const double error = run["error"].get<double>();
    text += (text.empty() ? "" : ", ") + run["id"].get<std::string>() + " (" +
            duration(run["measured_s"].get<double>()) + ", predicted " +
            percent(std::fabs(error), 0) + (error < 0 ? " less)" : " more)");
  }
  return text;
}

std::string unknown_text(const Tree& evidence) {
  std::string text;
  for (const Tree& knob : evidence["unknown_knobs"]) {
    text += (text.empty() ? "" : ", ") + knob.get<std::string>();
  }
  return text;
}

// A mark on a utilisation that no published run has reached on that chip.
std::string mark_text(const Tree& evidence) {
  if (!evidence["above_highest_mfu"].get<bool>()) return "";
  return "  mark      its MFU is above the " + percent(evidence["highest_mfu"].get<double>()) +
         " that any scored run reached on this chip in its precision\n";
}

}  // namespace

Tree evidence_tree(const Evidence& evidence, double mfu) {
  Tree t;
  t["steps_of_software"] = evidence.software;
  t["steps_of_accelerator"] = evidence.accelerator;
  t["steps_of_both"] = evidence.both;
  t["taught"] = evidence.taught;
  t["doubted_for"] = Tree::array();
  for (const Regime regime : evidence.regimes) {
    t["doubted_for"].push_back(regime_names()[static_cast<std::size_t>(regime)].name);
  }
  t["nearest"] = Tree::array();
  for (const KnownRun& run : evidence.nearest) {
    t["nearest"].push_back({{"id", run.id},
                            {"software", run.software},
                            {"accelerator", run.accelerator},
                            {"accelerators", run.count},
                            {"active_parameters", run.active_parameters},
                            {"measured_s", run.measured},
                            {"predicted_s", run.predicted},
                            {"error", run.predicted / run.measured - 1}});
  }
  t["unknown_knobs"] = evidence.unknown_knobs;
  t["highest_mfu"] = evidence.highest_mfu > 0 ? Tree(evidence.highest_mfu) : Tree(nullptr);
  t["above_highest_mfu"] = evidence.is_above(mfu);
  return t;
}

std::string evidence_lines(const Tree& result) {
  if (!result.contains("evidence")) return "";
  const Tree& evidence = result["evidence"];
  const std::string indent = "            ";
  std::string text = "  evidence  " + wrapped(evidence_text(evidence), indent) + "\n";
  if (const std::string near = nearest_text(evidence); !near.empty()) {
    text += "  nearest   " + wrapped(near, indent) + "\n";
  }
  if (const std::string unknown = unknown_text(evidence); !unknown.empty()) {
    text += "  untried   no scored run states " + wrapped(unknown, indent) + "\n";
  }
  return text + mark_text(evidence);
}

}  // namespace traincost
