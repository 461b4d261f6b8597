#include "reports/timetable_tree.h"

#include <algorithm>
#include <cmath>

#include "base/fault.h"
#include "base/units.h"
#include "estimator/step/schedules.h"

namespace traincost {
namespace {

using namespace unit;

// In the order of Work.
constexpr const char* kKinds[] = {"forward", "backward", "input gradient", "weight gradient",
                                  "pair"};

// Sixteen lanes are what a screen shows; the first and the last rank are among them.
std::vector<std::size_t> ranks_shown(std::size_t ranks) {
  constexpr std::size_t kMost = 16;
  std::vector<std::size_t> shown;
  const std::size_t count = std::min(kMost, ranks);
  for (std::size_t i = 0; i < count; ++i) {
    shown.push_back(count < 2 ? 0 : i * (ranks - 1) / (count - 1));
  }
  return shown;
}

std::string task_text(const PassTask& task) {
  const std::string first = std::to_string(task.micro_batch);
  return task.work == Work::kPair ? first + "+" + std::to_string(task.paired_micro_batch) : first;
}

// To the nanosecond: what a picture shows, and a saved report need not hold more.
double to_nanosecond(Seconds time) { return std::round(time.in(second)*1e9) / 1e9; }

constexpr double kMicroseconds = 1e6;  // in a second: a trace counts in them

// Events of one track, one after the other.
class Track {
 public:
  Track(Tree& events, int thread, const std::string& name) : events_(events), thread_(thread) {
    events_.push_back({{"name", "thread_name"},
                       {"ph", "M"},
                       {"pid", 1},
                       {"tid", thread},
                       {"args", {{"name", name}}}});
    events_.push_back({{"name", "thread_sort_index"},
                       {"ph", "M"},
                       {"pid", 1},
                       {"tid", thread},
                       {"args", {{"sort_index", thread}}}});
  }
  void add(const std::string& name, const std::string& category, double start, double end) {
    if (end <= start) return;
    events_.push_back({{"name", name},
                       {"cat", category},
                       {"ph", "X"},
                       {"pid", 1},
                       {"tid", thread_},
                       {"ts", start * kMicroseconds},
                       {"dur", (end - start) * kMicroseconds}});
  }

 private:
  Tree& events_;
  int thread_;
};

}  // namespace

Tree timetable_tree(const ShownStep& shown) {
  const StepPlay& play = shown.play;
  Tree t;
  t["phase"] = shown.phase;
  t["schedule"] = rules_of(shown.schedule).name;
  t["micro_batches"] = play.micro_batches;
  t["played"] = play.played;
  t["ranks_of_pipeline"] = play.ranks.size();
  t["pipeline_s"] = to_nanosecond(play.pipeline);
  t["between_s"] = to_nanosecond(play.between);
  t["after"] = Tree::array();
  for (const StepPart& part : play.after) {
    t["after"].push_back({{"name", part.name}, {"time_s", to_nanosecond(part.time)}});
  }
  t["kinds"] = Tree::array();
  for (const char* kind : kKinds) t["kinds"].push_back(kind);
  t["ranks"] = Tree::array();
  for (const std::size_t rank : ranks_shown(play.ranks.size())) {
    Tree slots = Tree::array();
    for (const PlayedTask& each : play.ranks[rank]) {
      slots.push_back({to_nanosecond(each.start), to_nanosecond(each.end),
                       static_cast<int>(each.task.work), task_text(each.task)});
    }
    t["ranks"].push_back({{"rank", rank}, {"slots", std::move(slots)}});
  }
  return t;
}

std::string trace_of(const Tree& report) {
  const Tree& table = report["result"]["timetable"];
  if (table.is_null()) {
    throw InputError(Fault{"", 0, "/result/timetable", "the report tells no timetable",
                           "`traincost estimate JOB --timetable`, or --format trace, does"});
  }
  Tree events = Tree::array();
  events.push_back({{"name", "process_name"},
                    {"ph", "M"},
                    {"pid", 1},
                    {"args",
                     {{"name", report["inputs"]["name"].get<std::string>() + ", " +
                                   table["phase"].get<std::string>() + ": one step"}}}});
  const double pipeline = table["pipeline_s"].get<double>();
  const double between = table["between_s"].get<double>();
  const auto further =
      table["micro_batches"].get<std::int64_t>() - table["played"].get<std::int64_t>();
  for (const Tree& rank : table["ranks"]) {
    const int number = rank["rank"].get<int>();
    Track work(events, 2 * number, "rank " + std::to_string(number));
    Track network(events, 2 * number + 1, "rank " + std::to_string(number) + ", network");
    double now = 0;
    for (const Tree& slot : rank["slots"]) {
      const double start = slot[0].get<double>(), end = slot[1].get<double>();
      work.add("bubble", "bubble", now, start);
      const std::string kind = table["kinds"].at(slot[2].get<std::size_t>()).get<std::string>();
      work.add(kind + " " + slot[3].get<std::string>(), kind, start, end);
      now = end;
    }
    work.add("bubble", "bubble", now, pipeline);
    now = pipeline + between;
    work.add(further > 0 ? std::to_string(further) + " further micro-batches" : "weight casts",
             "steady state", pipeline, now);
    for (const Tree& part : table["after"]) {
      const std::string name = part["name"].get<std::string>();
      const double end = now + part["time_s"].get<double>();
      const bool sent = name.find("communication") != std::string::npos ||
                        name.find("sends") != std::string::npos;
      work.add(sent ? "waits: " + name : name, sent ? "wait" : "update", now, end);
      if (sent) network.add(name, "communication", now, end);
      now = end;
    }
  }
  return Tree({{"displayTimeUnit", "ms"}, {"traceEvents", std::move(events)}}).dump() + "\n";
}

}  // namespace traincost
