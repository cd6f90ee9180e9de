#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.hpp"
#include "http/problem.hpp"

/// Guards against a web page that uses a person's browser to reach this server.
namespace mingyue::http {

struct OriginPolicy {
  /// Names this server answers to, beside localhost and plain addresses. Without any, only connections within this
  /// machine are checked: there, a foreign name in Host is the mark of DNS rebinding.
  std::vector<std::string> hosts_allowed;
  /// Origins (`https://console.example.org`) that may act here although they are not this server's own.
  std::vector<std::string> origins_allowed;
  bool check_hosts_on_loopback = true;
  bool check_origins = true;
};

/// 421 when Host is a name this server does not answer to.
[[nodiscard]] std::optional<Problem> check_host(const RequestHead& head, bool is_loopback, const OriginPolicy& policy);

/// 403 when a page of another origin wants to change something or to open an upgraded connection. Reading is left to
/// the browser, which shows nothing to another origin, since no CORS header is ever sent.
[[nodiscard]] std::optional<Problem> check_origin(const RequestHead& head, const OriginPolicy& policy);

/// `[2001:db8::1]:8080` → `2001:db8::1`; `Example.org:80` → `example.org`.
[[nodiscard]] std::string host_without_port(std::string_view host);

}  // namespace mingyue::http
