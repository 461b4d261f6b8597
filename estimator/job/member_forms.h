// Forms of members that only jobs have: a section that a text may stand for. Internal.
#pragma once

#include "estimator/job/members.h"

namespace traincost {

inline constexpr Range kHours{1e-3, 1e13};

// A section that a text may stand for.
template <auto P>
constexpr auto text_or_section(const char* name, const char* words) {
  using S = member_detail::SectionOf<P>;
  auto m = section<P>(name, words);
  m.or_text = true;
  m.read = [](const Member<S>&, const JsonCursor& at, S& into) {
    auto& home = (into.*P).emplace();
    if (at.is_text()) {
      home.record = at.text();
    } else {
      read_members(at, home);
    }
  };
  return m;
}

// "search", or the layout itself.
template <auto P>
constexpr auto layout_section(const char* name) {
  using S = member_detail::SectionOf<P>;
  auto m = section<P>(name, "how a step is spread, or \"search\"");
  m.or_text = true;
  m.read = [](const Member<S>&, const JsonCursor& at, S& into) {
    LayoutSpec& layout = (into.*P).emplace();
    if (!at.is_text()) {
      read_members(at, layout);
    } else if (at.text().value_or("") == "search") {
      layout.search = true;
    } else {
      at.fault("expected an object or \"search\"");
    }
  };
  m.descend = [](S& into, PathSteps steps, const JsonCursor& value) {
    auto& home = into.*P;
    if (!home || home->search) home.emplace();
    set_member<LayoutSpec>(*home, steps, value, value.pointer());
  };
  return m;
}

}  // namespace traincost
