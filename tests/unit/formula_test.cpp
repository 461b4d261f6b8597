// Each formula's text against the function beside it: what a report cites is what was computed.
// Constants are read out of the text, so that neither can move alone.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/units.h"
#include "estimator/doubt/doubt.h"
#include "estimator/machine/collectives.h"
#include "estimator/machine/kernels.h"
#include "estimator/model/flops.h"
#include "estimator/model/parameters.h"
#include "estimator/questions/size.h"
#include "estimator/run/batch_size.h"
#include "estimator/run/cost.h"
#include "estimator/run/goodput.h"
#include "estimator/run/power.h"
#include "estimator/step/exposure.h"
#include "estimator/step/memory.h"
#include "estimator/step/step.h"
#include "reports/cited.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

// The decimal numbers that a text holds, in order; digits of a name ("s/2", "-2W") count too.
std::vector<double> numbers_in(std::string_view text) {
  std::vector<double> found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '0' || text[i] > '9') continue;
    std::size_t length = 0;
    found.push_back(std::stod(std::string(text.substr(i)), &length));
    i += length;
  }
  return found;
}

StepSetup setup_of(const std::string& layout, const std::string& stack = "megatron-core") {
  return *test::job_from(R"({"model": "llama-2-7b", "stack": ")" + stack +
                         R"(", "cluster": {"accelerator": "a100-sxm-80", "count": 64},
      "run": {"tokens": "1B tokens", "sequence_length": 2048, "global_batch": 256,
              "micro_batch": 1, "recompute": "none"}, "layout": {)" +
                         layout + "}}")
              .phases.front()
              .setup;
}

Seconds term(const StepEstimate& step, Cause cause) {
  for (const StepTerm& each : step.terms) {
    if (each.cause == cause) return each.time;
  }
  return {};
}

void check_gemm() {
  const std::vector<double> n = numbers_in(kGemmTimeFormula.text);  // 3, 3, 1/3, 2
  Machine m = setup_of(R"("tp": 1)").machine;
  const double width = 256 * 12, k = 4096;  // whole tiles
  const GemmCurve& curve = m.run.curve;
  m.compute_units = 12;  // whole waves of 12 x 24 and of 24 x 12 tiles
  const Flops flops = n[4] * width * width * (k + curve.half_depth) * FLOP;
  const double c = (flops / (curve.peak_fraction * m.run.peak)).in(second);
  const Bytes bytes = m.run.operand_bytes * (2 * width * k) * B + 2 * width * width * B;
  const double b = (bytes / (curve.bytes_fraction * m.memory)).in(second);
  const double time = std::pow(std::pow(c, n[0]) + std::pow(b, n[1]), n[2] / n[3]);
  EXPECT_NEAR(gemm_time(m, m.run, {width, width, k}).in(second), time + curve.gap.in(second),
              1e-6 * time);
}

void check_attention() {
  Machine m = setup_of(R"("tp": 1)").machine;
  const std::vector<double> n = numbers_in(kAttentionTimeFormula.text);  // 1, 16 of bf16, 128
  m.compute_units = 1;                                                   // waves are whole
  const AttentionWork work{
      .flops = 1e12 * FLOP, .queries = 1280, .heads = 8, .keys = 1024, .head_dim = 64};
  AttentionCurves curves = m.attention;
  curves.head_exponent = 0.5;
  const AttentionCurve& curve = curves.forward;
  const double head = std::pow(work.head_dim / n.back(), curves.head_exponent);
  const Seconds time = work.flops * (n[0] + curve.half_keys / work.keys) /
                       (m.engine.attention_rate * curve.peak_fraction * head * m.bf16_peak);
  EXPECT_NEAR(attention_time(m, curves, curve, work) / (time + curves.gap), 1, 1e-9);
}

