#include "api/access.hpp"

namespace mingyue::api {

using model::Role;

std::string_view words(Access access) {
  switch (access) {
    case Access::anyone:
      return "anyone, without a token";
    case Access::loopback:
      return "anyone on the centre's own machine; elsewhere any role";
    case Access::any_role:
      return "any role";
    case Access::submitters:
      return "member, lead, operator";
    case Access::job_people:
      return "the job's owner, its project's lead, operator";
    case Access::output:
      return "the job's owner, its project's lead, operator, auditor";
    case Access::owner:
      return "the job's owner";
    case Access::operators:
    case Access::operators_read:
      return "operator";
    case Access::inspectors:
      return "operator, auditor";
  }
  return "";
}

bool admits(Access access, Role role) {
  switch (access) {
    case Access::submitters:
      return role == Role::member || role == Role::lead || role == Role::operator_;
    case Access::operators_read:
      return role == Role::operator_;
    case Access::inspectors:
      return role == Role::operator_ || role == Role::auditor;
    default:
      return true;
  }
}

bool may_ask(Access access, Role role) {
  switch (access) {
    case Access::operators:
      return role == Role::operator_;
    case Access::job_people:
    case Access::owner:
      return role == Role::member || role == Role::lead || role == Role::operator_;
    default:
      return admits(access, role);
  }
}

}  // namespace mingyue::api
