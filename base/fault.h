// What is wrong with an input: where, what, and how to mend it.
//
// Parsers collect every Fault of a document and throw them together as one InputError. It is for
// bad input only: "does not fit" is a value, a broken invariant is an assert.
#pragma once

#include <exception>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace traincost {

struct Fault {
  std::string file;     // as the user named it; "--set" or "command line" for options
  int line = 0;         // 1-based; 0 where there is none
  std::string pointer;  // JSON pointer; empty where there is none
  std::string message;  // what was found, and what was expected
  std::string remedy;   // the next thing to do; may be empty

  // "job.json:12: /layout/tp: message", then the remedy on an indented line of its own.
  [[nodiscard]] std::string text() const;
};

class InputError : public std::exception {
 public:
  explicit InputError(std::vector<Fault> faults);
  explicit InputError(Fault fault) : InputError(std::vector<Fault>{std::move(fault)}) {}

  [[nodiscard]] const std::vector<Fault>& faults() const { return faults_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::vector<Fault> faults_;
  std::string text_;
};

// Collects faults while a document is read. `throw_if_any` is called once, at its end.
class Faults {
 public:
  // What a member that no reader knows is: a fault, or only a warning (in published runs, whose
  // files may be newer than the program).
  enum class Unknown { kFault, kWarning };

  explicit Faults(Unknown unknown = Unknown::kFault) : unknown_(unknown) {}

  void add_unknown_member(Fault fault) {
    if (unknown_ == Unknown::kFault) {
      add(std::move(fault));
    } else {
      warnings_.push_back(std::move(fault));
    }
  }
  [[nodiscard]] const std::vector<Fault>& warnings() const { return warnings_; }

  void add(Fault fault) {  // once: shared members of a document are read more than once
    if (known_.insert(fault.text()).second) faults_.push_back(std::move(fault));
  }
  [[nodiscard]] bool empty() const { return faults_.empty(); }
  void throw_if_any() const {
    if (!faults_.empty()) throw InputError(faults_);
  }

 private:
  std::vector<Fault> faults_;
  std::unordered_set<std::string> known_;
  Unknown unknown_;
  std::vector<Fault> warnings_;
};

}  // namespace traincost
