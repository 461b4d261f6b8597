// Tables of members: one line for each member of a section of a document.
//
// A section is a struct of std::optional and std::vector members, with one table of Member lines.
// Reading it from JSON, setting one member by its path, laying one section over another and the
// JSON Schema all fold over that table, so that a member is written once:
//
//   struct ClusterSpec { std::optional<int> count; ... };
//   constexpr Member<ClusterSpec> kClusterMembers[] = {
//       number<&ClusterSpec::count>("count", {1, 1e7}, "accelerators"), ...};
//
// Faults go to the cursor's document; nothing here throws.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/cursor.h"
#include "base/date.h"

namespace traincost {

// What a member holds, for the schema.
enum class MemberForm { kText, kInteger, kNumber, kTruth, kQuantity, kDate, kChoice, kSection };

// The steps of a path that are left: {"layout", "tp"}.
using PathSteps = std::span<const std::string>;

// What a member is, whatever section it is of.
struct MemberInfo {
  const char* name = "";
  const char* text = "";            // what it is, in a few words
  const char* otherwise = nullptr;  // what holds where it is not stated
  MemberForm form = MemberForm::kText;
  bool list = false;          // an array of them
  bool one_or_list = false;   // one of them, or an array
  bool or_text = false;       // of sections: a text may stand for it
  bool or_others = false;     // of sections: objects of another kind are read as well
  Range range{};              // of numbers, both ends allowed
  const char* low = nullptr;  // of quantities, with their unit: "0 s"
  const char* high = nullptr;
  Date::Precision least = Date::Precision::kYear;       // of dates: what must be written
  std::vector<std::string_view> (*names)() = nullptr;   // of choices
  std::vector<const MemberInfo*> (*inner)() = nullptr;  // of sections: their members
};

template <typename S>
struct Member : MemberInfo {
  void (*read)(const Member& self, const JsonCursor& at, S& into) = nullptr;
  bool (*stated)(const S& section) = nullptr;
  void (*clear)(S& section) = nullptr;
  void (*take)(S& into, const S& from) = nullptr;  // the value of `from`, which states it
  // Of sections: sets a member below; see set_member.
  void (*descend)(S& section, PathSteps steps, const JsonCursor& value) = nullptr;
};

// The table of a section, found by its type.
template <typename S>
struct MembersOf;  // static constexpr std::span<const Member<S>> table

namespace member_detail {

template <typename P>
struct Pointee;
template <typename S, typename T>
struct Pointee<T S::*> {
  using Section = S;
  using Type = T;
};

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};

template <auto P>
using SectionOf = typename Pointee<decltype(P)>::Section;
template <auto P>
using TypeOf = typename Pointee<decltype(P)>::Type;
template <auto P>
using ValueOf = typename TypeOf<P>::value_type;

// The lines of a section's table.
template <typename S>
std::vector<const MemberInfo*> infos() {
  std::vector<const MemberInfo*> all;
  for (const Member<S>& member : MembersOf<S>::table) all.push_back(&member);
  return all;
}

// A line with its name, form and words.
template <typename S>
constexpr Member<S> line(const char* name, MemberForm form, const char* text) {
  Member<S> m;
  m.name = name;
  m.form = form;
  m.text = text;
  return m;
}

// The index that a step of a path gives of a list of so many; none, and a fault, where it is none.
[[nodiscard]] std::optional<std::size_t> item_at(const std::string& step, std::size_t size,
                                                 const JsonCursor& value);

// Adds a fault unless the quantity lies within its bounds.
[[nodiscard]] bool within(const JsonCursor& at, double base, Dimension dimension, const char* low,
                          const char* high);

template <Dimension D>
std::optional<Quantity<D>> quantity_at(const JsonCursor& at, const char* low, const char* high,
                                       std::optional<Quantity<D>> /*type*/) {
  const auto value = at.quantity<D>();
  if (!value) return std::nullopt;
  return within(at, value->in(Quantity<D>::from_base(1)), D, low, high) ? value : std::nullopt;
}

// One value of a member, or nothing and a fault.
template <typename T, typename S>
std::optional<T> value_at(const Member<S>& self, const JsonCursor& at) {
  if constexpr (std::is_same_v<T, bool>) {
    return at.boolean();
  } else if constexpr (std::is_integral_v<T>) {
    const auto integer = at.integer(self.range);
    return integer ? std::optional(static_cast<T>(*integer)) : std::nullopt;
  } else if constexpr (std::is_same_v<T, double>) {
    return at.number(self.range);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return at.text();
  } else if constexpr (std::is_same_v<T, Date>) {
    return at.date(self.least);
  } else {
    return quantity_at(at, self.low, self.high, std::optional<T>{});
  }
}

template <auto P, typename S, typename Read>
void read_into(const JsonCursor& at, S& into, bool one_or_list, Read read) {
  auto& home = into.*P;
  if constexpr (IsVector<TypeOf<P>>::value) {
    home.clear();
    if (one_or_list && at.kind() != JsonValue::Kind::kArray) {
      if (const auto value = read(at)) home.push_back(*value);
      return;
    }
    const auto items = at.items();
    if (one_or_list && items.empty()) at.fault("expected at least one value");
    for (const JsonCursor& item : items) {
      if (const auto value = read(item)) home.push_back(*value);
    }
  } else {
    home = read(at);
  }
}

template <auto P, typename S>
constexpr void set_functions(Member<S>& m) {
  m.stated = [](const S& s) {
    if constexpr (IsVector<TypeOf<P>>::value) {
      return !(s.*P).empty();
    } else {
      return (s.*P).has_value();
    }
  };
  m.clear = [](S& s) { s.*P = {}; };
  m.take = [](S& into, const S& from) { into.*P = from.*P; };
}

template <auto P, typename S>
constexpr Member<S> plain(const char* name, MemberForm form, const char* text) {
  Member<S> m = line<S>(name, form, text);
  m.list = IsVector<TypeOf<P>>::value;
  set_functions<P>(m);
  // Of choices, whose names only their table knows, `choice` sets it.
  if constexpr (!std::is_enum_v<ValueOf<P>>) {
    m.read = [](const Member<S>& self, const JsonCursor& at, S& into) {
      read_into<P>(at, into, self.one_or_list,
                   [&](const JsonCursor& one) { return value_at<ValueOf<P>>(self, one); });
    };
  }
  return m;
}

}  // namespace member_detail