void check_ring() {
  // 2.4, 6, 1.2, 1 of n - 1, and across domains 60, 6, 0.5, 1.44, 1.21
  const std::vector<double> n = numbers_in(kRingFormula.text);
  ASSERT_EQ(n.size(), 9U);
  Machine m = setup_of(R"("tp": 1)").machine;
  const auto expect = [&](int size, double low, double base_us, double above, double inside,
                          double outside) {
    const Group group = make_group(m, size, 1);
    const double domains = std::ceil(1.0 * size / group.inside);
    const double in_hops = (size - domains) * m.scale_up_latency.in(second);
    const double out_hops = (domains - 1) * m.scale_out_latency.in(second);
    for (const double megabytes : {0.01, 1.0, 64.0, 4096.0}) {
      const Bytes bytes = megabytes * MB;
      // The transfer itself is the bandwidth protocol's slope.
      const Collective ring = all_gather(m, group);
      const double huge = 1e6;
      const double t =
          ((ring(2 * huge * MB) - ring(huge * MB)) / (huge * MB)).in(second / B) * bytes.in(B);
      const double start = m.collective_base.in(second) + in_hops + out_hops;
      const double slow = low * t;
      const double fast = base_us * 1e-6 + above * out_hops + t +
                          std::sqrt((inside * in_hops + outside * out_hops) * t);
      EXPECT_NEAR(ring(bytes).in(second) / (start + std::min(slow, fast)), 1, 0.01)
          << size << " ranks, " << megabytes << " MB";
    }
  };
  expect(8, n[0], n[1], 0, n[2] * n[2], 0);
  expect(32, n[4], n[5], n[6], n[7], n[8]);
}

void check_pipelines() {
  constexpr double kF = 1, kB = 2.5, kW = 1;
  std::vector<RankPass> ranks = {{kF * second, kB * second, kW * second, 4}};
  Layout layout;
  layout.pp = 4;
  const auto bubble = [&](Schedule schedule, int vp) {
    layout.schedule = schedule;
    layout.vp = vp;
    return pipeline_time(ranks, layout, 8).bubble.in(second);
  };
  EXPECT_NEAR(bubble(Schedule::k1F1B, 1), 3 * (kF + kB), 1e-9);
  EXPECT_NEAR(bubble(Schedule::kInterleaved, 2), 3 * (kF + kB) / 2, 1e-9);
  const std::vector<double> n = numbers_in(kZbH1Formula.text);  // 2 (of 2W), 0
  EXPECT_NEAR(bubble(Schedule::kZbH1, 1), 3 * (kF + kB - n[0] * kW), 1e-9);
  EXPECT_NEAR(bubble(Schedule::kGPipe, 1) + 8 * (kF + kB), 4 * (kF + kB) + 7 * (kF + kB), 1e-9);
  // Pairs that take what both passes take, played out.
  const auto s = [](double time) { return time * second; };
  std::vector<StagePass> stages(8, {s(1), s(1), s(1), s(1), s(2)});
  OrderBook orders;
  layout.pp = 8;
  layout.schedule = Schedule::kDualPipe;
  const std::vector<double> d = numbers_in(kPlayedFormula.text);  // 2 (of p/2), 1, 3 (of 3W)
  const PipelineTime played = played_pipeline_time(stages, layout, 32, orders);
  EXPECT_NEAR(played.bubble.in(second), (8 / d[0] - d[1]) * (3 + 2 - d[2] * 1), 1e-6);
}

void check_stragglers() {
  const std::vector<double> n = numbers_in(kStragglersFormula.text);  // 1, 2
  EXPECT_NEAR(straggler_share(0.01, 4096), 0.01 * std::sqrt(n[1] * std::log(4096.0)), 1e-12);
  const StepSetup setup = setup_of(R"("tp": 1)");
  const StepEstimate step = estimate_step(setup.context());
  const double share = term(step, Cause::kStraggler) / (step.time - term(step, Cause::kStraggler));
  EXPECT_NEAR(share,
              straggler_share(setup.machine.engine.straggler * setup.machine.stack.straggler, 64),
              1e-9);
}

