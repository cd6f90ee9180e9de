#include "twin/exponential.hpp"

#include <gtest/gtest.h>

namespace mingyue::twin {
namespace {

TEST(Exponential, HasTheMeanAndTheTailOfItsDistribution) {
  Prng prng(7);
  constexpr int draws = 400'000;
  double sum = 0;
  int beyond_one = 0;
  int beyond_three = 0;
  for (int i = 0; i < draws; ++i) {
    const double x = static_cast<double>(draw_exponential(prng)) / 4294967296.0;
    sum += x;
    beyond_one += x > 1 ? 1 : 0;
    beyond_three += x > 3 ? 1 : 0;
  }
  EXPECT_NEAR(sum / draws, 1.0, 0.01);  // six standard errors
  EXPECT_NEAR(static_cast<double>(beyond_one) / draws, 0.36788, 0.005);
  EXPECT_NEAR(static_cast<double>(beyond_three) / draws, 0.04979, 0.0025);
}

TEST(Exponential, IsTheSameForTheSameSeed) {
  Prng one(3);
  Prng other(3);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(draw_exponential(one, hours(24)), draw_exponential(other, hours(24)));
}

}  // namespace
}  // namespace mingyue::twin
