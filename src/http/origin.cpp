#include "http/origin.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "http/text.hpp"

namespace mingyue::http {
namespace {

bool is_address(const std::string& host) {
  in6_addr bytes{};
  return inet_pton(AF_INET, host.c_str(), &bytes) == 1 || inet_pton(AF_INET6, host.c_str(), &bytes) == 1;
}

}  // namespace

std::string host_without_port(std::string_view host) {
  if (host.starts_with('[')) return lower(host.substr(1, host.find(']') - 1));
  return lower(host.substr(0, host.rfind(':')));
}

std::optional<Problem> check_host(const RequestHead& head, bool is_loopback, const OriginPolicy& policy) {
  // Only HTTP/1.0 may come without Host, and no browser speaks it.
  if (head.host.empty() && head.minor == 0) return std::nullopt;
  const bool is_checked = !policy.hosts_allowed.empty() || (is_loopback && policy.check_hosts_on_loopback);
  if (!is_checked) return std::nullopt;
  const std::string host = host_without_port(head.host);
  const bool is_known = is_address(host) || host == "localhost" || host.ends_with(".localhost") ||
                        std::ranges::any_of(policy.hosts_allowed, [&](const std::string& allowed) {
                          return equals_ignoring_case(allowed, host);
                        });
  if (is_known) return std::nullopt;
  return problems::host_not_allowed(head.host);
}

std::optional<Problem> check_origin(const RequestHead& head, const OriginPolicy& policy) {
  if (!policy.check_origins) return std::nullopt;
  const bool only_reads =
      (head.method == "GET" || head.method == "HEAD" || head.method == "OPTIONS") && head.upgrade.empty();
  if (only_reads) return std::nullopt;
  const std::string* origin = head.headers.find("origin");
  if (!origin) {
    // A browser that sends no Origin still says where the request comes from.
    const std::string_view site = head.headers.get("sec-fetch-site");
    const bool is_ours = site.empty() || site == "same-origin" || site == "none";
    if (is_ours) return std::nullopt;
    return problems::origin_not_allowed(site);
  }
  if (std::ranges::find(policy.origins_allowed, *origin) != policy.origins_allowed.end()) return std::nullopt;
  const std::size_t scheme = origin->find("://");
  if (scheme != std::string::npos && !head.host.empty() &&
      equals_ignoring_case(std::string_view(*origin).substr(scheme + 3), head.host)) {
    return std::nullopt;
  }
  return problems::origin_not_allowed(*origin);
}

}  // namespace mingyue::http
