// Numbers that carry their dimension.
//
// A Quantity is one double, always stored in base units (FLOP, byte, second, US dollar, token,
// accelerator, joule, metre, gram). Its dimension is part of its type, so dividing FLOP by bytes/s
// where seconds are expected does not compile. It costs nothing at run time and has no implicit
// way in or out:
//
//   Bytes m = 80 * unit::GB;       // in:  a number times a named unit
//   double gib = m.in(unit::GiB);  // out: the unit is named at the call
#pragma once

#include <compare>

namespace traincost {

struct Dimension {
  int flop = 0, byte = 0, second = 0, usd = 0, token = 0, accelerator = 0, joule = 0, metre = 0,
      gram = 0;
  constexpr bool operator==(const Dimension&) const = default;
};

constexpr Dimension operator+(Dimension a, Dimension b) {
  return {a.flop + b.flop,   a.byte + b.byte,   a.second + b.second,
          a.usd + b.usd,     a.token + b.token, a.accelerator + b.accelerator,
          a.joule + b.joule, a.metre + b.metre, a.gram + b.gram};
}

constexpr Dimension operator-(Dimension a) {
  return {-a.flop,        -a.byte,  -a.second, -a.usd, -a.token,
          -a.accelerator, -a.joule, -a.metre,  -a.gram};
}

template <Dimension D>
class Quantity {
 public:
  static constexpr Dimension dimension = D;

  constexpr Quantity() = default;  // zero

  // The one entrance for a bare number: `base` counts base units. For parsers and unit constants.
  [[nodiscard]] static constexpr Quantity from_base(double base) { return Quantity(base); }

  // How many `unit`s this is.
  [[nodiscard]] constexpr double in(Quantity unit) const { return base_ / unit.base_; }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity q) { return base_ += q.base_, *this; }
  constexpr Quantity& operator-=(Quantity q) { return base_ -= q.base_, *this; }

  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.base_ + b.base_);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.base_ - b.base_);
  }
  friend constexpr Quantity operator*(double s, Quantity q) { return Quantity(s * q.base_); }
  friend constexpr Quantity operator*(Quantity q, double s) { return Quantity(q.base_ * s); }
  friend constexpr Quantity operator/(Quantity q, double s) { return Quantity(q.base_ / s); }
  friend constexpr double operator/(Quantity a, Quantity b) { return a.base_ / b.base_; }

 private:
  constexpr explicit Quantity(double base) : base_(base) {}
  double base_ = 0;
};

// Products and quotients add and subtract dimensions; a dimensionless result is a plain double.
template <Dimension A, Dimension B>
constexpr auto operator*(Quantity<A> a, Quantity<B> b) {
  const double base = a.in(Quantity<A>::from_base(1)) * b.in(Quantity<B>::from_base(1));
  if constexpr (A + B == Dimension{}) {
    return base;
  } else {
    return Quantity<A + B>::from_base(base);
  }
}

template <Dimension A, Dimension B>
requires(A != B) constexpr auto operator/(Quantity<A> a, Quantity<B> b) {
  return Quantity<A + -B>::from_base(a.in(Quantity<A>::from_base(1)) /
                                     b.in(Quantity<B>::from_base(1)));
}

template <Dimension D>
constexpr auto operator/(double s, Quantity<D> q) {
  return Quantity<-D>::from_base(s / q.in(Quantity<D>::from_base(1)));
}

template <Dimension D>
constexpr Quantity<D> max(Quantity<D> a, Quantity<D> b) {
  return a < b ? b : a;
}

template <Dimension D>
constexpr Quantity<D> min(Quantity<D> a, Quantity<D> b) {
  return b < a ? b : a;
}

using Flops = Quantity<Dimension{.flop = 1}>;
using Bytes = Quantity<Dimension{.byte = 1}>;
using Seconds = Quantity<Dimension{.second = 1}>;
using Usd = Quantity<Dimension{.usd = 1}>;
using Tokens = Quantity<Dimension{.token = 1}>;
using Accelerators = Quantity<Dimension{.accelerator = 1}>;
using Joules = Quantity<Dimension{.joule = 1}>;
using Grams = Quantity<Dimension{.gram = 1}>;
using Area = Quantity<Dimension{.metre = 2}>;
using Frequency = Quantity<Dimension{.second = -1}>;
using FlopRate = Quantity<Dimension{.flop = 1, .second = -1}>;
using Bandwidth = Quantity<Dimension{.byte = 1, .second = -1}>;
using Power = Quantity<Dimension{.second = -1, .joule = 1}>;
using FlopsPerToken = Quantity<Dimension{.flop = 1, .token = -1}>;
using TokenRate = Quantity<Dimension{.second = -1, .token = 1}>;
using TokenRatePerAccelerator = Quantity<Dimension{.second = -1, .token = 1, .accelerator = -1}>;
using AcceleratorTime = Quantity<Dimension{.second = 1, .accelerator = 1}>;
using AcceleratorTimePerToken = Quantity<Dimension{.second = 1, .token = -1, .accelerator = 1}>;
using RentalPrice = Quantity<Dimension{.second = -1, .usd = 1, .accelerator = -1}>;
using PurchasePrice = Quantity<Dimension{.usd = 1, .accelerator = -1}>;
using EnergyPrice = Quantity<Dimension{.usd = 1, .joule = -1}>;
using Volume = Quantity<Dimension{.metre = 3}>;
using WaterIntensity = Quantity<Dimension{.joule = -1, .metre = 3}>;
using CarbonIntensity = Quantity<Dimension{.joule = -1, .gram = 1}>;

}  // namespace traincost
