#include "estimator/machine/collectives.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

Bandwidth bus_bandwidth(const Machine& machine, Group group, double inside_gain = 1) {
  const Bandwidth links = inside_gain * machine.scale_up;
  if (group.inside >= group.size) return links;
  const Bandwidth cards = static_cast<double>(group.inside) * machine.scale_out;
  return group.inside == 1 ? cards : min(links, cards);
}

// Hops and transfer add; inside a scale-up domain, where chunks are cut to fit, the chunks' own
// overhead is the cross term of (sqrt(hops) + sqrt(transfer))^2.
Seconds pipelined(Seconds inside_hops, Seconds outside_hops, Seconds transfer) {
  const double chunks = 2 * std::sqrt(inside_hops.in(second)*transfer.in(second));
  return inside_hops + outside_hops + transfer + chunks * second;
}

struct Hops {
  Seconds inside, outside;

  [[nodiscard]] Seconds total() const { return inside + outside; }
};

double domains_of(Group group) { return std::ceil(static_cast<double>(group.size) / group.inside); }

Hops ring_hops(const Machine& machine, Group group) {
  const double domains = domains_of(group);
  const Seconds outside = (domains - 1) * machine.scale_out_latency;
  if (machine.torus) {
    // One ring for each dimension of the torus, one after the other.
    const double d = machine.torus_dimensions;
    return {d * (std::pow(group.inside, 1 / d) - 1) * machine.scale_up_latency, outside};
  }
  return {(group.size - domains) * machine.scale_up_latency, outside};
}

// Up a tree of domains and down again, chains inside each.
Hops tree_hops(const Machine& machine, Group group) {
  return {2 * (group.inside - 1) * machine.scale_up_latency,
          2 * std::log2(domains_of(group)) * machine.scale_out_latency};
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
  const Hops hops = ring_hops(machine, group);
  return pipelined(hops.inside, hops.outside, share * bytes / bus_bandwidth(machine, group));
}

Seconds reduce_scatter_time(const Machine& machine, Group group, Bytes bytes) {
  return all_gather_time(machine, group, bytes);
}

Seconds all_reduce_time(const Machine& machine, Group group, Bytes bytes) {
  if (group.size <= 1) return {};
  const double share = (group.size - 1.0) / group.size;
  constexpr int kLeastForSwitch = 5;
  const double gain = group.inside >= kLeastForSwitch ? machine.all_reduce_gain : 1;
  const Seconds transfer = 2 * share * bytes / bus_bandwidth(machine, group, gain);
  Hops hops = ring_hops(machine, group);
  hops = {2 * hops.inside, 2 * hops.outside};
  const Hops tree = tree_hops(machine, group);
  if (tree.total() < hops.total()) hops = tree;
  return pipelined(hops.inside, hops.outside, transfer);
}

Seconds all_to_all_time(const Machine& machine, Group group, Bytes bytes, double outside_share) {
  if (group.size <= 1) return {};
  const double n = group.size;
  const Bytes inside = ((group.inside - 1) / n) * bytes;
  const Bytes outside = outside_share * ((n - group.inside) / n) * bytes;
  // What arrives at the domain's door is forwarded over the fast links too.
  const Seconds fast = (inside + outside) / machine.scale_up;
  const Seconds slow = group.size > group.inside ? outside / machine.scale_out : Seconds{};
  // Pairs exchange at once: one hop of each kind.
  const Seconds outside_hop = group.size > group.inside ? machine.scale_out_latency : Seconds{};
  return pipelined(machine.scale_up_latency, outside_hop,
                   max(group.inside > 1 ? fast : Seconds{}, slow));
}

Seconds send_time(const Machine& machine, bool across_domains, Bytes bytes) {
  return across_domains ? bytes / machine.scale_out + machine.scale_out_latency
                        : bytes / machine.scale_up + machine.scale_up_latency;
}

}  // namespace traincost
