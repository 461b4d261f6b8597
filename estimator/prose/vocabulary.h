// The words that a text uses for numbers, units, things counted and how exactly it means them, in
// English and in Chinese: one table each, the longer entry before the shorter that begins it.
//
// Entries are in small letters; what is not ASCII stands as it is. Of ASCII they are whole words;
// cues that end in "*" begin one. Some Chinese articles reach readers through a synonym spinner
// that writes 好意思 for 美 ("好意思元" is 美元, "特别" is 超过): where that sign is, its words are
// rows too.
#pragma once

#include <span>
#include <string_view>

#include "base/quantity.h"
#include "base/stated.h"

namespace traincost {

// What a number stands before: "2,048 GPUs", "671B parameters", "15,000 steps".
enum class Noun { kNone, kAccelerators, kParameters, kSteps, kSequences, kEvents, kSystems };

struct UnitWord {
  std::string_view text;
  std::string_view unit;  // as parse_stated has it; empty for ratios and counts
  Dimension dimension;
  Noun noun = Noun::kNone;
};
[[nodiscard]] std::span<const UnitWord> unit_words();

// "million", "万": what is put behind the digits.
struct ScaleWord {
  std::string_view text;
  std::string_view suffix;  // "M", "e4"
};
[[nodiscard]] std::span<const ScaleWord> scale_words();

// "two", "半", "数" ...: numbers that are written out.
struct NumberWord {
  std::string_view text;
  std::string_view digits;
};
[[nodiscard]] std::span<const NumberWord> number_words();
// "a quarter": shares, where a ratio is told and nothing else.
[[nodiscard]] std::span<const NumberWord> fraction_words();

// Words behind a number ("左右", "or more"); those before it are in base/stated.h.
[[nodiscard]] std::span<const Qualifier> qualifiers_behind();

// Signs of money before a number, with the code of their currency.
struct CurrencySign {
  std::string_view text;
  std::string_view code;
};
[[nodiscard]] std::span<const CurrencySign> currency_signs();

// What makes money a rate or a price of one, behind it or before it.
struct PerWord {
  std::string_view text;
  std::string_view unit;  // "/GPU-h", "/GPU", "/kWh"
};
[[nodiscard]] std::span<const PerWord> per_words_behind();
[[nodiscard]] std::span<const PerWord> per_words_before();

// What tells figures of one kind apart: which words of its clause or sentence a number needs.
enum class Cue {
  kBatch,     // tokens of a step
  kPerStep,   // a time of a step
  kActive,    // parameters that a token meets
  kExperts,   // a model of which a token meets a part
  kSold,      // units that are sold, not used
  kRevenue,   // money that comes in
  kEach,      // of one
  kPriced,    // what one costs
  kHourly,    // for each hour
  kByTheDay,  // for each day, month or year
  kSaved,     // not spent
  kSystem,    // of several accelerators
  kDenied,    // not so
  kTotal,     // all of it
  kSumsTo,    // what the others make
  kFalse,     // not so, behind the number
  kRunsOn,    // accelerators of each node
  kParameters,
  kEachDay,      // of a day
  kFitted,       // a model that is used or tuned, not trained from the start
  kApi,          // what a token costs its reader
  kFunding,      // money raised, invested, lost on a market
  kUtilisation,  // model FLOPs
  kHardwareUtilisation,
  kPue,
  kMemory,
  kCompute,
  kBandwidth,
  kLower,
  kHigher,
  kGrowth,
  kTraining,   // a run
  kTrains,     // and nothing else
  kUses,       // accelerators, for a run
  kHas,        // of a chip's sheet
  kElsewhere,  // bytes that are not a chip's memory
  kPeriod,     // growth from one to the next
  kElsewhen,   // times that are not a run's: "ago", "next"
  kForecast,
  kElectricity,  // money for it
  kCarbon,
};
[[nodiscard]] std::span<const std::string_view> cue_words(Cue cue);

// Words that begin with a capital or hold digits and are no names: units, terms, months, openings.
[[nodiscard]] bool is_no_name(std::string_view word);

// Whether a synonym spinner has changed the text.
[[nodiscard]] bool is_spun(std::string_view text);

}  // namespace traincost
