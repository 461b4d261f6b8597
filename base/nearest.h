// The name that the user probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace traincost {

// The candidate with the least edit distance to `word` (a swap of neighbours counts once, case
// does not count), or empty when none is near: more than a third of the word would have to change.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);

// `did you mean "h100-sxm"?`, or empty when nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string>& candidates);

// The same with up to three names, where others are as near but for one change:
// `did you mean "llama-2-70b", "llama-3.1-70b" or "llama-3.3-70b"?`
[[nodiscard]] std::string did_you_mean_one_of(std::string_view word,
                                              const std::vector<std::string>& candidates);

}  // namespace traincost
