#include "estimator/prose/numbers.h"

#include <algorithm>
#include <array>

#include "base/parse_quantity.h"
#include "base/text.h"
#include "estimator/prose/digits.h"

namespace traincost {
namespace {

// Words that may stand between a number and what it counts.
constexpr std::string_view kFillers[] = {
    "nvidia's ", "nvidia ",   "of the ",     "of ",  "new ",        "the ",  "total ",
    "high-end ", "ai ",       "google ",     "amd ", "huawei ",     "个",    "张",
    "块",        "颗",        "台",          "枚",   "片",          "新的",  "英伟达",
    "昇腾",      "华为",      " ",           "-",    "多",          "余",    "国产",
    "高端",      "advanced ", "unexpected ", "job ", "additional ", "我们的"};

std::size_t skip_fillers(std::string_view text, std::size_t at) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view filler : kFillers) {
      if (!begins(text, at, filler)) continue;
      at += filler.size();
      again = true;
    }
  }
  return at;
}

// The longest qualifier that ends before `at`, blanks between; null where none does.
const Qualifier* qualifier_before(std::string_view text, std::size_t at, std::size_t& start) {
  std::size_t end = at;
  while (end > 0 && text[end - 1] == ' ') --end;
  const Qualifier* best = nullptr;
  for (const Qualifier& row : qualifiers()) {
    if (row.text.size() > end || !begins(text, end - row.text.size(), row.text)) continue;
    if (!word_starts(text, end - row.text.size())) continue;
    if (row.spun && !is_spun(text)) continue;
    if (best == nullptr || row.text.size() > best->text.size()) best = &row;
  }
  if (best != nullptr) start = end - best->text.size();
  return best;
}

// Where the qualifiers before `at` start, two at most, and what they mean together: of "约超过" the
// bound is the more.
std::size_t qualifier_start(std::string_view text, std::size_t at, Meant& means) {
  std::size_t start = at;
  const Qualifier* inner = qualifier_before(text, at, start);
  if (inner == nullptr) return at;
  means = inner->means;
  const Qualifier* outer = qualifier_before(text, start, start);
  if (outer == nullptr) return start;
  const bool bound = outer->means == Meant::kOver || outer->means == Meant::kUnder;
  if (bound || means == Meant::kAsPrinted) means = outer->means;
  return start;
}

const NameMention* chip_at(const std::vector<NameMention>& names, std::size_t at) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const NameMention& name) {
    return name.kind == NameKind::kAccelerator && name.start == at;
  });
  return found == names.end() ? nullptr : &*found;
}

// Letters are units at their number, some after a blank: "54d", "330 W", "198 h".
bool too_far(const UnitWord& word, std::size_t gap) {
  const bool letter = word.text.size() == 1 && is_letter(word.text.front());
  const bool blank = word.text == "w" || word.text == "h" || word.text == "s";
  return letter && gap > (blank ? 1 : 0);
}

// Precisions between a number and its unit, and behind a stroke: "296 INT8 TOPS/FP8 TFLOPS".
std::size_t skip_precision(std::string_view text, std::size_t at, NumberMention& mention) {
  constexpr std::string_view kPrecisions[] = {"int8", "int4", "fp4",  "fp8", "fp16",
                                              "bf16", "fp32", "tf32", "fp64"};
  for (const std::string_view gap : {" ", ""}) {
    for (const std::string_view precision : kPrecisions) {
      if (!begins(text, at, gap) || !begins(text, at + gap.size(), precision)) continue;
      mention.precisions.emplace_back(precision);
      return at + gap.size() + precision.size();
    }
  }
  return at;
}

