#include "estimator/questions/formulas.h"

namespace traincost {

const std::vector<Formula>& formulas() {
  static const std::vector<Formula> all = {
      {"model-flops", "3 x 2 x (weights a token meets + QK and PV over s/2 keys)",
       "DeepSeek-V3 Technical Report, arXiv:2412.19437, convention of the reported MFU",
       "estimator/model/flops.h"},
      {"six-n", "6 N per token", "Kaplan et al. 2020, arXiv:2001.08361, section 2.1",
       "estimator/model/flops.h"},
      {"six-n-attention", "6 N + 12 L s a d_head per token",
       "Chowdhery et al. 2022, arXiv:2204.02311, appendix B", "estimator/model/flops.h"},
      {"gemm-time", "max(waves x tile / (peak x f), bytes / bandwidth) + gap",
       "tile and wave quantization after NVIDIA, Matrix Multiplication Background User's Guide; "
       "constants fitted on measured rows",
       "estimator/machine/kernels.h"},
      {"attention-time",
       "blocks' flops x (1 + half_keys / keys) / (bf16 peak x f x (d / 128)^e) + gap",
       "tiling of FlashAttention-2, arXiv:2307.08691; constants fitted on measured rows",
       "estimator/machine/kernels.h"},
      {"ring",
       "base + L + min(2.4 T, 6 us + T + 1.2 sqrt(L T)), T = (n - 1)/n x bytes / bus bandwidth + "
       "own part; across domains min(8 T, 6 us + T + 1.6 sqrt(L T))",
       "NVIDIA/nccl@5067397 src/graph/tuning.cc; Thakur et al. 2005, IJHPCA 19(1)",
       "estimator/machine/collectives.h"},
      {"sequence-parallel", "all-gather and reduce-scatter of b s h around each block",
       "Korthikanti et al. 2022, arXiv:2205.05198, section 4.2.2", "estimator/step/layer_time.cpp"},
      {"1f1b", "bubble = sum over the other ranks of F + B, / v where interleaved",
       "Narayanan et al. 2021, arXiv:2104.04473, section 2.2", "estimator/step/pipeline.h"},
      {"zb-h1", "bubble = sum over the other ranks of F + B - 2W",
       "Qi et al. 2023, arXiv:2401.10241, table 2", "estimator/step/pipeline.h"},
      {"dualpipe", "bubble = (p/2 - 1)(F&B + B - 3W); played out where stages differ",
       "deepseek-ai/DualPipe README", "estimator/step/pipeline.h"},
      {"accumulation", "2 x bytes of the accumulated gradient for each parameter and micro-batch",
       "definition; the exposed share is fitted", "estimator/step/layer_time.cpp"},
      {"engine-error", "prediction x exp(quantile of ln(measured / predicted) on unseen families)",
       "docs/accuracy.md", "estimator/doubt/doubt.h"},
      {"zero", "optimizer states, gradients, parameters sharded over data parallelism",
       "Rajbhandari et al. 2020, arXiv:1910.02054", "estimator/step/memory.h"},
      {"serial-launches", "kernels x dispatch x fitted wait x (1 + 1/2 + ... + 1/tp)",
       "mean of the longest of tp exponential delays: Renyi 1953, Acta Math. Hung. 4; where the "
       "stack launches serially",
       "estimator/step/step.cpp"},
      {"meeting", "dispatch x fitted wait for each tensor- and expert-parallel collective",
       "MooreThreads/SimuMax@4dcaae5 configs/system/b200_bf16_ceperm.json",
       "estimator/step/layer_time.cpp"},
      {"stragglers", "sigma sqrt(2 ln N)",
       "Cramer 1946, Mathematical Methods of Statistics, section 28.6", "estimator/step/step.h"},
      {"goodput", "(1 - w/dt)(1 - (dt/2 + u)/M), dt = sqrt(2 w M)", "Young 1974, CACM 17(9)",
       "estimator/run/goodput.h"},
      {"compute-optimal",
       "L = E + A / N^alpha + B / D^beta; N = G (C / 6)^(beta / (alpha + beta)), D = C / (6 N)",
       "Besiroglu et al. 2024, arXiv:2404.10102, of Hoffmann et al. 2022, arXiv:2203.15556",
       "estimator/questions/size.h"},
      {"rental", "billed time x price, billed = busy / goodput", "definition",
       "estimator/run/cost.h"},
      {"energy", "billed time x server rating / node size x average draw x PUE",
       "Cottier et al. 2024, arXiv:2405.21015, appendix A", "estimator/run/cost.h"},
  };
  return all;
}

}  // namespace traincost
