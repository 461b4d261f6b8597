#include "estimator/machine/collectives.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

constexpr int kMostCards = 8;  // that a group's ranks in one domain drive at once
constexpr double kLowLatencyInside = 2.4, kLowLatencyAcross = 60;  // of the transfer
constexpr double kChunkInside = 1.2, kChunkAcross = 1.1;
constexpr Seconds kBandwidthBase = 6 * microsecond;
constexpr double kBandwidthHop = 0.5;  // of a hop between domains, above the low-latency one

// Of the cards that a domain's ranks drive at once.
Bandwidth cards(const Machine& machine, const Group& group) {
  return group.cards * std::min(group.inside, kMostCards) * machine.scale_out;
}

// A rank's own part is copied from where it is to where it is gathered.
Collective::TimePerByte own_part(const Group& group, Bandwidth copy) {
  return 1.0 / group.size / copy;
}

// What a ring moves over the links inside: where it crosses domains, one rank of each sends over a
// card instead.
Bandwidth ring_links(const Machine& machine, const Group& group) {
  const double k = group.inside;
  const double leaves = group.inside < group.size && group.inside > 1 ? k / (k - 1) : 1;
  return leaves * group.links * machine.scale_up;
}

// Steps of bytes / n each, over the links inside or the cards of a domain, whichever are slower.
Collective::TimePerByte ring_transfer(const Machine& machine, const Group& group, double steps) {
  Bandwidth bus = ring_links(machine, group);
  if (group.inside < group.size) {
    bus = group.inside == 1 ? cards(machine, group) : min(bus, cards(machine, group));
  }
  return steps / group.size / bus + own_part(group, machine.own_copy);
}

double domains_of(const Group& group) {
  return std::ceil(static_cast<double>(group.size) / group.inside);
}

// Pairs exchange at once; but each further peer is one more to be served.
constexpr double kPeer = 0.3;
double exchange_hops(const Group& group) { return 1 + kPeer * std::max(0, group.inside - 2); }

Hops ring_hops(const Machine& machine, const Group& group) {
  const double domains = domains_of(group);
  const Seconds outside = (domains - 1) * machine.scale_out_latency;
  if (machine.mesh && group.inside == group.size) {
    return {exchange_hops(group) * machine.scale_up_latency, outside};
  }
  if (machine.torus) {
    // One ring for each dimension of the torus, one after the other.
    const double d = machine.torus_dimensions;
    return {d * (std::pow(group.inside, 1 / d) - 1) * machine.scale_up_latency, outside};
  }
  return {(group.size - domains) * machine.scale_up_latency, outside};
}

// Up a tree of domains and down again, chains inside each.
Hops tree_hops(const Machine& machine, const Group& group) {
  return {2 * (group.inside - 1) * machine.scale_up_latency,
          2 * std::log2(domains_of(group)) * machine.scale_out_latency};
}

}  // namespace

Collective::Collective(const Machine& machine, Hops hops, TimePerByte transfer)
    : alone_(false),
      start_(machine.collective_base + hops.total()),
      bandwidth_start_(kBandwidthBase + kBandwidthHop * hops.outside),
      chunk_hops_(kChunkInside * kChunkInside * hops.inside +
                  kChunkAcross * kChunkAcross * hops.outside),
      low_latency_cost_(hops.outside > Seconds{} ? kLowLatencyAcross : kLowLatencyInside),
      transfer_(transfer) {}

Seconds Collective::operator()(Bytes bytes) const {
  if (alone_) return {};
  const Seconds transfer = bytes * transfer_;
  const Seconds chunks = std::sqrt(chunk_hops_.in(second)*transfer.in(second)) * second;
  // The faster of the two protocols.
  return start_ + min(low_latency_cost_ * transfer, bandwidth_start_ + transfer + chunks);
}

namespace {

// Ranks of a group that meet below a tier, so far apart.
double ranks_together(const Machine& machine, const FabricTier& tier, int stride) {
  const int below = std::max(tier.below, machine.scale_up_domain);
  return std::max(1.0, static_cast<double>(below) / stride);
}

// Apart, since few machines have switches that do not carry whatever the cards send.
[[gnu::noinline]] double share_of_cards(const Machine& machine, const Group& group, int stride,
                                        Traffic traffic) {
  double share = 1;
  const double n = group.size;
  const std::size_t met = tiers_met(machine, group.size, stride);
  for (std::size_t i = 0; i < met; ++i) {
    const FabricTier& tier = machine.fabric[i];
    const double together = ranks_together(machine, tier, stride);
    double carried = together / tier.oversubscription;
    if (traffic == Traffic::kRing) carried /= std::min(group.inside, kMostCards);
    if (traffic == Traffic::kExchange) {
      const double leaves = (n - together) / (n - group.inside);
      carried = 1 / (leaves * tier.oversubscription);
    }
    share = std::min(share, carried);
  }
  return share;
}

}  // namespace