// The end of the unit of an amount that ends at `at`, and what it is: written into `mention`.
std::size_t unit_end(std::string_view text, std::size_t at, const std::vector<NameMention>& names,
                     std::string& unit, NumberMention& mention) {
  // Directly behind, or after a blank or a measure word.
  for (const std::size_t from : {at, skip_fillers(text, at)}) {
    const NameMention* chip = chip_at(names, from);
    const UnitWord* word = longest(unit_words(), text, from);
    if (chip == nullptr && word != nullptr && !too_far(*word, from - at)) {
      unit = std::string(word->unit);
      mention.dimension = word->dimension;
      mention.noun = word->noun;
      return from + word->text.size();
    }
    // "H800 GPU-hours", "A100-80GB GPU hours", "H100 hours", "H800".
    if (chip == nullptr) continue;
    mention.of_chip = chip->ids.front();
    std::size_t behind = chip->end();
    if (begins(text, behind, "s")) ++behind;  // plural
    const std::size_t next = skip_fillers(text, behind);
    if (const UnitWord* of_chip = longest(unit_words(), text, next)) {
      const bool time = of_chip->dimension == Dimension{.second = 1};
      const bool accelerators = of_chip->noun == Noun::kAccelerators;
      if (of_chip->dimension == Dimension{.second = 1, .accelerator = 1} ||
          (time && (of_chip->unit == "h" || of_chip->unit == "days") && next > behind &&
           !is_digit(text[next]))) {
        mention.dimension = {.second = 1, .accelerator = 1};
        unit = of_chip->unit == "days" ? "GPU-days" : "GPU-h";
        return next + of_chip->text.size();
      }
      if (accelerators || of_chip->noun == Noun::kSystems) {
        mention.noun = of_chip->noun;
        return next + of_chip->text.size();
      }
    }
    mention.noun = Noun::kAccelerators;
    return chip->end();
  }
  // "50,000 Hopper GPUs": one word of no known kind.
  if (begins(text, at, " ")) {
    std::size_t word_end = at + 1;
    while (word_end < text.size() && (is_letter(text[word_end]) || text[word_end] == '-'))
      ++word_end;
    for (const std::string_view noun : {" gpus", " chips", " accelerators", " cards"}) {
      if (word_end > at + 1 && begins(text, word_end, noun) &&
          word_ends(text, word_end + noun.size())) {
        mention.noun = Noun::kAccelerators;
        return word_end + noun.size();
      }
    }
  }
  return at;
}

// "per H800-hour", "/A100 hour": hours of a chip by its name.
std::size_t hour_of_chip(std::string_view text, std::size_t at,
                         const std::vector<NameMention>& names) {
  for (const std::string_view per : {" per ", "/", " an ", " a "}) {
    if (!begins(text, at, per)) continue;
    const NameMention* chip = chip_at(names, at + per.size());
    if (chip == nullptr) continue;
    const std::size_t next = skip_fillers(text, chip->end());
    for (const std::string_view hour : {"gpu-hour", "gpu hour", "hour", "h"}) {
      if (begins(text, next, hour) && word_ends(text, next + hour.size())) {
        return next + hour.size();
      }
    }
  }
  return at;
}

// What money is of, behind it or before it: "/GPU-h", "/GPU"; moves the ends of the mention.
std::string per_of_money(std::string_view text, std::size_t& start, std::size_t& end,
                         const std::vector<NameMention>& names) {
  if (const std::size_t hour = hour_of_chip(text, end, names); hour > end) {
    end = hour;
    return "/GPU-h";
  }
  for (const std::size_t from : {end, end + 1}) {
    if (from > end && !begins(text, end, " ")) break;
    if (const PerWord* per = longest(per_words_behind(), text, from)) {
      end = from + per->text.size();
      return std::string(per->unit);
    }
  }
  std::size_t before = start;
  while (before > 0 && text[before - 1] == ' ') --before;
  for (const PerWord& per : per_words_before()) {
    if (per.text.size() <= before && begins(text, before - per.text.size(), per.text)) {
      start = before - per.text.size();
      return std::string(per.unit);
    }
  }
  return "";
}

// Rates of tokens and what is behind "per": the unit of a mention that ends at `end`.
void take_per_token(std::string_view text, std::size_t start, std::size_t& end, std::string& unit,
                    NumberMention& mention) {
  const bool hours = mention.dimension == Dimension{.second = 1, .accelerator = 1};
  const bool flop = mention.dimension == Dimension{.flop = 1};
  if (!hours && !flop) return;
  if (hours) {
    for (const std::string_view per : {" per trillion tokens", " per t tokens", "/t tokens",
                                       " for each trillion tokens", " a trillion tokens"}) {
      if (!begins(text, end, per)) continue;
      end += per.size();
      mention.per_token = true;
    }
    const std::string_view before = text.substr(0, start);
    for (const std::string_view each : {"each trillion tokens", "every trillion tokens", "每万亿",
                                        "每训练1万亿", "每1万亿", "每训练一万亿", "每一万亿"}) {
      const std::size_t at = before.rfind(each);
      if (at == std::string_view::npos) continue;
      const std::string_view between = before.substr(at);  // of one clause
      mention.per_token = mention.per_token || (between.find(',') == std::string_view::npos &&
                                                between.find("\uFF0C") == std::string_view::npos);
    }
    if (!mention.per_token) return;
    unit = "GPU-h/T tokens";
    mention.dimension = {.second = 1, .token = -1, .accelerator = 1};
    return;
  }
  for (const std::string_view per : {" per token", "/token", " a token"}) {
    if (!begins(text, end, per)) continue;
    end += per.size();
    unit = "FLOP/token";
    mention.per_token = true;
    mention.dimension = {.flop = 1, .token = -1};
  }
}

