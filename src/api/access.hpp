#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/command.hpp"
#include "model/centre.hpp"

namespace mingyue::api {

/// Who may use a route. Rights to read are checked here; what a command changes is checked by `decide`, which knows the
/// job and its project.
enum class Access : std::uint8_t {
  anyone,    ///< no token is asked for
  loopback,  ///< no token on this machine itself, else any role
  any_role,
  submitters,      ///< member, lead, operator
  job_people,      ///< the owner, the project's lead, operators; decided by the core
  output,          ///< the owner, the project's lead, operators, auditors; checked by the route, which looks the job up
  owner,           ///< the job's owner alone; checked by the route
  operators,       ///< decided by the core
  operators_read,  ///< operators, checked here
  inspectors,      ///< operators and auditors, checked here
};

/// `operator, auditor`: for people and the API document.
[[nodiscard]] std::string_view words(Access access);

/// Whether the role alone already says no.
[[nodiscard]] bool admits(Access access, model::Role role);

/// Whether somebody of the role may ask at all, as far as the role says: `admits`, and what the core will refuse by the
/// role alone.
[[nodiscard]] bool may_ask(Access access, model::Role role);

/// Who asks, as their token says.
struct Caller {
  std::string user;
  model::Role role = model::Role::member;

  [[nodiscard]] core::Actor actor() const { return {user, role}; }
};

}  // namespace mingyue::api
