#include "serve/metrics.h"

#include "base/decimal.h"
#include "reports/report.h"

namespace traincost {

void Metrics::count(const std::string& route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  Times& times = times_[route];
  ++times.all;
  times.sum += seconds;
  for (std::size_t i = 0; i < kBounds.size(); ++i)
    times.up_to[i] += seconds <= kBounds[i] ? 1U : 0U;
}

std::string Metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string text =
      "# HELP traincost_info The program and its records.\n# TYPE traincost_info gauge\n"
      "traincost_info{engine_version=\"" +
      engine_version() + "\",data_version=\"" + data_version() +
      "\"} 1\n"
      "# HELP traincost_requests_total Requests answered, by route and HTTP status.\n"
      "# TYPE traincost_requests_total counter\n";
  for (const auto& [key, count] : requests_) {
    text += "traincost_requests_total{route=\"" + key.first + "\",status=\"" +
            std::to_string(key.second) + "\"} " + std::to_string(count) + "\n";
  }
  text +=
      "# HELP traincost_request_seconds Time to an answer, by route.\n"
      "# TYPE traincost_request_seconds histogram\n";
  for (const auto& [route, times] : times_) {
    const std::string label = "traincost_request_seconds_bucket{route=\"" + route + "\",le=\"";
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      text += label + decimal_text(kBounds[i]) + "\"} " + std::to_string(times.up_to[i]) + "\n";
    }
    text += label + "+Inf\"} " + std::to_string(times.all) + "\n";
    text += "traincost_request_seconds_sum{route=\"" + route + "\"} " + decimal_text(times.sum) +
            "\ntraincost_request_seconds_count{route=\"" + route + "\"} " +
            std::to_string(times.all) + "\n";
  }
  return text +
         "# HELP traincost_requests_in_flight Requests that are being answered.\n"
         "# TYPE traincost_requests_in_flight gauge\ntraincost_requests_in_flight " +
         std::to_string(in_flight_.load()) + "\n";
}

}  // namespace traincost
