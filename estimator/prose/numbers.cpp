#include "estimator/prose/numbers.h"

#include <algorithm>

#include "base/parse_quantity.h"
#include "base/text.h"
#include "estimator/prose/digits.h"
#include "estimator/prose/units.h"

namespace traincost {
namespace {

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

// One number of a sentence, read from where it begins: its digits, what is behind them, what is
// before.
class NumberReader {
 public:
  NumberReader(std::string_view sentence, std::string_view text, std::size_t at,
               const std::vector<NameMention>& names)
      : sentence_(sentence), text_(text), names_(names), at_(at), end_(at + 1) {}

  // Nothing where no number begins here, or a date.
  std::optional<NumberMention> read() {
    auto amount = amount_at(text_, at_);
    if (!amount || is_of_a_date(*amount)) return std::nullopt;
    amount_ = std::move(*amount);
    currency_ = amount_.currency;
    low_ = amount_.digits;
    start_ = at_;
    stop_ = amount_.end;
    read_fraction();
    read_product();
    read_clock_time();
    if (unit_.empty() && !mention_.fraction && mention_.noun == Noun::kNone) read_unit();
    if (unit_ == "h" && amount_.scaled) {  // millions of hours are those of many accelerators
      unit_ = "GPU-h";
      mention_.dimension = {.second = 1, .accelerator = 1};
    }
    if (amount_.written && !stands_in_words()) return std::nullopt;
    if (unit_ == "成" && low_.size() == 1) {  // "八成" is 80%
      low_ += "0";
      unit_ = "%";
    }
    read_rate();
    read_qualifiers();
    drop_preposition();
    finish();
    return std::move(mention_);
  }

  // Behind whatever was read.
  [[nodiscard]] std::size_t end() const { return end_; }

 private:
  bool is_of_a_date(const Amount& amount) {
    if (!amount.currency.empty() || !is_digit(text_[at_])) return false;
    const auto number = figure_at(text_, at_);
    end_ = number->end;
    NumberMention counted;
    std::string unit;
    const bool counts = unit_end(text_, number->end, names_, unit, counted) > number->end;
    return amount.end == number->end && is_date(text_, *number, at_, counts);
  }

  // "1/20".
  void read_fraction() {
    if (!begins(text_, stop_, "/") || !currency_.empty() || amount_.written) return;
    const auto under = figure_at(text_, stop_ + 1);
    if (!under || !word_ends(text_, under->end)) return;
    mention_.fraction = true;
    low_ += "/" + under->digits;
    stop_ = under->end;
  }

  // "64 x 8 H800": counts.
  void read_product() {
    for (const std::string_view times : {" x ", "×", " × ", "*"}) {
      if (mention_.fraction || !begins(text_, stop_, times)) continue;
      const auto other = figure_at(text_, stop_ + times.size());
      if (!other) continue;
      NumberMention counted;
      std::string unit;
      const std::size_t behind = unit_end(text_, other->end, names_, unit, counted);
      const auto a = parse_number(low_), b = parse_number(other->digits);
      if (counted.noun != Noun::kAccelerators || !a || !b) continue;
      constexpr double kMost = 1e15;
      low_ = std::to_string(static_cast<long long>(std::min(*a * *b, kMost)));
      mention_ = counted;
      stop_ = behind;
    }
  }

  void read_clock_time() {
    if (mention_.fraction || amount_.written || !currency_.empty()) return;
    const auto time = clock_time_at(text_, at_);
    if (!time) return;
    low_ = time->digits;
    unit_ = "h";
    mention_.dimension = {.second = 1};
    stop_ = time->end;
  }

  void read_unit() {
    // "15T+ tokens": at least.
    if (begins(text_, stop_, "+")) {
      NumberMention counted;
      std::string unit;
      if (unit_end(text_, stop_ + 1, names_, unit, counted) > stop_ + 1) {
        means_ = Meant::kOver;
        ++stop_;
      }
    }
    const std::size_t precise = skip_precision(text_, stop_, mention_);
    std::size_t behind = unit_end(text_, precise, names_, unit_, mention_);
    if (behind == precise && precise > stop_) {
      mention_.precisions.clear();
      behind = stop_;
    }
    behind = read_precisions(behind);
    std::optional<Amount> upper = upper_end(text_, start_, stop_);
    if (!upper && behind > stop_) upper = upper_end(text_, start_, behind);
    stop_ = upper ? read_upper(*upper) : behind;
  }

