#include <fmt/format.h>

#include <algorithm>

#include "api/feed.hpp"
#include "api/find_job.hpp"
#include "ledger/history.hpp"

/// GET /v1/live: one stream for a page.
namespace mingyue::api {
namespace {

constexpr std::size_t outputs_max = 8;

http::Problem bad_topic(std::string_view topic) {
  return http::problems::malformed("topics", fmt::format("\"{}\" is no topic", shown(topic)),
                                   "use jobs, nodes, now, incidents, output:JOB or output:JOB@OFFSET");
}

/// `output:12`, `output:12@4096`.
std::optional<LiveTopics::Output> output_of(std::string_view topic) {
  topic.remove_prefix(std::string_view("output:").size());
  const std::size_t at = topic.find('@');
  const auto job = parse_integer(topic.substr(0, at), 1, INT64_MAX);
  const auto offset =
      at == std::string_view::npos ? std::optional<std::int64_t>(0) : [&]() -> std::optional<std::int64_t> {
    const auto read = parse_integer(topic.substr(at + 1), 0, INT64_MAX);
    return read ? std::optional(static_cast<std::int64_t>(*read)) : std::nullopt;
  }();
  if (!job || !offset) return std::nullopt;
  return LiveTopics::Output{.job = model::JobId(static_cast<std::uint64_t>(*job)), .offset = *offset};
}

Expected<LiveTopics, http::Problem> topics_of(const Query& query) {
  LiveTopics topics;
  for (const std::string& topic : query.list("topics")) {
    if (topic == "jobs") {
      topics.jobs = true;
    } else if (topic == "nodes") {
      topics.nodes = true;
    } else if (topic == "now") {
      topics.now = true;
    } else if (topic == "incidents") {
      topics.incidents = true;
    } else if (topic.starts_with("output:")) {
      const auto output = output_of(topic);
      if (!output) return Unexpected<http::Problem>(bad_topic(topic));
      topics.outputs.push_back(*output);
    } else {
      return Unexpected<http::Problem>(bad_topic(topic));
    }
  }
  if (query.list("topics").empty()) return Unexpected<http::Problem>(bad_topic(""));
  if (topics.outputs.size() > outputs_max)
    return Unexpected<http::Problem>(http::problems::malformed(
        "topics", fmt::format("more than {} outputs are asked for", outputs_max), "ask for those that are looked at"));
  for (const std::string& id : query.list("id")) topics.only.insert(model::JobId(std::stoull(id)));
  return topics;
}

/// The jobs of the outputs, in their order; those that have ended are looked up afterwards.
using Jobs = std::vector<FoundJob>;

Expected<void, http::Problem> allow(Parts& parts, const Call& call, LiveTopics& topics, Jobs& jobs) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    LiveTopics::Output& output = topics.outputs[i];
    if (!jobs[i].is_live) {
      auto row = parts.history.job(output.job);
      if (!row) return Unexpected<http::Problem>(problem_of(row.error()));
      if (!*row) return Unexpected<http::Problem>(unknown_job(std::to_string(output.job.raw())));
      jobs[i].row = std::move(**row);
    }
    if (!may_read_output(call.caller, jobs[i])) {
      return Unexpected<http::Problem>(
          problem_of(Refusal{"not-allowed", "topics",
                             fmt::format("the output of job {} belongs to user {}, project {}", output.job.raw(),
                                         jobs[i].row.user, jobs[i].row.project),
                             fmt::format("allowed: {}", words(Access::output)), 0}));
    }
    output.attempt = jobs[i].row.attempts;
  }
  return {};
}

void follow(Parts& parts, Call call) {
  auto topics = topics_of(call.query);
  if (!topics) return call.refuse(topics.error());
  const auto look = [&parts, outputs = topics->outputs](const runtime::View& view,
                                                        const Call&) -> Expected<Jobs, http::Problem> {
    Jobs jobs(outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      jobs[i].centre = parts.described.renew(view.state.centre);
      const core::Job* job = view.state.find(outputs[i].job);
      if (job == nullptr) continue;
      jobs[i].is_live = true;
      jobs[i].row = ledger::job_row(view.state, *job);
    }
    return jobs;
  };
  look_then_read(parts, std::move(call), look,
                 [&parts, topics = std::move(*topics)](Call on, Jobs jobs, Durable::Reached) mutable {
                   if (const auto allowed = allow(parts, on, topics, jobs); !allowed) return on.refuse(allowed.error());
                   parts.feed->follow_live(std::move(on), std::move(topics));
                 });
}

}  // namespace

void add_live_route(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/live",
              .id = "followLive",
              .summary = "One stream of server-sent events for a page: `ready`, then `job`, `progress`, `node`, `now`, "
                         "`incident` and `output`, as `topics` name them; `reset` says what is to be read anew",
              .query = {list_of(text_param("topics", "jobs, nodes, now, incidents, output:JOB or output:JOB@OFFSET")),
                        list_of(number_param("id", 1, INT64_MAX, "of jobs only these"))},
              .headers = {{"Last-Event-ID", "tells what changed since"}},
              .answers = {{"text/event-stream", nullptr}},
              .errors = {403, 404}},
             [&parts](Call call) { follow(parts, std::move(call)); });
}

}  // namespace mingyue::api