void check_zero() {
  const Layout l{.dp = 8, .zero = 2};
  Machine machine;
  machine.stack.gradient_bytes = 4;
  machine.stack.optimizer_bytes = 12;
  const auto owned = [&](int level) {
    Layout at = l;
    at.zero = level;
    return state_bytes(machine, at, {}).owned;
  };
  const std::vector<double> n = numbers_in(kZeroFormula.text);  // 1, 2, 3
  EXPECT_EQ(owned(static_cast<int>(n[0])), 12);
  EXPECT_EQ(owned(static_cast<int>(n[1])), 12 + 4);
  EXPECT_EQ(owned(static_cast<int>(n[2])), 12 + 4 + 2);
  EXPECT_EQ(owned(0), 0);
}

void check_accumulation() {
  StepSetup setup = setup_of(R"("tp": 1)");
  setup.machine.stack.fused_accumulation = true;
  setup.machine.engine.accumulation_exposure = 1;
  const auto products = [&](double bytes) {
    setup.machine.stack.gradient_bytes = bytes;
    return term(estimate_step(setup.context()), Cause::kGemm);
  };
  const double n = numbers_in(kAccumulationFormula.text)[0];
  const auto parameters = static_cast<double>(count_parameters(setup.model).total -
                                              count_parameters(setup.model).input_embedding);
  const double micro_batches = 4;
  const Seconds more = products(4) - products(2);
  const Seconds expected = micro_batches * bytes_time(setup.machine, n * (4 - 2) * parameters * B);
  EXPECT_NEAR(more / expected, 1, 0.01) << "norms apart";
}

void check_meeting() {
  StepSetup setup = setup_of(R"("tp": 8, "tp_overlap": false)");
  setup.machine.stack.async_tp_backward = false;
  const auto time = [&] { return term(estimate_step(setup.context()), Cause::kTensorParallel); };
  const Seconds before = time();
  const Seconds wait = setup.machine.engine.collective_dispatch * setup.machine.stack.dispatch;
  setup.machine.engine.collective_dispatch *= 2;
  // Two collectives around each of two blocks forward, half as many again backward; 4 x 8 passes.
  const double collectives = 2 * 2 * 2.5;
  EXPECT_NEAR((time() - before) / (collectives * 32 * setup.model.layer_count() * wait), 1, 1e-6);
}

void check_sequence_parallel() {
  StepSetup setup = setup_of(R"("tp": 8, "tp_overlap": false)");
  setup.machine.engine.collective_dispatch = 0;
  setup.machine.stack.async_tp_backward = false;
  const Group group = make_group(setup.machine, 8, 1);
  const Bytes bytes = 2048.0 * static_cast<double>(setup.model.hidden) * 2 * B;
  const Seconds pair = all_gather_time(setup.machine, group, bytes) +
                       reduce_scatter_time(setup.machine, group, bytes);
  const Seconds shown = term(estimate_step(setup.context()), Cause::kTensorParallel);
  EXPECT_NEAR(shown / (2 * 2.5 * 32 * setup.model.layer_count() * pair), 1, 1e-6);
}

void check_flops() {
  const Architecture model = find_model("llama-2-7b")->model;
  const double s = 2048;
  const std::vector<double> six = numbers_in(kSixNFormula.text);
  const auto n = static_cast<double>(count_parameters(model).active_without_input_embedding);
  EXPECT_NEAR(six_n_per_token(model).in(FLOP / token) / (six[0] * n), 1, 1e-9);
  const std::vector<double> with = numbers_in(kSixNAttentionFormula.text);  // 6, 12
  const double attention = with[1] * 32 * s * 32 * 128;
  EXPECT_NEAR(six_n_attention_per_token(model, s, AttentionCount::kFull).in(FLOP / token) /
                  (with[0] * n + attention),
              1, 1e-9);
  const std::vector<double> all = numbers_in(kModelFlopsFormula.text);  // 3, 2, 2 (of s/2)
  const double maps = n - 65.0 * 4096;                                  // norms are no maps
  const double keys = s / all[2] * 32 * 128 * 2 * 32;                   // QK and PV
  EXPECT_NEAR(model_flops_per_token(model, s).in(FLOP / token) / (all[0] * all[1] * (maps + keys)),
              1, 1e-9);
}

