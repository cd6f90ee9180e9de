#include "api/feed.hpp"

#include <algorithm>
#include <utility>

#include "api/event_view.hpp"
#include "api/job_view.hpp"
#include "api/live_output.hpp"
#include "api/node_view.hpp"
#include "wire/requests.hpp"

namespace mingyue::api {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pass_every{100};  ///< without news: timers, slow clients
constexpr std::chrono::milliseconds pass_gap{20};     ///< between passes: many changes of one job become one
constexpr std::chrono::milliseconds nodes_every{250};
constexpr std::chrono::milliseconds reasons_every{1'000};
constexpr std::size_t changed_max = 50'000;
constexpr int tries_max = 5;
constexpr std::size_t jobs_per_look = 500;  ///< so that no question keeps the core for long
constexpr std::uint64_t resume_records_max = 20'000;
constexpr std::size_t log_records_per_pass = 1'000;
constexpr std::size_t log_queue_bytes = 128 * 1024;  ///< a client with more waiting is given time first

template <class T>
std::string api_json(const T& value) {
  return formats::write_json(value, formats::JsonStyle::api);
}

bool moves_nodes(const core::EventBody& event) {
  return std::holds_alternative<core::LeaseGranted>(event) || std::holds_alternative<core::AttemptEnded>(event) ||
         std::holds_alternative<core::NodeDrained>(event) || std::holds_alternative<core::NodeResumed>(event) ||
         std::holds_alternative<core::NodeLost>(event) || std::holds_alternative<core::NodeRestored>(event) ||
         std::holds_alternative<core::ReservationBegan>(event) || std::holds_alternative<core::AttemptPlaced>(event) ||
         std::holds_alternative<core::OthersOnNode>(event) || std::holds_alternative<core::ReservationEnded>(event) ||
         std::holds_alternative<core::CentreConfigured>(event);
}

std::optional<std::uint64_t> last_event_id(const Call& call) {
  const auto number = parse_integer(call.request.header("last-event-id"), 0, INT64_MAX);
  return number ? std::optional(static_cast<std::uint64_t>(*number)) : std::nullopt;
}

/// How many jobs an event is about: an array is submitted as one.
std::uint64_t job_count(const core::EventBody& event) {
  const auto* submitted = std::get_if<core::JobSubmitted>(&event);
  return submitted == nullptr ? 1 : std::max<std::uint64_t>(1, submitted->spec->indices.size());
}

}  // namespace

Feed::Feed(Parts& parts) : parts_(parts) {}
Feed::~Feed() { stop(); }

void Feed::start() {
  follower_ = parts_.centre.follow([this](const runtime::Published& published) { on_event(published); });
  progress_follower_ =
      parts_.centre.follow_progress([this](const runtime::LiveProgress& progress) { on_progress(progress); });
  thread_ = std::thread([this] { run(); });
}

void Feed::stop() {
  if (follower_ != 0) parts_.centre.unfollow(std::exchange(follower_, 0));
  if (progress_follower_ != 0) parts_.centre.unfollow(std::exchange(progress_follower_, 0));
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

// ---- what changed: the core's thread

void Feed::on_event(const runtime::Published& published) {
  parts_.tokens.apply(published.event.body);
  parts_.described.apply(published.event.body);
  parts_.durable.rise(published.seq);
  if (streams_ == 0) return;
  if (const auto job = core::job_of(published.event.body)) note_job(*job, job_count(published.event.body));
  const std::lock_guard lock(mutex_);
  news_.nodes = news_.nodes || moves_nodes(published.event.body);
  news_.any = true;
  if (const auto* opened = std::get_if<core::IncidentOpened>(&published.event.body))
    news_.incidents.insert(opened->incident);
  if (const auto* closed = std::get_if<core::IncidentClosed>(&published.event.body))
    news_.incidents.insert(closed->incident);
  rung_ = true;
  wake_.notify_one();
}

void Feed::note_job(model::JobId first, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  if (news_.changed.size() + count > changed_max) {
    news_.overflow = true;
    return;
  }
  for (std::uint64_t i = 0; i < count; ++i) news_.changed.insert(model::JobId(first.raw() + i));
}

void Feed::on_progress(const runtime::LiveProgress& progress) {
  if (streams_ == 0) return;
  const std::lock_guard lock(mutex_);
  news_.progress[progress.attempt.job] = progress;
  rung_ = true;
  wake_.notify_one();
}

void Feed::wake() {
  const std::lock_guard lock(mutex_);
  rung_ = true;
  wake_.notify_one();
}

// ---- new streams

std::optional<http::EventSink> Feed::open(Call& call) {
  if (streams_ >= streams_max) {
    call.refuse(busy());
    return std::nullopt;
  }
  ++streams_;
  return call.reply.events();
}

void Feed::follow_jobs(Call call) {
  std::set<model::JobId> only;
  for (const std::string& id : call.query.list("id")) only.insert(model::JobId(std::stoull(id)));
  const auto since = last_event_id(call);
  later(parts_, std::move(call), [this, only = std::move(only), since](Call on) mutable {
    auto sink = open(on);
    if (!sink) return;
    JobStream stream{
        .sink = std::move(*sink), .language = on.language, .only = std::move(only), .owed = {}, .told = {}};
    // Named jobs are told at once, so that nobody has to ask first and miss what happens in between.
    stream.owed = stream.only;
    enter(std::move(stream), on.query.list("id").empty() ? since : std::nullopt);
  });
}

/// Lets the stream in at a moment up to which it has been told, or owes to be told, everything since its last event.
void Feed::enter(JobStream stream, std::optional<std::uint64_t> since) {
  for (int tries = 0;; ++tries) {
    const std::uint64_t head = parts_.durable.seq();
    const bool too_far = since && (tries > tries_max || !owe_between(*since, head, stream));
    if (too_far) {
      stream.owed.clear();
      stream.sink.send("reset", std::to_string(head), stream.reset);
      since.reset();
    }
    const std::lock_guard lock(mutex_);
    if (since && parts_.durable.seq() != head) {
      since = head;
      continue;
    }
    new_jobs_.push_back(std::move(stream));
    rung_ = true;
    wake_.notify_one();
    return;
  }
}

/// Notes what changed in these records; false when that is more than can be told one by one.
bool Feed::owe_between(std::uint64_t from, std::uint64_t to, JobStream& stream) {
  if (from >= to) return true;
  if (to - from > resume_records_max) return false;
  const auto read = parts_.log.read(from + 1, [&](const ports::Record& record) {
    if (record.seq > to) return false;
    const auto body = core::decode_event(record.number, record.payload);
    const auto job = body ? core::job_of(*body) : std::nullopt;
    if (!job) return true;
    for (std::uint64_t i = 0; i < job_count(*body); ++i) stream.owed.insert(model::JobId(job->raw() + i));
    return stream.owed.size() <= changed_max;
  });
  return read && stream.owed.size() <= changed_max;
}

void Feed::follow_nodes(Call call) {
  auto sink = open(call);
  if (!sink) return;
  const std::lock_guard lock(mutex_);
  new_nodes_.push_back(NodeStream{.sink = std::move(*sink)});
  rung_ = true;
  wake_.notify_one();
}

void Feed::follow_log(Call call) {
  const auto since = last_event_id(call);
  const auto from = call.query.number("from");
  const auto job = call.query.number("job");
  auto sink = open(call);
  if (!sink) return;
  LogStream stream{.sink = std::move(*sink)};
  stream.next = since ? *since + 1 : from ? static_cast<std::uint64_t>(*from) : parts_.durable.seq() + 1;
  if (job) stream.job = model::JobId(static_cast<std::uint64_t>(*job));
  const std::lock_guard lock(mutex_);
  new_logs_.push_back(std::move(stream));
  rung_ = true;
  wake_.notify_one();
}

// ---- the feed's own thread

Feed::News Feed::take_news() {
  const std::lock_guard lock(mutex_);
  rung_ = false;
  const auto move_in = [](auto& fresh, auto& streams) {
    std::move(fresh.begin(), fresh.end(), std::back_inserter(streams));
    fresh.clear();
  };
  move_in(new_jobs_, jobs_);
  move_in(new_nodes_, nodes_);
  move_in(new_logs_, logs_);
  move_in(new_lives_, lives_);
  return std::exchange(news_, {});
}

void Feed::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, pass_every, [this] { return rung_ || stopping_; });
      if (stopping_) break;
    }
    const News news = take_news();
    parts_.durable.tick();
    const auto forget = [this](auto& streams) {
      streams_ -= std::erase_if(streams, [](const auto& s) { return s.sink.closed(); });
    };
    forget(jobs_);
    forget(nodes_);
    forget(logs_);
    forget(lives_);
    nodes_due_ = nodes_due_ || news.nodes;
    tell_jobs(news);
    tell_progress(news);
    tell_nodes();
    tell_log();
    tell_live(news);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pass_gap, [this] { return stopping_; });
  }
  for (auto& stream : jobs_) stream.sink.close();
  for (auto& stream : nodes_) stream.sink.close();
  for (auto& stream : logs_) stream.sink.close();
  for (auto& stream : lives_) stream.sink.close();
}

