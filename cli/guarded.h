// What an error becomes, in every program: words on standard error, and an exit status.
#pragma once

#include <functional>

namespace traincost {

// The status that `work` returns, or that of the error which ended it.
[[nodiscard]] int guarded(const std::function<int()>& work);

}  // namespace traincost
