#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "engines/shim/files.hpp"
#include "engines/slurm/slurm_engine.hpp"
#include "model/attempt.hpp"

namespace mingyue::engines::slurm {

/// Where and as whom short attempts run together.
struct PilotKey {
  std::string account;
  std::string node;
  std::string partition;
  friend auto operator<=>(const PilotKey&, const PilotKey&) = default;
};

/// What one attempt takes of a pilot, or a pilot of its node.
struct PilotShare {
  std::int32_t cores = 0;
  std::int64_t memory_mb = 0;
};

/// A pilot that should be started.
struct PilotPlan {
  std::int64_t number = 0;  ///< ours, from 1
  PilotKey key;
  PilotShare size;
  std::string secret;   ///< with which it makes itself known
  std::string address;  ///< where it connects to
  std::int64_t idle_ms = 0;
};

/// Gathers short attempts, decides where a pilot is worth its start, and hands attempts to pilots that have room.
/// Speaks with pilots over TCP; what they say is believed only of attempts that were given to them.
///
///   waiting attempt ──▶ a pilot of its account on its node has room: it is sent there
///                   ──▶ enough of them wait, and none is about to come: a pilot is started, as large as they need
///                   ──▶ neither, for a moment: it is handed back, and becomes a job of its own
///
/// An attempt that was sent is the pilot's until it reports the end; if the pilot's job is over first, its attempts are
/// handed to the owner to find out what became of them.
class PilotPool {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /// Whether Slurm can be asked for one just now; until then attempts wait.
    [[nodiscard]] virtual bool may_start_pilots() const = 0;
    /// Answered by started() or not_started().
    virtual void start_pilot(const PilotPlan& plan) = 0;
    /// The job is over, or was never wanted: its attempts and its record are no pilot's any more.
    virtual void end_pilot(std::int64_t number, std::int64_t job) = 0;
    /// Makes the attempt ready for this pilot; false: it is not to run.
    virtual bool pilot_takes(model::AttemptId attempt, std::int64_t number, std::int64_t job) = 0;
    /// No pilot will have it.
    virtual void pilot_refused(model::AttemptId attempt) = 0;
    virtual void pilot_ended(model::AttemptId attempt, int status) = 0;
    /// It was a pilot's whose job is over.
    virtual void pilot_orphaned(model::AttemptId attempt, std::int64_t job) = 0;
  };

  PilotPool(PilotOptions options, Owner& owner);
  /// Begins to listen, on `port` where that is free. `first_number` is larger than that of any pilot before.
  [[nodiscard]] Expected<void, Errno> open(const std::string& reach, std::uint16_t port, std::int64_t first_number);
  [[nodiscard]] bool is_open() const { return static_cast<bool>(listener_); }

  void offer(model::AttemptId attempt, const std::string& folder, const PilotKey& key, const PilotShare& share);
  /// Takes it back; false: a pilot has it.
  bool withdraw(model::AttemptId attempt);
  void signal(model::AttemptId attempt, int signal);
  void end(model::AttemptId attempt, Duration grace);

  /// A job of this node that is no pilot's waits: pilots there leave as soon as they are empty.
  void make_way(const std::string& node);

  /// A pilot that an earlier engine started.
  void adopt(const PilotPlan& plan, std::int64_t job);
  /// An attempt that was given to it.
  void adopt(model::AttemptId attempt, std::int64_t number);

  /// What Slurm says of pilot `number`: its job, and whether that waits, runs or is over.
  void started(std::int64_t number, std::int64_t job);
  void not_started(std::int64_t number);
  enum class Seen : std::uint8_t { waits, runs, over };
  void seen(std::int64_t number, std::int64_t job, Seen seen);
  /// A look that began at this instant of steady_ms() showed these pilots and no others.
  void missing_from_look(std::int64_t began, const std::set<std::int64_t>& numbers);

  void await(std::vector<pollfd>& fds) const;
  void work();
  /// When work() should come again though nothing is heard; INT64_MAX: never.
  [[nodiscard]] std::int64_t due() const;
  [[nodiscard]] std::size_t count() const { return pilots_.size(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] bool knows(std::int64_t number) const { return pilots_.contains(number); }

 private:
  struct Waiting {
    model::AttemptId attempt;
    std::string folder;
    PilotShare share;
    std::int64_t since = 0;
  };
  struct Running {
    PilotShare share;
    std::string folder;
  };
  struct Pilot {
    std::int64_t number = 0;
    PilotKey key;
    PilotShare size;
    std::string secret;
    std::int64_t job = 0;
    std::int64_t begun = 0;
    bool leaving = false;  ///< takes nothing more
    std::map<model::AttemptId, Running> attempts;
    Fd socket;
    std::string in;
    std::string out;
    std::vector<std::string> later;  ///< to be said when it is connected
  };
  struct Guest {  ///< connected, not known yet
    Fd socket;
    std::string in;
    std::int64_t until = 0;
  };

  void accept_all();
  void read_guests();
  void greet(Guest& guest, std::string_view line);
  void read_pilot(Pilot& pilot);
  void hear(Pilot& pilot, std::string_view line);
  static void send(Pilot& pilot, const std::string& line);
  static void flush(Pilot& pilot);
  void over(std::int64_t number);
  void leave(Pilot& pilot);
  void fill(const PilotKey& key, std::deque<Waiting>& waiting);
  void plan(const PilotKey& key, std::deque<Waiting>& waiting);
  [[nodiscard]] Pilot* with_room(const PilotKey& key, const PilotShare& share);

  PilotOptions options_;
  Owner& owner_;
  Fd listener_;
  std::uint16_t port_ = 0;
  std::string address_;
  std::int64_t next_number_ = 1;
  std::map<PilotKey, std::deque<Waiting>> waiting_;
  std::map<std::int64_t, Pilot> pilots_;
  std::map<model::AttemptId, std::int64_t> pilot_of_;
  std::vector<Guest> guests_;
};

}  // namespace mingyue::engines::slurm
