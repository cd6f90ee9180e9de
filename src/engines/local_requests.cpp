// What the engine is asked, one request at a time: each looks at the attempt's folder first, and so may come twice.

#include <dirent.h>

#include <algorithm>

#include "engines/local_loop.hpp"

namespace mingyue::engines {
namespace {

std::optional<model::AttemptId> attempt_named(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::int64_t job = parse_count(name.substr(0, dot));
  const std::int64_t number = parse_count(name.substr(dot + 1));
  if (job <= 0 || number <= 0 || number > INT32_MAX) return std::nullopt;
  const model::AttemptId id{model::JobId(static_cast<std::uint64_t>(job)), static_cast<std::int32_t>(number)};
  if (model::print(id) != name) return std::nullopt;
  return id;
}

}  // namespace

void LocalEngine::Loop::perform(const model::LaunchOrder& order) {
  if (attempts_.contains(order.attempt)) return;
  const Standing standing = standing_of(folder_of(order.attempt));
  if (standing == Standing::forgotten) return;
  Attempt& attempt = add(order.attempt);
  if (standing != Standing::never_began) return settle(attempt);
  // A machine that fell may have lost the claim of an attempt that ran; what was granted before it rose again stays
  // down.
  if (order.granted_at.raw() < boot_instant_ms())
    return give_up_on(attempt, "lost", "the machine restarted after the attempt was granted");
  begin(attempt, order);
}

void LocalEngine::Loop::perform(const Signal& request) {
  const auto it = attempts_.find(request.attempt);
  if (it != attempts_.end() && !it->second.ended) command(it->second, {ShimCommand::Kind::signal, request.signal});
}

void LocalEngine::Loop::perform(const End& request) {
  if (!attempts_.contains(request.attempt)) {
    const Standing standing = standing_of(folder_of(request.attempt));
    if (standing == Standing::forgotten) return;
    Attempt& attempt = add(request.attempt);
    if (standing == Standing::never_began) return give_up_on(attempt, "ended", "ended by the centre before it began");
    settle(attempt);
  }
  const auto it = attempts_.find(request.attempt);
  if (it != attempts_.end() && !it->second.ended)
    command(it->second, {ShimCommand::Kind::end, std::max<std::int64_t>(request.grace.raw(), 0)});
}

void LocalEngine::Loop::perform(const Forget& request) {
  if (const auto it = attempts_.find(request.attempt); it != attempts_.end()) {
    if (!it->second.ended) return;  // nobody can have its end in a log
    remove(it->second);
  } else if (standing_of(folder_of(request.attempt)) != Standing::ended) {
    return;
  }
  forget_files(folder_of(request.attempt));
}

void LocalEngine::Loop::perform(const Reconcile& request) {
  std::vector<model::AttemptId> found;
  if (DIR* dir = ::opendir(options_.root.c_str())) {
    while (const dirent* entry = ::readdir(dir))
      if (const auto id = attempt_named(entry->d_name)) found.push_back(*id);
    ::closedir(dir);
  }
  std::ranges::sort(found);
  const std::set<model::AttemptId> standing(request.standing.begin(), request.standing.end());
  for (const model::AttemptId id : found) {
    if (attempts_.contains(id)) continue;
    const bool stands = standing.contains(id);
    switch (standing_of(folder_of(id))) {
      case Standing::never_began:
        // A shim may still be on its way to an attempt that nobody wants any more: the claim stops it.
        if (!stands && exists(folder_of(id).order())) {
          const auto stopped = give_up(folder_of(id), {});
          if (stopped && *stopped) forget_files(folder_of(id));
        }
        break;
      case Standing::forgotten:
        if (stands) give_up_on(add(id), "lost", "its records are gone");
        break;
      case Standing::beginning:
      case Standing::running:
      case Standing::ended:
      case Standing::lost: {
        Attempt& attempt = add(id);
        attempt.unwanted = !stands;
        if (!stands) attempt.commands.push_back({ShimCommand::Kind::end, options_.term_grace.raw()});
        settle(attempt);
        break;
      }
    }
  }
}

}  // namespace mingyue::engines
