#pragma once

#include <poll.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "engines/progress_tail.hpp"
#include "engines/slurm/commands.hpp"
#include "engines/slurm/conclusion.hpp"
#include "engines/slurm/identity.hpp"
#include "engines/slurm/pilot_pool.hpp"
#include "engines/slurm/record.hpp"
#include "engines/slurm/rest_client.hpp"
#include "engines/slurm/slurm_engine.hpp"
#include "engines/slurm/submission.hpp"
#include "engines/slurm/tables.hpp"
#include "engines/slurm/token.hpp"

namespace mingyue::engines::slurm {

/// The one thread of the Slurm engine. It waits for requests, for answers of slurmrestd, for the programs that it has
/// started, and for pilots; and it looks at all jobs at once, as long as one of them is under way.
///
/// A look is one `squeue`. What it shows of an attempt is believed only if it began after the attempt was last changed:
/// a job that was submitted a moment ago is not missing from a list that is older. From a look, settle() does what the
/// state of an attempt asks for, so that an answer that was lost, a job that was cancelled by somebody else and a
/// daemon that was restarted all lead the same way. What an attempt itself writes down, that it runs and how it ended,
/// is read several times a second and not waited for.
///
/// In six files: slurm_loop.cpp waits, slurm_requests.cpp is asked, slurm_submit.cpp submits, slurm_look.cpp looks,
/// slurm_reports.cpp tells, slurm_pilots.cpp fills pilots.
class SlurmEngine::Loop : private PilotPool::Owner {
 public:
  Loop(SlurmOptions options, Identity identity, std::string step, Fd root_lock, ports::ReportSink& sink);
  ~Loop() override;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  [[nodiscard]] Expected<void, Errno> start();

  struct Signal {
    model::AttemptId attempt;
    int signal;
  };
  struct End {
    model::AttemptId attempt;
    Duration grace;
  };
  struct Forget {
    model::AttemptId attempt;
  };
  struct Reconcile {
    std::vector<model::AttemptId> standing;
  };
  struct NameNodes {
    std::vector<std::pair<std::string, model::NodeId>> nodes;
  };
  using Request = std::variant<model::LaunchOrder, Signal, End, Forget, Reconcile, NameNodes>;
  void post(Request request);

  [[nodiscard]] const SlurmOptions& options() const { return options_; }
  [[nodiscard]] EngineFacts facts() const;

 private:
  enum class Phase {
    queued,      ///< to be submitted
    submitting,  ///< asked for, not answered
    searching,   ///< whether it is a job of Slurm's, the next look says
    in_slurm,    ///< it is
    vanished,    ///< it was, and is not in the last look: the records are asked
    piloted,     ///< a pilot runs it, or is about to
    ended,       ///< reported, waits for forget()
  };

  struct Attempt {
    Attempt(model::AttemptId name, AttemptFolder where, uid_t owner)
        : id(name), folder(std::move(where)), tail(folder.progress(), owner) {}
    model::AttemptId id;
    AttemptFolder folder;
    ProgressTail tail;
    Record record;
    Phase phase = Phase::queued;
    std::unique_ptr<model::LaunchOrder> order;  ///< until it is Slurm's; empty when it was adopted

    JobState state = JobState::pending;
    std::string word;        ///< Slurm's last
    std::string nodes;       ///< a host list: where it is, or is to be
    std::string hopeless;    ///< why it was given up before it began; empty: it was not
    std::int64_t since = 0;  ///< only looks that began later tell of it
    std::int64_t pending_at = 0;
    std::int64_t ran_at = 0;    ///< when it was first known to have begun; 0: not yet
    std::int64_t claim_at = 0;  ///< when to look for its claim while it waits
    std::int64_t over_at = 0;   ///< when it was first seen to be over
    int askings = 0;            ///< of the accounting
    bool requeued = false;
    bool signalled = false;  ///< by the centre
    bool unwanted = false;   ///< not in the log: ended and forgotten without a word

    std::vector<int> signals;  ///< not delivered yet: it does not run
    std::int64_t kill_at = 0;  ///< 0: never
    bool killed = false;
    std::int64_t cancel_again_at = 0;

    bool placed = false;  ///< reported, like the next two
    bool launched = false;
    bool silent = false;
    std::optional<model::Progress> step;        ///< read, and held back
    std::optional<model::Progress> checkpoint;  ///< likewise
    std::int64_t step_at = 0;
    int told = 0;
    std::uint64_t voice = 0;
    std::int64_t heard_at = 0;
    std::int64_t listen_at = 0;
  };

  // Waiting.
  void run();
  [[nodiscard]] bool take_requests();
  void wait();
  void tick();

  // Being asked.
  void perform(const model::LaunchOrder& order);
  void perform(const Signal& request);
  void perform(const End& request);
  void perform(const Forget& request);
  void perform(const Reconcile& request);
  void perform(const NameNodes& request);
  void adopt(model::AttemptId id, bool stands);
  Attempt& add(model::AttemptId id, const Record& record);
  void end_now(Attempt& attempt);
  void forget_files(const Attempt& attempt);

