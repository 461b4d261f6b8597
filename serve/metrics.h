// Counts and times of what was asked, as Prometheus reads them.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace traincost {

class Metrics {
 public:
  void count(const std::string& route, int status, double seconds);
  void began() { ++in_flight_; }
  void ended() { --in_flight_; }

  // The text exposition format, version 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  // Upper bounds of the histogram, in seconds.
  static constexpr std::array kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                         0.25,  0.5,    1.0,   2.5,  5.0,   10.0};
  struct Times {
    std::array<std::size_t, kBounds.size()> up_to{};  // each counts those of the smaller bounds too
    std::size_t all = 0;
    double sum = 0;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::size_t> requests_;
  std::map<std::string, Times> times_;
  std::atomic<int> in_flight_ = 0;
};

}  // namespace traincost