Feed::Told Feed::look_at(const std::vector<model::JobId>& jobs, const std::set<Language>& languages) {
  Told told;
  std::vector<std::pair<std::pair<model::JobId, Language>, wire::JobView>> live;
  std::vector<model::JobId> ended;
  std::shared_ptr<const model::Centre> centre;
  parts_.centre.ask_and_wait([&](const runtime::View& view) {
    const Waits waits = waits_of(view.plan(), jobs);
    centre = parts_.described.renew(view.state.centre);
    for (const model::JobId id : jobs) {
      const core::Job* job = view.state.find(id);
      if (job == nullptr)
        ended.push_back(id);
      else
        for (const Language language : languages)
          live.emplace_back(std::pair(id, language), live_view(view, *job, waits.at(id), language));
    }
  });
  for (const auto& [key, view] : live) told.json.emplace(key, api_json(view));
  // A job that has ended in the state may not be in the tables yet; then its row still says what it was, and its end,
  // once durable, is news again.
  const auto virtual_ones = ended.empty() ? std::set<std::string, std::less<>>{} : virtual_partitions(*centre);
  for (const model::JobId id : ended) {
    const auto row = parts_.history.job(id);
    if (!row || !*row) continue;
    const std::string json = api_json(past_view(**row, virtual_ones));
    for (const Language language : languages) told.json.emplace(std::pair(id, language), json);
  }
  return told;
}

