#include "api/gate.hpp"

#include "api/problems.hpp"
#include "base/text.hpp"
#include "http/text.hpp"

namespace mingyue::api {

Expected<Caller, http::Problem> Gate::admit(const http::Request& request, Access access) const {
  if (access == Access::anyone || (access == Access::loopback && request.is_loopback)) return Caller{};
  const std::string* header = request.headers.find("authorization");
  if (header == nullptr) return Unexpected<http::Problem>(no_token());
  const std::string_view text = http::trim(*header);
  const std::size_t space = text.find(' ');
  const bool is_bearer = space != std::string_view::npos && http::equals_ignoring_case(text.substr(0, space), "Bearer");
  const auto caller = is_bearer ? tokens_.find(http::trim(text.substr(space + 1))) : std::nullopt;
  if (!caller) {
    if (const auto wait = throttle_.fail(request.peer_address)) {
      return Unexpected<http::Problem>(too_many_failures(static_cast<int>(wait->count())));
    }
    return Unexpected<http::Problem>(wrong_token());
  }
  if (!admits(access, caller->role))
    return Unexpected<http::Problem>(role_not_allowed(enum_word(caller->role), words(access)));
  return *caller;
}

}  // namespace mingyue::api
