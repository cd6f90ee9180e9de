#include "runtime/centre.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "core/planner_feed.hpp"
#include "runtime/forecast_thread.hpp"
#include "runtime/placements.hpp"
#include "runtime/planner_thread.hpp"

namespace mingyue::runtime {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t commands_per_batch = 2'000;

constexpr std::int64_t whole_pause_most_ms = 2'000;
// A plan is kept and repaired for so many times as long as it took to make, but no longer than renew_most: a fiftieth
// of one core's time, or little more, goes into whole plans that nothing but the order asks for.
constexpr std::int64_t renew_factor = 50;
constexpr Duration renew_least = seconds(1);
constexpr Duration renew_most = seconds(20);

std::int64_t ms_since(Steady::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - start).count();
}

core::Command command_of(const ports::EngineReport& report) {
  struct Translate {
    core::Command operator()(const ports::Launched& r) const { return core::ReportLaunched{r.attempt}; }
    core::Command operator()(const ports::Ended& r) const { return core::ReportEnded{r.attempt, r.end}; }
    core::Command operator()(const ports::Progressed& r) const { return core::ReportProgress{r.attempt, r.progress}; }
    core::Command operator()(const ports::Silent& r) const { return core::ReportSilent{r.attempt, r.silent_for}; }
    core::Command operator()(const ports::NodeSeen& r) const {
      return core::ReportNode{r.node, r.reachable, r.message};
    }
    core::Command operator()(const ports::Placed& r) const { return core::ReportPlaced{r.attempt, r.nodes, false}; }
    core::Command operator()(const ports::OthersSeen& r) const {
      return core::ReportOthers{r.node, r.cores, r.cards, r.memory, r.until};
    }
  };
  return std::visit(Translate{}, report);
}

/// Events after which the queue could look different to a planner.
bool changes_plan(const core::EventBody& body) {
  return !std::holds_alternative<core::ProgressMade>(body) && !std::holds_alternative<core::IdleClassified>(body) &&
         !std::holds_alternative<core::AttemptStarted>(body) && !std::holds_alternative<core::TokenIssued>(body) &&
         !std::holds_alternative<core::PlanMade>(body) && !std::holds_alternative<core::TokenRevoked>(body) &&
         !std::holds_alternative<core::IncidentClosed>(body);
}

}  // namespace

class Centre::Impl {
 public:
  Impl(ports::LogStore& store, const ports::Clock& clock, CentreOptions options)
      : store_(store), clock_(clock), options_(options), landing_(std::make_shared<Landing>(this)) {}

  ~Impl() {
    stop();
    const std::lock_guard lock(landing_->mutex);
    landing_->centre = nullptr;
  }

  Expected<Kernel::Recovered, Fault> recover() {
    auto recovered = kernel_.recover(store_);
    snapshot_seq_ = recovered ? recovered->snapshot_seq : 0;
    if (recovered) learnt_ = std::move(recovered->learnt);
    return recovered;
  }

  void start(ports::Engine& engine) {
    engine_ = &engine;
    std::vector<model::AttemptId> standing;
    for (const auto& [id, attempt] : kernel_.state().attempts) {
      standing.push_back(attempt.id);
      engine.expect(attempt.id, core::engine_of(kernel_.state(), attempt));
    }
    engine.reconcile(standing);
    for (const core::Effect& effect : core::standing_effects(kernel_.state())) perform(effect);
    planner_ = std::make_unique<PlannerThread>(options_.plans,
                                               [this](PlannerThread::Answer plan) { put_plan(std::move(plan)); });
    if (options_.forecast_gap > Duration{}) begin_forecasts();
    thread_ = std::thread([this] { run(); });
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
      finished_ = !thread_.joinable();  // never started
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    planner_.reset();
    store_.flush();
  }

