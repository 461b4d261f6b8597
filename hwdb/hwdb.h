// The hardware database: records by name, from the program itself, a folder, or both.
//
// A record is parsed when it is first asked for, so that one estimate does not pay for 75 chips;
// threads may ask at once. Rooms are the folders of hwdb/data, and those that the engine's fitted
// records lie in (kRecordKinds of record.h has them all).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fault.h"
#include "base/json.h"
#include "hwdb/accelerator.h"
#include "hwdb/export_rule.h"
#include "hwdb/market.h"
#include "hwdb/reliability.h"
#include "hwdb/stack.h"
#include "hwdb/system.h"

namespace traincost {

class HardwareDb {
 public:
  // The shipped records; `folder`, where given, replaces them, all but fitted ones that it does not
  // hold, and `overlay` adds records or overrides members of existing ones (RFC 7396). Throws
  // InputError for a missing folder.
  static HardwareDb load(const std::string& folder = "", const std::string& overlay = "");

  // By id or alias; nothing where the name is unknown or ambiguous (`name_fault` then says which).
  // A faulty record throws InputError.
  [[nodiscard]] std::optional<Accelerator> accelerator(std::string_view name) const;
  [[nodiscard]] std::optional<System> system(std::string_view name) const;
  [[nodiscard]] std::optional<Stack> stack(std::string_view name) const;
  // The system that an accelerator, by its id, is usually built into; of several the first of
  // `node_size`, where one is stated (0: none); "pcie-node" where none is recorded. Throws
  // InputError where a replacing folder lacks that too.
  [[nodiscard]] System usual_system(const std::string& accelerator, int node_size = 0) const;
  // Whether some system is recorded with it.
  [[nodiscard]] bool has_system(const std::string& accelerator) const;
  [[nodiscard]] std::optional<Grid> grid(std::string_view name) const;
  [[nodiscard]] std::optional<Ownership> ownership(std::string_view name) const;
  [[nodiscard]] std::optional<Reliability> reliability(std::string_view name) const;
  [[nodiscard]] std::optional<ExportRule> export_rule(std::string_view name) const;

  // A record of any room by id or alias, for readers of rooms that hwdb knows only by name. One
  // room is read as one type.
  template <typename T>
  [[nodiscard]] std::optional<T> record(std::string_view room, std::string_view name,
                                        T (*read)(const JsonCursor&)) const {
    const Raw* raw = raw_by_id(room, name);
    if (raw != nullptr) return parse(*raw, read);
    const std::string folded = folded_name(name);
    for (const Raw& each : *raws_) {
      if (each.room != room || !may_name(each, folded)) continue;
      const T& value = parse(each, read);
      for (const std::string& alias : value.record.aliases) {
        if (alias == folded) return value;
      }
    }
    return std::nullopt;
  }

  // Records of hwdb's own rooms as they were written: all of one, and one of any, by id or alias.
  [[nodiscard]] std::vector<Record> records(std::string_view room) const;
  [[nodiscard]] std::optional<Record> find_record(std::string_view name) const;

  // All of a room, in the order of their ids. References hold as long as the database; what every
  // job asks for is kept.
  [[nodiscard]] std::vector<Accelerator> accelerators() const;
  [[nodiscard]] std::vector<System> systems() const;
  [[nodiscard]] const std::vector<Stack>& stacks() const;
  // Those whose id, framework or alias is `name`; most of a room need not be read for it.
  [[nodiscard]] std::vector<const Stack*> stacks_named(const std::string& name) const;
  [[nodiscard]] const std::vector<PriceBook>& price_books() const;
  [[nodiscard]] std::vector<Grid> grids() const;
  [[nodiscard]] std::vector<Ownership> ownerships() const;
  [[nodiscard]] const std::vector<Reliability>& reliabilities() const;
  [[nodiscard]] std::vector<ExportRule> export_rules() const;

  // What to say of a name that a room does not know: what is wrong, and the nearest names.
  struct NameFault {
    std::string message;
    std::string remedy;
  };
  [[nodiscard]] NameFault name_fault(std::string_view room, std::string_view name) const;

  [[nodiscard]] std::vector<std::string> ids(std::string_view room) const;

 private:
  struct Raw {
    std::string room;
    std::string id;
    std::string file;
    std::string_view embedded;  // the shipped text, or
    std::string text;           //   a file's
    std::string overlay;        // text that overrides members
    std::string overlay_file;
    mutable std::shared_ptr<const void> parsed;  // of the room's type, once asked for
  };
  [[nodiscard]] const Raw* raw_by_id(std::string_view room, std::string_view name) const;
  // False only of a shipped record in which "name" stands nowhere. A user's own is always read, so
  // that its faults are found.
  [[nodiscard]] static bool may_name(const Raw& raw, std::string_view name);
  // "H100 " as "h100".
  [[nodiscard]] static std::string folded_name(std::string_view name);
  // The record's text with its overlay merged in, and the file to name in faults.
  struct Document {
    JsonValue value;
    std::string file;
  };
  [[nodiscard]] static Document document(const Raw& raw);
  template <typename T>
  [[nodiscard]] const T& parse(const Raw& raw, T (*read)(const JsonCursor&)) const {
    const std::lock_guard lock(*parsing_);
    if (raw.parsed) return *static_cast<const T*>(raw.parsed.get());
    const Document text = document(raw);
    Faults faults;
    const JsonCursor cursor(text.value, text.file, faults);
    auto parsed = std::make_shared<const T>(read(cursor));
    if (parsed->record.id != raw.id) {
      cursor.fault("id \"" + parsed->record.id + "\" differs from the file's name \"" + raw.id +
                   "\"");
    }
    faults.throw_if_any();
    raw.parsed = parsed;
    return *parsed;
  }
  template <typename T>
  [[nodiscard]] std::vector<T> all(std::string_view room, T (*read)(const JsonCursor&)) const;
  // The same, made once.
  template <typename T>
  [[nodiscard]] const std::vector<T>& kept(std::string_view room,
                                           T (*read)(const JsonCursor&)) const;
  void lay_over(const std::string& overlay);
  void inherit_kernels(Accelerator& accelerator) const;
  [[nodiscard]] Grid whole_of(Grid grid) const;

  // Shared by copies, so that what one of them has read the others need not.
  std::shared_ptr<std::vector<Raw>> raws_ = std::make_shared<std::vector<Raw>>();
  using Kept = std::map<std::string, std::shared_ptr<const void>, std::less<>>;
  std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();  // rooms, by name; under parsing_
  std::shared_ptr<std::recursive_mutex> parsing_ = std::make_shared<std::recursive_mutex>();
};

}  // namespace traincost
