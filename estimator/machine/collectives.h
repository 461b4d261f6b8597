// How long a collective takes between the ranks of one group.
//
// A group has `size` ranks of which `inside` share a scale-up domain; the others are met through
// the network cards. Sizes of messages are those of the gathered tensor, as NCCL counts them.
#pragma once

#include "base/quantity.h"
#include "estimator/machine/machine.h"

namespace traincost {

struct Group {
  int size = 1;
  int inside = 1;  // ranks of the group in one scale-up domain, 1 to size
};

// The group of `size` ranks that lie `stride` apart in rank order.
[[nodiscard]] Group make_group(const Machine& machine, int size, int stride);

// Ring all-gather or reduce-scatter of `bytes`, pipelined in chunks of the best size:
//
//   T + L_in + L_out + 2 sqrt(L_in T),  T = (n-1)/n x bytes / bus bandwidth
//
// L_in and L_out are the latencies of the ring's n - 1 hops, of which k - 1 cross between k
// domains. Across domains the ring of a group with g ranks in each uses g cards at once, so the bus
// bandwidth is the least of the links' and g cards'. Against nccl-tests on 8 A100, H100 and B200
// from 1 MiB to 512 MiB it is within 15%. Source: hops and bandwidths of NVIDIA/nccl@5067397
// src/graph/tuning.cc; the chunk size that minimises a pipelined transfer as in Thakur et al. 2005,
// IJHPCA 19(1).
[[nodiscard]] Seconds all_gather_time(const Machine& machine, Group group, Bytes bytes);
[[nodiscard]] Seconds reduce_scatter_time(const Machine& machine, Group group, Bytes bytes);

// Twice a reduce-scatter's volume; across domains the hops of a ring or of a tree, the fewer.
[[nodiscard]] Seconds all_reduce_time(const Machine& machine, Group group, Bytes bytes);

// Pairwise exchange: each rank holds `bytes`, an equal part for every rank of the group. Inside
// and outside traffic run at once; `outside_copies` bounds how many domains a token is sent to
// (node-limited routing forwards inside the domain), as a share of the plain volume.
// Source: deepseek-ai/DeepEP@ebfe47e README.md.
[[nodiscard]] Seconds all_to_all_time(const Machine& machine, Group group, Bytes bytes,
                                      double outside_share);

// One point-to-point message.
[[nodiscard]] Seconds send_time(const Machine& machine, bool across_domains, Bytes bytes);

}  // namespace traincost
