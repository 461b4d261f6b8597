#include "estimator/prose/units.h"

#include <algorithm>

#include "base/text.h"
#include "estimator/prose/digits.h"

namespace traincost {
namespace {

// Words that may stand between a number and what it counts.
constexpr std::string_view kFillers[] = {
    "nvidia's ", "nvidia ",   "of the ",     "of ",  "new ",        "the ",  "total ",
    "high-end ", "ai ",       "google ",     "amd ", "huawei ",     "个",    "张",
    "块",        "颗",        "台",          "枚",   "片",          "新的",  "英伟达",
    "昇腾",      "华为",      " ",           "-",    "多",          "余",    "国产",
    "高端",      "advanced ", "unexpected ", "job ", "additional ", "我们的"};

const NameMention* chip_at(const std::vector<NameMention>& names, std::size_t at) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const NameMention& name) {
    return name.kind == NameKind::kAccelerator && name.start == at;
  });
  return found == names.end() ? nullptr : &*found;
}

// Letters are units at their number, some after a blank: "54d", "330 W", "198 h".
bool too_far(const UnitWord& word, std::size_t gap) {
  const bool letter = word.text.size() == 1 && is_letter(word.text.front());
  const bool blank = word.text == "w" || word.text == "h" || word.text == "s";
  return letter && gap > (blank ? 1 : 0);
}

}  // namespace

std::size_t skip_fillers(std::string_view text, std::size_t at) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view filler : kFillers) {
      if (!begins(text, at, filler)) continue;
      at += filler.size();
      again = true;
    }
  }
  return at;
}

std::size_t skip_precision(std::string_view text, std::size_t at, NumberMention& mention) {
  constexpr std::string_view kPrecisions[] = {"int8", "int4", "fp4",  "fp8", "fp16",
                                              "bf16", "fp32", "tf32", "fp64"};
  for (const std::string_view gap : {" ", ""}) {
    for (const std::string_view precision : kPrecisions) {
      if (!begins(text, at, gap) || !begins(text, at + gap.size(), precision)) continue;
      mention.precisions.emplace_back(precision);
      return at + gap.size() + precision.size();
    }
  }
  return at;
}

std::size_t unit_end(std::string_view text, std::size_t at, const std::vector<NameMention>& names,
                     std::string& unit, NumberMention& mention) {
  // Directly behind, or after a blank or a measure word.
  for (const std::size_t from : {at, skip_fillers(text, at)}) {
    const NameMention* chip = chip_at(names, from);
    const UnitWord* word = longest(unit_words(), text, from);
    if (chip == nullptr && word != nullptr && !too_far(*word, from - at)) {
      unit = std::string(word->unit);
      mention.dimension = word->dimension;
      mention.noun = word->noun;
      return from + word->text.size();
    }
    // "H800 GPU-hours", "A100-80GB GPU hours", "H100 hours", "H800".
    if (chip == nullptr) continue;
    mention.of_chip = chip->ids.front();
    std::size_t behind = chip->end();
    if (begins(text, behind, "s")) ++behind;  // plural
    const std::size_t next = skip_fillers(text, behind);
    if (const UnitWord* of_chip = longest(unit_words(), text, next)) {
      const bool time = of_chip->dimension == Dimension{.second = 1};
      const bool accelerators = of_chip->noun == Noun::kAccelerators;
      if (of_chip->dimension == Dimension{.second = 1, .accelerator = 1} ||
          (time && (of_chip->unit == "h" || of_chip->unit == "days") && next > behind &&
           !is_digit(text[next]))) {
        mention.dimension = {.second = 1, .accelerator = 1};
        unit = of_chip->unit == "days" ? "GPU-days" : "GPU-h";
        return next + of_chip->text.size();
      }
      if (accelerators || of_chip->noun == Noun::kSystems) {
        mention.noun = of_chip->noun;
        return next + of_chip->text.size();
      }
    }
    mention.noun = Noun::kAccelerators;
    return chip->end();
  }
  // "50,000 Hopper GPUs": one word of no known kind.
  if (begins(text, at, " ")) {
    std::size_t word_end = at + 1;
    while (word_end < text.size() && (is_letter(text[word_end]) || text[word_end] == '-'))
      ++word_end;
    for (const std::string_view noun : {" gpus", " chips", " accelerators", " cards"}) {
      if (word_end > at + 1 && begins(text, word_end, noun) &&
          word_ends(text, word_end + noun.size())) {
        mention.noun = Noun::kAccelerators;
        return word_end + noun.size();
      }
    }
  }
  return at;
}

namespace {

// "per H800-hour", "/A100 hour": hours of a chip by its name.
std::size_t hour_of_chip(std::string_view text, std::size_t at,
                         const std::vector<NameMention>& names) {
  for (const std::string_view per : {" per ", "/", " an ", " a "}) {
    if (!begins(text, at, per)) continue;
    const NameMention* chip = chip_at(names, at + per.size());
    if (chip == nullptr) continue;
    const std::size_t next = skip_fillers(text, chip->end());
    for (const std::string_view hour : {"gpu-hour", "gpu hour", "hour", "h"}) {
      if (begins(text, next, hour) && word_ends(text, next + hour.size())) {
        return next + hour.size();
      }
    }
  }
  return at;
}

}  // namespace

std::string per_of_money(std::string_view text, std::size_t& start, std::size_t& end,
                         const std::vector<NameMention>& names) {
  if (const std::size_t hour = hour_of_chip(text, end, names); hour > end) {
    end = hour;
    return "/GPU-h";
  }
  for (const std::size_t from : {end, end + 1}) {
    if (from > end && !begins(text, end, " ")) break;
    if (const PerWord* per = longest(per_words_behind(), text, from)) {
      end = from + per->text.size();
      return std::string(per->unit);
    }
  }
  std::size_t before = start;
  while (before > 0 && text[before - 1] == ' ') --before;
  for (const PerWord& per : per_words_before()) {
    if (per.text.size() <= before && begins(text, before - per.text.size(), per.text)) {
      start = before - per.text.size();
      return std::string(per.unit);
    }
  }
  return "";
}

void take_per_token(std::string_view text, std::size_t start, std::size_t& end, std::string& unit,
                    NumberMention& mention) {
  const bool hours = mention.dimension == Dimension{.second = 1, .accelerator = 1};
  const bool flop = mention.dimension == Dimension{.flop = 1};
  if (!hours && !flop) return;
  if (hours) {
    for (const std::string_view per : {" per trillion tokens", " per t tokens", "/t tokens",
                                       " for each trillion tokens", " a trillion tokens"}) {
      if (!begins(text, end, per)) continue;
      end += per.size();
      mention.per_token = true;
    }
    const std::string_view before = text.substr(0, start);
    for (const std::string_view each : {"each trillion tokens", "every trillion tokens", "每万亿",
                                        "每训练1万亿", "每1万亿", "每训练一万亿", "每一万亿"}) {
      const std::size_t at = before.rfind(each);
      if (at == std::string_view::npos) continue;
      const std::string_view between = before.substr(at);  // of one clause
      mention.per_token = mention.per_token || (between.find(',') == std::string_view::npos &&
                                                between.find("\uFF0C") == std::string_view::npos);
    }
    if (!mention.per_token) return;
    unit = "GPU-h/T tokens";
    mention.dimension = {.second = 1, .token = -1, .accelerator = 1};
    return;
  }
  for (const std::string_view per : {" per token", "/token", " a token"}) {
    if (!begins(text, end, per)) continue;
    end += per.size();
    unit = "FLOP/token";
    mention.per_token = true;
    mention.dimension = {.flop = 1, .token = -1};
  }
}

}  // namespace traincost
