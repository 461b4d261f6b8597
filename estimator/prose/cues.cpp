// Words that tell figures of one kind apart, by what they say.
#include <algorithm>

#include "estimator/prose/vocabulary.h"

namespace traincost {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kBatch[] = {"每步",     "training step", "batch",     "batches",
                                       "per step", "a step",        "each step", "批"};
constexpr std::string_view kPerStep[] = {"optimizer step", "single step",   "training step",
                                         "per step",       "a step",        "each step",
                                         "step time",      "per iteration", "每步"};
constexpr std::string_view kActive[] = {"active", "activat*", "激活"};
constexpr std::string_view kExperts[] = {"moe",     "mixture of experts", "mixture-of-experts",
                                         "experts", "混合专家",           "专家"};
constexpr std::string_view kSold[] = {
    "sold",     "sell",  "sells", "selling", "shipped", "ships",   "shipping", "shipments",
    "deliver*", "sales", "buy",   "buys",    "bought",  "ordered", "orders",   "purchase*",
    "运送",     "运载",  "出货",  "销售",    "卖",      "采购",    "购买",     "交付"};
constexpr std::string_view kRevenue[] = {"revenue*", "sales",  "brought", "brings", "bring",
                                         "earn*",    "income", "sold",    "buys",   "收入",
                                         "销售额",   "营收",   "赚",      "带来"};
constexpr std::string_view kEach[] = {"均价", "单张",    "单卡",     "单颗",     "每片",
                                      "each", "per gpu", "per card", "per chip", "每颗",
                                      "每张", "每块",    "单价"};
constexpr std::string_view kPriced[] = {
    "均价",  "sells for", "sell for", "sold for", "priced at", "list price", "retails",
    "costs", "cost",      "price",    "价格",     "售价",      "报价",       "单价"};
constexpr std::string_view kHourly[] = {"per gpu-hour", "per gpu hour", "per hour", "an hour",
                                        "hourly",       "每小时",       "每卡时",   "gpu小时价"};
constexpr std::string_view kByTheDay[] = {"a day",    "per day", "a month", "per month", "a year",
                                          "per year", "daily",   "每天",    "每月",      "每年"};
constexpr std::string_view kSaved[] = {"saving", "saved", "saves", "save", "节省", "省下"};
constexpr std::string_view kSystem[] = {
    "dgx",      "hgx",       "nvl72",    "nvl36",    "server",   "servers", "node", "rack", "racks",
    "instance", "instances", "superpod", "24xlarge", "48xlarge", "服务器",  "机柜", "整机"};
constexpr std::string_view kDenied[] = {
    "contrary to", "rather than", "instead of", "myth",   "nobody",  "no one", "false",  "untrue",
    "not",         "didn't",      "isn't",      "wasn't", "doesn't", "never",  "denied", "denies",
    "deny",        "没有",        "不是",       "并非",   "否认",    "并未"};
constexpr std::string_view kTotal[] = {"总计",          "累计",    "total", "in all", "altogether",
                                       "full training", "overall", "总",    "合计",   "共计"};
constexpr std::string_view kSumsTo[] = {"total of", "in all", "in total", "altogether",
                                        "合计",     "总计",   "共计",     "累计"};
constexpr std::string_view kFalse[] = {"is false",  "are false", "is wrong",
                                       "is untrue", "不属实",    "不实"};
constexpr std::string_view kRunsOn[] = {"nodes", "node", "servers", "server", "racks",
                                        "rack",  "pods", "each",    "服务器", "节点"};
constexpr std::string_view kParameters[] = {"model",      "models", "模型",
                                            "parameter*", "params", "参数"};
constexpr std::string_view kEachDay[] = {"a day", "per day", "每天", "每日"};
constexpr std::string_view kFitted[] = {"inference", "fine-tun*", "finetun*", "lora",    "qlora",
                                        "serving",   "serve*",    "runs on",  "running", "deploy*",
                                        "推理",      "微调",      "部署",     "运行"};
constexpr std::string_view kApi[] = {"api",          "apis",   "per million",
                                     "per m tokens", "每百万", "订价"};
constexpr std::string_view kFunding[] = {
    "raise",   "raised", "raises", "raising", "valued", "valuation*", "market cap*", "invest*",
    "funding", "funded", "worth",  "lost",    "loss",   "losses",     "profit*",     "亏损",
    "wiped",   "shares", "stock",  "融资",    "估值",   "市值",       "投资",        "蒸发"};
constexpr std::string_view kUtilisation[] = {"mfu", "model flops utili*", "utilization",
                                             "utilisation", "利用率"};
constexpr std::string_view kHardwareUtilisation[] = {"hfu", "hardware flops", "硬件利用率"};
constexpr std::string_view kPue[] = {"pue"};
constexpr std::string_view kMemory[] = {"memory", "hbm*", "vram", "内存", "显存"};
constexpr std::string_view kCompute[] = {"compute", "computing", "performance",
                                         "flops",   "算力",      "性能"};
constexpr std::string_view kBandwidth[] = {"bandwidth", "带宽"};
constexpr std::string_view kLower[] = {
    "跌幅", "降幅", "lower", "cheaper", "less", "fewer", "saved", "saving*",   "reduc*", "cut",
    "cuts", "降低", "下降",  "减少",    "裁汰", "便宜",  "节省",  "down from", "down by"};
constexpr std::string_view kHigher[] = {"higher", "more", "greater", "faster",
                                        "larger", "更高", "更大",    "更快"};
constexpr std::string_view kGrowth[] = {"grew",      "grow",   "grows", "grown", "rose",
                                        "increase*", "growth", "up by", "增长",  "增加",
                                        "上升",      "环比",   "同比"};
constexpr std::string_view kPeriod[] = {
    "quarter*", "year-on-year", "year on year",   "annual*",
    "a year",   "per year",     "month-on-month", "month on month",
    "a month",  "环比",         "同比",           "季度",
    "每年"};
constexpr std::string_view kTraining[] = {
    "train*", "pre-train*", "run",  "runs", "took", "takes", "used", "uses", "using", "cost",
    "costs",  "训练",       "试验", "花费", "花了", "耗时",  "耗费", "消耗", "用了",  "跑"};
constexpr std::string_view kTrains[] = {"train*", "pre-train*", "训练", "试验"};
constexpr std::string_view kUses[] = {"used", "uses", "using", "took", "takes", "用了", "使用"};
constexpr std::string_view kHas[] = {"has",      "have",     "with",  "offers",  "provides",
                                     "features", "delivers", "packs", "carries", "comes",
                                     "boasts",   "up to",    "拥有",  "领有",    "提供",
                                     "搭载",     "配备",     "具有",  "达到",    "高达"};
constexpr std::string_view kElsewhere[] = {"network*",    "interconnect*", "nvlink", "infiniband",
                                           "ethernet",    "needs",         "need",   "require*",
                                           "activations", "per gpu",       "互联",   "网络"};
constexpr std::string_view kElsewhen[] = {
    "ago",    "of use", "last", "next", "previous", "earlier", "later", "within the", "coming",
    "future", "past",   "未来", "翌日", "过去",     "之前",    "以后",  "去年"};
constexpr std::string_view kForecast[] = {"expected",    "expects",   "forecast*", "will bring",
                                          "would bring", "projected", "predict*",  "could",
                                          "plans",       "planned",   "plan to",   "计划",
                                          "展望",        "预计",      "预测",      "预期"};
constexpr std::string_view kElectricity[] = {"electricity", "power bill", "energy bill", "电费"};
constexpr std::string_view kCarbon[] = {"co2*",      "tco2*",   "ktco2*", "carbon",
                                        "emission*", "emitted", "碳"};

}  // namespace