  void submit(core::Command command, std::move_only_function<void(Answer)> done) {
    {
      const std::lock_guard lock(mutex_);
      if (!stopping_ && commands_.size() < options_.queue_max && !stalled_) {
        commands_.push_back({std::move(command), std::move(done)});
        wake_.notify_one();
        return;
      }
    }
    if (stalled_) {
      const auto why = store_.stalled();
      done(refuse("log-stalled", "", "the centre's log cannot be written" + (why ? ": " + why->message : std::string{}),
                  "nothing was accepted; try again when the disk has room"));
    } else {
      done(refuse("busy", "", "the centre has too much to do, or is stopping", "try again in a moment"));
    }
  }

  void ask(std::move_only_function<void(const View&)> question) {
    {
      const std::lock_guard lock(mutex_);
      if (!finished_) {
        questions_.push_back(std::move(question));
        wake_.notify_one();
        return;
      }
      question(view());  // the core's thread has ended: nothing changes the state any more
    }
  }

  std::uint64_t follow(std::function<void(const Published&)> each) {
    const std::lock_guard lock(followers_mutex_);
    followers_.emplace(++next_follower_, std::move(each));
    return next_follower_;
  }
  std::uint64_t follow_progress(std::function<void(const LiveProgress&)> each) {
    const std::lock_guard lock(followers_mutex_);
    progress_followers_.emplace(++next_follower_, std::move(each));
    return next_follower_;
  }
  void unfollow(std::uint64_t number) {
    const std::lock_guard lock(followers_mutex_);
    followers_.erase(number);
    progress_followers_.erase(number);
  }

  void report(ports::EngineReport report) {
    {
      const std::lock_guard lock(mutex_);
      reports_.push_back(std::move(report));
    }
    wake_.notify_one();
  }

  [[nodiscard]] Counters counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  struct Waiting {
    core::Command command;
    std::move_only_function<void(Answer)> done;
  };
  /// Answers, effects and news that wait until a batch is durable.
  struct Flight {
    std::vector<std::pair<std::move_only_function<void(Answer)>, Answer>> answers;
    std::vector<core::Effect> effects;
    std::vector<Published> published;
  };
  /// Where the store says that a batch has become durable; outlives the centre if the store is slower to end.
  struct Landing {
    explicit Landing(Impl* impl) : centre(impl) {}
    std::mutex mutex;
    Impl* centre;
    void one_more() {
      const std::lock_guard lock(mutex);
      if (centre != nullptr) centre->landed();
    }
  };
  struct Inbox {
    std::vector<Waiting> commands;
    std::vector<ports::EngineReport> reports;
    std::vector<std::move_only_function<void(const View&)>> questions;
    std::optional<PlannerThread::Answer> plan;
    std::size_t landed = 0;
  };

  void begin_forecasts() {
    forecasts_ = std::make_unique<ForecastThread>(
        store_, options_.forecast_gap, std::move(learnt_),
        [this](std::move_only_function<void(ForecastThread::Seen)> seen) {
          ask([seen = std::move(seen)](const View& view) mutable {
            seen({{core::planner_input(view.state, view.now), view.state.centre.classes}, view.head_seq});
          });
        });
    follow([this](const Published& published) { forecasts_->note(published.seq, published.event); });
  }