std::size_t tiers_met(const Machine& machine, int size, int stride) {
  std::size_t met = 0;
  while (met < machine.fabric.size() &&
         ranks_together(machine, machine.fabric[met], stride) < size) {
    ++met;
  }
  return met;
}

Group make_group(const Machine& machine, int size, int stride, Traffic traffic) {
  assert(size >= 1 && stride >= 1);
  const int domain = std::max(1, machine.scale_up_domain);
  const int inside = stride >= domain ? 1 : std::max(1, domain / stride);
  Group group{size, std::min(size, inside)};
  group.links =
      machine.link_share[static_cast<std::size_t>(std::min(group.inside, System::kLargestShare))];
  if (machine.torus && size < std::min(domain, machine.count)) {
    const double axes = machine.torus_dimensions;
    group.links = (stride == 1 ? 1 : axes - 1) / axes;
  }
  if (machine.mesh && group.inside > 1 && group.inside < domain) {
    group.links = (group.inside - 1.0) / (domain - 1.0);
  }
  if (!machine.fabric.empty() && group.inside < size) {
    group.cards = share_of_cards(machine, group, stride, traffic);
  }
  return group;
}

Collective all_gather(const Machine& machine, const Group& group) {
  if (group.size <= 1) return {};
  return {machine, ring_hops(machine, group), ring_transfer(machine, group, group.size - 1.0)};
}

Seconds all_gather_time(const Machine& machine, const Group& group, Bytes bytes) {
  return all_gather(machine, group)(bytes);
}

Seconds reduce_scatter_time(const Machine& machine, const Group& group, Bytes bytes) {
  return all_gather_time(machine, group, bytes);
}

Collective all_reduce(const Machine& machine, const Group& group) {
  if (group.size <= 1) return {};
  constexpr int kLeastForSwitch = 5;
  const bool in_switch = group.inside >= kLeastForSwitch && machine.all_reduce_gain > 1;
  const double steps = 2 * (group.size - 1.0);
  Bandwidth links = ring_links(machine, group);
  if (in_switch) links = max(links, machine.all_reduce_gain * group.links * machine.scale_up);
  Collective::TimePerByte transfer = steps / group.size / links + own_part(group, machine.own_copy);
  if (group.inside < group.size) {
    // Between two domains a tree crosses once; among more a ring is taken.
    const double crossings = domains_of(group) <= 2 ? 1 : steps / group.size;
    const Collective::TimePerByte across = crossings / cards(machine, group);
    transfer = group.inside == 1 ? across : max(transfer, across);
  }
  Hops hops = ring_hops(machine, group);
  hops = {2 * hops.inside, 2 * hops.outside};
  const Hops tree = tree_hops(machine, group);
  // Slices of tori exchange in a ring: on v5e the time grows with their number up to 32.
  // Source: MaxText's tables, hwdb's tpu-v5e-pod.
  if (!machine.torus && tree.total() < hops.total()) hops = tree;
  // What the switch adds passes it once, however many ranks there are.
  constexpr double kSwitchHops = 14;
  if (in_switch) hops.inside = min(hops.inside, kSwitchHops * machine.scale_up_latency);
  return {machine, hops, transfer};
}

Seconds all_reduce_time(const Machine& machine, const Group& group, Bytes bytes) {
  return all_reduce(machine, group)(bytes);
}

Seconds all_to_all_time(const Machine& machine, const Group& group, Bytes bytes,
                        double outside_share) {
  if (group.size <= 1) return {};
  const double n = group.size;
  // Pairwise traffic reaches this of what a ring does.
  constexpr double kPairwise = 0.85;
  const double inside = (group.inside - 1) / n;
  const double outside = outside_share * ((n - group.inside) / n);
  // What arrives at the domain's door is forwarded over the fast links too.
  auto fast = (inside + outside) / (kPairwise * group.links * machine.scale_up);
  const bool fused = machine.stack.fused_dispatch;
  if (!fused) fast = fast + own_part(group, machine.pairwise_copy);
  const bool across = group.size > group.inside;
  const auto slow =
      across ? outside / (group.cards * machine.scale_out) : Collective::TimePerByte{};
  const Seconds peers = (fused ? 1 : exchange_hops(group)) * machine.scale_up_latency;
  const Seconds outside_hop = across ? machine.scale_out_latency : Seconds{};
  return Collective(machine, {peers, outside_hop},
                    group.inside > 1 ? max(fast, slow) : slow)(bytes);
}

Seconds send_time(const Machine& machine, const Group& group, Bytes bytes) {
  const bool across = group.inside < group.size;
  const Seconds hop = across ? machine.scale_out_latency : machine.scale_up_latency;
  const Bandwidth link =
      across ? group.cards * machine.scale_out : make_group(machine, 2, 1).links * machine.send;
  return machine.collective_base + hop + bytes / link;
}

}  // namespace traincost
