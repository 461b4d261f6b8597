// The database: every record is sound, names resolve, overlays override.
#include "hwdb/hwdb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "base/json_rows.h"
#include "base/units.h"
#include "hwdb/measurement.h"
#include "tests/support.h"

namespace traincost {
namespace {

using namespace unit;
namespace fs = std::filesystem;

// Reading a room is the lint: units, bands, sources that resolve and are used, unknown members.
TEST(Records, AllRoomsReadWithoutAFault) {
  const HardwareDb db = HardwareDb::load();
  EXPECT_GE(db.accelerators().size(), 75U);
  EXPECT_GE(db.systems().size(), 20U);
  EXPECT_GE(db.stacks().size(), 18U);
  EXPECT_GE(db.price_books().size(), 2U);
  EXPECT_GE(db.grids().size(), 80U);
  EXPECT_GE(db.reliabilities().size(), 6U);
}

TEST(Records, AliasesAndIdsAreUniqueWithinARoom) {
  std::set<std::string> names;
  for (const Accelerator& each : HardwareDb::load().accelerators()) {
    EXPECT_TRUE(names.insert(each.record.id).second) << each.record.id;
    for (const std::string& alias : each.record.aliases) {
      EXPECT_TRUE(names.insert(alias).second) << alias;
    }
  }
}

TEST(Records, PeaksAreDense) {
  for (const Accelerator& each : HardwareDb::load().accelerators()) {
    const auto bf16 = each.peak_dense.find("bf16");
    const auto fp8 = each.peak_dense.find("fp8");
    if (bf16 == each.peak_dense.end() || fp8 == each.peak_dense.end()) continue;
    // A sparse figure beside a dense one would make this 4.
    EXPECT_LE(fp8->second / bf16->second, 3.8) << each.record.id;
    EXPECT_GE(fp8->second / bf16->second, 0.99) << each.record.id;
  }
}

TEST(Records, EveryAcceleratorHasASystemAndACurve) {
  const HardwareDb db = HardwareDb::load();
  std::set<std::string> built;
  for (const System& system : db.systems()) {
    for (const std::string& id : system.accelerators) {
      EXPECT_TRUE(db.accelerator(id).has_value()) << system.record.id << " names " << id;
      built.insert(id);
    }
  }
  for (const Accelerator& each : db.accelerators()) {
    EXPECT_TRUE(built.count(each.record.id)) << each.record.id;
    EXPECT_TRUE(each.gemm.count("bf16")) << each.record.id;
  }
}

TEST(Records, PriceBooksNameKnownAccelerators) {
  const HardwareDb db = HardwareDb::load();
  const std::vector<std::string> ids = db.ids("accelerators");
  for (const PriceBook& book : db.price_books()) {
    for (const RentalQuote& quote : book.rental) {
      EXPECT_NE(std::find(ids.begin(), ids.end(), quote.accelerator), ids.end())
          << quote.accelerator;
    }
    for (const PurchaseQuote& quote : book.purchase) {
      EXPECT_NE(std::find(ids.begin(), ids.end(), quote.accelerator), ids.end())
          << quote.accelerator;
    }
  }
}

TEST(Names, AliasesResolveAndAmbiguityIsSaid) {
  const HardwareDb db = HardwareDb::load();
  EXPECT_EQ(db.accelerator("h800")->record.id, "h800-sxm");
  EXPECT_FALSE(db.accelerator("h20").has_value());
  EXPECT_EQ(db.name_fault("accelerators", "h20").message, "accelerator \"h20\" is ambiguous");
  EXPECT_EQ(db.name_fault("accelerators", "h20").remedy, "write \"h20-141\" or \"h20-96\"");
  EXPECT_EQ(db.name_fault("accelerators", "h100-smx").message,
            "no accelerator \"h100-smx\" in hwdb");
  EXPECT_EQ(db.name_fault("accelerators", "h100-smx").remedy,
            "did you mean \"h100-sxm\"? `traincost hw list` shows all");
}

TEST(Kernels, AreInheritedFromTheRelatedChip) {
  const HardwareDb db = HardwareDb::load();
  const Accelerator h800 = *db.accelerator("h800-sxm");
  const Accelerator h100 = *db.accelerator("h100-sxm");
  EXPECT_TRUE(h800.gemm.at("bf16").inherited);
  EXPECT_FALSE(h800.gemm.at("fp8-block").inherited) << "its own rows come first";
  EXPECT_EQ(h800.gemm.at("bf16").peak_fraction, h100.gemm.at("bf16").peak_fraction);
}

TEST(Kernels, KeepWhatTheBoardsPowerLetsThem) {
  const HardwareDb db = HardwareDb::load();
  const Accelerator h100 = *db.accelerator("h100-sxm");
  const GemmCurve& own = h100.gemm.at("bf16");
  // 500 W for 700 W by hand: (5 / 7)^0.55 = 0.831.
  const Accelerator sibling = *db.accelerator("h100-sxm-96-hbm2e-500w");
  EXPECT_NEAR(sibling.gemm.at("bf16").sustained_fraction / own.sustained_fraction, 0.831, 5e-4);
  const Accelerator capped = with_power_cap(h100, 500 * unit::watt);
  EXPECT_EQ(capped.board_power, 500 * unit::watt);
  EXPECT_EQ(capped.gemm.at("bf16").sustained_fraction, sibling.gemm.at("bf16").sustained_fraction);
  EXPECT_LT(capped.attention.at("fa3").forward.peak_fraction,
            h100.attention.at("fa3").forward.peak_fraction);
  EXPECT_EQ(with_power_cap(h100, 800 * unit::watt).gemm.at("bf16").sustained_fraction,
            own.sustained_fraction);
  GemmCurve unbound;
  EXPECT_EQ(at_power(unbound, 0.5).sustained_fraction, 1) << "no limit is known";
  EXPECT_EQ(at_power(own, 3).sustained_fraction, 1) << "and at most the curve's own rate";
}

TEST(Kernels, ScaledFormatsRunOnTheUnitsOfTheirWidth) {
  const Accelerator b200 = *HardwareDb::load().accelerator("b200-sxm");
  EXPECT_EQ(b200.peak("mxfp8"), b200.peak("fp8"));
  EXPECT_EQ(b200.peak("nvfp4"), b200.peak("fp4"));
  EXPECT_FALSE(HardwareDb::load().accelerator("a100")->peak("fp8-block").has_value());
}

// A folder of its own for each test, removed at the end.
class Overlay : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("traincost-overlay-" +
               std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::create_directories(folder_ / "accelerators");
    fs::create_directories(folder_ / "systems");
    fs::create_directories(folder_ / "grids");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text,
             const std::string& room = "accelerators") {
    std::ofstream(folder_ / room / (name + ".json")) << text;
  }
  [[nodiscard]] HardwareDb load() const { return HardwareDb::load("", folder_.string()); }

