#include "estimator/prose/names.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "estimator/model/named.h"
#include "estimator/prose/vocabulary.h"

namespace traincost {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// A word of letters, digits and what joins them inside names: "H100", "A100-80GB", "GPT-4o", "3.1".
struct Token {
  std::size_t start = 0, end = 0;
};

std::vector<Token> tokens_of(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_letter(text[i]) && !is_digit(text[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < text.size()) {
      const bool joins = (text[i] == '-' || text[i] == '.') && i + 1 < text.size() &&
                         (is_letter(text[i + 1]) || is_digit(text[i + 1]));
      if (!is_letter(text[i]) && !is_digit(text[i]) && !joins) break;
      ++i;
    }
    tokens.push_back({start, i});
  }
  return tokens;
}

// "H800s" are H800; the hours and GPUs that hang on a chip ("H100-hours") are no part of its name.
std::string_view without_ending(std::string_view word) {
  for (const std::string_view ending : {"-hours", "-hour", "-days", "-gpus", "-gpu"}) {
    if (word.ends_with(ending)) word.remove_suffix(ending.size());
  }
  const bool plural = word.size() > 2 && word.back() == 's' &&
                      (is_digit(word[word.size() - 2]) || word.ends_with("gbs"));
  if (plural) word.remove_suffix(1);
  return word;
}

// Names begin with a capital, or are letters and digits ("o1", "gpt-oss-120b").
bool may_be_name(std::string_view token) {
  const std::string small = lower(std::string(token));
  if (is_no_name(small) || small.rfind("gpu-", 0) == 0 || small.rfind("tpu-", 0) == 0) return false;
  if (is_upper(token.front())) return true;
  const bool digits = std::any_of(token.begin(), token.end(), is_digit);
  const bool joined = token.find('-') != std::string_view::npos;
  return is_letter(token.front()) && digits && (joined || token.size() <= 4);
}

// "70B" of "Llama-2-70B"; "80B" and "3B" of "80B-A3B".
void take_parameters(std::string_view text, NameMention& name) {
  std::size_t i = 0;
  while (i < text.size()) {
    const bool starts = i == 0 || !is_digit(text[i - 1]);
    if (!is_digit(text[i]) || !starts) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && (is_digit(text[end]) || text[end] == '.')) ++end;
    const bool billions = end < text.size() && (text[end] == 'B' || text[end] == 'b');
    const bool ends =
        end + 1 >= text.size() || (!is_letter(text[end + 1]) && !is_digit(text[end + 1]));
    const char before = i == 0 ? ' ' : text[i - 1];
    if (billions && ends && (before == '-' || before == ' ')) {
      if (name.parameters.empty()) name.parameters = std::string(text.substr(i, end - i)) + "B";
    }
    if (billions && ends && (before == 'A' || before == 'a')) {
      name.active = std::string(text.substr(i, end - i)) + "B";
    }
    i = end + 1;
  }
}

}  // namespace

NameBook::NameBook(const HardwareDb& db) {
  std::map<std::string, Known> found;
  const auto add = [&](const std::string& name, NameKind kind, const std::string& id, bool first) {
    Known& known = found[name];
    known.name = name;
    known.kind = kind;
    if (std::find(known.ids.begin(), known.ids.end(), id) != known.ids.end()) return;
    known.ids.insert(first ? known.ids.begin() : known.ids.end(), id);
  };
  for (const std::string& name : model_names()) add(name, NameKind::kModel, name, true);
  for (const std::string& id : db.ids("accelerators")) {
    const auto chip = db.accelerator(id);
    if (!chip) continue;
    add(id, NameKind::kAccelerator, id, true);
    for (const std::string& alias : chip->record.aliases) {
      // Bare numbers ("4090") are numbers first.
      if (std::any_of(alias.begin(), alias.end(), is_letter)) {
        add(alias, NameKind::kAccelerator, id, true);
      }
    }
    const std::string family = family_of(id);
    if (family != id) add(family, NameKind::kAccelerator, id, false);
  }
  // Of a family whose name is nobody's alias, the first that came out.
  const auto launched = [&](const std::string& id) { return db.accelerator(id)->launch; };
  for (auto& [name, known] : found) {
    if (known.kind != NameKind::kAccelerator) {
      known_.push_back(std::move(known));
      continue;
    }
    if (const auto one = db.accelerator(name)) {
      known.ids = {one->record.id};
    } else {
      std::stable_sort(known.ids.begin(), known.ids.end(),
                       [&](const auto& a, const auto& b) { return launched(a) < launched(b); });
    }
    known_.push_back(std::move(known));
  }
}

