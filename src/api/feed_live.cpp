#include <algorithm>
#include <utility>

#include "api/feed.hpp"
#include "api/incident_view.hpp"
#include "api/live_output.hpp"
#include "api/now_view.hpp"
#include "wire/live.hpp"

/// One stream for a whole page: a browser has six connections to a host, and a page follows more than six things. Jobs
/// and nodes are told as to streams of their own, by the same sink.
namespace mingyue::api {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds now_every{1'000};
constexpr std::chrono::milliseconds outputs_every{1'000};  ///< how often is asked whether jobs have gone on
constexpr std::uint64_t resume_records_max = 20'000;
constexpr std::size_t output_queue_bytes = 64 * 1024;  ///< a client with more waiting is given time first
constexpr int pieces_per_pass = 4;

template <class T>
std::string api_json(const T& value) {
  return formats::write_json(value, formats::JsonStyle::api);
}

std::string reset_of(std::string topic) { return api_json(wire::LiveReset{std::move(topic)}); }

}  // namespace

void Feed::follow_live(Call call, LiveTopics topics) {
  const auto number = parse_integer(call.request.header("last-event-id"), 0, INT64_MAX);
  std::optional<std::uint64_t> since;
  if (number) since = static_cast<std::uint64_t>(*number);
  auto sink = open(call);
  if (!sink) return;
  if (topics.nodes) {
    ++streams_;
    const std::lock_guard lock(mutex_);
    new_nodes_.push_back(NodeStream{.sink = *sink, .is_new = true, .is_quiet = true});
  }
  if (topics.jobs) {
    ++streams_;
    JobStream stream{.sink = *sink,
                     .language = call.language,
                     .only = topics.only,
                     .owed = topics.only,
                     .told = {},
                     .reset = reset_of("jobs")};
    enter(std::move(stream), topics.only.empty() ? since : std::nullopt);
  }
  LiveStream stream{.sink = std::move(*sink), .language = call.language, .topics = topics, .since = since};
  for (const LiveTopics::Output& output : topics.outputs)
    stream.outputs.push_back(std::make_unique<LiveOutput>(parts_.engine, output.job, output.attempt, output.offset));
  const std::lock_guard lock(mutex_);
  new_lives_.push_back(std::move(stream));
  rung_ = true;
  wake_.notify_one();
}

void Feed::tell_live(const News& news) {
  if (lives_.empty()) {
    now_due_ = false;
    return;
  }
  tell_incidents(news);
  tell_now(news);
  tell_outputs();
  for (LiveStream& stream : lives_) stream.is_new = false;
}

/// What a stream that comes back has missed of incidents; of nodes only that something was missed.
void Feed::tell_begin(LiveStream& stream, std::set<model::IncidentId>& owed) {
  const std::uint64_t head = parts_.durable.seq();
  const std::string id = std::to_string(head);
  if (stream.since && *stream.since < head) {
    if (stream.topics.nodes) stream.sink.send("reset", id, reset_of("nodes"));
    bool near = head - *stream.since <= resume_records_max;
    if (stream.topics.incidents && near) {
      const auto read = parts_.log.read(*stream.since + 1, [&](const ports::Record& record) {
        if (record.seq > head) return false;
        const auto body = core::decode_event(record.number, record.payload);
        if (!body) return true;
        if (const auto* opened = std::get_if<core::IncidentOpened>(&*body)) owed.insert(opened->incident);
        if (const auto* closed = std::get_if<core::IncidentClosed>(&*body)) owed.insert(closed->incident);
        return true;
      });
      near = read.has_value();
    }
    if (stream.topics.incidents && !near) stream.sink.send("reset", id, reset_of("incidents"));
  }
  stream.sink.send("ready", id, api_json(wire::LiveReady{head}));
}

void Feed::tell_incidents(const News& news) {
  std::vector<std::pair<LiveStream*, std::set<model::IncidentId>>> to_tell;
  std::set<model::IncidentId> wanted;
  for (LiveStream& stream : lives_) {
    std::set<model::IncidentId> owed;
    if (stream.is_new) tell_begin(stream, owed);
    if (!stream.topics.incidents) continue;
    owed.insert(news.incidents.begin(), news.incidents.end());
    wanted.insert(owed.begin(), owed.end());
    to_tell.emplace_back(&stream, std::move(owed));
  }
  const std::string id = std::to_string(parts_.durable.seq());
  for (const model::IncidentId incident : wanted) {
    const auto rows = parts_.history.incidents({.before = model::IncidentId(incident.raw() + 1), .limit = 1});
    if (!rows || rows->empty() || rows->front().incident != incident) continue;
    for (const auto& [stream, owed] : to_tell) {
      if (owed.contains(incident))
        stream->sink.send("incident", id, api_json(incident_view(rows->front(), stream->language)));
    }
  }
}

void Feed::tell_now(const News& news) {
  const bool wanted = std::ranges::any_of(lives_, [](const LiveStream& s) { return s.topics.now; });
  now_due_ = wanted && (now_due_ || news.any);
  const bool fresh = std::ranges::any_of(lives_, [](const LiveStream& s) { return s.topics.now && s.is_new; });
  const bool due = now_due_ && Steady::now() - now_at_ >= now_every;
  if (!due && !fresh) return;
  if (due) {
    now_due_ = false;
    now_at_ = Steady::now();
  }
  wire::NowView now;
  parts_.centre.ask_and_wait([&](const runtime::View& view) { now = now_view(view); });
  const std::string text = http::format_event("now", std::to_string(parts_.durable.seq()), api_json(now));
  for (LiveStream& stream : lives_)
    if (stream.topics.now && (due || stream.is_new)) stream.sink.send_formatted(text);
}

void Feed::tell_outputs() {
  if (Steady::now() - outputs_at_ >= outputs_every) {
    outputs_at_ = Steady::now();
    std::map<model::JobId, std::optional<std::int32_t>> attempts;
    for (const LiveStream& stream : lives_)
      for (const auto& output : stream.outputs)
        if (!output->ended()) attempts.emplace(output->job(), std::nullopt);
    if (!attempts.empty()) {
      parts_.centre.ask_and_wait([&](const runtime::View& view) {
        for (auto& [id, count] : attempts)
          if (const core::Job* job = view.state.find(id)) count = job->attempts;
      });
    }
    for (const LiveStream& stream : lives_)
      for (const auto& output : stream.outputs)
        if (!output->ended()) output->know(attempts.at(output->job()));
  }
  for (LiveStream& stream : lives_) {
    for (const auto& output : stream.outputs) {
      for (int i = 0; i < pieces_per_pass && stream.sink.queued_bytes() < output_queue_bytes; ++i) {
        const auto piece = output->next();
        if (!piece) break;
        // Without an id: output is not in the log, and goes on at an offset.
        stream.sink.send("output", "", api_json(*piece));
      }
    }
  }
}

}  // namespace mingyue::api
