// What a job states: typed, every member optional, ranges checked, nothing computed.
//
// A file, the options of a command line, the row of a published run and a program by hand all make
// a JobSpec; resolve (resolve.h) turns it into a Job. Questions that ask of other jobs (a size, a
// sweep, a claim) change a spec and resolve it again. Members have the names of the document's
// keys; members.h has their tables, from which documents are read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/date.h"
#include "base/quantity.h"
#include "estimator/job/uncertain.h"
#include "estimator/machine/optimizer.h"
#include "estimator/model/named.h"
#include "estimator/model/native.h"
#include "estimator/search/layout_space.h"
#include "estimator/step/layout.h"

namespace traincost {

// By name ("deepseek-v3", or a path to a config.json), by native dimensions, or as the
// config.json itself, read already; one of them.
struct ModelSpec {
  std::optional<std::string> name;
  std::optional<NativeModel> dimensions;
  std::optional<ImportedModel> imported;

  [[nodiscard]] bool stated() const { return name || dimensions || imported; }
};

// Switches above the cards, one level: a leaf or a rail, a spine.
struct TierSpec {
  std::optional<std::string> name;
  std::optional<int> accelerators;         // that meet under one of its switches; none: all
  std::optional<Bandwidth> bandwidth;      // that it carries of each of those, per direction, or
  std::optional<double> oversubscription;  //   what the cards could send it over that
};

struct NetworkSpec {
  std::optional<int> cards_per_node;
  std::optional<Bandwidth> card_bandwidth;  // per direction
  std::vector<TierSpec> tiers;              // the lowest first
  std::optional<double> derate;             // share of the cards' rate that is there
};

struct ClusterSpec {
  std::optional<std::string> accelerator;
  std::optional<int> count;
  std::optional<std::string> system;
  std::optional<int> node_size;
  std::optional<int> slices;                       // equal parts that meet over the network alone
  std::optional<double> nic_gbps_per_accelerator;  // Gb/s, each way
  std::optional<NetworkSpec> network;
  std::optional<Power> power_cap;  // of a board
};

struct StackSpec {
  std::optional<std::string> record;     // a record, or a framework's newest
  std::optional<std::string> framework;  // as people write it, perhaps with a version
  std::optional<std::string> version;    // shown, not used
  std::optional<std::string> strategy;   // shown, not used
  std::optional<Date> date;
  std::optional<bool> compiled;
  std::optional<bool> overlap;
  std::optional<bool> fused_accumulation, fused_activation;  // over the record
  std::optional<bool> inferred;  // the source names no software: this is what it likely was
};

struct LayoutSpec {
  std::optional<bool> search;  // "search": the layout is the engine's to choose
  std::optional<int> tp, pp, vp, cp, dp, ep, expert_tp, zero, zero_shards;
  std::optional<bool> shards_outside, sequence_parallel, tp_overlap;
  std::optional<Schedule> schedule;
  std::vector<int> stage_layers;
};

// Where a run states no sequence length.
inline constexpr std::int64_t kDefaultSequence = 4096;

enum class Offload { kActivations, kOptimizer, kParameters };

struct RunSpec : UpdateSpec {
  std::optional<Tokens> tokens;
  std::optional<double> steps;
  std::optional<std::int64_t> sequence_length;
  std::optional<std::int64_t> global_batch;
  std::optional<Tokens> min_batch, max_batch;  // of a step, where global_batch is open
  std::optional<std::int64_t> micro_batch;
  // How fast it is, stated instead of predicted: one of them.
  std::optional<double> mfu;          // of the dense bf16 peak
  std::optional<FlopRate> flop_rate;  // model FLOP/s of an accelerator
  std::optional<TokenRatePerAccelerator> throughput;
  std::optional<std::string> batch_ramp;   // "0:768 250B:1536": sequences from so many tokens on
  std::optional<Tokens> evaluation_every;  // training stands still meanwhile
  std::optional<Seconds> evaluation_time;
  std::optional<std::string> precision;
  std::optional<Recompute> recompute;
  std::vector<Module> recompute_modules;
  std::optional<int> recompute_layers;
  std::optional<bool> fp8_activation_cache;
  std::vector<Offload> offload;
  std::optional<bool> optimizer_in_backward;
};

// What was bought, and what owning it takes.
struct OwnershipSpec {
  std::optional<std::string> record;
  std::optional<PurchasePrice> purchase;  // with its share of the server
  std::optional<double> network_share;    // of the whole cluster's price
  std::optional<Seconds> life;
  std::optional<double> interest, maintenance;  // a year
  std::optional<EnergyPrice> hosting;           // of the servers' rating: USD/kW-month
  std::optional<double> staff;                  // of the whole
  std::optional<double> utilisation;            // hours that are used, of its life's
};

// A currency beside the dollar, at a rate of the job's own.
struct CurrencySpec {
  std::optional<std::string> code;  // one of kCurrencies
  std::optional<double> per_usd;    // units of it for a dollar
  std::optional<Date> date;         // of the rate
};

// By their ISO 4217 codes.
inline constexpr Name<const char*> kCurrencies[] = {
    {"CNY", "CNY"}, {"EUR", "EUR"}, {"GBP", "GBP"}, {"JPY", "JPY"}, {"KRW", "KRW"},
    {"INR", "INR"}, {"CAD", "CAD"}, {"AUD", "AUD"}, {"CHF", "CHF"}, {"SGD", "SGD"},
    {"TWD", "TWD"}, {"HKD", "HKD"}, {"SEK", "SEK"}, {"NOK", "NOK"}, {"BRL", "BRL"},
    {"AED", "AED"}, {"SAR", "SAR"}, {"ILS", "ILS"}, {"PLN", "PLN"}, {"RUB", "RUB"}};

// A part of what is rented, at terms of its own.
struct RentedPartSpec {
  std::optional<double> share;  // of the accelerators
  std::optional<RentalPrice> price;
  std::optional<std::string> tier;
  std::optional<double> discount;
  std::optional<double> interruptions_per_node_day;
};

struct PricingSpec {
  std::optional<std::string> method;  // of kCostMethods, or "all"
  std::optional<RentalPrice> price;
  std::optional<std::string> price_currency;  // that the price is written in, where not dollars
  std::optional<CurrencySpec> currency;
  std::optional<int> price_covers;  // accelerators that the price is for: a node's, a rack's
  std::optional<double> discount;   // off a quote, or a markup where negative
  std::optional<double> interruptions_per_node_day;  // by the provider, as of spot capacity
  std::vector<RentedPartSpec> mix;
  std::optional<std::string> tier;
  std::optional<std::string> region;
  std::optional<Date> as_of;  // a month: later quotes are not known yet
  std::optional<OwnershipSpec> ownership;
};

// A grid's record, or its figures.
struct GridSpec {
  std::optional<std::string> record;
  std::optional<EnergyPrice> electricity_price;
  std::optional<CarbonIntensity> carbon_intensity;
  std::optional<double> pue;
  std::optional<double> average_draw;
  std::optional<WaterIntensity> wue;
};

struct ReliabilitySpec {
  std::optional<std::string> record;
  std::optional<double> failures_per_node_day;
  std::optional<Seconds> checkpoint_write;
  std::optional<Seconds> restart;
  std::optional<Seconds> checkpoint_interval;
  std::optional<Seconds> queue;    // for what replaces a failed node
  std::optional<Seconds> startup;  // of each phase
  std::optional<int> spares;       // accelerators that stand by, paid for
};

// What a search may choose from.
struct SearchSpec : KnobLists {
  std::vector<Recompute> recompute;
  std::vector<int> recompute_layers;     // full recomputation of so many layers
  std::optional<double> memory_reserve;  // share of the memory that a chosen layout leaves
};

// Who generates responses, and how: the phase's own accelerators in turn, or others.
struct GenerationSpec {
  std::optional<int> tp, ep;
  std::optional<std::string> precision;
  std::optional<double> memory_share;
  std::optional<Seconds> overhead;
  std::optional<ClusterSpec> cluster;  // others, over the phase's; and what they run, and cost
  std::optional<StackSpec> stack;
  std::optional<PricingSpec> pricing;
};

// Reinforcement learning: an iteration generates responses and learns from them.
struct ReinforcementSpec {
  std::optional<std::int64_t> rollouts;  // responses of an iteration
  std::optional<int> samples_per_prompt;
  std::optional<std::int64_t> prompt_length, response_length, max_response_length;  // tokens
  std::optional<int> epochs;
  std::optional<bool> reference_model, old_log_probabilities;
  std::optional<Seconds> reward_time;
  std::optional<bool> asynchronous, offline;
  std::optional<GenerationSpec> generation;
};

// What a phase says itself; its sections are laid over the job's.
struct PhaseSpec {
  std::optional<std::string> name;
  std::optional<Tokens> tokens;
  std::optional<double> steps;
  std::optional<double> accelerator_hours;
  std::optional<double> accelerator_hours_per_trillion_tokens;
  std::optional<Seconds> wall;  // of its accelerators, instead
  std::optional<bool> assumed;
  std::optional<ReinforcementSpec> rl;
  std::optional<ClusterSpec> cluster;
  std::optional<StackSpec> stack;
  std::optional<LayoutSpec> layout;
  std::optional<RunSpec> run;
  std::optional<PricingSpec> pricing;
  std::vector<std::string> cleared;  // "run.recompute_modules": the job's does not hold here
};

// What a project pays for beside the final run: one of the three says how much.
struct BeyondSpec {
  std::optional<std::string> name;          // "ablations", "failed runs", "data", ...
  std::optional<double> share;              // of the run's own cost
  std::optional<Usd> cost;                  // a sum
  std::optional<double> accelerator_hours;  // at the run's price
};

struct JobSpec {
  std::optional<std::string> name;
  std::optional<Date> start;
  std::optional<ModelSpec> model;
  std::optional<ClusterSpec> cluster;
  std::optional<StackSpec> stack;
  std::optional<LayoutSpec> layout;
  std::optional<RunSpec> run;
  std::vector<PhaseSpec> phases;
  std::vector<BeyondSpec> beyond;
  std::optional<PricingSpec> pricing;
  std::optional<ReliabilitySpec> reliability;
  std::optional<GridSpec> grid;
  std::vector<std::string> assumptions;  // in words
  std::vector<std::string> leaves_out;   // in words
  std::optional<SearchSpec> search;

  // Members that are stated as a range: the spec has their medians.
  std::vector<UncertainMember> uncertain;

  // Where it was read, for faults: the document's name, and the lines of its members by JSON
  // pointer. A spec made by hand has none.
  std::string file;
  std::shared_ptr<const std::map<std::string, int>> lines;
  std::vector<std::string> set;    // pointers of members that were set later; they have no line
  std::vector<std::string> unset;  // and of those that were taken away later

  // The line of a member, or of what stands nearest above it; 0 where none is known.
  [[nodiscard]] int line_of(std::string pointer) const;
  // Whether the document has the member.
  [[nodiscard]] bool wrote(const std::string& pointer) const;
};

}  // namespace traincost