 private:
  fs::path folder_;
};

constexpr const char* kMine = R"("sources": {"mine": {"kind": "measured", "title": "my bench",
    "where": "here", "retrieved": "2026-11-24"}})";

TEST_F(Overlay, OverridesAMemberAndKeepsTheRest) {
  write("h800-sxm",
        std::string("{") + kMine +
            R"(, "memory_bandwidth": {"value": 3000, "unit": "GB/s", "source": "mine"}})");
  const Accelerator h800 = *load().accelerator("h800-sxm");
  EXPECT_DOUBLE_EQ(h800.memory_bandwidth.in(GB_per_s), 3000);
  EXPECT_DOUBLE_EQ(h800.memory_capacity.in(GB), 80);
  EXPECT_EQ(h800.record.field("memory_bandwidth")->source, "mine");
}

TEST_F(Overlay, AddsARecord) {
  write("toy",
        std::string(R"({"schema": "traincost.accelerator/1", "id": "toy", "name": "Toy", )") +
            kMine + R"(, "peak_dense": {"bf16": {"value": 10, "unit": "TFLOP/s", "source": "mine"}},
    "memory_capacity": {"value": 8, "unit": "GB", "source": "mine"},
    "memory_bandwidth": {"value": 100, "unit": "GB/s", "source": "mine"}})");
  EXPECT_DOUBLE_EQ(load().accelerator("toy")->memory_capacity.in(GB), 8);
  EXPECT_TRUE(load().accelerator("h100-sxm").has_value());
}

