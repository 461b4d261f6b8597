#include "base/members.h"

#include "base/parse_quantity.h"

namespace traincost::member_detail {

bool within(const JsonCursor& at, double base, Dimension dimension, const char* low,
            const char* high) {
  const double least = *parse_quantity(low, dimension).base;
  const double most = *parse_quantity(high, dimension).base;
  if (base >= least && base <= most) return true;
  at.fault(dimension_name(dimension) + " out of range: expected " + low + " to " + high);
  return false;
}

}  // namespace traincost::member_detail