  // Submitting.
  void admit();
  void enqueue(Attempt& attempt);
  [[nodiscard]] Expected<void, std::string> prepare(Attempt& attempt);
  void submit(Attempt& attempt);
  void submitted(model::AttemptId id, const RestAnswer& answer);
  void slow_down(const std::string& why);
  [[nodiscard]] static std::int64_t wall_clock_s();
  void speak();
  void save(Attempt& attempt);

  // Looking.
  [[nodiscard]] std::int64_t poll_ms() const;
  void look();
  void looked(std::int64_t began, const CommandResult& result);
  void settle(Attempt& attempt, const std::vector<const JobRow*>& rows, std::int64_t began);
  /// False when the attempt never began, and is to be dropped.
  [[nodiscard]] bool settle_missing(Attempt& attempt);
  void settle_pending(Attempt& attempt, const JobRow& row);
  [[nodiscard]] std::string hopeless_where_placed(const Attempt& attempt, const JobRow& row) const;
  void settle_over(Attempt& attempt);
  void ask_accounting();
  void accounted(const std::vector<model::AttemptId>& asked, const CommandResult& result);
  void watch_nodes();
  void saw_nodes(std::int64_t began, const CommandResult& result);
  [[nodiscard]] std::set<std::string, std::less<>> busy_nodes() const;
  [[nodiscard]] bool lost_a_node(const Attempt& attempt) const;
  void cancel(std::int64_t job);
  void send_cancels();
  [[nodiscard]] bool has_claim(const Attempt& attempt) const;
  [[nodiscard]] std::int64_t claimed_by(const Attempt& attempt) const;
  bool give_up_claim(const Attempt& attempt) const;
  [[nodiscard]] bool on_its_way_out(std::int64_t job) const;

  // Telling.
  void read(Attempt& attempt, bool at_end = false);
  void read_ends();
  void listen(Attempt& attempt);
  void progressed(Attempt& attempt, model::Progress progress);
  void tell_held_back(Attempt& attempt);
  void conclude(Attempt& attempt, model::AttemptEnd end);
  void conclude_from(Attempt& attempt, EndRecord record);
  void report(const Attempt& attempt, ports::EngineReport report);
  [[nodiscard]] std::optional<EndRecord> end_record(const Attempt& attempt) const;
  void publish_facts();

  // Pilots: what the pool asks of us.
  [[nodiscard]] bool may_start_pilots() const override;
  void start_pilot(const PilotPlan& plan) override;
  void end_pilot(std::int64_t number, std::int64_t job) override;
  bool pilot_takes(model::AttemptId attempt, std::int64_t number, std::int64_t job) override;
  void pilot_refused(model::AttemptId attempt) override;
  void pilot_ended(model::AttemptId attempt, int status) override;
  void pilot_orphaned(model::AttemptId attempt, std::int64_t job) override;
  void open_pilots();
  void adopt_pilots();
  [[nodiscard]] bool for_pilots(const model::LaunchOrder& order) const;
  void offer_to_pilots(Attempt& attempt);

  SlurmOptions options_;
  Identity identity_;
  std::string step_;  ///< the program, in the shared folder
  Fd root_lock_;
  ports::ReportSink& sink_;
  Records records_;
  TokenSource tokens_;
  RestClient rest_;
  Commands commands_;
  PilotPool pilots_;

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Request> requests_;  ///< guarded by mutex_, like stopping_ and facts_
  bool stopping_ = false;
  EngineFacts facts_;

  std::map<model::AttemptId, Attempt> attempts_;
  std::deque<model::AttemptId> queue_;  ///< to be submitted
  std::size_t submitting_ = 0;
  std::int64_t submit_at_ = 0;  ///< not before
  std::int64_t pause_ms_ = 0;

  const Dialect* dialect_ = nullptr;
  bool asking_dialect_ = false;
  std::int64_t speak_at_ = 0;
  std::string release_;
  std::string trouble_;

  bool reconciled_ = false;
  bool looked_once_ = false;
  bool looking_ = false;
  std::int64_t look_at_ = 0;
  std::int64_t look_took_ms_ = 0;
  bool accounting_ = false;
  std::int64_t account_at_ = 0;
  std::int64_t read_at_ = 0;
  std::int64_t ends_at_ = 0;
  struct Leaving {
    std::int64_t since = 0;
    std::int64_t until = 0;  ///< so long it may still be on its way out
  };
  /// Slurm's jobs whose attempts have ended by their own records, until a look does not find them any more.
  std::map<std::int64_t, Leaving> leaving_;
  std::int64_t sweep_at_ = 0;
  std::string pilot_word_;  ///< Slurm's for the pilot that is being told of
  std::set<std::int64_t> cancels_;
  /// Signals for jobs that run, by signal and whether it is for the batch script.
  std::map<std::pair<int, bool>, std::vector<std::int64_t>> signals_;

  NodeBook nodes_;
  std::map<std::string, model::NodeId, std::less<>> node_ids_;
  std::map<std::string, bool, std::less<>> reachable_;  ///< as last reported
  bool watching_ = false;
  std::int64_t watch_at_ = 0;

  std::thread thread_;
};

}  // namespace mingyue::engines::slurm