Words cue_words(Cue cue) {
  switch (cue) {
    case Cue::kBatch: return kBatch;
    case Cue::kPerStep: return kPerStep;
    case Cue::kActive: return kActive;
    case Cue::kExperts: return kExperts;
    case Cue::kSold: return kSold;
    case Cue::kRevenue: return kRevenue;
    case Cue::kEach: return kEach;
    case Cue::kPriced: return kPriced;
    case Cue::kHourly: return kHourly;
    case Cue::kByTheDay: return kByTheDay;
    case Cue::kSaved: return kSaved;
    case Cue::kSystem: return kSystem;
    case Cue::kDenied: return kDenied;
    case Cue::kTotal: return kTotal;
    case Cue::kSumsTo: return kSumsTo;
    case Cue::kFalse: return kFalse;
    case Cue::kRunsOn: return kRunsOn;
    case Cue::kParameters: return kParameters;
    case Cue::kEachDay: return kEachDay;
    case Cue::kFitted: return kFitted;
    case Cue::kApi: return kApi;
    case Cue::kFunding: return kFunding;
    case Cue::kUtilisation: return kUtilisation;
    case Cue::kHardwareUtilisation: return kHardwareUtilisation;
    case Cue::kPue: return kPue;
    case Cue::kMemory: return kMemory;
    case Cue::kCompute: return kCompute;
    case Cue::kBandwidth: return kBandwidth;
    case Cue::kLower: return kLower;
    case Cue::kHigher: return kHigher;
    case Cue::kGrowth: return kGrowth;
    case Cue::kPeriod: return kPeriod;
    case Cue::kTraining: return kTraining;
    case Cue::kTrains: return kTrains;
    case Cue::kUses: return kUses;
    case Cue::kHas: return kHas;
    case Cue::kElsewhere: return kElsewhere;
    case Cue::kElsewhen: return kElsewhen;
    case Cue::kForecast: return kForecast;
    case Cue::kElectricity: return kElectricity;
    case Cue::kCarbon: return kCarbon;
  }
  return {};
}

