#include "base/json.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

#include "base/nlohmann.h"

namespace traincost {
namespace {

// Walks the text and counts lines, so that every event of the parser knows where it is.
struct Position {
  int line = 1;
  bool newline_last = false;  // the parser looks one character past a number
};

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Position* position) : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    position_->newline_last = *at_ == '\n';
    if (position_->newline_last) ++position_->line;
    ++at_;
    return *this;
  }
  CountingIterator operator++(int) {
    const CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  Position* position_;
};

// nlohmann's SAX interface, building the tree and refusing what the tree must not hold.
class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(const std::string& file, const Position& position)
      : file_(file), position_(position) {}

  JsonValue take() { return std::move(root_); }
  [[nodiscard]] const Faults& faults() const { return faults_; }

  bool null() override { return leaf({}); }
  bool boolean(bool value) override {
    return leaf({.kind = JsonValue::Kind::kBoolean, .boolean = value});
  }
  bool number_integer(number_integer_t value) override {
    return number(static_cast<double>(value), true);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return number(static_cast<double>(value), true);
  }
  bool number_float(number_float_t value, const string_t&) override { return number(value, false); }
  bool string(string_t& value) override {
    return leaf({.kind = JsonValue::Kind::kText, .text = std::move(value)});
  }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open({.kind = JsonValue::Kind::kObject}); }
  bool start_array(std::size_t) override { return open({.kind = JsonValue::Kind::kArray}); }
  bool end_object() override {
    refuse_duplicates(*open_.back());
    return close();
  }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    open_.back()->members.push_back({std::move(name), {}});
    return true;
  }

  bool parse_error(std::size_t, const std::string& last,
                   const nlohmann::detail::exception& error) override {
    for (const char* literal : {"-Infinity", "Infinity", "NaN"}) {
      // The library stops at the letter by which it knows.
      const std::string_view begun(literal, literal[0] == '-' ? 2 : 1);
      if (!last.ends_with(begun)) continue;
      faults_.add({file_, position_.line, pointer_of_next(),
                   std::string(literal) + " is not JSON, although Python writes it",
                   "write null, or a number"});
      return false;
    }
    faults_.add({file_, position_.line, "", reason(error), ""});
    return false;
  }

 private:
  // The library's message without its own code and position.
  static std::string reason(const nlohmann::detail::exception& error) {
    std::string text = error.what();
    if (const auto at = text.find("] "); at != std::string::npos) text.erase(0, at + 2);
    if (const auto at = text.find("column "); at != std::string::npos) {
      const auto colon = text.find(": ", at);
      if (colon != std::string::npos) text.erase(0, colon + 2);
    }
    constexpr std::size_t kEnough = 200;
    if (text.size() > kEnough) text = text.substr(0, kEnough) + " ...";
    return "not valid JSON: " + text;
  }

  // The path of the innermost open container.
  [[nodiscard]] std::string pointer() const {
    std::string text;
    for (std::size_t i = 0; i + 1 < open_.size(); ++i) {
      text += '/';
      text += open_[i]->kind == JsonValue::Kind::kObject
                  ? open_[i]->members.back().key
                  : std::to_string(open_[i]->items.size() - 1);
    }
    return text;
  }

  // The path of the value that was to come.
  [[nodiscard]] std::string pointer_of_next() const {
    if (open_.empty()) return "";
    const JsonValue& home = *open_.back();
    const bool object = home.kind == JsonValue::Kind::kObject;
    if (object && home.members.empty()) return pointer();
    return pointer() + "/" + (object ? home.members.back().key : std::to_string(home.items.size()));
  }

  // Sorted rather than compared pairwise: an object may have a million members.
  void refuse_duplicates(const JsonValue& object) {
    std::vector<const JsonMember*> sorted;
    sorted.reserve(object.members.size());
    for (const JsonMember& member : object.members) sorted.push_back(&member);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->key < b->key; });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i]->key != sorted[i - 1]->key) continue;
      faults_.add({file_, sorted[i]->value.line, pointer(),
                   "duplicate member \"" + sorted[i]->key + "\"",
                   "keep one; the first is on line " + std::to_string(sorted[i - 1]->value.line)});
    }
  }

  JsonValue* place(JsonValue value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    JsonValue& parent = *open_.back();
    if (parent.kind == JsonValue::Kind::kArray) {
      parent.items.push_back(std::move(value));
      return &parent.items.back();
    }
    parent.members.back().value = std::move(value);
    return &parent.members.back().value;
  }

  bool leaf(JsonValue value) {
    value.line = position_.line;
    place(std::move(value));
    return true;
  }

  bool number(double value, bool integral) {
    const int line = position_.line - (position_.newline_last ? 1 : 0);
    place({.kind = JsonValue::Kind::kNumber, .line = line, .number = value, .integral = integral});
    return true;
  }

  bool open(JsonValue value) {
    if (open_.size() >= kMaxJsonDepth) {
      faults_.add({file_, position_.line, "",
                   "nested deeper than " + std::to_string(kMaxJsonDepth) + " levels", ""});
      return false;
    }
    value.line = position_.line;
    open_.push_back(place(std::move(value)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& file_;
  const Position& position_;
  JsonValue root_;
  std::vector<JsonValue*> open_;  // stable: only the innermost container grows
  Faults faults_;
};

}  // namespace

const JsonValue* JsonValue::find(std::string_view key) const {
  for (const JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

JsonValue* JsonValue::find(std::string_view key) {
  for (JsonMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string kind_name(JsonValue::Kind kind) {
  switch (kind) {
    case JsonValue::Kind::kNull: return "null";
    case JsonValue::Kind::kBoolean: return "true or false";
    case JsonValue::Kind::kNumber: return "a number";
    case JsonValue::Kind::kText: return "a text";
    case JsonValue::Kind::kArray: return "an array";
    case JsonValue::Kind::kObject: return "an object";
  }
  return "";
}

JsonValue parse_json(std::string_view text, const std::string& file, int first_line) {
  if (text.size() > kMaxJsonBytes) {
    throw InputError(Fault{file, 0, "", "larger than 16 MiB", ""});
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    throw InputError(Fault{file, 0, "", "empty: expected a JSON document", ""});
  }
  Position position{.line = first_line};
  TreeBuilder builder(file, position);
  try {
    nlohmann::json::sax_parse(CountingIterator(text.data(), &position),
                              CountingIterator(text.data() + text.size(), &position), &builder);
  } catch (const nlohmann::json::exception& error) {
    throw InputError(Fault{file, position.line, "", error.what(), ""});
  }
  builder.faults().throw_if_any();
  return builder.take();
}

namespace {

nlohmann::ordered_json tree_of(const JsonValue& value) {
  switch (value.kind) {
    case JsonValue::Kind::kNull: return nullptr;
    case JsonValue::Kind::kBoolean: return value.boolean;
    case JsonValue::Kind::kNumber: {
      constexpr double kExact = 9007199254740992.0;  // 2^53
      const bool whole = std::floor(value.number) == value.number;
      if (whole && std::abs(value.number) < kExact) return static_cast<std::int64_t>(value.number);
      return value.number;
    }
    case JsonValue::Kind::kText: return value.text;
    case JsonValue::Kind::kArray: {
      auto list = nlohmann::ordered_json::array();
      for (const JsonValue& item : value.items) list.push_back(tree_of(item));
      return list;
    }
    case JsonValue::Kind::kObject: {
      auto object = nlohmann::ordered_json::object();
      for (const JsonMember& member : value.members) object[member.key] = tree_of(member.value);
      return object;
    }
  }
  return nullptr;
}

}  // namespace

std::string json_text(const JsonValue& value) { return tree_of(value).dump(); }

void merge_json(JsonValue& target, const JsonValue& patch) {
  if (patch.kind != JsonValue::Kind::kObject || target.kind != JsonValue::Kind::kObject) {
    target = patch;
    return;
  }
  for (const auto& [key, value] : patch.members) {
    if (value.kind == JsonValue::Kind::kNull) {
      std::erase_if(target.members, [&name = key](const auto& own) { return own.key == name; });
    } else if (JsonValue* own = target.find(key)) {
      merge_json(*own, value);
    } else {
      target.members.push_back({key, value});
    }
  }
}

}  // namespace traincost