// Whether a number is where something comes from, or goes to: the two are no range of it.
bool goes_from(std::string_view text, std::size_t start) {
  const std::string_view before = text.substr(0, start);
  return before.ends_with("from ") || before.ends_with("从") || before.ends_with("由");
}
bool goes_to(std::string_view text, std::size_t start) {
  const std::string_view before = text.substr(0, start);
  for (const std::string_view to :
       {" to ", "降到", "降至", "跌至", "跌到", "增至", "升至", "增加到", "提升至", "到"}) {
    if (!before.ends_with(to)) continue;
    if (to.size() > 4) return true;  // "跌至" says itself that something fell
    return before.rfind("from ") != std::string_view::npos ||
           before.rfind("从") != std::string_view::npos ||
           before.rfind("由") != std::string_view::npos;
  }
  return false;
}

// Whether what stands behind a number says that it fell or rose from it: "8美元跌至2.2美元".
bool falls_behind(std::string_view text, std::size_t end) {
  constexpr std::string_view kTo[] = {"降到", "降至", "跌至", "跌到", "增至", "升至"};
  return std::any_of(std::begin(kTo), std::end(kTo),
                     [&](std::string_view to) { return begins(text, end, to); });
}

// One amount after another of the same kind: "90 to 100", "$12,000-13,000",
// "12,000美元至13,000美元".
std::optional<Amount> upper_end(std::string_view text, std::size_t start, std::size_t at) {
  if (goes_from(text, start)) return std::nullopt;
  for (const std::string_view between :
       {" to ", "-", "–", "—", "~", " 至 ", " 到 ", "至", "到", " and "}) {
    if (!begins(text, at, between)) continue;
    const std::size_t from = at + between.size();
    if (between == " and " && text.substr(0, at).rfind("between") == std::string_view::npos)
      continue;
    if (from >= text.size()) continue;
    const auto upper = amount_at(text, from);
    if (upper && !upper->written) return upper;
  }
  return std::nullopt;
}

std::string money(const std::string& digits, const std::string& code) {
  return code == "USD" || code.empty() ? "$" + digits : digits + " " + code;
}

