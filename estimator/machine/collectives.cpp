#include "estimator/machine/collectives.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace traincost {
namespace {

Bandwidth bus_bandwidth(const Machine& machine, Group group) {
  if (group.inside >= group.size) return machine.scale_up;
  const Bandwidth cards = static_cast<double>(group.inside) * machine.scale_out;
  return group.inside == 1 ? cards : min(machine.scale_up, cards);
}

Seconds latency(const Machine& machine, Group group) {
  const double domains = std::ceil(static_cast<double>(group.size) / group.inside);
  const double inside = std::max(0, group.inside - 1);
  const double outside = domains <= 1 ? 0 : std::min(domains - 1, 2 * std::log2(domains));
  return inside * machine.scale_up_latency + outside * machine.scale_out_latency;
}

}  // namespace

Group make_group(const Machine& machine, int size, int stride) {
  const int domain = std::max(1, machine.scale_up_domain);
  const int inside = stride >= domain ? 1 : std::max(1, domain / stride);
  return {size, std::min(size, inside)};
}

Seconds all_gather_time(const Machine& machine, Group group, Bytes bytes) {
  if (group.size <= 1) return {};
  const double share = (group.size - 1.0) / group.size;
  return share * bytes / bus_bandwidth(machine, group) + latency(machine, group);
}

Seconds reduce_scatter_time(const Machine& machine, Group group, Bytes bytes) {
  return all_gather_time(machine, group, bytes);
}

Seconds all_reduce_time(const Machine& machine, Group group, Bytes bytes) {
  return 2 * all_gather_time(machine, group, bytes);
}

Seconds all_to_all_time(const Machine& machine, Group group, Bytes bytes, double outside_share) {
  if (group.size <= 1) return {};
  const double n = group.size;
  const Bytes inside = ((group.inside - 1) / n) * bytes;
  const Bytes outside = outside_share * ((n - group.inside) / n) * bytes;
  // What arrives at the domain's door is forwarded over the fast links too.
  const Seconds fast = (inside + outside) / machine.scale_up;
  const Seconds slow = group.size > group.inside ? outside / machine.scale_out : Seconds{};
  return max(group.inside > 1 ? fast : Seconds{}, slow) + latency(machine, group);
}

Seconds send_time(const Machine& machine, bool across_domains, Bytes bytes) {
  return across_domains ? bytes / machine.scale_out + machine.scale_out_latency
                        : bytes / machine.scale_up + machine.scale_up_latency;
}

}  // namespace traincost
