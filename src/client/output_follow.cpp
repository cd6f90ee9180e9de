#include "client/output_follow.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include "wire/views.hpp"

namespace mingyue::client {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto away_max = std::chrono::minutes(1);
constexpr auto silence_after_end_max = std::chrono::seconds(5);  // an attempt that never ran has no output to complete
constexpr auto look_every = std::chrono::seconds(2);

std::string path_of(const OutputOf& of, std::int64_t offset) {
  std::string path = fmt::format("/v1/jobs/{}/output?task={}&stream={}", of.id, of.task, of.err ? "err" : "out");
  if (of.attempt > 0) path += fmt::format("&attempt={}", of.attempt);
  return offset > 0 ? path + fmt::format("&offset={}", offset) : path;
}

/// The end of what is there; where it ends is where following begins.
Expected<std::int64_t, Failure> read_tail(const Session& session, const OutputOf& of, const Connection::Each& each) {
  std::int64_t bytes_read = 0;
  const auto count = [&](std::string_view bytes) {
    bytes_read += static_cast<std::int64_t>(bytes.size());
    return each(bytes);
  };
  TRY(answer, session.connection.stream({.path = path_of(of, 0) + fmt::format("&tail={}", of.tail)}, count));
  const auto begin = parse_integer(answer.headers["x-mingyue-offset"], 0, INT64_MAX);
  return (begin ? *begin : 0) + bytes_read;
}

Expected<wire::JobView, Failure> job_of(const Session& session, const std::string& id) {
  TRY(detail, get_one<wire::JobDetail>(session, "/v1/jobs/" + id));
  return std::move(detail.job);
}

/// One attempt to its end. `offset` is where it goes on if it must.
class Follower {
 public:
  Follower(const Session& session, const OutputOf& of, const Connection::Each& each, const Connection::GoOn& go_on,
           std::int64_t offset)
      : session_(session), of_(of), each_(each), go_on_(go_on), offset_(offset) {}

  /// True when the attempt's output is complete; false when it was stopped from here.
  Expected<bool, Failure> follow() {
    for (milliseconds pause{100};;) {
      const std::string path = path_of(of_, offset_) + "&follow=true";
      auto answer = session_.connection.stream(
          {.path = path}, [&](std::string_view bytes) { return on_bytes(bytes); }, [&] { return go_on(); });
      if (stopped_) return false;
      if (answer || quiet_) return true;
      const bool away = answer.error().status == 0 || answer.error().status == 503;
      if (!away || Steady::now() - heard_ > away_max) return Unexpected<Failure>(std::move(answer).error());
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, milliseconds(2'000));
    }
  }

 private:
  bool on_bytes(std::string_view bytes) {
    heard_ = Steady::now();
    offset_ += static_cast<std::int64_t>(bytes.size());
    stopped_ = !each_(bytes);
    return !stopped_;
  }

  /// A stream in silence: is its job still there?
  bool go_on() {
    if (go_on_ && !go_on_()) {
      stopped_ = true;
      return false;
    }
    const auto now = Steady::now();
    if (now - heard_ < silence_after_end_max || now - looked_ < look_every) return true;
    looked_ = now;
    const auto job = job_of(session_, of_.id);
    quiet_ = job && model::ended(job->state);
    return !quiet_;
  }

  const Session& session_;
  const OutputOf& of_;
  const Connection::Each& each_;
  const Connection::GoOn& go_on_;
  std::int64_t offset_;
  Steady::time_point heard_ = Steady::now();
  Steady::time_point looked_ = Steady::now();
  bool stopped_ = false;
  bool quiet_ = false;
};

}  // namespace

Expected<void, Failure> read_output(const Session& session, const OutputOf& of, const Connection::Each& each) {
  if (of.tail >= 0) {
    CHECK_OK(read_tail(session, of, each));
    return {};
  }
  CHECK_OK(session.connection.stream({.path = path_of(of, 0)}, each));
  return {};
}

Expected<void, Failure> follow_output(const Session& session, OutputOf of, const Connection::Each& each,
                                      const Connection::GoOn& go_on) {
  const bool only_one = of.attempt > 0;
  milliseconds pause{30};
  for (;;) {
    TRY(job, job_of(session, of.id));
    if (of.attempt == 0) of.attempt = job.attempts;  // the newest, when this begins
    if (of.attempt > 0 && of.attempt <= job.attempts) {
      std::int64_t from = 0;
      if (of.tail >= 0) {
        TRY(end, read_tail(session, of, each));
        from = end;
      }
      Follower follower(session, of, each, go_on, from);
      TRY(complete, follower.follow());
      if (!complete || only_one) return {};
      ++of.attempt;
      of.tail = -1;
      pause = milliseconds(30);
    } else if (model::ended(job.state)) {
      return {};
    } else {
      if (go_on && !go_on()) return {};
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, milliseconds(500));
    }
  }
}

}  // namespace mingyue::client
