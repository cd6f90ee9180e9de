#include "engines/slurm/token.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include <boost/json.hpp>

#include "engines/shim/files.hpp"

namespace mingyue::engines::slurm {
namespace {

constexpr std::int64_t token_lives_s = 3600;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) text += alphabet[bits >> (count - 6) & 63U];
  }
  if (count > 0) text += alphabet[bits << (6 - count) & 63U];
  return text;
}

std::string from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return {};
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 255U);
  }
  return bytes;
}

}  // namespace

std::string mint_token(const TokenClaims& claims, std::string_view key) {
  const boost::json::object payload{{"exp", claims.expires_s}, {"iat", claims.issued_s}, {"sun", claims.user}};
  const std::string signed_part =
      base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + base64url(boost::json::serialize(payload));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), digest, &size);
  return signed_part + "." + base64url({reinterpret_cast<const char*>(digest), size});
}

std::int64_t token_expires_s(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return 0;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return 0;
  boost::system::error_code error;
  const auto value = boost::json::parse(from_base64url(token.substr(first + 1, second - first - 1)), error);
  if (error || !value.is_object()) return 0;
  const auto* const expires = value.as_object().if_contains("exp");
  return expires != nullptr && expires->is_int64() ? expires->as_int64() : 0;
}

TokenSource::TokenSource(std::string token_file, std::string key_file, std::string admin)
    : token_file_(std::move(token_file)), key_file_(std::move(key_file)), admin_(std::move(admin)) {}

Expected<std::string, Fault> TokenSource::token(std::int64_t now_s) {
  const std::string& path = token_file_.empty() ? key_file_ : token_file_;
  struct stat status {};
  const std::int64_t changed_ns =
      ::stat(path.c_str(), &status) == 0
          ? static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec
          : -2;
  if (changed_ns == read_at_ns_ && now_s < renew_at_s_) return token_;
  auto text = read_file(path, 1U << 20U);
  if (!text) return fault("engine-token", "file \"" + path + "\": " + text.error().text());
  read_at_ns_ = changed_ns;
  if (token_file_.empty()) {
    token_ = mint_token({admin_, now_s - 60, now_s + token_lives_s}, *text);  // the clocks may differ by a little
    renew_at_s_ = now_s + token_lives_s / 2;
    return token_;
  }
  if (text->starts_with("SLURM_JWT=")) text->erase(0, 10);  // as `scontrol token` prints it
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) text->pop_back();
  if (text->empty()) return fault("engine-token", "file \"" + path + "\" holds no token");
  token_ = std::move(*text);
  renew_at_s_ = INT64_MAX;
  return token_;
}

}  // namespace mingyue::engines::slurm