// The mention that begins at `at`, or nothing; `end` is behind whatever was read.
std::optional<NumberMention> mention_at(std::string_view sentence, std::string_view text,
                                        std::size_t at, const std::vector<NameMention>& names,
                                        std::size_t& end) {
  end = at + 1;
  auto amount = amount_at(text, at);
  if (!amount) return std::nullopt;
  if (amount->currency.empty() && is_digit(text[at])) {
    const auto number = figure_at(text, at);
    end = number->end;
    NumberMention counted;
    std::string of_unit;
    const bool counts = unit_end(text, number->end, names, of_unit, counted) > number->end;
    if (amount->end == number->end && is_date(text, *number, at, counts)) return std::nullopt;
  }
  NumberMention mention;
  std::string unit, high, currency = amount->currency;
  std::string low = amount->digits;
  std::size_t start = at, stop = amount->end;
  // Fractions: 1/20.
  if (begins(text, stop, "/") && currency.empty() && !amount->written) {
    if (const auto under = figure_at(text, stop + 1); under && word_ends(text, under->end)) {
      mention.fraction = true;
      low += "/" + under->digits;
      stop = under->end;
    }
  }
  // Products of counts: "64 x 8 H800".
  for (const std::string_view times : {" x ", "×", " × ", "*"}) {
    if (mention.fraction || !begins(text, stop, times)) continue;
    const auto other = figure_at(text, stop + times.size());
    if (!other) continue;
    NumberMention counted;
    std::string none;
    const std::size_t behind = unit_end(text, other->end, names, none, counted);
    const auto a = parse_number(low), b = parse_number(other->digits);
    if (counted.noun != Noun::kAccelerators || !a || !b) continue;
    low = std::to_string(static_cast<long long>(std::min(*a * *b, 1e15)));
    mention = counted;
    stop = behind;
  }
  if (!mention.fraction && mention.noun == Noun::kNone) {
    const std::size_t precise = skip_precision(text, stop, mention);
    std::size_t behind = unit_end(text, precise, names, unit, mention);
    if (behind == precise && precise > stop) {
      mention.precisions.clear();
      behind = stop;
    }
    if (mention.precisions.empty() && mention.dimension == Dimension{.flop = 1, .second = -1}) {
      for (const std::string_view of :
           {"", " of", " in", " at", " dense", " of dense", " in dense"}) {
        if (!begins(text, behind, of)) continue;
        const std::size_t end_of = skip_precision(text, behind + of.size(), mention);
        if (mention.precisions.empty()) continue;
        behind = end_of;
        break;
      }
    }
    for (const std::string_view stroke : {"/", " / "}) {
      if (mention.precisions.empty() || !begins(text, behind, stroke)) continue;
      NumberMention other;
      std::string unit_of_other;
      const std::size_t from = skip_precision(text, behind + stroke.size(), other);
      const std::size_t to = unit_end(text, from, names, unit_of_other, other);
      if (other.precisions.empty() || to == from) continue;
      mention.precisions.push_back(other.precisions.front());
      behind = to;
    }
    std::optional<Amount> upper = upper_end(text, start, stop);
    if (!upper && behind > stop) upper = upper_end(text, start, behind);
    if (upper) {
      high = upper->digits;
      stop = upper->end;
      if (currency.empty()) currency = upper->currency;
      NumberMention of_upper;
      std::string unit_of_upper;
      behind = unit_end(text, stop, names, unit_of_upper, of_upper);
      if (behind > stop) {
        unit = unit_of_upper;
        mention.dimension = of_upper.dimension;
        mention.noun = of_upper.noun;
        mention.of_chip = of_upper.of_chip;
      }
    }
    stop = std::max(stop, behind);
  }
  // Millions of hours are those of many accelerators.
  if (unit == "h" && amount->scaled) {
    unit = "GPU-h";
    mention.dimension = {.second = 1, .accelerator = 1};
  }
  // Words are numbers before a unit alone, and "a" only of what takes or scales.
  if (amount->written) {
    const bool scaled = amount->scaled;
    const bool timed = mention.dimension == Dimension{.second = 1};
    const bool article = text[at] == 'a' && (begins(text, at, "a ") || begins(text, at, "an "));
    const bool taken = [&] {
      for (const std::string_view before :
           {"for ", "in ", "over ", "took ", "takes ", "about ", "almost ", "nearly ", "within "}) {
        if (at >= before.size() && begins(text, at - before.size(), before)) return true;
      }
      return false;
    }();
    const bool unitless = unit.empty() && mention.noun == Noun::kNone;
    const bool several = begins(text, at, "数") || begins(text, at, "几");
    // "进一步" is no step, "多数" no number.
    if (mention.noun == Noun::kSteps || (several && !scaled && !timed)) return std::nullopt;
    const bool stands = unitless && mention.of_chip.empty();
    if (stands || (article && !(scaled || (timed && taken)))) return std::nullopt;
  }
  // "八成" is 80%.
  if (unit == "成" && low.size() == 1) {
    low += "0";  // of one digit, or it is no number of tenths
    unit = "%";
  }
  const bool is_money = !currency.empty() || mention.dimension == Dimension{.usd = 1};
  Meant means = Meant::kAsPrinted;
  if (amount->written &&
      (begins(text, at, "数") || begins(text, at, "几") ||
       text.substr(at, amount->end - at).find("s of") != std::string_view::npos)) {
    means = Meant::kOver;  // tens, hundreds: several of them
  }
  if (!mention.fraction && is_money) {
    if (currency.empty()) currency = unit;
    mention.dimension = {.usd = 1};
    const std::string per = per_of_money(text, start, stop, names);
    if (per == "/GPU-h") mention.dimension = {.second = -1, .usd = 1, .accelerator = -1};
    if (per == "/GPU") mention.dimension = {.usd = 1, .accelerator = -1};
    if (per == "/kWh") mention.dimension = {.usd = 1, .joule = -1};
    unit = per;
    low = money(low, currency);
    if (!high.empty()) high = high + (currency == "USD" ? "" : " " + currency);
    if (currency != "USD") mention.currency = currency;
  } else {
    take_per_token(text, start, stop, unit, mention);
  }
  if (start == at)
    start = qualifier_start(text, at, means);
  else {
    Meant of_price = Meant::kAsPrinted;
    static_cast<void>(qualifier_start(text, start, of_price));
    if (means == Meant::kAsPrinted) means = of_price;
  }
  for (const std::string_view more : {"多", "余"}) {
    if (text.substr(at, stop - at).find(more) != std::string_view::npos) means = Meant::kOver;
  }
  for (const std::size_t from : {stop, stop + 1}) {
    if (from > stop && !begins(text, stop, " ")) break;
    const Qualifier* behind = longest(qualifiers_behind(), text, from);
    if (behind == nullptr) continue;
    means = behind->means;
    stop = from + behind->text.size();
    break;
  }
  // "over 24 days" is how long it took, "took over 24 days" a bound.
  constexpr std::string_view kOver = "over ";
  const bool lasts = mention.dimension == Dimension{.second = 1};
  const bool on_tokens = mention.dimension == Dimension{.token = 1};
  if ((lasts || on_tokens) && begins(text, start, kOver)) {
    const std::string_view before = text.substr(0, start);
    const auto ends = [&](std::string_view word) { return before.ends_with(word); };
    if (!(ends("for ") || ends("on ") || ends("with ") || ends("took ") || ends("takes ") ||
          ends("taking ") || ends("just ") || ends("well "))) {
      start += kOver.size();
      Meant inner = Meant::kAsPrinted;
      static_cast<void>(qualifier_start(text, at, inner));
      means = inner == Meant::kOver ? Meant::kAsPrinted : inner;
    }
  }
  mention.changes =
      high.empty() && (goes_from(text, start) || goes_to(text, start) || falls_behind(text, stop));
  mention.percent = unit == "%";
  mention.times = unit == "x";
  mention.bare =
      !mention.fraction && unit.empty() && mention.noun == Noun::kNone && currency.empty();
  if (!high.empty() && means != Meant::kAbout) means = Meant::kAsPrinted;
  const bool spaced = !unit.empty() && is_letter(unit.front()) && unit != "x";
  mention.plain = std::string(plain_word(means)) + low + (high.empty() ? "" : "-" + high) +
                  (spaced ? " " : "") + unit;
  mention.unit = unit;
  ExchangeRates one;
  if (!mention.currency.empty()) one[mention.currency] = 1;
  ParsedStated parsed = parse_stated(mention.plain, mention.dimension, one);
  end = std::max(stop, at + 1);
  const bool minus = start == at && at > 0 && text[at - 1] == '-' &&
                     (at == 1 || text[at - 2] == ' ' || text[at - 2] == '(');
  mention.unread = !parsed.stated.has_value() || minus;
  if (parsed.stated) mention.stated = std::move(*parsed.stated);
  mention.span = {start, stop - start};
  mention.text = std::string(sentence.substr(start, stop - start));
  return mention;
}

}  // namespace

std::vector<NumberMention> numbers_in(std::string_view sentence,
                                      const std::vector<NameMention>& names) {
  const std::string small = lower(std::string(sentence));
  const std::string_view text = small;
  std::vector<NumberMention> numbers;
  auto name = names.begin();
  for (std::size_t at = 0; at < text.size();) {
    while (name != names.end() && name->end() <= at) ++name;
    if (name != names.end() && name->start <= at) {
      at = name->end();
      continue;
    }
    // Digits of a word that begins with letters are part of it: "INT8", "Q4".
    const bool glued = is_digit(text[at]) && at > 0 && is_letter(text[at - 1]);
    if (glued) {
      at = digits_end(text, at);
      continue;
    }
    std::size_t end = at + 1;
    if (auto mention = mention_at(sentence, text, at, names, end)) {
      numbers.push_back(std::move(*mention));
    }
    at = end;
  }
  return numbers;
}

}  // namespace traincost
