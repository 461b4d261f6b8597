// Names in a sentence: accelerators and models that the database has, and what else is called by a
// name ("GPT-4o", "DeepSeek-R1", "OpenAI o1").
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "hwdb/hwdb.h"

namespace traincost {

enum class NameKind { kAccelerator, kModel, kOther };

struct NameMention {
  std::size_t start = 0, length = 0;  // bytes of the sentence
  NameKind kind = NameKind::kOther;
  std::string text;              // as written
  std::vector<std::string> ids;  // accelerators or models it may be, the usual one first
  std::string parameters;        // that the name holds: "70B"; empty where none
  std::string active;            // of a mixture of experts: "3B" of "80B-A3B"

  [[nodiscard]] std::size_t end() const { return start + length; }
  // Whether it has a number, as models and their versions do.
  [[nodiscard]] bool versioned() const { return std::any_of(text.begin(), text.end(), is_digit); }
};

// What names stand for, made once from a database.
class NameBook {
 public:
  explicit NameBook(const HardwareDb& db);

  // In the order of the sentence; none overlaps another.
  [[nodiscard]] std::vector<NameMention> in(std::string_view sentence) const;

 private:
  struct Known {
    std::string name;  // small letters, words joined by "-"
    NameKind kind;
    std::vector<std::string> ids;
  };
  [[nodiscard]] const Known* find(const std::string& name) const;

  std::vector<Known> known_;  // sorted by name
};

}  // namespace traincost