// Each line below is of the section S: the struct that P is a member of, or one derived from it.

// A text, or a list of texts.
template <auto P, typename S = member_detail::SectionOf<P>>
constexpr auto text(const char* name, const char* words) {
  return member_detail::plain<P, S>(name, MemberForm::kText, words);
}

// true or false.
template <auto P, typename S = member_detail::SectionOf<P>>
constexpr auto truth(const char* name, const char* words) {
  return member_detail::plain<P, S>(name, MemberForm::kTruth, words);
}

// A number in a range; whole where the member is.
template <auto P, typename S = member_detail::SectionOf<P>>
constexpr auto number(const char* name, Range range, const char* words) {
  constexpr bool kWhole = std::is_integral_v<member_detail::ValueOf<P>>;
  auto m =
      member_detail::plain<P, S>(name, kWhole ? MemberForm::kInteger : MemberForm::kNumber, words);
  m.range = range;
  return m;
}

// A number with its unit, from `low` to `high` ("0 s", "1 d").
template <auto P, typename S = member_detail::SectionOf<P>>
constexpr auto quantity(const char* name, const char* low, const char* high, const char* words) {
  auto m = member_detail::plain<P, S>(name, MemberForm::kQuantity, words);
  m.low = low;
  m.high = high;
  return m;
}

// A date of which at least so much is written.
template <auto P, typename S = member_detail::SectionOf<P>>
constexpr auto date(const char* name, Date::Precision least, const char* words) {
  auto m = member_detail::plain<P, S>(name, MemberForm::kDate, words);
  m.least = least;
  return m;
}

// One of the names of a table of Name rows, or a list of them.
template <auto P, auto& Table, typename S = member_detail::SectionOf<P>>
constexpr auto choice(const char* name, const char* words) {
  auto m = member_detail::plain<P, S>(name, MemberForm::kChoice, words);
  m.read = [](const Member<S>& self, const JsonCursor& at, S& into) {
    member_detail::read_into<P>(at, into, self.one_or_list, [](const JsonCursor& one) {
      const auto value = one.one_of(Table);
      using V = member_detail::ValueOf<P>;
      return value ? std::optional<V>(static_cast<V>(*value)) : std::nullopt;
    });
  };
  m.names = [] {
    std::vector<std::string_view> names;
    for (const auto& row : Table) names.emplace_back(row.name);
    return names;
  };
  return m;
}

