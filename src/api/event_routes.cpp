#include "api/event_view.hpp"
#include "api/feed.hpp"
#include "api/parts.hpp"
#include "http/text.hpp"

/// The log, and streams of what happens.
namespace mingyue::api {
namespace {

void list_events(Parts& parts, Call call) {
  if (http::list_has(call.request.header("accept"), "text/event-stream"))
    return parts.feed->follow_log(std::move(call));
  using Names = std::vector<std::string>;
  const auto look = [](const runtime::View& view, const Call&) -> Expected<Names, http::Problem> {
    return node_names_of(view.state.centre);
  };
  look_then_read(parts, std::move(call), look, [&parts](Call on, const Names& names, Durable::Reached) {
    const auto from = static_cast<std::uint64_t>(on.query.number("from").value_or(1));
    const auto limit = static_cast<std::size_t>(on.query.number("limit").value_or(100));
    const auto job = on.query.number("job");
    std::vector<wire::EventView> page;
    const auto read = parts.log.read(from, [&](const ports::Record& record) {
      if (job) {
        const auto body = core::decode_event(record.number, record.payload);
        const auto about = body ? core::job_of(*body) : std::nullopt;
        if (!about || about->raw() != static_cast<std::uint64_t>(*job)) return !on.reply.gone();
      }
      page.push_back(event_view(record, names));
      return page.size() < limit;
    });
    if (!read) return on.refuse(problem_of(read.error()));
    on.send(page);
  });
}

}  // namespace

void add_event_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/events",
              .id = "readLog",
              .summary = "The log, in order; Accept: text/event-stream follows it from `from`, Last-Event-ID, or now",
              .access = Access::inspectors,
              .query = {number_param("from", 1, INT64_MAX, "the first record; default 1"),
                        number_param("limit", 1, 10'000, "at most so many; default 100"),
                        number_param("job", 1, INT64_MAX, "only about this job")},
              .headers = {{"Last-Event-ID", "goes on after this record"}},
              .answers = {json_of<std::vector<wire::EventView>>(), {"text/event-stream", nullptr}}},
             [&parts](Call call) { list_events(parts, std::move(call)); });
  routes.add(
      {.method = "GET",
       .pattern = "/v1/jobs/events",
       .id = "followJobs",
       .summary =
           "Server-sent events: `job` with a JobView at each change, `progress` with a JobProgress, `reset` when lists "
           "are to be read anew; jobs named by `id` are told at once",
       .query = {list_of(number_param("id", 1, INT64_MAX, "only these jobs"))},
       .headers = {{"Last-Event-ID", "tells what changed since"}},
       .answers = {{"text/event-stream", nullptr}}},
      [&parts](Call call) { parts.feed->follow_jobs(std::move(call)); });
}

}  // namespace mingyue::api
