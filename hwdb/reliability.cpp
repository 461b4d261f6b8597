#include "hwdb/reliability.h"

#include "base/units.h"

namespace traincost {

using namespace unit;

Reliability read_reliability(const JsonCursor& cursor) {
  RecordReader reader(cursor, "reliability");
  Reliability r;
  r.failures_per_node_day =
      reader.required("failures_per_node_day", reader.number("failures_per_node_day", {0, 1}));
  r.checkpoint_write = reader.required("checkpoint_write",
                                       reader.quantity("checkpoint_write", 0 * second, 3 * hour));
  r.restart = reader.required("restart", reader.quantity("restart", 0 * second, 24 * hour));
  r.checkpoint_interval = reader.quantity("checkpoint_interval", 1 * second, 365 * day);
  r.record = reader.finish();
  return r;
}

}  // namespace traincost
