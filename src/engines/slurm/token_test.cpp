#include "engines/slurm/token.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace mingyue::engines::slurm {
namespace {

TEST(Token, IsSignedWithTheKey) {
  // Computed with openssl: printf HEADER.PAYLOAD | openssl dgst -sha256 -hmac secret -binary | basenc --base64url
  EXPECT_EQ(mint_token({"alice", 1000, 2000}, "secret"),
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjIwMDAsImlhdCI6MTAwMCwic3VuIjoiYWxpY2UifQ."
            "bTfRblQKukInHWYfUI4nswp2-5Thy7zOA8-f9xAUqmE");
}

TEST(Token, SaysWhenItExpires) {
  EXPECT_EQ(token_expires_s(mint_token({"alice", 1000, 2000}, "secret")), 2000);
  for (const char* text : {"", "a.b", "a.b.c", "a.!!.c", "..."}) EXPECT_EQ(token_expires_s(text), 0) << text;
}

class TokenFile : public ::testing::Test {
 protected:
  TokenFile() { path_ = std::filesystem::temp_directory_path() / ("mingyue-token-" + std::to_string(::getpid())); }
  ~TokenFile() override { std::filesystem::remove(path_); }
  void write(const std::string& text, int second) {
    std::ofstream(path_) << text;
    std::filesystem::last_write_time(path_, std::filesystem::file_time_type(std::chrono::seconds(second)));
  }
  std::filesystem::path path_;
};

TEST_F(TokenFile, IsReadAgainWhenItChanges) {
  TokenSource source(path_, "", "slurm");
  EXPECT_EQ(source.token(1).error().code, "engine-token");
  write("SLURM_JWT=one\n", 1'000'000);
  EXPECT_EQ(source.token(1).value(), "one");
  write("two\n", 1'000'060);
  EXPECT_EQ(source.token(2).value(), "two");
  write("\n", 1'000'120);
  EXPECT_FALSE(source.token(3).has_value());
}

TEST_F(TokenFile, OfAKeyGivesTokensThatAreRenewedInTime) {
  write("secret", 1'000'000);
  TokenSource source("", path_, "slurm");
  const std::string first = source.token(100'000).value();
  EXPECT_EQ(source.token(100'010).value(), first);
  const std::string later = source.token(102'000).value();
  EXPECT_NE(later, first);
  EXPECT_GT(token_expires_s(later), 102'000);
}

}  // namespace
}  // namespace mingyue::engines::slurm