void Feed::tell_jobs(const News& news) {
  if (jobs_.empty()) return;
  const std::uint64_t seq = parts_.durable.seq();
  const std::string id = std::to_string(seq);
  std::set<Language> languages;
  std::set<model::JobId> wanted = news.changed;
  const bool look_for_reasons = Steady::now() - reasons_at_ >= reasons_every;
  if (look_for_reasons) reasons_at_ = Steady::now();
  for (JobStream& stream : jobs_) {
    languages.insert(stream.language);
    if (look_for_reasons) stream.owed.insert(stream.only.begin(), stream.only.end());
    wanted.insert(stream.owed.begin(), stream.owed.end());
    if (news.overflow && stream.only.empty()) stream.sink.send("reset", id, stream.reset);
  }
  const std::vector<model::JobId> all(wanted.begin(), wanted.end());
  for (std::size_t at = 0; at < all.size(); at += jobs_per_look) {
    const std::vector<model::JobId> some(
        all.begin() + static_cast<std::ptrdiff_t>(at),
        all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), at + jobs_per_look)));
    const Told told = look_at(some, languages);
    std::map<std::pair<model::JobId, Language>, std::string> formatted;
    for (const auto& [key, json] : told.json) formatted.emplace(key, http::format_event("job", id, json));
    for (JobStream& stream : jobs_) {
      for (const model::JobId job : some) {
        const bool is_owed = stream.owed.contains(job);
        if (!is_owed && (!news.changed.contains(job) || (!stream.only.empty() && !stream.only.contains(job)))) continue;
        const auto json = told.json.find({job, stream.language});
        if (json == told.json.end()) continue;
        if (!stream.only.empty()) {
          std::string& last = stream.told[job];
          if (last == json->second) continue;
          last = json->second;
        }
        stream.sink.send_formatted(formatted.at({job, stream.language}));
      }
    }
  }
  for (JobStream& stream : jobs_) stream.owed.clear();
}