void check_run() {
  Reliability r;
  r.failures_per_node_day = 0.01;
  r.checkpoint_write = 60 * second;
  r.restart = 300 * second;
  const double mean = 86400 / (128 * 0.01);
  const std::vector<double> n = numbers_in(kGoodputFormula.text);  // 1, 2, 1, 2, 3, 18
  const double dt = std::sqrt(n[1] * 60 * mean) *
                        (n[2] + std::sqrt(60 / (n[3] * mean)) / n[4] + 60 / (n[5] * mean)) -
                    60;
  const Goodput kept = goodput(r, 1024);
  EXPECT_NEAR(kept.share, dt / (mean * std::exp(300 / mean) * (std::exp((dt + 60) / mean) - n[0])),
              1e-12);
  EXPECT_NEAR(kept.share + kept.writing + kept.lost, 1, 1e-12);
  EXPECT_EQ(rental_cost(100 * accelerator_hour, 2 * usd_per_accelerator_hour), 200 * usd);
  const HardwareDb& db = test::database();
  const System system = *db.system("dgx-h100");
  const Grid grid = *db.grid("default");
  const Power each = mean_power(*db.accelerator("h100-sxm"), system, grid);
  EXPECT_NEAR(each / (*system.server_power / system.node_size * grid.average_draw), 1, 1e-12);
  EXPECT_NEAR(run_energy(10 * accelerator_hour, each, grid).total / (10 * hour * each * grid.pue),
              1, 1e-12);
}

// $40,000 bought with a fifth of the whole in network, 2 kW rated of which 1.5 draw, over 4 years.
void check_ownership() {
  Ownership own;
  own.network_share = 0.2;
  own.life = 4 * 365.25 * day;
  own.interest = 0.08;
  own.maintenance = 0.05;
  own.hosting = 0.1 * usd / kWh;
  own.staff = 0.25;
  own.utilisation = 0.7;
  const OwnedPower power{2 * kW, 1.5 * kW, 1.2, 0.08 * usd / kWh};
  const PurchasePrice price = 40000 * usd / accelerator;
  const double whole = 50000, year = 365.25 * 24, energy = 1.5 * 1.2 * 0.08;
  EXPECT_NEAR(acquisition_cost(price, 8, own).in(usd), 8 * whole, 1e-6);

  const double annuity = whole * 0.08 / (1 - std::pow(1.08, -4));
  const double standing = annuity + 0.05 * whole + 2 * 0.1 * year;  // a year
  const double hour = (standing / (0.7 * year) + energy) / (1 - 0.25);
  EXPECT_NEAR(owned_hour(price, power, own).total().in(usd_per_accelerator_hour), hour, 1e-9);

  const std::vector<double> n = numbers_in(kAmortisedFormula.text);  // 10, 0.14, 1, 0.14, 10
  EXPECT_NEAR(amortised_hour(price, 2, power, own).total().in(usd_per_accelerator_hour),
              whole * std::pow(n[0], -n[1] * 2) * n[3] * std::log(n[4]) / year + energy, 1e-9);

  const double rent = 5, hours = break_even(price, rent * usd_per_accelerator_hour, power, own)
                                     .time->in(unit::hour);
  const double running = 0.05 * whole / year + 2 * 0.1 + energy;
  EXPECT_NEAR(hours * rent, (4 * annuity + hours * running) / (1 - 0.25), 1e-6);
  const double used = *break_even(price, rent * usd_per_accelerator_hour, power, own).utilisation;
  EXPECT_NEAR(used * year * rent, (standing + used * year * energy) / (1 - 0.25), 1e-6);
  // What costs more to run than to rent is never bought for its price.
  const BreakEven never = break_even(price, 0.5 * usd_per_accelerator_hour, power, own);
  EXPECT_FALSE(never.time);
  EXPECT_FALSE(never.utilisation);
}

