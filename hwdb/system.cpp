#include "hwdb/system.h"

#include <cstdlib>

#include "base/units.h"

namespace traincost {

using namespace unit;

System read_system(const JsonCursor& cursor) {
  RecordReader reader(cursor, "systems");
  System s;
  if (const auto list = cursor.require("accelerators")) {
    for (const JsonCursor& id : list->items()) s.accelerators.push_back(id.text().value_or(""));
  }
  s.usual = reader.flag("usual").value_or(true);
  s.node_size = reader.required("node_size", reader.count("node_size", {1, 1024}));
  s.scale_up_domain =
      reader.required("scale_up_domain", reader.count("scale_up_domain", {1, 100000}));
  s.scale_up_efficiency =
      reader.required("scale_up_efficiency", reader.number("scale_up_efficiency", {0.05, 1}));
  s.send_efficiency = reader.number("send_efficiency", {0.05, 1});
  s.all_reduce_gain = reader.number("all_reduce_gain", {1, 2}).value_or(1);
  for (const std::string& size : reader.names_in("link_share")) {
    const int ranks = std::atoi(size.c_str());
    if (ranks < 2 || ranks > System::kLargestShare || std::to_string(ranks) != size) {
      cursor.find("link_share")
          ->fault("\"" + size + "\" is no size of a group of 2 to " +
                  std::to_string(System::kLargestShare));
      continue;
    }
    s.link_share[ranks] = reader.number("link_share." + size, {0.01, 1}).value_or(1);
  }
  s.pairwise_copy = reader.number("pairwise_copy", {0.01, 2}).value_or(s.pairwise_copy);
  s.nic_bandwidth = reader.quantity("nic_bandwidth", 0.1 * GB_per_s, 1000 * GB_per_s);
  s.nic_efficiency = reader.number("nic_efficiency", {0.05, 1}).value_or(0.9);
  s.torus_dimensions = reader.count("torus_dimensions", {2, 3}).value_or(0);
  s.mesh = reader.flag("mesh").value_or(false);
  if (!s.link_share.empty() && (s.mesh || s.torus_dimensions > 0)) {
    cursor.find("link_share")->fault("a mesh or a torus says itself what links a group has");
  }
  reader.text("fabric");
  s.oversubscription = reader.number("oversubscription", {1, 64}).value_or(1);
  s.collective_base = reader.required(
      "collective_base", reader.quantity("collective_base", 0.1 * microsecond, 1 * millisecond));
  s.scale_up_latency = reader.required(
      "scale_up_latency", reader.quantity("scale_up_latency", 0.1 * microsecond, 1 * millisecond));
  s.scale_out_latency =
      reader.required("scale_out_latency",
                      reader.quantity("scale_out_latency", 0.1 * microsecond, 10 * millisecond));
  s.server_power = reader.quantity("server_power", 50 * watt, 200000 * watt);
  s.record = reader.finish();
  return s;
}

}  // namespace traincost
