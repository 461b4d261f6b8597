#include "estimator/step/generation.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "estimator/model/operators.h"
#include "estimator/model/parameters.h"
#include "estimator/step/layer_time.h"

namespace traincost {
namespace {

using namespace unit;

// Tokens that a serving engine reads in at once: vLLM's max_num_batched_tokens (recalled).
constexpr double kPrefillTokens = 8192;

// Bytes that sampling moves for each logit: bf16 once, fp32 twice.
constexpr double kLogitBytes = 10;

class Decoder {
 public:
  Decoder(const Architecture& model, const Generator& generator)
      : model_(model),
        generator_(generator),
        machine_(generator.machine),
        kinds_(model.layers_of_kind()),
        join_(all_reduce(machine_, make_group(machine_, generator.tp, 1))),
        experts_(make_group(machine_, generator.ranks(), 1, Traffic::kExchange)) {}

  // Keys and values, or latents, of one token in all layers on a rank.
  [[nodiscard]] Bytes cache_of_token() const {
    Bytes sum;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      sum += kinds_[i] * cache_width(model_.kinds[i].attention) * B;
    }
    return sum;
  }

  // One token of each of a replica's responses, of which each sees so many before it.
  [[nodiscard]] Seconds token_time(double responses, double context) const {
    const double each = std::max(1.0, responses / generator_.groups());  // of a group that attends
    Seconds sum = generator_.overhead;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      const Layer& layer = model_.kinds[i];
      sum += kinds_[i] * (products_time(layer, each, responses) +
                          cache_time(layer.attention, each, context) + joins_time(layer, each));
    }
    return sum + head_time(each);
  }

  // Reading in so many tokens of prompts of that length, of all groups.
  [[nodiscard]] Seconds prefill_time(double tokens, double length) const {
    if (tokens <= 0 || length <= 0) return {};
    const double of_group = tokens / generator_.groups();
    const double at_once = std::min(of_group, kPrefillTokens);
    Seconds pass = generator_.overhead;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      const Layer& layer = model_.kinds[i];
      const auto operators = layer_operators(layer, model_.hidden, sharding(at_once, length), {});
      pass += kinds_[i] * (forward(timed(machine_, operators)) + joins_time(layer, at_once));
    }
    return of_group / at_once * pass;
  }

 private:
  [[nodiscard]] bool spreads(const Layer& layer) const {
    return layer.experts && generator_.ep > generator_.tp;
  }

  [[nodiscard]] Sharding sharding(double tokens, double length) const {
    Sharding of;
    of.tokens = tokens;
    of.sequence_length = length;
    of.tp = of.expert_tp = generator_.tp;
    if (generator_.ep > generator_.tp) {
      of.ep = generator_.ep;
      of.expert_tp = 1;
    }
    return of;
  }

  static Seconds forward(const TimedLayer& layer) { return layer.sum.forward.compute.total(); }

  // All products of a layer for the responses of a group, and of all groups where they meet
  // experts.
  [[nodiscard]] Seconds products_time(const Layer& layer, double of_group, double of_all) const {
    std::vector<Operator> operators =
        layer_operators(layer, model_.hidden, sharding(of_group, 1), {});
    Seconds sum;
    for (Operator& op : operators) {
      if (op.kind == Operator::Kind::kAttention) continue;
      if (op.kind == Operator::Kind::kElementWise) {
        sum += element_wise_time(machine_, op.forward_bytes, op.forward_kernels);
        continue;
      }
      if (op.of_experts) meet_experts(layer, spreads(layer) ? of_all : of_group, op);
      const GemmRate& rate = op.low_precision ? machine_.run : machine_.base;
      sum += thin_gemm_time(machine_, rate, {op.m, op.n, op.k, op.groups});
    }
    return sum;
  }

  // Of the experts of a rank those that any of so many responses meets.
  void meet_experts(const Layer& layer, double responses, Operator& op) const {
    const Experts& experts = *layer.experts;
    const double met =
        1 - std::pow(1 - static_cast<double>(experts.top_k) / experts.routed, responses);
    op.groups = met * experts.routed / (spreads(layer) ? generator_.ep : 1);
    op.m = responses * experts.top_k / (met * experts.routed);
  }

  // Bytes of a token's cache in one layer on a rank.
  [[nodiscard]] double cache_width(const Attention& attention) const {
    if (attention.latent) {
      return kBf16Bytes * (attention.latent->kv_rank + attention.latent->qk_rope_dim);
    }
    return kBf16Bytes * std::max(1.0, attention.kv_heads / static_cast<double>(generator_.tp)) *
           (attention.qk_dim + attention.v_dim);
  }

  // Scores and their products with values; latents serve as both, for every head.
  [[nodiscard]] Seconds cache_time(const Attention& attention, double responses,
                                   double context) const {
    const double keys =
        attention.window > 0 ? std::min<double>(context, attention.window) : context;
    const double width = attention.latent
                             ? 2 * attention.latent->kv_rank + attention.latent->qk_rope_dim
                             : attention.qk_dim + attention.v_dim;
    const Flops flops = 2 * responses * keys * attention.heads / generator_.tp * width * FLOP;
    const Seconds read = bytes_time(machine_, responses * keys * cache_width(attention) * B);
    return max(read, flops / machine_.bf16_peak);
  }

  // What joins the ranks around a layer's two blocks, for the tokens of a group.
  [[nodiscard]] Seconds joins_time(const Layer& layer, double tokens) const {
    const Bytes hidden = tokens * static_cast<double>(model_.hidden) * machine_.element_bytes * B;
    const Seconds join = generator_.tp > 1 ? join_(hidden) : Seconds{};
    if (!spreads(layer)) return 2 * join;
    const Bytes sent = layer.experts->top_k / static_cast<double>(generator_.tp) * hidden;
    return join +
           2 * all_to_all_time(machine_, experts_, sent, outside_share(*layer.experts, experts_));
  }

  [[nodiscard]] Seconds head_time(double responses) const {
    const double rows = static_cast<double>(model_.vocab) / generator_.tp;
    const Gemm product{responses, rows, static_cast<double>(model_.hidden)};
    return thin_gemm_time(machine_, machine_.base, product) +
           bytes_time(machine_, kLogitBytes * responses * rows * B);
  }

  const Architecture& model_;
  const Generator& generator_;
  const Machine& machine_;
  std::vector<int> kinds_;
  Collective join_;
  Group experts_;
};

}  // namespace