  // "TFLOPS of BF16", "INT8 TOPS / FP8 TFLOPS": the end of what says the precisions.
  std::size_t read_precisions(std::size_t behind) {
    if (mention_.precisions.empty() && mention_.dimension == Dimension{.flop = 1, .second = -1}) {
      for (const std::string_view of :
           {"", " of", " in", " at", " dense", " of dense", " in dense"}) {
        if (!begins(text_, behind, of)) continue;
        const std::size_t precise = skip_precision(text_, behind + of.size(), mention_);
        if (mention_.precisions.empty()) continue;
        behind = precise;
        break;
      }
    }
    for (const std::string_view stroke : {"/", " / "}) {
      if (mention_.precisions.empty() || !begins(text_, behind, stroke)) continue;
      NumberMention other;
      std::string unit;
      const std::size_t from = skip_precision(text_, behind + stroke.size(), other);
      const std::size_t to = unit_end(text_, from, names_, unit, other);
      if (other.precisions.empty() || to == from) continue;
      mention_.precisions.push_back(other.precisions.front());
      behind = to;
    }
    return behind;
  }

  // The end of a range, whose unit is that of both.
  std::size_t read_upper(const Amount& upper) {
    high_ = upper.digits;
    if (currency_.empty()) currency_ = upper.currency;
    NumberMention of_upper;
    std::string unit;
    const std::size_t behind = unit_end(text_, upper.end, names_, unit, of_upper);
    if (behind > upper.end) {
      unit_ = unit;
      mention_.dimension = of_upper.dimension;
      mention_.noun = of_upper.noun;
      mention_.of_chip = of_upper.of_chip;
    }
    return std::max(upper.end, behind);
  }

  // Words are numbers before a unit alone, and "a" only of what takes or scales. "进一步" is no
  // step, "多数" no number.
  [[nodiscard]] bool stands_in_words() const {
    const bool timed = mention_.dimension == Dimension{.second = 1};
    const bool article = begins(text_, at_, "a ") || begins(text_, at_, "an ");
    const bool several = begins(text_, at_, "数") || begins(text_, at_, "几");
    if (mention_.noun == Noun::kSteps || (several && !amount_.scaled && !timed)) return false;
    if (unit_.empty() && mention_.noun == Noun::kNone && mention_.of_chip.empty()) return false;
    constexpr std::string_view kTakes[] = {"for ",   "in ",     "over ",   "took ",  "takes ",
                                           "about ", "almost ", "nearly ", "within "};
    const std::string_view before = text_.substr(0, at_);
    const bool taken = std::any_of(std::begin(kTakes), std::end(kTakes),
                                   [&](std::string_view word) { return before.ends_with(word); });
    return !article || amount_.scaled || (timed && taken);
  }

  // Money for each hour, each of them; hours and FLOPs of each token.
  void read_rate() {
    const bool is_money = !currency_.empty() || mention_.dimension == Dimension{.usd = 1};
    if (mention_.fraction || !is_money) {
      take_per_token(text_, start_, stop_, unit_, mention_);
      return;
    }
    if (currency_.empty()) currency_ = unit_;
    if (currency_ == "cent") {
      currency_ = "USD";
      for (std::string* digits : {&low_, &high_}) *digits += digits->empty() ? "" : "e-2";
    }
    unit_ = per_of_money(text_, start_, stop_, names_);
    mention_.dimension = unit_ == "/GPU-h" ? Dimension{.second = -1, .usd = 1, .accelerator = -1}
                         : unit_ == "/GPU" ? Dimension{.usd = 1, .accelerator = -1}
                         : unit_ == "/kWh" ? Dimension{.usd = 1, .joule = -1}
                                           : Dimension{.usd = 1};
    const bool dollars = currency_ == "USD";
    low_ = dollars ? "$" + low_ : low_ + " " + currency_;
    if (!high_.empty() && !dollars) high_ += " " + currency_;
    if (!dollars) mention_.currency = currency_;
  }