// The same member as a value or a list of values.
template <typename S>
constexpr Member<S> one_or_list(Member<S> m) {
  m.list = false;
  m.one_or_list = true;
  return m;
}

// Comments that every section may carry; nothing reads them.
inline constexpr std::string_view kComments[] = {"note", "notes"};

// Reads an object by its table. `accepted` are members that say something to people alone.
template <typename S>
void read_members(const JsonCursor& at, S& into, std::span<const std::string_view> accepted = {}) {
  if (!at.expect_object()) return;
  for (const Member<S>& member : MembersOf<S>::table) {
    if (const auto value = at.find(member.name)) member.read(member, *value, into);
  }
  for (const std::string_view key : kComments) at.accept(key);
  for (const std::string_view key : accepted) at.accept(key);
  at.finish();
}

// Lays what `over` states over `base`.
template <typename S>
void lay_members(S& base, const S& over) {
  for (const Member<S>& member : MembersOf<S>::table) {
    if (member.stated(over)) member.take(base, over);
  }
}

// Sets the member at a path; null clears it. What the path or the value is at fault goes to the
// value's document. `at` says where the section stands: "/layout", empty for the document.
template <typename S>
void set_member(S& section, PathSteps steps, const JsonCursor& value, const std::string& at = "") {
  std::vector<std::string> known;
  for (const Member<S>& member : MembersOf<S>::table) {
    known.emplace_back(member.name);
    if (steps.front() != member.name) continue;
    const JsonCursor here = value.moved(at + "/" + member.name);
    if (steps.size() > 1) {
      if (member.descend == nullptr) {
        here.fault("has no members to set");
      } else {
        member.descend(section, steps.subspan(1), here);
      }
    } else if (value.kind() == JsonValue::Kind::kNull) {
      member.clear(section);
    } else {
      member.read(member, here, section);
    }
    return;
  }
  value.moved(at.empty() ? "/" : at).unknown_member(steps.front(), known);
}

// A section inside another, as an optional struct with a table of its own.
template <auto P>
constexpr auto section(const char* name, const char* words) {
  using S = member_detail::SectionOf<P>;
  using Inner = member_detail::ValueOf<P>;
  Member<S> m = member_detail::line<S>(name, MemberForm::kSection, words);
  m.inner = member_detail::infos<Inner>;
  member_detail::set_functions<P>(m);
  m.read = [](const Member<S>&, const JsonCursor& at, S& into) {
    read_members(at, (into.*P).emplace());
  };
  m.descend = [](S& into, PathSteps steps, const JsonCursor& value) {
    auto& home = into.*P;
    if (!home) home.emplace();
    set_member<Inner>(*home, steps, value, value.pointer());
  };
  return m;
}

// A list of sections, at least one where it is stated.
template <auto P>
constexpr auto sections(const char* name, const char* words) {
  using S = member_detail::SectionOf<P>;
  using Inner = member_detail::ValueOf<P>;
  Member<S> m = member_detail::line<S>(name, MemberForm::kSection, words);
  m.list = true;
  m.inner = member_detail::infos<Inner>;
  member_detail::set_functions<P>(m);
  m.read = [](const Member<S>&, const JsonCursor& at, S& into) {
    (into.*P).clear();
    const auto items = at.items();
    if (at.kind() == JsonValue::Kind::kArray && items.empty()) {
      at.fault("expected at least one");
    }
    for (const JsonCursor& item : items) read_members(item, (into.*P).emplace_back());
  };
  m.descend = [](S& into, PathSteps steps, const JsonCursor& value) {
    const auto index = member_detail::item_at(steps.front(), (into.*P).size(), value);
    if (!index) return;
    const JsonCursor here = value.moved(value.pointer() + "/" + steps.front());
    Inner& item = (into.*P)[*index];
    if (steps.size() > 1) {
      set_member<Inner>(item, steps.subspan(1), here, here.pointer());
    } else {
      item = {};
      read_members(here, item);
    }
  };
  return m;
}

}  // namespace traincost