void check_doubt() {
  EngineError error;
  error.by_regime.resize(regime_names().size());
  error.by_regime[0] = {-0.1, 0.2, 0.05};
  const Doubt doubt = engine_doubt(error, {Regime::kDense});
  EXPECT_NEAR(doubt.p5, std::exp(-0.1), 1e-12);
  EXPECT_NEAR(doubt.p95, std::exp(0.2), 1e-12);

  // Two standard deviations below the median lie 2.275% of the times; cut there, a tenth of the
  // 47.725% that remain of the half is the 5% quantile: at 7.0475%, 1.4722 deviations below.
  const double deviation = std::log(1 / 0.4) / 1.6448536269514722;
  const Doubt cut = cut_below({0.4, 1, 3}, std::exp(-2 * deviation));
  EXPECT_NEAR(cut.p5, std::exp(-1.4722 * deviation), 1e-4);
  EXPECT_EQ(cut.p50, 1);
  EXPECT_EQ(cut.p95, 3);
  EXPECT_NEAR(cut_below({0.4, 1, 3}, 1e-9).p5, 0.4, 1e-9) << "far below there is nothing to cut";
  EXPECT_EQ(cut_below({0.4, 1, 3}, 1.2).p5, 1) << "the prediction is over what is possible";
}

void check_exposure() {
  EXPECT_DOUBLE_EQ(exposed_share(0.9, 0.5), 0.45);
  EXPECT_EQ(exposed_share(1.5, 0), 1);
  EXPECT_EQ(exposed_time(0.25, 8 * second, 10 * second), 2 * second) << "the share";
  EXPECT_EQ(exposed_time(0.25, 8 * second, 3 * second), 5 * second) << "what outlasts compute";
  // A step shows them by it: all of an exchange where nothing hides.
  StepSetup setup = setup_of(R"("tp": 1)");
  setup.machine.engine.dp_exposure = 1;
  setup.machine.stack.dp_overlap = 0;
  const Seconds all = term(estimate_step(setup.context()), Cause::kDataParallel);
  setup.machine.stack.dp_overlap = 0.5;
  EXPECT_GE(term(estimate_step(setup.context()), Cause::kDataParallel) / all, 0.5 - 1e-9);
}

void check_compute_optimal() {
  const OptimalModel best = compute_optimal(1e24);
  EXPECT_NEAR(best.parameters * best.tokens * 6, 1e24, 1e15);
  // The loss is least there along D = C / 6N.
  const auto loss = [](double n) {
    const double d = 1e24 / (6 * n);
    return 1.8172 + 482.01 / std::pow(n, 0.3478) + 2085.43 / std::pow(d, 0.3658);
  };
  EXPECT_NEAR(best.loss, loss(best.parameters), 1e-9);
  EXPECT_LT(best.loss, loss(1.01 * best.parameters));
  EXPECT_LT(best.loss, loss(0.99 * best.parameters));
}

Job learning_job() {
  return test::job_from(R"({"model": "llama-3.1-8b", "reliability": "none",
      "cluster": {"accelerator": "h100-sxm", "count": 8}, "run": {"precision": "bf16"},
      "phases": [{"steps": 1, "run": {"global_batch": 64}, "layout": {"zero": 3},
        "rl": {"rollouts": 256, "prompt_length": 100, "response_length": 400, "reward_time": "3 s",
               "generation": {"tp": 1, "overhead": "0 s"}}}]})");
}