  void read_qualifiers() {
    const std::string_view own = text_.substr(at_, amount_.end - at_);
    // "tens of", "数": several of them.
    const bool several =
        begins(own, 0, "数") || begins(own, 0, "几") || own.find("s of") != std::string_view::npos;
    if (amount_.written && several) means_ = Meant::kOver;
    Meant before = Meant::kAsPrinted;
    const std::size_t from = qualifier_start(text_, start_, before);
    if (start_ == at_) start_ = from;  // what "每小时" stands before has none of its own
    if (before != Meant::kAsPrinted) means_ = before;
    for (const std::string_view more : {"多", "余"}) {
      if (text_.substr(at_, stop_ - at_).find(more) != std::string_view::npos)
        means_ = Meant::kOver;
    }
    for (const std::size_t behind : {stop_, stop_ + 1}) {
      if (behind > stop_ && !begins(text_, stop_, " ")) break;
      const Qualifier* qualifier = longest(qualifiers_behind(), text_, behind);
      if (qualifier == nullptr) continue;
      means_ = qualifier->means;
      stop_ = behind + qualifier->text.size();
      break;
    }
  }

  // "over 24 days" is how long it took, "took over 24 days" a bound; so are tokens.
  void drop_preposition() {
    constexpr std::string_view kOver = "over ";
    const bool lasts = mention_.dimension == Dimension{.second = 1};
    const bool on_tokens = mention_.dimension == Dimension{.token = 1};
    if (!(lasts || on_tokens) || !begins(text_, start_, kOver)) return;
    constexpr std::string_view kBound[] = {"for ",   "on ",     "with ", "took ",
                                           "takes ", "taking ", "just ", "well "};
    const std::string_view before = text_.substr(0, start_);
    const bool bound = std::any_of(std::begin(kBound), std::end(kBound),
                                   [&](std::string_view word) { return before.ends_with(word); });
    if (bound) return;
    start_ += kOver.size();
    Meant inner = Meant::kAsPrinted;
    static_cast<void>(qualifier_start(text_, at_, inner));
    means_ = inner == Meant::kOver ? Meant::kAsPrinted : inner;
  }

  void finish() {
    mention_.changes = high_.empty() && (goes_from(text_, start_) || goes_to(text_, start_) ||
                                         falls_behind(text_, stop_));
    mention_.percent = unit_ == "%";
    mention_.times = unit_ == "x";
    mention_.bare =
        !mention_.fraction && unit_.empty() && mention_.noun == Noun::kNone && currency_.empty();
    if (!high_.empty() && means_ != Meant::kAbout) means_ = Meant::kAsPrinted;
    const bool spaced = !unit_.empty() && is_letter(unit_.front()) && unit_ != "x";
    mention_.unit = unit_;
    mention_.plain = std::string(plain_word(means_)) + low_ + (high_.empty() ? "" : "-" + high_) +
                     (spaced ? " " : "") + unit_;
    ExchangeRates one;
    if (!mention_.currency.empty()) one[mention_.currency] = 1;
    ParsedStated parsed = parse_stated(mention_.plain, mention_.dimension, one);
    const bool minus = start_ == at_ && at_ > 0 && text_[at_ - 1] == '-' &&
                       (at_ == 1 || text_[at_ - 2] == ' ' || text_[at_ - 2] == '(');
    mention_.unread = !parsed.stated.has_value() || minus;
    if (parsed.stated) mention_.stated = std::move(*parsed.stated);
    mention_.span = {start_, stop_ - start_};
    mention_.text = std::string(sentence_.substr(start_, stop_ - start_));
    end_ = std::max(stop_, at_ + 1);
  }

  std::string_view sentence_, text_;  // as written; in small letters
  const std::vector<NameMention>& names_;
  std::size_t at_, end_;
  Amount amount_;
  NumberMention mention_;
  std::string unit_, low_, high_, currency_;
  Meant means_ = Meant::kAsPrinted;
  std::size_t start_ = 0, stop_ = 0;
};

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
    NumberReader reader(sentence, text, at, names);
    if (auto mention = reader.read()) numbers.push_back(std::move(*mention));
    at = reader.end();
  }
  return numbers;
}

}  // namespace traincost
