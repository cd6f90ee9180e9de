#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "client/interrupt.hpp"
#include "client/job_verbs.hpp"
#include "client/job_words.hpp"
#include "client/recipe_watch.hpp"

/// `mingyue wait`: until jobs have ended.
namespace mingyue::client {
namespace {

using Steady = std::chrono::steady_clock;
using wire::JobView;

constexpr std::size_t page_max = 10'000;

/// All elements of an array, page by page.
Expected<std::vector<JobView>, Failure> elements_of(const Session& session, const std::string& array) {
  std::vector<JobView> all;
  std::string before;
  for (;;) {
    TRY(page,
        get_list<JobView>(session, fmt::format("/v1/jobs?all=true&limit={}&array={}{}", page_max, array, before)));
    const bool is_last = page.size() < page_max;
    if (!is_last) before = fmt::format("&before={}", page.back().id.raw());
    std::move(page.begin(), page.end(), std::back_inserter(all));
    if (is_last) return all;
  }
}

/// The job, or all elements of the array whose first it is.
Expected<Watched, Failure> look_at(const Session& session, const std::string& id) {
  TRY(detail, get_one<wire::JobDetail>(session, "/v1/jobs/" + id));
  JobView& job = detail.job;
  Watched watched{.label = id + " " + job.name, .id = job.id};
  if (job.array_index >= 0 && job.array == job.id) {
    TRY(elements, elements_of(session, id));
    watched.jobs = std::move(elements);
  }
  if (watched.jobs.empty()) watched.jobs.push_back(std::move(job));
  std::ranges::sort(watched.jobs, {}, &JobView::id);
  watched.count = static_cast<std::int64_t>(watched.jobs.size());
  return watched;
}

/// A plain line for each that has ended, where there is no terminal to draw on.
void tell_ended(const Session& session, const Watched& watched) {
  for (const JobView& job : watched.jobs) {
    const std::string state = state_words(job.state, session.language);
    out(session.text("ended", job.id.raw(), job.name, job.reason.empty() ? state : state + ": " + job.reason) + "\n");
  }
}

std::int64_t open_count(const std::vector<Watched>& all) {
  std::int64_t open = 0;
  for (const Watched& watched : all) open += watched.count - watched.ended();
  return open;
}

}  // namespace

Expected<std::vector<JobView>, Exit> wait_until_ended(Session& session, const std::vector<std::string>& ids,
                                                      Duration within, Telling telling) {
  session.connection.be_patient(minutes(1));
  std::vector<Watched> all;
  std::vector<std::string> paths;
  for (const std::string& text : ids) {
    auto id = id_of(text);
    if (!id) return Unexpected<Exit>(tell(session, id.error()));
    if (std::ranges::find(paths, *id) != paths.end()) continue;
    paths.push_back(std::move(*id));
    all.emplace_back();
  }
  const bool draws = telling == Telling::people && session.terminal;
  Display display(draws ? Display::Manner::live : Display::Manner::silent, session.language, session.width);
  const auto until = Steady::now() + std::chrono::milliseconds(within.raw());
  for (std::chrono::milliseconds pause{20};; pause = std::min(pause * 3 / 2, std::chrono::milliseconds(1'000))) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].all_ended()) continue;
      auto watched = look_at(session, paths[i]);
      if (!watched) return Unexpected<Exit>(tell(session, watched.error()));
      all[i] = std::move(*watched);
      if (all[i].all_ended() && telling == Telling::people && !draws) tell_ended(session, all[i]);
    }
    display.show(all, now());
    const std::int64_t open = open_count(all);
    if (open == 0) break;
    const bool is_late = within > Duration{0} && Steady::now() >= until;
    if (is_late) {
      fmt::print(stderr, "mingyue: {}\n", session.text("timeout", open));
      return Unexpected<Exit>(Exit::timed_out);
    }
    auto sleep = pause;
    if (within > Duration{0})
      sleep = std::min(sleep, std::chrono::ceil<std::chrono::milliseconds>(until - Steady::now()));
    std::this_thread::sleep_for(sleep);
  }
  std::map<model::JobId, JobView> ended;
  for (Watched& watched : all) {
    for (JobView& job : watched.jobs) ended.insert_or_assign(job.id, std::move(job));
  }
  std::vector<JobView> list;
  for (auto& [id, job] : ended) list.push_back(std::move(job));
  return list;
}

Exit wait_for(Session& session, const std::vector<std::string>& ids, Duration within) {
  const auto ended = wait_until_ended(session, ids, within, session.json ? Telling::silent : Telling::people);
  if (!ended) return ended.error();
  if (session.json) print_json(*ended);
  const bool good =
      std::ranges::all_of(*ended, [](const JobView& job) { return job.state == model::JobState::succeeded; });
  return good ? Exit::ok : Exit::job_failed;
}

}  // namespace mingyue::client
