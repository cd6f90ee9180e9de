#include <gtest/gtest.h>

#include "api/language.hpp"
#include "api/query.hpp"
#include "api/throttle.hpp"
#include "api/token_book.hpp"

namespace mingyue::api {
namespace {

TEST(TokenBook, FindsASecretByItsHashUntilItIsRevoked) {
  const std::string secret = new_secret();
  EXPECT_EQ(secret.size(), 46U);
  EXPECT_NE(secret, new_secret());
  TokenBook book;
  book.apply(core::TokenIssued{"laptop", "alice", model::Role::lead, hash_of_secret(secret), "root"});
  ASSERT_TRUE(book.find(secret));
  EXPECT_EQ(book.find(secret)->user, "alice");
  EXPECT_FALSE(book.find(new_secret()));
  EXPECT_FALSE(book.find(hash_of_secret(secret)));
  book.apply(core::TokenRevoked{"laptop", "root"});
  EXPECT_FALSE(book.find(secret));
  book.set_local(secret, {"me", model::Role::operator_});
  book.load({});
  EXPECT_EQ(book.find(secret)->user, "me");
  EXPECT_EQ(book.size(), 0U);
}

TEST(Throttle, CountsByAddressAndForgetsAfterItsWindow) {
  Throttle throttle;
  const auto now = Throttle::Clock::now();
  for (int i = 0; i < Throttle::failures_max; ++i) EXPECT_FALSE(throttle.fail("192.0.2.1", now));
  EXPECT_TRUE(throttle.fail("192.0.2.1", now));
  EXPECT_FALSE(throttle.fail("192.0.2.2", now));
  EXPECT_FALSE(throttle.fail("192.0.2.1", now + Throttle::window));
}

TEST(Throttle, TakesANetworkOfIpv6AsOneAddress) {
  Throttle throttle;
  const auto now = Throttle::Clock::now();
  for (int i = 0; i < Throttle::failures_max; ++i)
    EXPECT_FALSE(throttle.fail("2001:db8:0:1::" + std::to_string(i), now));
  EXPECT_TRUE(throttle.fail("2001:db8:0:1:ffff::1", now));
  EXPECT_FALSE(throttle.fail("2001:db8:0:2::1", now));
}

TEST(Language, IsTheOneThatIsWantedMost) {
  EXPECT_EQ(accepted_language(""), Language::en);
  EXPECT_EQ(accepted_language("zh"), Language::zh);
  EXPECT_EQ(accepted_language("zh-CN,zh;q=0.9,en;q=0.8"), Language::zh);
  EXPECT_EQ(accepted_language("fr, en;q=0.5, zh;q=0.7"), Language::zh);
  EXPECT_EQ(accepted_language("en-GB;q=0.9, zh;q=0.1"), Language::en);
  EXPECT_EQ(accepted_language("zh;q=0, de"), Language::en);
  EXPECT_EQ(accepted_language(";;,q=,zh;q=x"), Language::en);
}

TEST(Query, TellsAllThatIsWrongAtOnce) {
  const std::vector<Param> params{number_param("limit", 1, 10, ""), flag_param("all", ""),
                                  list_of(word_param("state", {"held", "queued"}, ""))};
  const auto good = Query::read(params, {{"limit", "3"}, {"state", "held,queued"}, {"state", "held"}});
  ASSERT_TRUE(good);
  EXPECT_EQ(good->number("limit"), 3);
  EXPECT_EQ(good->list("state").size(), 3U);
  EXPECT_FALSE(good->flag("all"));
  const auto bad = Query::read(params, {{"limt", "3"}, {"limit", "11"}, {"all", "1"}, {"state", "hold"}});
  ASSERT_FALSE(bad);
  ASSERT_EQ(bad.error().size(), 4U);
  EXPECT_EQ(bad.error()[0].hint, "did you mean limit?");
  EXPECT_EQ(bad.error()[3].hint, "did you mean held?");
}

}  // namespace
}  // namespace mingyue::api
