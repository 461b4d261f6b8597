#include "estimator/doubt/engine_error.h"

#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"

namespace traincost {

const std::vector<RegimeName>& regime_names() {
  static const std::vector<RegimeName> names = {
      {Regime::kDense, "dense", "dense models on chips with measured kernels", false},
      {Regime::kExperts, "experts", "mixtures of experts", false},
      {Regime::kNewChip, "new_chip", "Blackwell, whose software moved by 25 to 40% in half a year",
       false},
      {Regime::kUnmeasuredChip, "unmeasured_chip",
       "chips whose kernel curves are inherited or assumed", true},
      {Regime::kShardedData, "sharded_data", "ZeRO-3 and FSDP over the network", false},
      {Regime::kExposed, "exposed",
       "steps of which more than a quarter waits for the network or the host", false},
      {Regime::kUntunedSoftware, "untuned_software",
       "software whose kernels and recipes no vendor tuned", true},
      {Regime::kUnnamedSoftware, "unnamed_software",
       "runs whose software is not named: as others trained, restarts and all", true},
      {Regime::kReinforcement, "reinforcement",
       "iterations of reinforcement learning, most of which generate", true},
  };
  return names;
}

std::string text_of(const std::vector<KnownSteps>& known) {
  std::string text;
  for (const KnownSteps& each : known) {
    text += (text.empty() ? "" : " ") + each.software + "/" + each.accelerator + ":" +
            std::to_string(each.steps);
  }
  return text.empty() ? "none" : text;
}

std::vector<KnownSteps> known_steps(const std::string& text) {
  std::vector<KnownSteps> known;
  for (const std::string& word : words_of(text)) {
    const auto slash = word.find('/');
    const auto colon = word.rfind(':');
    if (slash == std::string::npos || colon == std::string::npos || colon < slash) continue;
    KnownSteps each{word.substr(0, slash), word.substr(slash + 1, colon - slash - 1), 0};
    std::from_chars(word.data() + colon + 1, word.data() + word.size(), each.steps);
    if (each.steps > 0) known.push_back(std::move(each));
  }
  return known;
}

EngineError read_engine_error(const JsonCursor& cursor) {
  RecordReader reader(cursor, "engine_error");
  EngineError error;
  for (const RegimeName& each : regime_names()) {
    const std::string name(each.name);
    LogInterval interval;
    interval.low = reader.required(name + "_low", reader.number(name + "_low", {-3, 0}));
    interval.high = reader.required(name + "_high", reader.number(name + "_high", {0, 3}));
    interval.middle = reader.required(name + "_middle", reader.number(name + "_middle", {-3, 3}));
    error.by_regime.push_back(interval);
  }
  error.taught = known_steps(reader.required("taught", reader.text("taught")));
  error.met = known_steps(reader.required("met", reader.text("met")));
  error.record = reader.finish();
  return error;
}

EngineError engine_error_of(const HardwareDb& db) {
  if (auto found = db.record("engine_error", "engine-error", read_engine_error)) {
    return std::move(*found);
  }
  EngineError none;
  none.by_regime.resize(regime_names().size());
  return none;
}

}  // namespace traincost