const NameBook::Known* NameBook::find(const std::string& name) const {
  const auto at = std::lower_bound(
      known_.begin(), known_.end(), name,
      [](const Known& known, const std::string& wanted) { return known.name < wanted; });
  return at != known_.end() && at->name == name ? &*at : nullptr;
}

std::vector<NameMention> NameBook::in(std::string_view sentence) const {
  const std::vector<Token> tokens = tokens_of(sentence);
  std::vector<NameMention> names;
  // Tokens that blanks alone divide.
  const auto adjoin = [&](std::size_t a, std::size_t b) {
    const std::string_view between =
        sentence.substr(tokens[a].end, tokens[b].start - tokens[a].end);
    return between == " ";
  };
  constexpr std::size_t kMostWords = 4;
  for (std::size_t i = 0; i < tokens.size();) {
    // The longest run of words that the book knows.
    std::size_t taken = 0, end = 0;
    const Known* known = nullptr;
    std::string joined_name;
    // 昇腾910B is the Ascend 910B.
    constexpr std::string_view kAscend = "昇腾";
    const std::size_t begin = tokens[i].start;
    const bool ascend =
        begin >= kAscend.size() && begins(sentence, begin - kAscend.size(), kAscend);
    if (ascend) joined_name = "ascend-";
    for (std::size_t n = 0; n < kMostWords && i + n < tokens.size(); ++n) {
      if (n > 0 && !adjoin(i + n - 1, i + n)) break;
      const Token& token = tokens[i + n];
      const std::string word =
          lower(std::string(sentence.substr(token.start, token.end - token.start)));
      const std::string_view bare = without_ending(word);
      const std::string before = joined_name + (n == 0 ? "" : "-");
      joined_name = before + word;
      const Known* found = find(before + std::string(bare));
      if (found == nullptr) continue;
      known = found;
      taken = n + 1;
      end = token.start + bare.size();
    }
    NameMention name;
    if (known != nullptr) {
      name.kind = known->kind;
      name.ids = known->ids;
      name.start = tokens[i].start;
      name.length = end - name.start;
    } else if (const Token& first = tokens[i];
               may_be_name(sentence.substr(first.start, first.end - first.start))) {
      // Capitals and numbers that follow belong to it: "Claude 3 Opus", "Llama 2 70B".
      taken = 1;
      while (taken < kMostWords && i + taken < tokens.size() && adjoin(i + taken - 1, i + taken)) {
        const Token& token = tokens[i + taken];
        const std::string_view word = sentence.substr(token.start, token.end - token.start);
        const bool version = is_digit(word.front()) && word.size() <= 4 &&
                             std::count_if(word.begin(), word.end(), is_digit) <= 3 &&
                             word.find('%') == std::string_view::npos;
        const bool on_chip = find(std::string(without_ending(lower(std::string(word))))) != nullptr;
        if (on_chip || !(may_be_name(word) || version)) break;
        ++taken;
      }
    } else {
      ++i;
      continue;
    }
    if (name.length == 0) {
      name.start = tokens[i].start;
      name.length = tokens[i + taken - 1].end - name.start;
    }
    name.text = std::string(sentence.substr(name.start, name.length));
    if (name.kind != NameKind::kAccelerator) take_parameters(name.text, name);
    names.push_back(std::move(name));
    i += taken;
  }
  return names;
}

}  // namespace traincost