  void run() {
    dirty_ = true;
    for (;;) {
      Inbox inbox;
      bool stopping = false;
      {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, wait_time(), [&] { return has_input() || stopping_; });
        stopping = stopping_;
        take_inbox(inbox);
      }
      land(inbox.landed);
      watch_store();
      if (!stalled_) {
        work(inbox);
      } else {
        hold(inbox);
      }
      for (auto& question : inbox.questions) question(view());
      if (stopping && (flights_.empty() || store_.stalled())) break;
    }
    finish();
  }

  [[nodiscard]] bool has_input() const {
    return (!stalled_ && (!commands_.empty() || !reports_.empty() || plan_result_)) || !questions_.empty() ||
           landed_ > 0;
  }

  void take_inbox(Inbox& inbox) {
    if (!stalled_) {
      const std::size_t n = std::min(commands_.size(), commands_per_batch);
      for (std::size_t i = 0; i < n; ++i) inbox.commands.push_back(std::move(commands_[i]));
      commands_.erase(commands_.begin(), commands_.begin() + static_cast<std::ptrdiff_t>(n));
      inbox.reports.swap(reports_);
      inbox.plan = std::exchange(plan_result_, std::nullopt);
    }
    inbox.questions.swap(questions_);
    inbox.landed = std::exchange(landed_, 0);
  }

  /// Until when the loop may sleep: time alone makes timers, plans and snapshots due.
  [[nodiscard]] std::chrono::milliseconds wait_time() const {
    std::int64_t wait = 1'000;
    const Instant now = clock_.now();
    const auto until = [&](Instant t) { wait = std::min(wait, std::max<std::int64_t>(0, (t - now).raw())); };
    until(core::next_wakeup(kernel_.state()));
    if (dirty_ && !planning_) wait = std::min(wait, std::max<std::int64_t>(0, plan_pause_ms_ - ms_since(planned_at_)));
    if (!planning_ && !dirty_ && replan_at_) until(*replan_at_);
    if (!placements_.empty()) wait = std::min<std::int64_t>(wait, 200);
    if (stalled_) wait = std::min<std::int64_t>(std::max<std::int64_t>(wait, 100), 200);
    return std::chrono::milliseconds(wait);
  }

  void work(Inbox& inbox) {
    Flight flight;
    const Instant now = std::max(clock_.now(), kernel_.state().now);
    for (auto& report : inbox.reports) take_report(report, now, flight);
    place_waiting(now, flight);
    if (inbox.plan) adopt(std::move(*inbox.plan), now, flight);
    if (core::next_wakeup(kernel_.state()) <= now) execute(core::WakeUp{}, now, flight);
    for (auto& waiting : inbox.commands) {
      auto answer = execute(waiting.command, now, flight);
      flight.answers.emplace_back(std::move(waiting.done), std::move(answer));
    }
    send(std::move(flight));
    if (replan_at_ && *replan_at_ <= now) dirty_ = true;
    if (dirty_ && !planning_ && ms_since(planned_at_) >= plan_pause_ms_) begin_plan(now);
    if (kernel_.head().seq >= snapshot_seq_ + options_.snapshot_every) save_snapshot();
  }

  Answer execute(const core::Command& command, Instant now, Flight& flight) {
    const bool depended_on = !kernel_.state().dependents.empty();
    auto events = kernel_.execute(command, now);
    {
      const std::lock_guard lock(mutex_);
      ++counters_.commands;
      if (!events)
        ++counters_.refusals;
      else
        counters_.events += events->size();
    }
    if (!events) return Unexpected<Refusal>(std::move(events).error());
    Done done{kernel_.head().seq, *events};
    std::uint64_t seq = kernel_.head().seq - events->size();
    for (core::Event& event : *events) {
      if (changes_plan(event.body)) dirty_ = true;
      // Whoever waits `after` a job that has started may run now.
      if (depended_on && std::holds_alternative<core::AttemptStarted>(event.body)) dirty_ = true;
      feed_.hear(event.body);
      if (const auto* ended = std::get_if<core::AttemptEnded>(&event.body)) progress_.erase(ended->attempt.job);
      flight.published.push_back({++seq, std::move(event)});
    }
    return done;
  }

  void take_report(const ports::EngineReport& report, Instant now, Flight& flight) {
    if (placements_.keeps(report, now)) return;
    if (const auto* progressed = std::get_if<ports::Progressed>(&report)) {
      const core::Attempt* attempt = kernel_.state().find(progressed->attempt);
      if (attempt == nullptr) return;
      LiveProgress& live = progress_[progressed->attempt.job];
      const bool first = live.attempt != progressed->attempt;
      live.attempt = progressed->attempt;
      if (progressed->progress.step >= 0) live.progress.step = progressed->progress.step;
      if (progressed->progress.of >= 0) live.progress.of = progressed->progress.of;
      if (!progressed->progress.checkpoint.empty()) live.progress.checkpoint = progressed->progress.checkpoint;
      tell_progress(live, now);
      const bool logged = first || !progressed->progress.checkpoint.empty() || now - live.at >= options_.progress_gap;
      if (!logged) return;
      live.at = now;
    }
    execute(command_of(report), now, flight);
  }

  void place_waiting(Instant now, Flight& flight) {
    placements_.each_try(
        now,
        [&](const core::ReportPlaced& command) {
          execute(command, now, flight);
          const core::Attempt* attempt = kernel_.state().find(command.attempt);
          return attempt == nullptr || !attempt->handed_over();
        },
        [&](const ports::EngineReport& report) { take_report(report, now, flight); });
  }

  void tell_progress(const LiveProgress& live, Instant now) {
    LiveProgress copy = live;
    copy.at = now;
    const std::lock_guard lock(followers_mutex_);
    for (const auto& [number, each] : progress_followers_) each(copy);
  }

  void adopt(PlannerThread::Answer answer, Instant now, Flight& flight) {
    planning_ = false;
    if (!answer) {  // no step leads there
      kept_ = false;
      dirty_ = true;
      plan_pause_ms_ = 0;
      return;
    }
    const std::int64_t took = ms_since(planned_at_);
    planned_at_ = Steady::now();
    plan_pause_ms_ = std::max(options_.plan_gap.raw(), std::min(took, whole_pause_most_ms));
    {
      const std::lock_guard lock(mutex_);
      ++counters_.plans;
      counters_.plan_ms_last = static_cast<std::uint64_t>(took);
      counters_.plan_ms_max = std::max(counters_.plan_ms_max, counters_.plan_ms_last);
    }
    if (const auto* whole = std::get_if<sched::Plan>(&answer->plan)) {
      kept_ = whole->waits.size() >= options_.plans.keeps_from;
      whole_ended_ = planned_at_;
      whole_pause_ms_ = plan_pause_ms_;
      if (kept_) plan_pause_ms_ = options_.plan_gap.raw();
      renew_at_ = now + std::clamp(milliseconds(took * renew_factor), renew_least, renew_most);
    }
    // Steps go on from what is recorded.
    const core::AdoptPlan command = core::adoption_of(*answer, making_, kept_ || answer->hash != plan_hash_);
    plan_hash_ = std::move(answer->hash);
    std::visit([&](auto& plan) { plans_.take(std::move(plan)); }, answer->plan);
    const bool was_dirty = dirty_;
    dirty_ = false;
    execute(command, now, flight);
    for (const Published& published : flight.published) {
      if (std::holds_alternative<core::PlanMade>(published.event.body)) plan_seq_ = published.seq;
    }
    // Grants follow the plan: what it says of the rest of the queue still holds. Only where something was dropped, or
    // came in between, is there anything new to think about.
    const std::size_t granted = static_cast<std::size_t>(std::ranges::count_if(
        flight.published, [](const Published& p) { return std::holds_alternative<core::LeaseGranted>(p.event.body); }));
    dirty_ = was_dirty || granted != command.starts.size() || !command.preemptions.empty();
    if (granted == 0 && !command.starts.empty()) plan_pause_ms_ = 1'000;  // all dropped: not at once again
    replan_at_ = plans_.replan_at();
    if (making_.step > 0)  // the order is renewed although nothing happens any more
      replan_at_ = std::min(replan_at_.value_or(never), renew_at_);
    else if (const Instant t = core::next_preemptible(kernel_.state(), now); t != never)
      replan_at_ = std::min(replan_at_.value_or(never), t);
  }

  void begin_plan(Instant now) {
    if (kept_ && now < renew_at_) {
      if (auto news = feed_.take(kernel_.state(), now)) {
        dirty_ = false;
        planning_ = true;
        replan_at_.reset();
        planned_at_ = Steady::now();
        making_ = {.saw = kernel_.head().seq, .at = now, .keeps = plan_seq_, .hash = {}, .step = making_.step + 1};
        planner_->give(PlannerThread::Step{now, std::move(*news)});
        return;
      }
    }
    kept_ = false;
    if (ms_since(whole_ended_) < whole_pause_ms_) {  // when planning is slow, the core gets as long for everything else
      planned_at_ = whole_ended_;
      plan_pause_ms_ = whole_pause_ms_;
      return;
    }
    dirty_ = false;
    planning_ = true;
    replan_at_.reset();
    planned_at_ = Steady::now();
    core::PlannerInput input = core::planner_input(kernel_.state(), now);
    input.snapshot.promises = sched::promises_of(plans_.plan());  // kept from plan to plan
    feed_.begin(kernel_.state(), input);
    making_ = {.saw = kernel_.head().seq, .at = now, .keeps = plan_seq_, .hash = {}, .step = 0};
    planner_->give(std::move(input));
  }

  void put_plan(PlannerThread::Answer plan) {
    {
      const std::lock_guard lock(mutex_);
      plan_result_ = std::move(plan);
    }
    wake_.notify_one();
  }

  void send(Flight flight) {
    Kernel::Pending pending = kernel_.take_pending();
    flight.effects = std::move(pending.effects);
    if (pending.batch.records.empty()) {
      // Nothing to make durable; but what was decided may rest on what is still in flight.
      if (flight.answers.empty()) return;
      if (flights_.empty()) return complete(flight);
      for (auto& answer : flight.answers) flights_.back().answers.push_back(std::move(answer));
      return;
    }
    flights_.push_back(std::move(flight));
    {
      const std::lock_guard lock(mutex_);
      ++counters_.batches;
    }
    store_.append(std::move(pending.batch), [landing = landing_] { landing->one_more(); });
  }

  void landed() {
    {
      const std::lock_guard lock(mutex_);
      ++landed_;
    }
    wake_.notify_one();
  }

  void land(std::size_t count) {
    for (; count > 0; --count) {
      Flight flight = std::move(flights_.front());
      flights_.pop_front();
      complete(flight);
    }
  }

  void complete(Flight& flight) {
    for (const core::Effect& effect : flight.effects) perform(effect);
    for (auto& [done, answer] : flight.answers) {
      if (done) done(std::move(answer));
    }
    const std::lock_guard lock(followers_mutex_);
    for (const Published& published : flight.published) {
      for (const auto& [number, each] : followers_) each(published);
    }
  }

  void perform(const core::Effect& effect) {
    struct Perform {
      ports::Engine& engine;
      void operator()(const core::LaunchAttempt& e) const { engine.launch(e.order); }
      void operator()(const core::SignalAttempt& e) const { engine.signal(e.attempt, e.signal); }
      void operator()(const core::EndAttempt& e) const { engine.end(e.attempt, e.grace); }
      void operator()(const core::ForgetAttempt& e) const { engine.forget(e.attempt); }
    };
    std::visit(Perform{*engine_}, effect);
  }

  void watch_store() { stalled_ = store_.stalled().has_value(); }

  /// While the log cannot be written: people's commands that were taken already are refused, everything else waits.
  void hold(Inbox& inbox) {
    const auto why = store_.stalled();
    for (auto& waiting : inbox.commands) {
      waiting.done(refuse("log-stalled", "",
                          "the centre's log cannot be written" + (why ? ": " + why->message : std::string{}),
                          "nothing was accepted; try again when the disk has room"));
    }
    const std::lock_guard lock(mutex_);
    reports_.insert(reports_.begin(), std::make_move_iterator(inbox.reports.begin()),
                    std::make_move_iterator(inbox.reports.end()));
    if (inbox.plan && !plan_result_) plan_result_ = std::move(inbox.plan);
  }

  void save_snapshot() {
    snapshot_seq_ = kernel_.head().seq;
    store_.save_snapshot(kernel_.snapshot(forecasts_ ? forecasts_->saved() : Learnt{}));
  }

  void finish() {
    if (forecasts_) forecasts_->stop();
    if (!store_.stalled() && kernel_.head().seq > snapshot_seq_) save_snapshot();
    std::deque<Waiting> left;
    std::vector<std::move_only_function<void(const View&)>> questions;
    {
      const std::lock_guard lock(mutex_);
      left.swap(commands_);
      questions.swap(questions_);
      finished_ = true;
    }
    for (Flight& flight : flights_) {  // stopped while the log could not be written
      for (auto& [done, answer] : flight.answers) {
        if (done)
          done(refuse("log-stalled", "", "the centre stopped before this was durable", "ask again when it is back"));
      }
    }
    for (auto& waiting : left) waiting.done(refuse("busy", "", "the centre is stopping", "try again when it is back"));
    for (auto& question : questions) question(view());
  }

  [[nodiscard]] View view() {
    return {kernel_.state(),
            kernel_.book(),
            plans_,
            progress_,
            std::max(clock_.now(), kernel_.state().now),
            kernel_.head().seq,
            store_.stalled(),
            forecasts_ ? forecasts_->newest() : nullptr,
            forecasts_ ? forecasts_->run_times() : nullptr};
  }

  ports::LogStore& store_;
  const ports::Clock& clock_;
  const CentreOptions options_;
  ports::Engine* engine_ = nullptr;

  // The core's thread alone.
  Kernel kernel_;
  sched::PlanBook plans_;
  std::string plan_hash_;
  std::uint64_t plan_seq_ = 0;  ///< number of the record that names the newest plan; 0: none since the start
  core::PlannerFeed feed_;
  bool kept_ = false;  ///< the planner can go on from the last plan
  Instant renew_at_;   ///< ... until then
  std::optional<Instant> replan_at_;
  core::PlanMade making_;  ///< what the planner works on
  Placements placements_;
  std::map<model::JobId, LiveProgress> progress_;
  std::deque<Flight> flights_;
  bool dirty_ = false;
  bool planning_ = false;
  Steady::time_point planned_at_;
  std::int64_t plan_pause_ms_ = 0;
  Steady::time_point whole_ended_;  ///< the last whole plan
  std::int64_t whole_pause_ms_ = 0;
  std::uint64_t snapshot_seq_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> commands_;
  std::vector<ports::EngineReport> reports_;
  std::vector<std::move_only_function<void(const View&)>> questions_;
  std::optional<PlannerThread::Answer> plan_result_;
  std::size_t landed_ = 0;
  std::atomic<bool> stalled_ = false;
  bool stopping_ = false;
  bool finished_ = false;
  Counters counters_;

  const std::shared_ptr<Landing> landing_;

  std::mutex followers_mutex_;
  std::map<std::uint64_t, std::function<void(const Published&)>> followers_;
  std::map<std::uint64_t, std::function<void(const LiveProgress&)>> progress_followers_;
  std::uint64_t next_follower_ = 0;

  Learnt learnt_;  ///< what recovery found; the forecasts take it
  std::unique_ptr<ForecastThread> forecasts_;
  std::unique_ptr<PlannerThread> planner_;
  std::thread thread_;
};

