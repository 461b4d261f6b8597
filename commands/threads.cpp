#include "commands/threads.h"

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <iostream>
#include <memory>
#include <thread>

#ifndef __EMSCRIPTEN__  // a page has one thread
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#endif

#include "base/parse_quantity.h"
#include "commands/common.h"

namespace traincost {
namespace {

std::atomic<bool> interrupted = false;

void note_interrupt(int /*signal*/) {
  interrupted = true;
  std::signal(SIGINT, SIG_DFL);
}

}  // namespace

int thread_count(const Arguments& arguments) {
  constexpr int kMost = 1024;
  const int threads = count_option(
      arguments, "threads", std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
  if (threads > kMost) throw UsageError{"--threads expects 1 to " + std::to_string(kMost), ""};
  return threads;
}

ForEach on_threads(int threads) {
  if (threads <= 1) return {};
#ifdef __EMSCRIPTEN__
  return {};
#else
  const auto arena = std::make_shared<tbb::task_arena>(threads);
  return [arena](std::size_t n, const std::function<void(std::size_t)>& work) {
    arena->execute([&] { tbb::parallel_for(std::size_t{0}, n, work); });
  };
#endif
}

const std::atomic<bool>& heard_interrupt() {
  std::signal(SIGINT, note_interrupt);
  return interrupted;
}

ProgressLine::ProgressLine(std::string what)
    : what_(std::move(what)),
      terminal_(isatty(STDERR_FILENO) != 0),
      started_(std::chrono::steady_clock::now()),
      last_(started_) {}

ProgressLine::~ProgressLine() {
  if (shown_) std::cerr << "\r\033[K" << std::flush;
}

void ProgressLine::show(double done, double of) {
  if (!terminal_ || of <= 0) return;
  const auto now = std::chrono::steady_clock::now();
  constexpr std::chrono::milliseconds kEvery{100};
  if (now - last_ < kEvery) return;
  last_ = now;
  shown_ = true;
  const std::chrono::duration<double> taken = now - started_;
  const double share = std::min(1.0, done / of);
  std::cerr << '\r' << what_ << "  " << std::lround(100 * share) << "%";
  if (share > 0)
    std::cerr << ", about " << std::ceil(taken.count() * (1 / share - 1)) << " s to go";
  std::cerr << "\033[K" << std::flush;
}

}  // namespace traincost
