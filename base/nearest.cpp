#include "base/nearest.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace traincost {
namespace {

// Damerau's distance in its restricted form (optimal string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestName = 100;
  if (word.size() > kLongestName) return "";
  const std::string wanted = lower(std::string(word));
  std::size_t best = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  std::string found;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(wanted, lower(candidate));
    if (distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string name = nearest(word, candidates);
  return name.empty() ? "" : "did you mean \"" + name + "\"?";
}

std::string did_you_mean_one_of(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string best = nearest(word, candidates);
  if (best.empty()) return "";
  const std::string wanted = lower(std::string(word));
  const std::size_t least = edit_distance(wanted, lower(best));
  std::vector<std::string> near;
  constexpr std::size_t kMost = 3;
  for (std::size_t more = 0; more < 2; ++more) {
    for (const std::string& each : candidates) {
      const bool as_near = edit_distance(wanted, lower(each)) == least + more;
      if (as_near && near.size() < kMost) near.push_back(each);
    }
  }
  std::string text = "did you mean ";
  for (std::size_t i = 0; i < near.size(); ++i) {
    text += (i == 0 ? "\"" : i + 1 == near.size() ? " or \"" : ", \"") + near[i] + "\"";
  }
  return text + "?";
}

}  // namespace traincost