TEST_F(Overlay, FaultsNameTheOverlaysFile) {
  write("h800-sxm", R"({"memory_capacity": {"value": 80, "unit": "Gb", "source": "nowhere"}})");
  try {
    static_cast<void>(load().accelerator("h800-sxm"));
    FAIL();
  } catch (const InputError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("accelerators/h800-sxm.json:1: /memory_capacity/unit: unknown unit \"Gb\""),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("no source \"nowhere\" in this record"), std::string::npos) << text;
  }
}

TEST_F(Overlay, SharesOfLinksAreOfGroupsThatCanBe) {
  const auto fault = [&](const std::string& system, const std::string& size) {
    write(system,
          std::string("{") + kMine + R"(, "link_share": {")" + size +
              R"(": {"value": 0.5, "source": "mine"}}})",
          "systems");
    return test::fault_of([&] { return load().system(system); });
  };
  for (const char* size : {"1", "33", "08", "2.5"}) {
    EXPECT_NE(fault("dgx-a100", size)
                  .find("systems/dgx-a100.json:2: /link_share: \"" + std::string(size) +
                        "\" is no size of a group of 2 to 32"),
              std::string::npos)
        << size;
  }
  EXPECT_EQ(fault("dgx-a100", "32"), "no fault");
  EXPECT_NE(fault("mi300x-node", "4").find("a mesh or a torus says itself"), std::string::npos);
}

TEST(Grids, APartTakesWhatItLacksFromTheWhole) {
  const HardwareDb db = HardwareDb::load();
  const Grid texas = in_year(*db.grid("texas"), 2023), us = in_year(*db.grid("us"), 2023);
  EXPECT_DOUBLE_EQ(texas.electricity_price->in(usd / kWh), 0.066);
  EXPECT_EQ(texas.carbon_intensity, us.carbon_intensity);
  EXPECT_DOUBLE_EQ(texas.pue, us.pue);
  const Field* carbon = texas.record.field("carbon_intensity");
  ASSERT_NE(carbon, nullptr) << "explained from the record of the whole";
  EXPECT_NE(texas.record.source(carbon->source), nullptr);
  // A year that the part has not is not filled up with the whole's.
  EXPECT_EQ(db.grid("virginia")->electricity_price_by_year.size(), 1U);

  const Grid dutch = *db.grid("netherlands"), eu = *db.grid("eu");
  EXPECT_EQ(dutch.electricity_price, eu.electricity_price);
  EXPECT_NE(dutch.carbon_intensity, eu.carbon_intensity);
  for (const Grid& each : db.grids()) {
    EXPECT_TRUE(each.electricity_price && each.carbon_intensity) << each.record.id;
  }
}

TEST_F(Overlay, GridsLieWithinOneThatStandsAlone) {
  const auto fault = [&](const std::string& whole) {
    write(
        "mine",
        R"({"schema": "traincost.grid/1", "id": "mine", "name": "Mine", "sources": {}, "within": ")" +
            whole + "\"}",
        "grids");
    return test::fault_of([&] { return load().grid("mine"); });
  };
  EXPECT_EQ(fault("norway"), "no fault");
  for (const char* whole : {"norwey", "us-tx", "mine"}) {
    EXPECT_NE(fault(whole).find("grids/mine.json: /within: \"" + std::string(whole) +
                                "\" is no grid that stands alone"),
              std::string::npos)
        << fault(whole);
  }
  EXPECT_NE(fault("norwey").find("norway"), std::string::npos);
}

