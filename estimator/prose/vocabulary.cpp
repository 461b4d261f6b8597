#include "estimator/prose/vocabulary.h"

namespace traincost {
namespace {

constexpr Dimension kNo{};
constexpr Dimension kSecond{.second = 1};
constexpr Dimension kAccelTime{.second = 1, .accelerator = 1};
constexpr Dimension kToken{.token = 1};
constexpr Dimension kFlop{.flop = 1};
constexpr Dimension kRate{.flop = 1, .second = -1};
constexpr Dimension kJoule{.joule = 1};
constexpr Dimension kWatt{.second = -1, .joule = 1};
constexpr Dimension kGram{.gram = 1};
constexpr Dimension kByte{.byte = 1};
constexpr Dimension kByteRate{.byte = 1, .second = -1};
constexpr Dimension kMoney{.usd = 1};
constexpr Dimension kVolume{.metre = 3};
constexpr Dimension kTokenRate{.second = -1, .token = 1};
constexpr Dimension kTokenRateEach{.second = -1, .token = 1, .accelerator = -1};
constexpr Dimension kIntensity{.joule = -1, .gram = 1};

constexpr UnitWord kUnits[] = {
    // Time of accelerators, with their names left out (see scanner.cpp).
    {"gpu-hours", "GPU-h", kAccelTime},
    {"gpu hours", "GPU-h", kAccelTime},
    {"gpu-hour", "GPU-h", kAccelTime},
    {"gpu hour", "GPU-h", kAccelTime},
    {"gpu-hrs", "GPU-h", kAccelTime},
    {"gpu-h", "GPU-h", kAccelTime},
    {"gpuh", "GPU-h", kAccelTime},
    {"tpu-hours", "GPU-h", kAccelTime},
    {"tpu hours", "GPU-h", kAccelTime},
    {"npu hours", "GPU-h", kAccelTime},
    {"chip-hours", "GPU-h", kAccelTime},
    {"chip hours", "GPU-h", kAccelTime},
    {"accelerator-hours", "GPU-h", kAccelTime},
    {"accelerator hours", "GPU-h", kAccelTime},
    {"card hours", "GPU-h", kAccelTime},
    {"gpu-days", "GPU-days", kAccelTime},
    {"gpu days", "GPU-days", kAccelTime},
    {"gpu-years", "GPU-years", kAccelTime},
    {"gpu years", "GPU-years", kAccelTime},
    {"gpu-months", "GPU-mo", kAccelTime},
    {"gpu小时", "GPU-h", kAccelTime},
    {"gpu 小时", "GPU-h", kAccelTime},
    {"gpu·小时", "GPU-h", kAccelTime},
    {"个gpu小时", "GPU-h", kAccelTime},
    {"个gpu 小时", "GPU-h", kAccelTime},
    {"卡小时", "GPU-h", kAccelTime},
    {"卡时", "GPU-h", kAccelTime},
    {"gpu天", "GPU-days", kAccelTime},
    {"卡天", "GPU-days", kAccelTime},
    // Energy before time: "megawatt-hours".
    {"megawatt-hours", "MWh", kJoule},
    {"megawatt hours", "MWh", kJoule},
    {"gigawatt-hours", "GWh", kJoule},
    {"gigawatt hours", "GWh", kJoule},
    {"kilowatt-hours", "kWh", kJoule},
    {"kilowatt hours", "kWh", kJoule},
    {"kwh", "kWh", kJoule},
    {"mwh", "MWh", kJoule},
    {"gwh", "GWh", kJoule},
    {"twh", "TWh", kJoule},
    {"千瓦时", "kWh", kJoule},
    {"兆瓦时", "MWh", kJoule},
    {"吉瓦时", "GWh", kJoule},
    {"度电", "kWh", kJoule},
    // Rates of tokens.
    {"tokens per second per gpu", "tokens/s/GPU", kTokenRateEach},
    {"tokens/second/gpu", "tokens/s/GPU", kTokenRateEach},
    {"tokens/sec/gpu", "tokens/s/GPU", kTokenRateEach},
    {"tokens/s per gpu", "tokens/s/GPU", kTokenRateEach},
    {"tokens/s/gpu", "tokens/s/GPU", kTokenRateEach},
    {"tokens per gpu per second", "tokens/s/GPU", kTokenRateEach},
    {"tokens per second", "tokens/s", kTokenRate},
    {"tokens a second", "tokens/s", kTokenRate},
    {"tokens/second", "tokens/s", kTokenRate},
    {"tokens/sec", "tokens/s", kTokenRate},
    {"tokens/s", "tokens/s", kTokenRate},
    {"training tokens", "tokens", kToken},
    {"tokens of data", "tokens", kToken},
    {"tokens", "tokens", kToken},
    {"token", "tokens", kToken},
    {"个token", "tokens", kToken},
    {"个 token", "tokens", kToken},
    {"词元", "tokens", kToken},
    {"数据", "tokens", kToken},
    {"训练数据", "tokens", kToken},
    // Arithmetic.
    {"petaflop/s-days", "petaflop/s-days", kFlop},
    {"petaflops-days", "petaflop/s-days", kFlop},
    {"petaflop-days", "petaflop/s-days", kFlop},
    {"pf-days", "petaflop/s-days", kFlop},
    {"teraflop/s", "TFLOP/s", kRate},
    {"petaflop/s", "PFLOP/s", kRate},
    {"tflop/s per gpu", "TFLOP/s", kRate},
    {"tflops per gpu", "TFLOP/s", kRate},
    {"tflops/gpu", "TFLOP/s", kRate},
    {"teraflops", "TFLOP/s", kRate},
    {"petaflops", "PFLOP/s", kRate},
    {"exaflops", "EFLOP/s", kRate},
    {"tflops/s", "TFLOP/s", kRate},
    {"tflop/s", "TFLOP/s", kRate},
    {"tflops", "TFLOP/s", kRate},
    {"pflop/s", "PFLOP/s", kRate},
    {"pflops", "PFLOP/s", kRate},
    {"eflop/s", "EFLOP/s", kRate},
    {"tops", "TOP/s", kRate},
    {"flops", "FLOP", kFlop},
    {"flop", "FLOP", kFlop},
    {"次浮点运算", "FLOP", kFlop},
    // Parameters, steps and things that are counted.
    {"total parameters", "", kNo, Noun::kParameters},
    {"active parameters", "", kNo, Noun::kParameters},
    {"activated parameters", "", kNo, Noun::kParameters},
    {"parameters", "", kNo, Noun::kParameters},
    {"parameter", "", kNo, Noun::kParameters},
    {"params", "", kNo, Noun::kParameters},
    {"个参数", "", kNo, Noun::kParameters},
    {"参数", "", kNo, Noun::kParameters},
    {"training steps", "", kNo, Noun::kSteps},
    {"optimizer steps", "", kNo, Noun::kSteps},
    {"steps", "", kNo, Noun::kSteps},
    {"iterations", "", kNo, Noun::kSteps},
    {"步", "", kNo, Noun::kSteps},
    {"sequences", "", kNo, Noun::kSequences},
    {"interruptions", "", kNo, Noun::kEvents},
    {"failures", "", kNo, Noun::kEvents},
    {"次中断", "", kNo, Noun::kEvents},
    {"次故障", "", kNo, Noun::kEvents},
    {"graphics processing units", "", kNo, Noun::kAccelerators},
    {"accelerators", "", kNo, Noun::kAccelerators},
    {"graphics cards", "", kNo, Noun::kAccelerators},
    {"gpus", "", kNo, Noun::kAccelerators},
    {"gpu", "", kNo, Noun::kAccelerators},
    {"accelerator", "", kNo, Noun::kAccelerators},
    {"tpu", "", kNo, Noun::kAccelerators},
    {"npu", "", kNo, Noun::kAccelerators},
    {"chip", "", kNo, Noun::kAccelerators},
    {"card", "", kNo, Noun::kAccelerators},
    {"tpus", "", kNo, Noun::kAccelerators},
    {"npus", "", kNo, Noun::kAccelerators},
    {"chips", "", kNo, Noun::kAccelerators},
    {"cards", "", kNo, Noun::kAccelerators},
    {"芯片", "", kNo, Noun::kAccelerators},
    {"显卡", "", kNo, Noun::kAccelerators},
    {"加速卡", "", kNo, Noun::kAccelerators},
    {"张卡", "", kNo, Noun::kAccelerators},
    {"块卡", "", kNo, Noun::kAccelerators},
    {"卡", "", kNo, Noun::kAccelerators},
    // Carbon, water.
    {"kgco2eq/kwh", "kg/kWh", kIntensity},
    {"kgco2e/kwh", "kg/kWh", kIntensity},
    {"kg/kwh", "kg/kWh", kIntensity},
    {"gco2/kwh", "g/kWh", kIntensity},
    {"g/kwh", "g/kWh", kIntensity},
    {"metric tons of co2", "t", kGram},
    {"tonnes of co2", "t", kGram},
    {"tons of co2", "t", kGram},
    {"tons co2", "t", kGram},
    {"ktco2eq", "kt", kGram},
    {"ktco2e", "kt", kGram},
    {"tco2eq", "t", kGram},
    {"tco2e", "t", kGram},
    {"t co2e", "t", kGram},
    {"t co2", "t", kGram},
    {"tco2", "t", kGram},
    {"吨二氧化碳", "t", kGram},
    {"liters of water", "L", kVolume},
    {"litres of water", "L", kVolume},
    {"liters", "L", kVolume},
    {"litres", "L", kVolume},
    {"m3 of water", "m3", kVolume},
    {"cubic meters of water", "m3", kVolume},
    {"升水", "L", kVolume},
    {"立方米水", "m3", kVolume},
    // Memory and links.
    {"tb/s", "TB/s", kByteRate},
    {"gb/s", "GB/s", kByteRate},
    {"gib", "GiB", kByte},
    {"gb", "GB", kByte},
    {"tb", "TB", kByte},
    // Power.
    {"kilowatts", "kW", kWatt},
    {"megawatts", "MW", kWatt},
    {"gigawatts", "GW", kWatt},
    {"megawatt", "MW", kWatt},
    {"gigawatt", "GW", kWatt},
    {"watts", "W", kWatt},
    {"千瓦", "kW", kWatt},
    {"兆瓦", "MW", kWatt},
    {"吉瓦", "GW", kWatt},
    {"瓦", "W", kWatt},
    {"kw", "kW", kWatt},
    {"mw", "MW", kWatt},
    {"gw", "GW", kWatt},
    {"w", "W", kWatt},
    // Money behind the number.
    {"us dollars", "USD", kMoney},
    {"dollars", "USD", kMoney},
    {"usd", "USD", kMoney},
    {"euros", "EUR", kMoney},
    {"eur", "EUR", kMoney},
    {"yuan", "CNY", kMoney},
    {"rmb", "CNY", kMoney},
    {"cny", "CNY", kMoney},
    {"好意思元", "USD", kMoney},
    {"美元", "USD", kMoney},
    {"美金", "USD", kMoney},
    {"元人民币", "CNY", kMoney},
    {"人民币", "CNY", kMoney},
    {"欧元", "EUR", kMoney},
    {"元", "CNY", kMoney},
    // Time of a clock.
    {"seconds", "s", kSecond},
    {"second", "s", kSecond},
    {"minutes", "min", kSecond},
    {"minute", "min", kSecond},
    {"hours", "h", kSecond},
    {"hour", "h", kSecond},
    {"hrs", "h", kSecond},
    {"days", "days", kSecond},
    {"day", "days", kSecond},
    {"weeks", "weeks", kSecond},
    {"week", "weeks", kSecond},
    {"months", "months", kSecond},
    {"month", "months", kSecond},
    {"years", "years", kSecond},
    {"year", "years", kSecond},
    {"个小时", "h", kSecond},
    {"小时", "h", kSecond},
    {"分钟", "min", kSecond},
    {"个月", "months", kSecond},
    {"星期", "weeks", kSecond},
    {"个星期", "weeks", kSecond},
    {"周", "weeks", kSecond},
    {"天", "days", kSecond},
    {"秒", "s", kSecond},
    {"年", "years", kSecond},
    {"ms", "ms", kSecond},
    {"h", "h", kSecond},
    {"d", "d", kSecond},
    {"s", "s", kSecond},
    // Ratios.
    {"percentage points", "%", kNo},
    {"per cent", "%", kNo},
    {"percent", "%", kNo},
    {"%", "%", kNo},
    {"％", "%", kNo},
    {"times", "x", kNo},
    {"-fold", "x", kNo},
    {"fold", "x", kNo},
    {"成", "成", kNo},
    {"倍", "x", kNo},
    {"x", "x", kNo},
};

constexpr ScaleWord kScales[] = {
    {"thousands", "K"}, {"millions", "M"}, {"billions", "B"}, {"trillions", "T"}, {"thousand", "K"},
    {"million", "M"},   {"billion", "B"},  {"trillion", "T"}, {"bn", "B"},        {"mn", "M"},
    {"万亿", "e12"},    {"千亿", "e11"},   {"百亿", "e10"},   {"十亿", "e9"},     {"亿", "e8"},
    {"千万", "e7"},     {"百万", "e6"},    {"十万", "e5"},    {"万", "e4"},       {"千", "e3"},
    {"k", "K"},         {"m", "M"},        {"b", "B"},        {"t", "T"},
};

constexpr NumberWord kNumbers[] = {
    {"twelve", "12"},
    {"eleven", "11"},
    {"three", "3"},
    {"seven", "7"},
    {"eight", "8"},
    {"four", "4"},
    {"five", "5"},
    {"nine", "9"},
    {"half a", "0.5"},
    {"one", "1"},
    {"two", "2"},
    {"six", "6"},
    {"ten", "10"},
    {"an", "1"},
    {"a", "1"},
    {"十二", "12"},
    {"十一", "11"},
    {"十", "10"},
    {"半", "0.5"},
    {"一", "1"},
    {"两", "2"},
    {"二", "2"},
    {"三", "3"},
    {"四", "4"},
    {"五", "5"},
    {"tens of", "20"},
    {"hundreds of", "200"},
    {"thousands of", "2000"},
    {"dozens of", "24"},
    {"数", "2"},
    {"几", "2"},
    {"六", "6"},
    {"七", "7"},
    {"八", "8"},
    {"九", "9"},
};

constexpr Qualifier kBefore[] = {
    {"approximately", "about "},
    {"an estimated", "about "},
    {"estimated", "about "},
    {"roughly", "about "},
    {"around", "about "},
    {"about", "about "},
    {"some", "about "},
    {"circa", "about "},
    {"close to", "about "},
    {"~", "about "},
    {"≈", "about "},
    {"大约", "about "},
    {"大概", "about "},
    {"约为", "about "},
    {"约", "about "},
    {"more than", "more than "},
    {"upwards of", "more than "},
    {"at least", "more than "},
    {"over", "more than "},
    {"above", "more than "},
    {"exceeding", "more than "},
    {"greater than", "more than "},
    {">", "more than "},
    {"超过", "more than "},
    {"超", "more than "},
    {"逾", "more than "},
    {"至少", "more than "},
    {"高于", "more than "},
    {"特别", "more than "},
    {"less than", "less than "},
    {"fewer than", "less than "},
    {"under", "less than "},
    {"below", "less than "},
    {"at most", "less than "},
    {"up to", "less than "},
    {"<", "less than "},
    {"不到", "less than "},
    {"不足", "less than "},
    {"低于", "less than "},
    {"至多", "less than "},
    {"最多", "less than "},
    {"nearly", "nearly "},
    {"almost", "nearly "},
    {"接近", "nearly "},
    {"近", "nearly "},
    {"exactly", "exactly "},
    {"only", ""},
    {"just", ""},
    {"整整", ""},
    {"仅", ""},
    {"高达", ""},
};

constexpr Qualifier kBehind[] = {
    {"or more", "more than "}, {"左右", "about "},     {"上下", "about "},  {"以上", "more than "},
    {"以下", "less than "},    {"以内", "less than "}, {"+", "more than "},
};

constexpr CurrencySign kSigns[] = {
    {"us$", "USD"}, {"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}, {"¥", "CNY"}, {"￥", "CNY"},
};

constexpr PerWord kPerBehind[] = {
    {"per gpu-hour", "/GPU-h"}, {"per gpu hour", "/GPU-h"},
    {"per gpu-h", "/GPU-h"},    {"per gpu per hour", "/GPU-h"},
    {"a gpu-hour", "/GPU-h"},   {"a gpu hour", "/GPU-h"},
    {"/gpu-hour", "/GPU-h"},    {"/gpu hour", "/GPU-h"},
    {"/gpu-h", "/GPU-h"},       {"/gpu/hr", "/GPU-h"},
    {"/gpu/h", "/GPU-h"},       {"per hour", "/GPU-h"},
    {"an hour", "/GPU-h"},      {"/hour", "/GPU-h"},
    {"/hr", "/GPU-h"},          {"/h", "/GPU-h"},
    {"/小时", "/GPU-h"},        {"每小时", "/GPU-h"},
    {"per kwh", "/kWh"},        {"/kwh", "/kWh"},
    {"per gpu", "/GPU"},        {"per chip", "/GPU"},
    {"per card", "/GPU"},       {"per unit", "/GPU"},
    {"a chip", "/GPU"},         {"a gpu", "/GPU"},
    {"a card", "/GPU"},         {"apiece", "/GPU"},
    {"/gpu", "/GPU"},           {"each", "/GPU"},
};

constexpr PerWord kPerBefore[] = {
    {"每gpu小时", "/GPU-h"}, {"每个gpu小时", "/GPU-h"}, {"每 gpu 小时", "/GPU-h"},
    {"每卡时", "/GPU-h"},    {"每卡每小时", "/GPU-h"},  {"每小时", "/GPU-h"},
    {"每gpu时", "/GPU-h"},   {"每张", "/GPU"},          {"每块", "/GPU"},
    {"每颗", "/GPU"},        {"单价", "/GPU"},          {"每片", "/GPU"},
    {"每枚", "/GPU"},        {"每度电", "/kWh"},
};

constexpr std::string_view kBatch[] = {"batch", "per step", "a step", "each step", "批"};
constexpr std::string_view kPerStep[] = {"per step",  "a step",        "each step",
                                         "step time", "per iteration", "每步"};
constexpr std::string_view kActive[] = {"active", "activated", "activat", "激活"};
constexpr std::string_view kSold[] = {"sold",   "sell",  "ship",     "deliver", "sales", "buy",
                                      "bought", "order", "purchase", "运送",    "运载",  "出货",
                                      "销售",   "卖",    "采购",     "购买",    "交付"};
constexpr std::string_view kRevenue[] = {"revenue", "sales", "brought", "bring", "earn",
                                         "income",  "sold",  "buys",    "收入",  "销售额",
                                         "营收",    "赚",    "带来"};
constexpr std::string_view kEach[] = {"每颗", "每张", "每块", "单价"};
constexpr std::string_view kApi[] = {
    "api", "per million tokens", "million tokens", "每百万", "订价", "定价"};
constexpr std::string_view kFunding[] = {"raise", "valu",   "market cap", "invest", "fund",
                                         "wiped", "shares", "stock",      "融资",   "估值",
                                         "市值",  "投资",   "蒸发"};
constexpr std::string_view kUtilisation[] = {"mfu", "model flops utili", "utilization",
                                             "utilisation", "利用率"};
constexpr std::string_view kHardwareUtilisation[] = {"hfu", "hardware flops"};
constexpr std::string_view kPue[] = {"pue"};
constexpr std::string_view kMemory[] = {"memory", "hbm", "vram", "内存", "显存"};
constexpr std::string_view kCompute[] = {"compute",         "performance", "flops",
                                         "computing power", "算力",        "性能"};
constexpr std::string_view kBandwidth[] = {"bandwidth", "带宽"};
constexpr std::string_view kLower[] = {"lower",  "cheaper", "less than", "fewer", "saved",
                                       "saving", "reduc",   "cut",       "down",  "降低",
                                       "下降",   "减少",    "裁汰",      "便宜",  "节省"};
constexpr std::string_view kHigher[] = {"higher", "more ", "greater", "more than", "faster",
                                        "larger", "更高",  "更大",    "更快"};
constexpr std::string_view kGrowth[] = {"grew", "grow", "rose", "increase", "growth", "up by",
                                        "增长", "增加", "上升", "环比",     "同比"};
constexpr std::string_view kTraining[] = {"train", "run",  "took", "used", "using", "cost", "over",
                                          "训练",  "试验", "花",   "耗",   "用了",  "跑"};
constexpr std::string_view kElsewhen[] = {
    "ago",   "last ", "next ", "previous", "earlier", "later", "within the", "coming", "future",
    "past ", "未来",  "翌日",  "过去",     "之前",    "以后",  "去年",       "here in"};
constexpr std::string_view kForecast[] = {"expect",  "forecast", "will ", "would bring", "project",
                                          "predict", "展望",     "预计",  "预测",        "预期"};
constexpr std::string_view kElectricity[] = {"electricity", "power bill", "energy bill", "电费"};
constexpr std::string_view kShare[] = {"of all", "share of", "of the total", "占"};
constexpr std::string_view kInterruption[] = {"interruption", "failure", "faulty", "中断"};
constexpr std::string_view kCarbon[] = {"co2", "carbon", "emission", "碳"};

}  // namespace

std::span<const UnitWord> unit_words() { return kUnits; }
std::span<const ScaleWord> scale_words() { return kScales; }
std::span<const NumberWord> number_words() { return kNumbers; }
std::span<const Qualifier> qualifiers_before() { return kBefore; }
std::span<const Qualifier> qualifiers_behind() { return kBehind; }
std::span<const CurrencySign> currency_signs() { return kSigns; }
std::span<const PerWord> per_words_behind() { return kPerBehind; }
std::span<const PerWord> per_words_before() { return kPerBefore; }

std::span<const std::string_view> cue_words(Cue cue) {
  switch (cue) {
    case Cue::kBatch: return kBatch;
    case Cue::kPerStep: return kPerStep;
    case Cue::kActive: return kActive;
    case Cue::kSold: return kSold;
    case Cue::kRevenue: return kRevenue;
    case Cue::kEach: return kEach;
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
    case Cue::kTraining: return kTraining;
    case Cue::kElsewhen: return kElsewhen;
    case Cue::kForecast: return kForecast;
    case Cue::kElectricity: return kElectricity;
    case Cue::kShare: return kShare;
    case Cue::kInterruption: return kInterruption;
    case Cue::kCarbon: return kCarbon;
  }
  return {};
}

}  // namespace traincost
