// Quantities: what compiles, what must not, and that numbers come back as they went in.
#include "base/quantity.h"

#include <gtest/gtest.h>

#include "base/units.h"

namespace traincost {
namespace {

using namespace unit;

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};
template <typename A, typename B>
concept Comparable = requires(A a, B b) {
  a < b;
};

static_assert(Addable<Seconds, Seconds>);
static_assert(!Addable<Seconds, Bytes>);
static_assert(!Addable<Seconds, double>, "no number slips in without a unit");
static_assert(!Comparable<Bytes, Flops>);
static_assert(!std::is_convertible_v<double, Bytes>);
static_assert(!std::is_convertible_v<Bytes, double>);
// Forgetting the accelerator count does not give dollars.
static_assert(!std::is_same_v<decltype(Seconds{} * RentalPrice{}), Usd>);
static_assert(std::is_same_v<decltype(Accelerators{} * Seconds{} * RentalPrice{}), Usd>);
static_assert(std::is_same_v<decltype(Seconds{} / Seconds{}), double>);
static_assert(sizeof(Bytes) == sizeof(double));

TEST(Quantity, GigabytesAreDecimalAndGibibytesBinary) {
  EXPECT_DOUBLE_EQ((80 * GB).in(B), 80e9);
  EXPECT_DOUBLE_EQ((80 * GiB).in(B), 85899345920.0);
  EXPECT_DOUBLE_EQ((1 * GiB).in(MiB), 1024);
}

TEST(Quantity, ProductsCarryTheirDimension) {
  const AcceleratorTime time = 2048 * accelerator * (10 * hour);
  EXPECT_DOUBLE_EQ((time * (2 * usd_per_accelerator_hour)).in(usd), 40960);
  EXPECT_DOUBLE_EQ((989.4 * TFLOP_per_s * (1 * second)).in(TFLOP), 989.4);
  EXPECT_DOUBLE_EQ((1 * kW * (1 * hour)).in(kWh), 1);
}

TEST(Quantity, GigabitsAreEighthsOfGigabytes) {
  EXPECT_DOUBLE_EQ((400 * Gb_per_s).in(GB_per_s), 50);
}

}  // namespace
}  // namespace traincost