TEST(Folder, ThatIsMissingIsAFault) {
  EXPECT_THROW(static_cast<void>(HardwareDb::load("/no/such/folder")), InputError);
  EXPECT_THROW(static_cast<void>(HardwareDb::load("", "/no/such/folder")), InputError);
}

TEST(Folder, ReplacesTheShippedRecords) {
  const HardwareDb db = HardwareDb::load(std::string(TRAINCOST_SOURCE_DIR) + "/hwdb/data");
  EXPECT_EQ(db.ids("accelerators"), HardwareDb::load().ids("accelerators"));
}

TEST(Measurements, EveryRowNamesASourceAndAChipAndEverySourceIsUsed) {
  Measurements measurements;
  visit_json_rows(
      {std::string(TRAINCOST_SOURCE_DIR) + "/hwdb/data/measurements"}, "measured rows",
      [&](const JsonValue& row, const std::string& file) { measurements.read_row(row, file); });
  EXPECT_GT(measurements.rows.size(), 30000U);
  std::set<std::string> named, used;
  for (const Source& source : measurements.sources) {
    EXPECT_TRUE(named.insert(source.key).second) << source.key << " twice";
  }
  const HardwareDb db = HardwareDb::load();
  const std::vector<std::string> chips = db.ids("accelerators");
  const std::vector<std::string> systems = db.ids("systems");
  const auto known = [](const std::vector<std::string>& ids, const std::string& id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  for (const Measurement& row : measurements.rows) {
    used.insert(row.source);
    ASSERT_TRUE(known(chips, row.accelerator)) << row.accelerator;
    ASSERT_TRUE(row.system.empty() || known(systems, row.system)) << row.system;
  }
  EXPECT_EQ(named, used);
}

TEST(System, SlicesHaveTheShapesOfTheirPods) {
  const System cubes = *test::database().system("tpu-v5p-pod");
  EXPECT_EQ(counts_had(cubes, 256), (std::vector<int>{4, 8, 16, 32, 64, 128, 192, 256}));
  EXPECT_EQ(slice_shape(cubes, 4), (std::vector<int>{1, 2, 2}));
  EXPECT_EQ(slice_shape(cubes, 32), (std::vector<int>{2, 4, 4}));
  EXPECT_EQ(slice_shape(cubes, 512), (std::vector<int>{8, 8, 8}));
  EXPECT_EQ(slice_shape(cubes, 768), (std::vector<int>{8, 8, 12}));
  EXPECT_EQ(slice_shape(cubes, 8960), (std::vector<int>{16, 20, 28})) << "the pod itself";
  EXPECT_TRUE(slice_shape(cubes, 100).empty());
  EXPECT_TRUE(slice_shape(cubes, 17 * 64).empty()) << "a side of 68";
  const System flat = *test::database().system("tpu-v6e-pod");
  EXPECT_EQ(counts_had(flat, 1024), (std::vector<int>{8, 16, 32, 64, 128, 256, 512, 768, 1024}));
  EXPECT_EQ(slice_shape(flat, 128), (std::vector<int>{8, 16}));
}

TEST(System, RacksAreHadInTrays) {
  const System rack = *test::database().system("gb200-nvl72");
  const std::vector<int> had = counts_had(rack, 3400);
  EXPECT_EQ(had.size(), 850U);
  const CountHad many = count_had(rack, 3352);
  EXPECT_EQ(many.domains, 46);
  EXPECT_EQ(many.nodes, 10);
  EXPECT_EQ(rack.node_name, "tray");
  EXPECT_EQ(counts_had(*test::database().system("dgx-h100"), 24), (std::vector<int>{8, 16, 24}));
}

}  // namespace
}  // namespace traincost