void check_generation() {
  const Job job = learning_job();
  const Generator& generator = job.phases.front().rl->generator;
  const auto decode = [&](const Responses& responses) {
    return generation_time(job.model, generator, 1, responses).decode.in(second);
  };
  // Bound by bytes: of 16 responses the weights, and 16 caches of 1,050 tokens in the mean.
  const double weights = 2.0 * static_cast<double>(count_parameters(job.model).total);
  const double caches = 16 * 1050 * 32 * 8 * 128 * 2 * 2.0;
  const double stream = generator.machine.memory_stream.in(B / second);
  const double least = 100 * (weights / generator.machine.memory.in(B / second) + caches / stream);
  const double found = decode({16, 1, 1000, 100, 100});
  EXPECT_GT(found, least);
  EXPECT_LT(found, 1.35 * least);
  // Every position at the responses that still run: spread lengths end later.
  EXPECT_GT(decode({64, 1, 10, 100, 400}), decode({64, 1, 10, 100, 150}));
  const Responses uncut{1000, 1, 10, 100, 0};
  const Responses at_last{1000, 1, 10, 100, 1e9};
  EXPECT_NEAR(decode(uncut) / decode(at_last), 1, 1e-6) << "a cut that none reaches";
}

void check_iteration() {
  const Job job = learning_job();
  const Phase& phase = job.phases.front();
  const IterationTime time = iteration_of(phase, 2 * second);
  EXPECT_EQ(time.training, 8 * second);
  EXPECT_NEAR(time.scoring.in(second), 2 * 4 * 2 / 3.0, 1e-12);
  EXPECT_EQ(time.total(),
            time.generation.total() + 3 * second + time.scoring + time.training + time.moving);
}

void check_power() {
  const std::vector<double> n = numbers_in(kPowerFormula.text);  // 0.90 ... 0.21, 0.65
  EXPECT_DOUBLE_EQ(board_draw({.products = 1}), n[0]);
  EXPECT_DOUBLE_EQ(board_draw({.memory = 1}), n[1]);
  EXPECT_DOUBLE_EQ(board_draw({.links = 1}), n[2]);
  EXPECT_DOUBLE_EQ(board_draw({.network = 1}), n[3]);
  EXPECT_DOUBLE_EQ(board_draw({}), n[4]) << "it waits";
  // 700 W of an H100 and its eighth of 10.2 kW.
  const HardwareDb& db = test::database();
  const double busy = draw_of(*db.accelerator("h100-sxm"), *db.system("dgx-h100"), {.products = 1});
  EXPECT_NEAR(busy * 10200 / 8, n[0] * 700 + n[5] * (10200 / 8.0 - 700), 1e-6);
  EXPECT_LT(8 * busy * 10200 / 8, 8400) << "no eight of them were seen to draw more";
}

void check_best_batch() {
  const std::vector<double> n = numbers_in(kBestBatchFormula.text);  // 0.58, 0.571
  for (const double run : {3e11, 1e12, 15e12}) {
    EXPECT_NEAR(best_batch(run * token).in(token) / (n[0] * std::pow(run, n[1])), 1, 1e-12);
  }
  // In powers of two between its bounds, and never more than the run has.
  EXPECT_EQ(usual_batches(1e12 * token).most.in(token), 1 << 22);
  EXPECT_EQ(usual_batches(15e12 * token).most.in(token), 1 << 24);
  EXPECT_EQ(usual_batches(1e9 * token).most.in(token), 1 << 21);
  EXPECT_EQ(usual_batches(1e6 * token).most.in(token), 1e6);
}

