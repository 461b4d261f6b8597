// The pipeline schedules, one line each, with the rules that tell them apart.
//
// Symbols: p pipeline ranks, v virtual stages of a rank, m micro-batches; F, B and W the forward
// pass, the full backward pass and its weight-gradient part of one micro-batch on one rank.
#pragma once

#include <string_view>

#include "base/cursor.h"

namespace traincost {

enum class Schedule { k1F1B, kInterleaved, kGPipe, kZbH1, kZbV, kDualPipe, kDualPipeV };

// How many virtual stages a rank holds.
enum class Stages { kOne, kTwo, kTwoOrMore };

struct ScheduleRules {
  Schedule schedule;
  const char* name;   // as jobs and reports have it
  const char* title;  // as sentences have it
  Stages stages = Stages::kOne;
  bool v_shaped = false;      // the second half of the model comes back up the ranks
  bool mirrored = false;      // each layer lies on two ranks, which share its micro-batches
  bool pairs_passes = false;  // a forward and a backward chunk run as one
  bool played = false;        // timed by playing it out: it has no closed form
  bool own_span = false;      // a rank's own span counts: steps do not wait for the last rank
  bool even_ranks = false;    // p is even
  bool even_micro_batches = false;
  int micro_batches_per_rank = 0;  // at least so many times p; 0: any number
  bool whole_rounds = false;       // p divides m
  // Micro-batches of one virtual stage's activations that rank r of p holds at its fullest, in
  // whole sets of its virtual stages.
  double (*slots)(double p, double v, double m, int rank);
};

namespace schedule_rules {

constexpr double least(double a, double b) { return a < b ? a : b; }

inline double all(double, double, double m, int) { return m; }
inline double from_the_end(double p, double, double m, int rank) { return least(m, p - rank); }
// Narayanan et al. 2021, arXiv:2104.04473: a rank warms up (p - 1) x 2 + (v - 1) p chunks beyond
// one.
inline double chunks(double p, double v, double m, int rank) {
  return least(m * v, 2 * (p - rank - 1) + (v - 1) * p + 1) / v;
}
// Inputs wait for the weight gradients that are put off, so that every rank holds what the first
// one does.
inline double as_the_first(double p, double, double m, int) { return least(m, p); }
inline double half(double p, double, double m, int) { return least(m, p + 1) / 2; }
inline double both_ways(double p, double, double m, int) { return least(2 * m, 2 * p + 1) / 2; }

}  // namespace schedule_rules

// In the order of Schedule.
inline constexpr ScheduleRules kSchedules[] = {
    {.schedule = Schedule::k1F1B,
     .name = "1f1b",
     .title = "1F1B",
     .slots = schedule_rules::from_the_end},
    {.schedule = Schedule::kInterleaved,
     .name = "interleaved",
     .title = "the interleaved schedule",
     .stages = Stages::kTwoOrMore,
     .whole_rounds = true,
     .slots = schedule_rules::chunks},
    {.schedule = Schedule::kGPipe, .name = "gpipe", .title = "GPipe", .slots = schedule_rules::all},
    {.schedule = Schedule::kZbH1,
     .name = "zb-h1",
     .title = "ZB-H1",
     .slots = schedule_rules::as_the_first},
    {.schedule = Schedule::kZbV,
     .name = "zb-v",
     .title = "ZB-V",
     .stages = Stages::kTwo,
     .v_shaped = true,
     .played = true,
     .own_span = true,
     .slots = schedule_rules::as_the_first},
    {.schedule = Schedule::kDualPipe,
     .name = "dualpipe",
     .title = "DualPipe",
     .mirrored = true,
     .pairs_passes = true,
     .played = true,
     .even_ranks = true,
     .even_micro_batches = true,
     .micro_batches_per_rank = 2,
     .slots = schedule_rules::half},
    {.schedule = Schedule::kDualPipeV,
     .name = "dualpipev",
     .title = "DualPipeV",
     .stages = Stages::kTwo,
     .v_shaped = true,
     .pairs_passes = true,
     .played = true,
     .micro_batches_per_rank = 2,
     .slots = schedule_rules::both_ways},
};

[[nodiscard]] constexpr const ScheduleRules& rules_of(Schedule schedule) {
  return kSchedules[static_cast<std::size_t>(schedule)];
}

[[nodiscard]] constexpr std::string_view schedule_name(Schedule schedule) {
  return rules_of(schedule).name;
}

// The names, as readers take tables.
inline constexpr auto kScheduleNames = [] {
  struct Names {
    Name<Schedule> rows[std::size(kSchedules)];
    constexpr const Name<Schedule>* begin() const { return std::begin(rows); }
    constexpr const Name<Schedule>* end() const { return std::end(rows); }
    constexpr const Name<Schedule>& operator[](std::size_t i) const { return rows[i]; }
  };
  Names names{};
  for (std::size_t i = 0; i < std::size(kSchedules); ++i) {
    names.rows[i] = {kSchedules[i].name, kSchedules[i].schedule};
  }
  return names;
}();

}  // namespace traincost