void Feed::tell_progress(const News& news) {
  if (jobs_.empty()) return;
  for (const auto& [job, live] : news.progress) {
    const wire::JobProgress body{
        job, live.attempt.number, {live.progress.step, live.progress.of, live.progress.checkpoint, live.at}};
    // Without an id: progress is not in the log, and nobody resumes at it.
    const std::string text = http::format_event("progress", "", api_json(body));
    for (JobStream& stream : jobs_) {
      if (stream.only.empty() || stream.only.contains(job)) stream.sink.send_formatted(text);
    }
  }
}

void Feed::tell_nodes() {
  const bool any_new = std::ranges::any_of(nodes_, [](const NodeStream& stream) { return stream.is_new; });
  if (nodes_.empty() || (!any_new && Steady::now() - nodes_at_ < nodes_every)) return;
  if (!std::exchange(nodes_due_, false) && !any_new) return;
  nodes_at_ = Steady::now();
  const std::string id = std::to_string(parts_.durable.seq());
  std::vector<wire::NodeView> views;
  parts_.centre.ask_and_wait([&](const runtime::View& view) { views = node_views(view.state); });
  for (const wire::NodeView& view : views) {
    const std::string json = api_json(view);
    std::string& last = node_json_[view.name];
    const bool is_news = last != json;
    const std::string text = http::format_event("node", id, json);
    for (NodeStream& stream : nodes_) {
      if (stream.is_new ? !stream.is_quiet : is_news) stream.sink.send_formatted(text);
    }
    last = json;
  }
  for (NodeStream& stream : nodes_) stream.is_new = false;
}

void Feed::tell_log() {
  if (logs_.empty()) return;
  const std::uint64_t head = parts_.durable.seq();
  // Streams at the same place share one reading.
  std::map<std::uint64_t, std::vector<LogStream*>> by_place;
  for (LogStream& stream : logs_) {
    if (stream.next <= head && stream.sink.queued_bytes() < log_queue_bytes) by_place[stream.next].push_back(&stream);
  }
  if (by_place.empty()) return;
  parts_.centre.ask_and_wait([&](const runtime::View& view) {
    if (view.state.centre.nodes.size() != node_names_.size()) node_names_ = node_names_of(view.state.centre);
  });
  for (auto& [place, streams] : by_place) {
    std::size_t count = 0;
    const auto read = parts_.log.read(place, [&](const ports::Record& record) {
      if (record.seq > head) return false;
      const wire::EventView view = event_view(record, node_names_);
      const std::string text = http::format_event("event", std::to_string(record.seq), api_json(view));
      for (LogStream* stream : streams) {
        stream->next = record.seq + 1;
        if (!stream->job || *stream->job == view.job) stream->sink.send_formatted(text);
      }
      return ++count < log_records_per_pass && streams.front()->sink.queued_bytes() < log_queue_bytes;
    });
    if (!read) {
      for (LogStream* stream : streams) stream->sink.close();
    }
    if (count > 0 && streams.front()->next <= head) wake();
  }
}

}  // namespace mingyue::api
