// What an error becomes, in every program: words on standard error, and an exit status.
#pragma once

#include <functional>

namespace traincost {

// The status that `work` returns, or that of the error which ended it; told as problem+json where
// `as_json`.
[[nodiscard]] int guarded(const std::function<int()>& work, bool as_json = false);

}  // namespace traincost
