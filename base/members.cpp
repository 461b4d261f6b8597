#include "base/members.h"

#include <charconv>

#include "base/parse_quantity.h"

namespace traincost::member_detail {

std::optional<std::size_t> item_at(const std::string& step, std::size_t size,
                                   const JsonCursor& value) {
  std::size_t index = 0;
  const auto read = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool whole = read.ec == std::errc{} && read.ptr == step.data() + step.size();
  if (whole && index < size) return index;
  value.fault("no item \"" + step + "\"", "there are " + std::to_string(size) + ", from 0");
  return std::nullopt;
}

bool within(const JsonCursor& at, double base, Dimension dimension, const char* low,
            const char* high) {
  const double least = *parse_quantity(low, dimension).base;
  const double most = *parse_quantity(high, dimension).base;
  if (base >= least && base <= most) return true;
  at.fault(dimension_name(dimension) + " out of range: expected " + low + " to " + high);
  return false;
}

}  // namespace traincost::member_detail
