// Price lists of others as quotes: our own head and SkyPilot's.
#include "hwdb/price_import.h"

#include <gtest/gtest.h>

#include "base/units.h"
#include "reports/price_record.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;

constexpr const char* kCatalog =
    "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice\n"
    "8x,H100,8.0,208,1800,31.92,us-east-1,\"{'Gpus': [{'Name': 'H100', 'Count': 8}]}\",\n"
    "8x,H100,8.0,208,1800,29.92,us-west-2,,12\n"
    "cpu,,,4,16,0.20,us-east-1,,\n"
    "t,T4G,1,4,16,0.5,us-east-1,,0.1\n";

TEST(PriceImport, ACatalogsInstancesAreDividedByTheirAccelerators) {
  Faults faults;
  const ImportedPrices read = import_prices(
      kCatalog, "vms.csv", {.provider = "Lambda", .date = "2026-11"}, test::database(), faults);
  EXPECT_TRUE(faults.empty());
  ASSERT_EQ(read.quotes.size(), 2U);
  EXPECT_EQ(read.quotes[0].tier, "neocloud");
  EXPECT_NEAR(read.quotes[0].price.in(usd_per_accelerator_hour), 3.74, 1e-9) << "the lowest";
  EXPECT_EQ(read.quotes[1].tier, "spot");
  EXPECT_NEAR(read.quotes[1].price.in(usd_per_accelerator_hour), 1.5, 1e-9);
  EXPECT_EQ(read.quotes[0].region, "us");
  EXPECT_EQ(read.rows, 4);
  EXPECT_EQ(read.unknown.at("T4G"), 1);
  EXPECT_EQ(read.unknown.at("instances without accelerators"), 1);
}

TEST(PriceImport, WhatItWritesIsAPriceBook) {
  Faults faults;
  const ImportedPrices read = import_prices(
      "accelerator,price,provider,region,date,note\nb200,4.5,Us,europe,2026-11-03,"
      "\"a, b\"\nh100,$2,Us,,2026-10,\n",
      "own.csv", {}, test::database(), faults);
  const JsonValue document =
      parse_json(price_record(read, "own", "Us", "own.csv", "2026-11-01"), "own.json");
  const PriceBook book = read_price_book(JsonCursor(document, "own.json", faults));
  EXPECT_TRUE(faults.empty());
  ASSERT_EQ(book.rental.size(), 2U);
  EXPECT_EQ(book.rental[0].accelerator, "b200-sxm");
  EXPECT_EQ(book.rental[0].date, "2026-11");
  EXPECT_EQ(book.rental[0].note, "a, b");
  EXPECT_NEAR(book.rental[1].price.in(usd_per_accelerator_hour), 2, 1e-12);
}

TEST(PriceImport, BytesThatAreNoTextAreStillARecord) {
  Faults faults;
  const ImportedPrices read = import_prices(
      "\xEF\xBB\xBF"
      "accelerator,price,provider,date,note\nh100,2.5,Us,2026-11,a\xFF\n",
      "own.csv", {}, test::database(), faults);
  EXPECT_TRUE(faults.empty()) << "a byte order mark is no part of the head";
  const std::string record = price_record(read, "own", "Us", "own.csv", "2026-11-01");
  EXPECT_NO_THROW(static_cast<void>(parse_json(record, "own.json")));
}

TEST(PriceImport, EveryFaultNamesItsLine) {
  Faults faults;
  static_cast<void>(
      import_prices("accelerator,price,tier,date\nh100,free,neocloud,2026-11\n"
                    "h100,2,shiny,2026-11\nh100,2,neocloud\n\"h100,2\n"
                    "h100,2,neocloud,yesterday\n",
                    "own.csv", {.provider = "Us"}, test::database(), faults));
  std::string text;
  try {
    faults.throw_if_any();
  } catch (const InputError& error) {
    for (const Fault& each : error.faults()) {
      text += std::to_string(each.line) + " " + each.message + "; ";
    }
  }
  EXPECT_EQ(text,
            "2 \"free\" is no price above $0 and up to $200 an accelerator-hour; 3 unknown tier "
            "\"shiny\"; 4 the row has 3 cells and the head 4; 5 the row has 1 cells and the head "
            "4; 6 \"yesterday\" is no date; ");
}

}  // namespace
}  // namespace traincost