bool divides_heads(const Architecture& model, int tp) {
  return std::all_of(model.kinds.begin(), model.kinds.end(),
                     [&](const Layer& layer) { return layer.attention.heads % tp == 0; });
}

Bytes generator_weights(const Architecture& model, const Generator& generator) {
  const ParameterCount counts = count_parameters(model);
  const auto experts = static_cast<double>(counts.routed_experts);
  const double others = static_cast<double>(counts.total) - experts;
  return (others / generator.tp + experts / generator.ranks()) *
         generator.machine.run.operand_bytes * B;
}

double ending_rate(double mean, double longest) {
  if (longest <= 0) return 1 / mean;
  if (mean >= longest) return 0;
  // (1 - e^-x)/x falls from 1 at 0: the x whose mean is that.
  double low = 0, high = longest / mean;
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double x = (low + high) / 2;
    (-std::expm1(-x) / x > mean / longest ? low : high) = x;
  }
  return high / longest;
}

double mean_age(const Responses& responses) {
  const double rate = ending_rate(responses.length, responses.longest);
  if (rate <= 0) return responses.longest / 2;
  if (responses.longest <= 0) return 1 / rate;
  const double x = rate * responses.longest;
  return (1 - std::exp(-x) * (1 + x)) / (rate * rate) / responses.length;
}

GenerationTime generation_time(const Architecture& model, const Generator& generator,
                               int accelerators, const Responses& responses) {
  constexpr double kEuler = 0.5772156649;
  const Decoder decoder(model, generator);
  GenerationTime time;
  time.weights = generator_weights(model, generator);
  time.cache = responses.mean_tokens() * decoder.cache_of_token();
  time.ranks = generator.ranks();
  time.replicas = std::floor(accelerators / static_cast<double>(time.ranks));
  const double each = responses.count / std::max(1.0, time.replicas);
  time.room = generator.memory_share * generator.machine.memory_capacity;
  const Bytes free = max(Bytes{}, time.room - time.weights);
  const double room = generator.groups() * std::floor(free / time.cache);
  time.at_once = std::clamp(room, 1.0, std::max(1.0, each));
  time.prefill = decoder.prefill_time(each / responses.samples * responses.prompt_length,
                                      responses.prompt_length);

  // As long as others wait, one that ends makes room for the next: contexts are of all ages.
  const double waiting = each - time.at_once;
  if (waiting > 0) {
    const double context = responses.prompt_length + responses.length / 2;
    time.decode =
        waiting * responses.length / time.at_once * decoder.token_time(time.at_once, context);
  }
  const double rate = ending_rate(responses.length, responses.longest);
  const double last = (std::log(std::max(1.0, responses.count)) + kEuler) / rate;
  const double end = responses.longest > 0 ? std::min(responses.longest, last) : last;
  constexpr int kPositions = 12;
  for (int i = 0; i < kPositions; ++i) {
    const double position = (i + 0.5) / kPositions * end;
    const double running = std::max(1.0, time.at_once * std::exp(-rate * position));
    time.decode +=
        end / kPositions * decoder.token_time(running, responses.prompt_length + position);
  }
  return time;
}

}  // namespace traincost
