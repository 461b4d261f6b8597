#include "hwdb/system.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/units.h"

namespace traincost {

using namespace unit;

namespace {

constexpr int kCube = 64, kSide = 4;
constexpr int kLongestSide = 16;  // in cubes

bool power_of_two(int number) { return number > 0 && (number & (number - 1)) == 0; }

// a <= b <= c with a b c = cubes, as near to a cube as there is; none where a side is too long.
std::vector<int> block_of(int cubes) {
  std::vector<int> best;
  for (int a = 1; a * a * a <= cubes; ++a) {
    if (cubes % a != 0) continue;
    const int rest = cubes / a;
    for (int b = a; b * b <= rest; ++b) {
      if (rest % b != 0 || rest / b > kLongestSide) continue;
      best = {a, b, rest / b};
    }
  }
  return best;
}

}  // namespace

std::vector<int> slice_shape(const System& system, int count) {
  const int dimensions = system.torus_dimensions;
  if (dimensions == 0 || count > system.scale_up_domain) return {};
  if (dimensions == 3 && count % kCube == 0) {
    std::vector<int> shape = block_of(count / kCube);
    for (int& side : shape) side *= kSide;
    return shape;
  }
  if (!power_of_two(count) || (dimensions == 3 && count > kCube)) return {};
  std::vector<int> shape(static_cast<std::size_t>(dimensions), 1);
  for (std::size_t last = shape.size(); count > 1; count /= 2) {
    last = last == 0 ? shape.size() - 1 : last - 1;
    shape[last % shape.size()] *= 2;
  }
  std::sort(shape.begin(), shape.end());
  return shape;
}

bool is_had(const System& system, int count) {
  if (count < system.node_size || count % system.node_size != 0) return false;
  if (system.torus_dimensions == 0) return true;
  const int pod = system.scale_up_domain;
  return count > pod ? count % pod == 0 : !slice_shape(system, count).empty();
}

std::vector<int> counts_had(const System& system, int most) {
  std::vector<int> counts;
  for (std::int64_t count = system.node_size; count <= most; count += system.node_size) {
    if (is_had(system, static_cast<int>(count))) counts.push_back(static_cast<int>(count));
  }
  return counts;
}

CountHad count_had(const System& system, int count) {
  if (system.torus_dimensions > 0 && count <= system.scale_up_domain) {
    return {0, 0, slice_shape(system, count)};
  }
  const int rest = count % system.scale_up_domain;
  return {count / system.scale_up_domain, (rest + system.node_size - 1) / system.node_size, {}};
}

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
  s.node_name = reader.text("node_name").value_or(s.node_name);
  s.domain_name = reader.text("domain_name").value_or(s.domain_name);
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