Centre::Centre(ports::LogStore& store, const ports::Clock& clock, CentreOptions options)
    : impl_(std::make_unique<Impl>(store, clock, options)) {}
Centre::~Centre() = default;

Expected<Kernel::Recovered, Fault> Centre::recover() { return impl_->recover(); }
void Centre::start(ports::Engine& engine) { impl_->start(engine); }
void Centre::stop() { impl_->stop(); }

void Centre::submit(core::Command command, std::move_only_function<void(Answer)> done) {
  impl_->submit(std::move(command), std::move(done));
}

Answer Centre::submit_and_wait(core::Command command) {
  std::promise<Answer> promise;
  auto future = promise.get_future();
  impl_->submit(std::move(command), [&](Answer answer) { promise.set_value(std::move(answer)); });
  return future.get();
}

void Centre::ask(std::move_only_function<void(const View&)> question) { impl_->ask(std::move(question)); }

void Centre::ask_and_wait(std::move_only_function<void(const View&)> question) {
  std::promise<void> promise;
  auto future = promise.get_future();
  impl_->ask([&](const View& view) {
    question(view);
    promise.set_value();
  });
  future.get();
}

std::uint64_t Centre::follow(std::function<void(const Published&)> each) { return impl_->follow(std::move(each)); }
void Centre::unfollow(std::uint64_t number) { impl_->unfollow(number); }
std::uint64_t Centre::follow_progress(std::function<void(const LiveProgress&)> each) {
  return impl_->follow_progress(std::move(each));
}
void Centre::report(ports::EngineReport report) { impl_->report(std::move(report)); }
Centre::Counters Centre::counters() const { return impl_->counters(); }

}  // namespace mingyue::runtime
