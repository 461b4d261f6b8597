// How long a collective takes between the ranks of one group.
//
// A group has `size` ranks of which `inside` share a scale-up domain; the others are met through
// the network cards. Sizes of messages are those of the gathered tensor, as NCCL counts them.
#pragma once

#include <cstddef>

#include "base/formula.h"
#include "base/quantity.h"
#include "estimator/machine/machine.h"

namespace traincost {

// How the ranks of a group send: a ring visits them one after the other, an exchange is of each
// with every other, and a path ends where a ring would close: a pipeline.
enum class Traffic { kRing, kExchange, kPath };

struct Group {
  int size = 1;
  int inside = 1;    // ranks of the group in one scale-up domain, 1 to size
  double links = 1;  // share of an accelerator's links that the group has to itself
  double cards = 1;  // share of the cards' rate that the switches above leave it
};

inline constexpr Formula kFabricFormula{
    "fabric",
    "share of the cards' rate = min(1, k / (g o)) for a ring, min(1, (n - i) / ((n - k) o)) where "
    "all exchange, min(1, k / o) between neighbours: k of n ranks under a switch below the tier, i "
    "in a domain, g cards at once, o its oversubscription",
    "flows that cross a switch over what it carries upwards; rings visit switches one by one, as "
    "NCCL "
    "orders them (recalled)"};

// The group of `size` ranks that lie `stride` apart in rank order. A group that stays under one
// switch of a tier does not meet the tiers above. Of others the flows that cross count: all groups
// of the step run at once, and a switch with R accelerators below carries up R / o cards' worth. A
// ring visits switch after switch, so that of its k ranks under one only the last sends up, over g
// cards: R g / k flows. Neighbours that are a pipeline's send likewise, a card each. Where all
// exchange every rank sends (n - k) of n parts up. Jobs lie on switches from the first on.
//
// On a torus the innermost group lies along one axis and has its links alone; the groups around it
// have the other axes'. Where every pair has its own links a group has only those between its
// members: two MI300X reach 48 of 336 GB/s. Source: How to Scale Your Model,
// jax-ml/scaling-book@0819a7d tpus.md: bandwidth is per axis.
[[nodiscard]] Group make_group(const Machine& machine, int size, int stride,
                               Traffic traffic = Traffic::kRing);

// How many tiers of the machine's switches such a group meets, from the lowest.
[[nodiscard]] std::size_t tiers_met(const Machine& machine, int size, int stride);

// Latencies of a collective's hops.
struct Hops {
  Seconds inside, outside;  // of a scale-up domain

  [[nodiscard]] Seconds total() const { return inside + outside; }
};

// A collective of one group, all but the size of its message: made once, asked for many sizes.
// The default one is among a rank alone and takes no time.
class Collective {
 public:
  using TimePerByte = decltype(Seconds{} / Bytes{});

  Collective() = default;
  Collective(const Machine& machine, Hops hops, TimePerByte transfer);

  [[nodiscard]] Seconds operator()(Bytes bytes) const;

 private:
  bool alone_ = true;
  Seconds start_;            // base and hops
  Seconds bandwidth_start_;  // of the bandwidth protocol, above it
  Seconds chunk_hops_;
  double low_latency_cost_ = 1;
  TimePerByte transfer_;
};

inline constexpr Formula kRingFormula{
    "ring",
    "base + L + min(2.4 T, 6 us + T + 1.2 sqrt(L T)), T = (n - 1)/n x bytes / bus "
    "bandwidth + bytes / n / copy; across domains base + L + min(60 T, 6 us + 0.5 X + T + "
    "sqrt((1.44 I + 1.21 X) T)), L = I + X, X the hops between domains",
    "NVIDIA/nccl@5067397 src/graph/tuning.cc; Thakur et al. 2005, IJHPCA 19(1); constants "
    "fitted on nccl-tests"};

// Ring all-gather or reduce-scatter of `bytes`. Of two protocols the faster is taken:
//
//   low-latency   base + L + 2.4 T                      60 T across domains
//   bandwidth     base + 6 us + L + T + 1.2 sqrt(L T)   hops between domains: 1.5 L, 1.1 sqrt(L T)
//   with          T = (n - 1)/n x bytes / bus bandwidth + bytes / n / copy
//
// L are the latencies of the ring's n - 1 hops, of which k - 1 cross between k domains; the root is
// what chunks cost that are cut to fit; the rank's own part is copied at 0.18 of the memory's
// bandwidth. Across domains a group with g ranks in each uses g cards at once, at most 8:
// NCCL builds so few rings (20 racks of GB200 reach the same 400 GB/s as H100 nodes); one rank of
// each domain sends over a card, not over the links. On a mesh ranks exchange in pairs, without a
// ring's hops. Against
// nccl-tests of 2, 4 and 8 A100, H100, H200, B200, B300 and GB200 the median error is 2 to 14%
// from 1 MiB to 512 MiB. Source: protocols, hops and base as in NVIDIA/nccl@5067397
// src/graph/tuning.cc, whose wider protocol takes 4.0 us a hop of the network for 2.7; the chunk
// size that minimises a pipelined transfer as in Thakur et al. 2005, IJHPCA 19(1); 2.4, 6 us, 1.2
// and 0.18 are fitted on all those rows together, 60 and 1.1 on all-reduces over AWS's networks,
// InfiniBand and RoCE.
[[nodiscard]] Collective all_gather(const Machine& machine, const Group& group);
[[nodiscard]] Seconds all_gather_time(const Machine& machine, const Group& group, Bytes bytes);
[[nodiscard]] Seconds reduce_scatter_time(const Machine& machine, const Group& group, Bytes bytes);

// Twice a reduce-scatter's volume; across domains the hops of a ring or of a tree, the fewer; where
// the switch adds, never more hops than a node of eight has. Cards that are slower than the links
// hide the copy of the own part. Two domains exchange their parts once, as a tree does: 480 GB/s on
// two nodes of H100, 370 on more.
[[nodiscard]] Collective all_reduce(const Machine& machine, const Group& group);
[[nodiscard]] Seconds all_reduce_time(const Machine& machine, const Group& group, Bytes bytes);

// Pairwise exchange: each rank holds `bytes`, an equal part for every rank of the group. It reaches
// 0.85 of a ring's rate, copies its own part as the system's record says, and pays 0.3 of a hop for
// each further peer inside the domain (fitted as above); fused dispatch does neither of the last
// two. Inside and outside traffic run at once; `outside_share` of the plain volume leaves the
// domain: node-limited routing sends a token once to each and forwards it there.
// Source: deepseek-ai/DeepEP@ebfe47e README.md.
[[nodiscard]] Seconds all_to_all_time(const Machine& machine, const Group& group, Bytes bytes,
                                      double outside_share);

// One point-to-point message from each rank of a group to the next, at the slowest of its borders.
// Inside a domain it has a pair's links, and reaches of them what the system's record says: 0.92
// between A100, where a ring reaches 0.80.
[[nodiscard]] Seconds send_time(const Machine& machine, const Group& group, Bytes bytes);

}  // namespace traincost
