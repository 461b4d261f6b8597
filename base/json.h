// The one door through which JSON enters, whatever it holds.
//
// A document becomes a tree of JsonValue that remembers the line of each value and the order of
// members. Refused, with file and line: malformed text, duplicate members, numbers out of range,
// nesting deeper than 64, documents over 16 MiB. Nothing of the JSON library shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fault.h"

namespace traincost {

inline constexpr std::size_t kMaxJsonBytes = std::size_t{16} << 20U;
inline constexpr int kMaxJsonDepth = 64;

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBoolean, kNumber, kText, kArray, kObject };

  Kind kind = Kind::kNull;
  int line = 0;
  bool boolean = false;
  double number = 0;
  bool integral = false;  // written without point or exponent
  std::string text;
  std::vector<JsonValue> items;
  std::vector<JsonMember> members;

  [[nodiscard]] const JsonValue* find(std::string_view key) const;
  [[nodiscard]] JsonValue* find(std::string_view key);
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

// "an object", "a number": for error messages.
[[nodiscard]] std::string kind_name(JsonValue::Kind kind);

// Throws InputError naming `file`. `first_line` is where `text` begins in it, for JSON Lines.
[[nodiscard]] JsonValue parse_json(std::string_view text, const std::string& file,
                                   int first_line = 1);

// The value as compact JSON.
[[nodiscard]] std::string json_text(const JsonValue& value);

// RFC 7396: members of `patch` replace or extend those of `target`, null removes.
void merge_json(JsonValue& target, const JsonValue& patch);

}  // namespace traincost
