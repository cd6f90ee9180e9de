#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "api/parts.hpp"
#include "http/event_stream.hpp"
#include "wire/views.hpp"

namespace mingyue::api {

class LiveOutput;

/// What one stream of /v1/live is to tell.
struct LiveTopics {
  struct Output {
    model::JobId job;
    std::int32_t attempt = 0;  ///< the newest; 0: none has begun
    std::int64_t offset = 0;   ///< in it
  };
  bool jobs = false;
  bool nodes = false;
  bool now = false;
  bool incidents = false;
  std::set<model::JobId> only;  ///< of jobs; empty: all
  std::vector<Output> outputs;
};

/// Everything live: server-sent events about jobs, nodes and the log itself, for any number of clients.
///
/// One thread makes them. The core's thread only leaves word of what changed; a few times a second the feed's own
/// thread looks at the centre once for everybody, formats each piece once, and puts it into the clients' queues. A
/// client that reads too slowly loses its stream and comes back with Last-Event-ID.
///
/// The id of an event is a number of the log: what it shows is at least as new as that record. After `Last-Event-ID:
/// n`, jobs and nodes that changed since are told as they are now, and the log goes on at n + 1. When that is too far
/// back, the event `reset` says that lists are to be read anew.
class Feed {
 public:
  static constexpr std::size_t streams_max = 8'192;

  explicit Feed(Parts& parts);
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  void start();
  void stop();

  // On the core's thread.
  void on_event(const runtime::Published& published);
  void on_progress(const runtime::LiveProgress& progress);

  // Answer a call with a stream; any thread.
  void follow_jobs(Call call);
  void follow_nodes(Call call);
  void follow_log(Call call);
  /// Several of these in one stream; who asks may read the output that is named.
  void follow_live(Call call, LiveTopics topics);

  [[nodiscard]] std::size_t streams() const { return streams_; }

 private:
  struct JobStream {
    http::EventSink sink;
    Language language = Language::en;
    std::set<model::JobId> only;               ///< empty: all jobs
    std::set<model::JobId> owed;               ///< to be told as they are now
    std::map<model::JobId, std::string> told;  ///< with `only`: what was said last, so that a new reason is news
    std::string reset = "{}";                  ///< what is said with that event
  };
  struct NodeStream {
    http::EventSink sink;
    bool is_new = true;
    bool is_quiet = false;  ///< only what changes from now on
  };
  /// What a live stream tells beside jobs and nodes.
  struct LiveStream {
    http::EventSink sink;
    Language language = Language::en;
    LiveTopics topics;
    std::optional<std::uint64_t> since;
    bool is_new = true;
    std::vector<std::unique_ptr<LiveOutput>> outputs;
  };
  struct LogStream {
    http::EventSink sink;
    std::uint64_t next = 1;
    std::optional<model::JobId> job;
  };
  /// What one look at some jobs gave, in each language that is spoken.
  struct Told {
    std::uint64_t seq = 0;
    std::map<std::pair<model::JobId, Language>, std::string> json;
  };

  /// What the core's thread left word of since the last pass.
  struct News {
    std::set<model::JobId> changed;
    bool overflow = false;  ///< too many jobs changed at once to name them
    std::map<model::JobId, runtime::LiveProgress> progress;
    bool nodes = false;
    bool any = false;  ///< something happened at all
    std::set<model::IncidentId> incidents;
  };

  void run();
  /// Takes the news and the new streams in one step, so that no stream misses what was noted after its beginning.
  [[nodiscard]] News take_news();
  void tell_jobs(const News& news);
  void tell_progress(const News& news);
  void tell_nodes();
  void tell_log();
  void tell_live(const News& news);
  void tell_begin(LiveStream& stream, std::set<model::IncidentId>& owed);
  void tell_incidents(const News& news);
  void tell_now(const News& news);
  void tell_outputs();
  [[nodiscard]] Told look_at(const std::vector<model::JobId>& jobs, const std::set<Language>& languages);
  [[nodiscard]] std::optional<http::EventSink> open(Call& call);
  void note_job(model::JobId first, std::uint64_t count);
  void enter(JobStream stream, std::optional<std::uint64_t> since);
  [[nodiscard]] bool owe_between(std::uint64_t from, std::uint64_t to, JobStream& stream);
  void wake();

  Parts& parts_;
  std::uint64_t follower_ = 0;
  std::uint64_t progress_follower_ = 0;
  std::atomic<std::size_t> streams_ = 0;

  std::mutex mutex_;  // of what follows, up to the streams
  std::condition_variable wake_;
  bool stopping_ = false;
  bool rung_ = false;
  News news_;
  std::vector<JobStream> new_jobs_;
  std::vector<NodeStream> new_nodes_;
  std::vector<LogStream> new_logs_;
  std::vector<LiveStream> new_lives_;

  // The feed's own thread alone.
  std::vector<JobStream> jobs_;
  std::vector<NodeStream> nodes_;
  std::vector<LogStream> logs_;
  std::vector<LiveStream> lives_;
  std::map<std::string, std::string> node_json_;  ///< as last told
  std::vector<std::string> node_names_;
  bool nodes_due_ = false;
  std::chrono::steady_clock::time_point nodes_at_;
  std::chrono::steady_clock::time_point reasons_at_;
  bool now_due_ = false;
  std::chrono::steady_clock::time_point now_at_;
  std::chrono::steady_clock::time_point outputs_at_;

  std::thread thread_;
};

}  // namespace mingyue::api