void check_fabric() {
  ASSERT_EQ(numbers_in(kFabricFormula.text), (std::vector<double>{1, 1, 1}));
  Machine m = setup_of(R"("tp": 1)").machine;
  for (const double o : {1.0, 3.0, 16.0}) {
    m.fabric = {{"spine", 64, o}};
    for (const auto& [size, stride] : {std::pair{16, 8}, {32, 1}, {128, 1}, {4, 32}, {4, 64}}) {
      const auto of = [&](Traffic traffic) { return make_group(m, size, stride, traffic); };
      const Group group = of(Traffic::kRing);
      const double n = size, k = std::max(1.0, 64.0 / stride), i = group.inside;
      const double g = std::min(group.inside, 8);
      const bool crosses = k < n;
      const auto share = [&](double formula) { return crosses ? std::min(1.0, formula) : 1; };
      EXPECT_DOUBLE_EQ(group.cards, share(k / (g * o)));
      EXPECT_DOUBLE_EQ(of(Traffic::kExchange).cards, share((n - i) / ((n - k) * o)));
      EXPECT_DOUBLE_EQ(of(Traffic::kPath).cards, share(k / o));
    }
  }
}

const std::map<std::string_view, std::function<void()>>& checks() {
  static const std::map<std::string_view, std::function<void()>> all = {
      {"fabric", check_fabric},
      {"gemm-time", check_gemm},
      {"attention-time", check_attention},
      {"ring", check_ring},
      {"1f1b", check_pipelines},
      {"gpipe", check_pipelines},
      {"zb-h1", check_pipelines},
      {"dualpipe", check_pipelines},
      {"stragglers", check_stragglers},
      {"zero", check_zero},
      {"accumulation", check_accumulation},
      {"meeting", check_meeting},
      {"sequence-parallel", check_sequence_parallel},
      {"exposure", check_exposure},
      {"model-flops", check_flops},
      {"six-n", check_flops},
      {"six-n-attention", check_flops},
      {"goodput", check_run},
      {"rental", check_run},
      {"energy", check_run},
      {"ownership", check_ownership},
      {"amortised", check_ownership},
      {"acquisition", check_ownership},
      {"break-even", check_ownership},
      {"engine-error", check_doubt},
      {"compute-optimal", check_compute_optimal},
      {"best-batch", check_best_batch},
      {"generation", check_generation},
      {"rl-iteration", check_iteration},
      {"power", check_power},
  };
  return all;
}

TEST(Formulas, EachTextHoldsForItsFunction) {
  for (const Formula* formula : all_formulas()) {
    const auto check = checks().find(formula->id);
    ASSERT_NE(check, checks().end()) << formula->id << " has no check";
    SCOPED_TRACE(formula->id);
    check->second();
  }
  EXPECT_EQ(all_formulas().size(), checks().size());
}

TEST(Formulas, AReportCitesThoseThatItsAnswerUsed) {
  const auto cites = [](const Job& job, const Formula& formula) {
    std::vector<const StepSetup*> steps;
    for (const Phase& phase : job.phases) {
      if (phase.setup) steps.push_back(&*phase.setup);
    }
    const auto cited = cited_formulas(job, steps);
    return std::find(cited.begin(), cited.end(), &formula) != cited.end();
  };
  const Job deepseek = test::example("deepseek-v3.job.json");
  EXPECT_TRUE(cites(deepseek, kPlayedFormula));
  EXPECT_FALSE(cites(deepseek, k1F1BFormula));
  EXPECT_FALSE(cites(deepseek, kComputeOptimalFormula));
  const Job gpt = test::example("gpt3-175b.job.json");
  EXPECT_FALSE(cites(gpt, kPlayedFormula));
  EXPECT_FALSE(cites(gpt, kSequenceParallelFormula));
  EXPECT_TRUE(cites(test::example("llama-3.1-405b.job.json"), kSequenceParallelFormula));
  EXPECT_FALSE(cites(gpt, kBestBatchFormula));
  const Job open = test::job_from(R"({"model": "llama-3.1-8b", "run": {"tokens": "1T tokens"},
      "cluster": {"accelerator": "h100-sxm", "count": 8}})");
  EXPECT_TRUE(cites(open, kBestBatchFormula));
}

}  // namespace
}  // namespace traincost
