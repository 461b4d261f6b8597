// How accelerators are put together: node, scale-up domain, network cards, fabric.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "hwdb/record.h"

namespace traincost {

struct System {
  Record record;
  std::vector<std::string> accelerators;  // ids that this system is built with
  bool usual = true;                      // what a job gets that names only an accelerator
  int node_size = 8;                      // accelerators per host or tray
  int scale_up_domain = 8;                // accelerators that the fast links join
  std::string node_name = "node", domain_name = "domain";  // "tray", "rack"
  // What a collective inside the scale-up domain reaches, of the link's rate per direction.
  double scale_up_efficiency = 0.8;
  std::optional<double> send_efficiency;  // the same of one message; none: as a collective
  // All-reduce where the switches add: its bus bandwidth over a plain ring's, more than four ranks.
  double all_reduce_gain = 1;
  // What of an accelerator's links a group of so many has, where wiring or shared bridges set that:
  // of a size that is not listed, as the next larger one, else as the largest.
  static constexpr int kLargestShare = 32;
  std::map<int, double> link_share;
  double pairwise_copy = 0.4;              // of the memory's bandwidth: an all-to-all's own part
  std::optional<Bandwidth> nic_bandwidth;  // per accelerator and direction; none on a torus
  double nic_efficiency = 0.9;             // of the card's line rate
  bool mesh = false;  // each pair has links of its own: a group has only those to its members
  int torus_dimensions = 0;     // 2 or 3 where the scale-up domain is a torus
  double oversubscription = 1;  // leaf to spine; 1 is full bisection
  Seconds collective_base;      // starting a collective, before its first hop
  Seconds scale_up_latency;     // per step of a ring
  Seconds scale_out_latency;
  std::optional<Power> server_power;  // of one node, accelerators included, at its rating
};

// The counts in which its accelerators are had, up to `most`, ascending: whole hosts or trays; of
// tori slices. Those have powers of two of hosts up to a pod of two dimensions or a cube of 64 of
// three; of cubes as many as make a block; beyond a pod whole pods.
// Source: cloud.google.com/tpu/docs, pages of v4, v5e, v5p and v6e, supported topologies
// (recalled).
[[nodiscard]] std::vector<int> counts_had(const System& system, int most);

// Whether so many are one of those counts.
[[nodiscard]] bool is_had(const System& system, int count);

// The shape of a torus of so many, its shortest side first: {8, 8, 12}; empty where a pod has no
// slice of that size, and of systems that are no tori.
[[nodiscard]] std::vector<int> slice_shape(const System& system, int count);

// A count in what it is had in: whole domains and nodes beside them, or the slice of a torus.
struct CountHad {
  int domains = 0, nodes = 0;
  std::vector<int> shape;  // of one slice
};
[[nodiscard]] CountHad count_had(const System& system, int count);

[[nodiscard]] System read_system(const JsonCursor& cursor);

}  // namespace traincost
