#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"

/// Tokens for slurmrestd: JSON web tokens, signed with the cluster's key (HS256).
namespace mingyue::engines::slurm {

struct TokenClaims {
  std::string user;  ///< as whom Slurm is spoken to
  std::int64_t issued_s = 0;
  std::int64_t expires_s = 0;
};

/// The token in its compact form. `key` is the raw content of the cluster's key file.
[[nodiscard]] std::string mint_token(const TokenClaims& claims, std::string_view key);

/// What the token says of its end, in seconds since 1970; 0 where it does not say so.
[[nodiscard]] std::int64_t token_expires_s(std::string_view token);

/// Gives the token of a user, from one of two sources:
///
///   a token file   a token of the administrator, made by `scontrol token`; the file is read again when it changes
///   a key file     the cluster's own key; a token for each user is made when it is needed, and renewed in time
class TokenSource {
 public:
  TokenSource(std::string token_file, std::string key_file, std::string admin);
  /// Fault `engine-token`: the file cannot be read, or is empty.
  [[nodiscard]] Expected<std::string, Fault> token(std::int64_t now_s);

 private:
  std::string token_file_;
  std::string key_file_;
  std::string admin_;
  std::string token_;
  std::int64_t read_at_ns_ = -1;  ///< the file's time of change when it was read
  std::int64_t renew_at_s_ = 0;
};

}  // namespace mingyue::engines::slurm
