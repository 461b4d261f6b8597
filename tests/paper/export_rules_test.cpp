// Classes of chips under the US export rules, as a table of the rules' own arithmetic has them.
//
// TPP is the largest dense peak times its bit length, density TPP per mm2 of die. The table was
// computed by hand from vendor peaks and the die sizes of Epoch AI's hardware dataset; where this
// database has other peaks, the row says so.
#include <gtest/gtest.h>

#include "tests/support.h"

namespace traincost {
namespace {

struct ChipRow {
  const char* id;
  double tpp;
  double density;       // 0 where the die is unknown
  const char* in_2022;  // class, "" for none
  const char* in_2023;  // "?" where undetermined
  const char* in_2025;  // under the letters of April 2025
  bool under_ceiling;   // of January 2026
};

void PrintTo(const ChipRow& row, std::ostream* out) { *out << row.id; }

constexpr ChipRow kTable[] = {
    {"v100-sxm2-32", 2000, 2.45, "", "", "", true},
    {"a100-sxm-80", 4992, 6.04, "3A090", "3A090.a", "letter", true},
    {"a800-sxm-80", 4992, 6.04, "", "3A090.a", "letter", true},
    {"h100-sxm", 15832, 19.45, "3A090", "3A090.a", "letter", true},
    {"h100-pcie", 12104, 14.87, "3A090", "3A090.a", "letter", true},
    {"h800-sxm", 15832, 19.45, "", "3A090.a", "letter", true},
    {"h200-sxm", 15832, 19.45, "3A090", "3A090.a", "letter", true},
    {"h20-96", 2368, 2.91, "", "", "letter", true},
    {"l40s", 5864, 9.63, "", "3A090.a", "", true},
    {"l40", 2896, 4.76, "", "3A090.b", "", true},
    {"l20", 1912, 3.14, "", "", "", true},
    {"l4", 1940, 6.60, "", "3A090.a", "", true},
    {"l2", 1544, 5.25, "", "", "", true},
    {"a10", 2000, 3.18, "", "", "", true},
    {"a40", 2395, 3.81, "", "3A090.b", "", true},
    {"rtx4090", 5285, 8.68, "", "3A090.a", "", true},
    {"rtx6000-ada", 5828, 9.58, "", "3A090.a", "", true},
    {"rtx-pro-6000-ws", 8061, 10.75, "", "3A090.a", "letter", true},
    {"b200-sxm", 36000, 0, "3A090", "3A090.a", "letter", false},
    {"gb200", 40000, 0, "3A090", "3A090.a", "letter", false},
    {"mi250x", 6128, 4.23, "3A090", "3A090.a", "letter", true},
    {"mi300x", 20919, 0, "3A090", "3A090.a", "letter", true},
    {"mi325x", 20919, 0, "3A090", "3A090.a", "letter", true},
    {"mi308x", 3024, 0, "", "?", "letter", true},
    {"gaudi2", 6920, 8.38, "", "3A090.a", "letter", true},
    {"tpu-v5e", 3152, 9.70, "", "3A090.a", "", true},
    {"tpu-v5p", 7344, 0, "3A090", "3A090.a", "letter", true},
    {"tpu-v6e", 14688, 0, "3A090", "3A090.a", "letter", true},  // 1,638 GB/s of memory
    {"ascend-910c", 12032, 9.05, "", "3A090.a", "letter", true},
    {"mtt-s4000", 1600, 0, "", "?", "", true},
    {"biren-br100", 16384, 15.26, "3A090", "3A090.a", "letter", true},
};

class ExportTable : public testing::TestWithParam<ChipRow> {};

ExportClass class_of(const char* rule, const ExportMeasures& chip) {
  return export_class(*test::database().export_rule(rule), chip);
}

TEST_P(ExportTable, ClassesFollowFromTheRecord) {
  const ChipRow& row = GetParam();
  const ExportMeasures chip = export_measures(*test::database().accelerator(row.id));
  EXPECT_NEAR(chip.tpp, row.tpp, 0.005 * row.tpp);
  EXPECT_NEAR(chip.density().value_or(0), row.density, 0.005 * row.density + 0.005);
  EXPECT_EQ(class_of("us-2022-10", chip).name, row.in_2022);
  const ExportClass later = class_of("us-2023-10", chip);
  EXPECT_EQ(later.determined ? later.name : "?", row.in_2023) << later.why;
  EXPECT_EQ(class_of("us-2025-04-letters", chip).name, row.in_2025);
  EXPECT_EQ(!class_of("us-2026-01", chip).name.empty(), row.under_ceiling);
}

INSTANTIATE_TEST_SUITE_P(Chips, ExportTable, testing::ValuesIn(kTable),
                         [](const testing::TestParamInfo<ChipRow>& row) {
                           std::string name = row.param.id;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

ExportStatus status(const char* id, const char* day) {
  return export_answer(test::database().export_rules(),
                       export_measures(*test::database().accelerator(id)), day)
      .status;
}

TEST(ExportStatus, TheH20IsFreeUntilTheLettersAndReviewedFrom2026) {
  EXPECT_EQ(status("h20-96", "2024-06-01"), ExportStatus::kFree);
  EXPECT_EQ(status("h20-96", "2025-04-08"), ExportStatus::kFree);
  EXPECT_EQ(status("h20-96", "2025-04-09"), ExportStatus::kLicence);
  EXPECT_EQ(status("h20-96", "2026-02-01"), ExportStatus::kCaseByCase);
}

TEST(ExportStatus, TheH800IsFreeUntilTheSecondRule) {
  EXPECT_EQ(status("h800-sxm", "2022-10-20"), ExportStatus::kFree);
  EXPECT_EQ(status("h800-sxm", "2023-11-16"), ExportStatus::kFree);
  EXPECT_EQ(status("h800-sxm", "2023-11-17"), ExportStatus::kLicence);
  EXPECT_EQ(status("h100-sxm", "2022-10-20"), ExportStatus::kFree);
  EXPECT_EQ(status("h100-sxm", "2022-10-21"), ExportStatus::kLicence);
  EXPECT_EQ(status("b200-sxm", "2026-02-01"), ExportStatus::kLicence);
}

TEST(ExportStatus, ChipsForPlayAreFreeBelow4800) {
  EXPECT_EQ(status("rtx4090d", "2024-06-01"), ExportStatus::kFree);
  EXPECT_EQ(status("rtx4090", "2024-06-01"), ExportStatus::kLicence);
}

TEST(ExportClass, NamesTheDieAreaThatWouldDecide) {
  const ExportClass found =
      class_of("us-2023-10", export_measures(*test::database().accelerator("mtt-s4000")));
  EXPECT_FALSE(found.determined);
  EXPECT_EQ(found.why,
            "die area unknown: 3A090.a up to 270 mm2, 3A090.b up to 500 mm2, no class beyond");
}

TEST(ExportClass, AnUpperBoundOfTheAreaIsALowerBoundOfTheDensity) {
  const ExportClass found =
      class_of("us-2023-10", export_measures(*test::database().accelerator("tpu-v4")));
  EXPECT_EQ(found.name, "3A090.a");
  EXPECT_NE(found.why.find("density over 7.33"), std::string::npos) << found.why;
}

}  // namespace
}  // namespace traincost
