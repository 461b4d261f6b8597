// The door to JSON, and the cursor that reads it: every fault, with its place.
#include "base/json.h"

#include <gtest/gtest.h>

#include "base/cursor.h"
#include "base/units.h"

namespace traincost {
namespace {

std::string fault_of(std::string_view text) {
  try {
    static_cast<void>(parse_json(text, "x.json"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "no fault";
}

TEST(Json, RemembersTheLineOfEachValue) {
  const JsonValue value =
      parse_json("{\n  \"a\": 1,\n  \"b\": [\n    2\n  ],\n  \"c\": \"t\"\n}", "x");
  EXPECT_EQ(value.find("a")->line, 2);
  EXPECT_EQ(value.find("b")->line, 3);
  EXPECT_EQ(value.find("b")->items[0].line, 4);
  EXPECT_EQ(value.find("c")->line, 6);
}

TEST(Json, RefusesWhatIsNoDocument) {
  EXPECT_EQ(fault_of(""), "x.json: empty: expected a JSON document");
  EXPECT_EQ(fault_of(" \n "), "x.json: empty: expected a JSON document");
  EXPECT_EQ(
      fault_of("{\n  \"a\": 1,\n  \"b\""),
      "x.json:3: not valid JSON: syntax error while parsing object separator - unexpected end "
      "of input; expected ':'");
  EXPECT_EQ(fault_of("{\"a\": NaN}"),
            "x.json:1: /a: NaN is not JSON, although Python writes it\n"
            "    write null, or a number");
  EXPECT_EQ(fault_of("[1,\n -Infinity]"),
            "x.json:2: /1: -Infinity is not JSON, although Python writes it\n"
            "    write null, or a number");
  EXPECT_NE(fault_of("{\"a\": 1e999}"), "no fault");
}

TEST(Json, RefusesDuplicateMembersWithBothLines) {
  EXPECT_EQ(fault_of("{\n\"a\": {\"b\": 1,\n\"b\": 2}\n}"),
            "x.json:3: /a: duplicate member \"b\"\n    keep one; the first is on line 2");
}

TEST(Json, RefusesDepthAndSizeWithoutReadingOn) {
  const std::string deep = std::string(200000, '[') + std::string(200000, ']');
  EXPECT_EQ(fault_of(deep), "x.json:1: nested deeper than 64 levels");
  const std::string fits = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(fault_of(fits), "no fault");
  EXPECT_EQ(fault_of(std::string(kMaxJsonBytes + 1, ' ')), "x.json: larger than 16 MiB");
}

TEST(Json, MergesByRfc7396) {
  JsonValue target = parse_json(R"({"a": {"b": 1, "c": 2}, "d": 3})", "x");
  merge_json(target, parse_json(R"({"a": {"b": null, "e": 4}, "d": [5]})", "y"));
  EXPECT_EQ(target.find("a")->find("b"), nullptr);
  EXPECT_EQ(target.find("a")->find("c")->number, 2);
  EXPECT_EQ(target.find("a")->find("e")->number, 4);
  EXPECT_EQ(target.find("d")->items.size(), 1U);
}

TEST(Cursor, ReportsAllFaultsOfADocumentAtOnce) {
  const JsonValue value = parse_json(
      "{\"layers\": -3,\n \"memory\": \"80 Gb\",\n \"half\": 1.5,\n \"lyers\": 1,\n \"flag\": 1}",
      "m.json");
  Faults faults;
  const JsonCursor cursor(value, "m.json", faults);
  EXPECT_FALSE(cursor.integer("layers", {1, 4096}).has_value());
  EXPECT_FALSE(cursor.quantity<Dimension{.byte = 1}>("memory").has_value());
  EXPECT_FALSE(cursor.integer("half", {0, 10}).has_value());
  EXPECT_FALSE(cursor.boolean("flag").has_value());
  cursor.require("heads");
  cursor.finish();
  try {
    faults.throw_if_any();
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "m.json:1: /layers: -3 is out of range: expected 1 to 4096\n"
                 "m.json:2: /memory: unknown unit \"Gb\" for an amount of memory\n"
                 "    use GB (10^9 bytes) or GiB (2^30 bytes); also B, KB, MB, TB, KiB, MiB, TiB\n"
                 "m.json:3: /half: expected a whole number, found 1.5\n"
                 "m.json:5: /flag: expected true or false, found a number\n"
                 "m.json:1: /: missing member \"heads\"\n"
                 "m.json:4: /: unknown member \"lyers\"\n"
                 "    did you mean \"layers\"?");
  }
}

TEST(Cursor, ReadsAQuantityInBothForms) {
  const JsonValue value =
      parse_json(R"({"a": "80 GB", "b": {"value": 80, "unit": "GB"}, "c": 80})", "x");
  Faults faults;
  const JsonCursor cursor(value, "x", faults);
  const auto a = cursor.quantity<Dimension{.byte = 1}>("a");
  EXPECT_EQ(a, cursor.quantity<Dimension{.byte = 1}>("b"));
  EXPECT_EQ(a->in(unit::GB), 80);
  EXPECT_TRUE(faults.empty());
  EXPECT_FALSE(cursor.quantity<Dimension{.byte = 1}>("c").has_value()) << "a bare number";
}

}  // namespace
}  // namespace traincost
