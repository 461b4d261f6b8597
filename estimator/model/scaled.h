// A model of another size in the shape of one that is there.
#pragma once

#include "estimator/model/architecture.h"

namespace traincost {

// Attention heads come in these steps: whole groups of queries that share keys and values; of
// models without groups, and of latent attention, eight.
[[nodiscard]] int head_step(const Architecture& model);

// So many heads and layers of the same shape. In proportion to the heads: hidden size, widths of
// feed-forwards and experts (whole multiples of 128), keys and values of attention without groups.
// As they are: the size of a head, the groups of keys and values, latent ranks, the number of
// experts, the vocabulary, learned positions. Kinds of layers keep their order and proportions.
// `heads` and `layers` are at least 1.
[[nodiscard]] Architecture scaled(const Architecture& model, int heads, int layers);

// One in that shape of which a token meets about so many parameters: as deep for its width as the
// model is, to the next layer.
[[nodiscard]] Architecture scaled_to(const Architecture& model, double active_parameters);

}  // namespace traincost
