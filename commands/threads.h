// Work spread over threads, seen by whoever waits for it: progress on a terminal, Ctrl-C heard.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "commands/command.h"
#include "estimator/search/layout_search.h"

namespace traincost {

// The value of --threads: every core where it is not given. Throws UsageError for a wrong one.
[[nodiscard]] int thread_count(const Arguments& arguments);

// By oneTBB, on so many threads.
[[nodiscard]] ForEach on_threads(int threads);

// From here on Ctrl-C sets what this returns instead of ending the program; a second one ends it.
[[nodiscard]] const std::atomic<bool>& heard_interrupt();

// "searching  34%, about 2 s to go", rewritten in place; nothing unless stderr is a terminal.
class ProgressLine {
 public:
  explicit ProgressLine(std::string what);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(double done, double of);

 private:
  std::string what_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point started_, last_;
};

}  // namespace traincost
