#include "api/reservation_sight.hpp"

#include <algorithm>

namespace mingyue::api {

bool sees_all(const core::State& state, const model::Reservation& reservation, const Caller& caller) {
  if (reservation.kind == model::ReservationKind::maintenance || caller.role == model::Role::operator_ ||
      caller.role == model::Role::auditor || std::ranges::binary_search(reservation.users, caller.user))
    return true;
  const auto& users = state.centre.users;
  const auto user = std::ranges::find(users, caller.user, &model::User::name);
  return user != users.end() && std::ranges::any_of(user->projects, [&](const std::string& project) {
           return std::ranges::binary_search(reservation.projects, project);
         });
}

}  // namespace mingyue::api
