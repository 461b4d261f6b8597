// Named units: the only words by which numbers enter and leave a Quantity.
//
// GB is 10^9 bytes and GiB is 2^30; neither is a default. Open `traincost::unit` in .cpp files
// only.
#pragma once

#include "base/quantity.h"

namespace traincost::unit {

inline constexpr auto FLOP = Flops::from_base(1);
inline constexpr Flops GFLOP = 1e9 * FLOP;
inline constexpr Flops TFLOP = 1e12 * FLOP;

inline constexpr auto B = Bytes::from_base(1);
inline constexpr Bytes kB = 1e3 * B;
inline constexpr Bytes MB = 1e6 * B;
inline constexpr Bytes GB = 1e9 * B;
inline constexpr Bytes TB = 1e12 * B;
inline constexpr Bytes KiB = 1024.0 * B;
inline constexpr Bytes MiB = 1024.0 * KiB;
inline constexpr Bytes GiB = 1024.0 * MiB;

inline constexpr auto second = Seconds::from_base(1);
inline constexpr Seconds millisecond = 1e-3 * second;
inline constexpr Seconds microsecond = 1e-6 * second;
inline constexpr Seconds minute = 60.0 * second;
inline constexpr Seconds hour = 3600.0 * second;
inline constexpr Seconds day = 24.0 * hour;

inline constexpr auto usd = Usd::from_base(1);
inline constexpr auto token = Tokens::from_base(1);
inline constexpr Tokens trillion_tokens = 1e12 * token;
inline constexpr auto accelerator = Accelerators::from_base(1);
inline constexpr AcceleratorTime accelerator_hour = accelerator * hour;

inline constexpr auto joule = Joules::from_base(1);
inline constexpr Joules kWh = 3.6e6 * joule;
inline constexpr Volume litre = Volume::from_base(1e-3);
inline constexpr Power watt = joule / second;
inline constexpr Power kW = 1e3 * watt;
inline constexpr auto gram = Grams::from_base(1);
inline constexpr Grams kg = 1e3 * gram;
inline constexpr auto mm2 = Area::from_base(1e-6);
inline constexpr Frequency MHz = 1e6 / second;

inline constexpr FlopRate TFLOP_per_s = TFLOP / second;
inline constexpr FlopRate GFLOP_per_s = GFLOP / second;
inline constexpr Bandwidth GB_per_s = GB / second;
inline constexpr Bandwidth Gb_per_s = 0.125 * GB_per_s;
inline constexpr RentalPrice usd_per_accelerator_hour = usd / accelerator_hour;

}  // namespace traincost::unit