bool is_no_name(std::string_view word) {
  constexpr std::string_view kWords[] = {
      // sorted
      "a",
      "about",
      "according",
      "after",
      "ai",
      "an",
      "and",
      "api",
      "april",
      "as",
      "asked",
      "at",
      "august",
      "b",
      "before",
      "bf16",
      "both",
      "but",
      "by",
      "china",
      "co2",
      "co2e",
      "cuda",
      "december",
      "each",
      "eflop",
      "estimated",
      "eur",
      "every",
      "february",
      "flop",
      "flops",
      "for",
      "fp16",
      "fp32",
      "fp4",
      "fp8",
      "from",
      "full",
      "gb",
      "gpu",
      "gpus",
      "gw",
      "gwh",
      "hbm",
      "hbm2",
      "hbm2e",
      "hbm3",
      "hbm3e",
      "hfu",
      "if",
      "in",
      "int4",
      "int8",
      "it",
      "its",
      "january",
      "july",
      "june",
      "k",
      "kw",
      "kwh",
      "less",
      "llm",
      "llms",
      "m",
      "m3",
      "march",
      "may",
      "mfu",
      "moe",
      "more",
      "mw",
      "mwh",
      "november",
      "npu",
      "nvidia",
      "october",
      "of",
      "on",
      "one",
      "or",
      "our",
      "over",
      "pcie",
      "pflop",
      "pflops",
      "post-training",
      "pre-training",
      "pue",
      "rl",
      "sb",
      "september",
      "sft",
      "sxm",
      "t",
      "tb",
      "tco2e",
      "tf32",
      "tflop",
      "tflops",
      "than",
      "that",
      "the",
      "these",
      "they",
      "this",
      "three",
      "to",
      "tops",
      "tpu",
      "tpus",
      "training",
      "twh",
      "two",
      "us",
      "usd",
      "w",
      "we",
      "when",
      "while",
      "with",
      "you",
  };
  static_assert(std::is_sorted(std::begin(kWords), std::end(kWords)));
  const auto before = qualifiers();
  return std::binary_search(std::begin(kWords), std::end(kWords), word) ||
         std::any_of(before.begin(), before.end(),
                     [&](const Qualifier& each) { return each.text == word; });
}

bool is_spun(std::string_view text) { return text.find("好意思") != std::string_view::npos; }

}  // namespace traincost
