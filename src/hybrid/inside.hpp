#pragma once

#include <chrono>
#include <map>
#include <set>

#include "drivers/driver_process.hpp"
#include "hybrid/door.hpp"
#include "hybrid/service.hpp"
#include "hybrid/workshop.hpp"

namespace mingyue::hybrid {

/// What of the service lives on the loop's thread. Everything but the constructor is called there.
///
/// In three files: service.cpp is its beginning and end and its questions, service_devices.cpp the devices with their
/// drivers, calendars and meters, service_talk.cpp the talk with jobs.
class Service::Inside : public std::enable_shared_from_this<Service::Inside> {
 public:
  Inside(runtime::Centre& centre, const ports::Clock& clock, ServiceOptions options,
         const std::shared_ptr<drivers::DriverLoop>& loop);

  /// What the service must know of the centre to begin.
  struct Start {
    std::vector<model::Qpu> qpus;
    std::map<std::string, core::QpuState> states;
    broker::Rules rules;
  };
  Expected<void, Fault> begin(Start start);
  /// Nothing is asked of the centre any more, and nothing told.
  void end();
  /// Drivers end; not on the loop's thread.
  void end_drivers();

  void note(const core::Event& event);  ///< a durable event of the centre
  [[nodiscard]] std::vector<LiveQpu> devices() const;
  [[nodiscard]] std::optional<LiveLoop> loop_of(model::JobId job) const;
  [[nodiscard]] Model model_of(const std::string& qpu) const;
  void restart(const std::string& qpu);
  [[nodiscard]] pid_t driver_pid(const std::string& qpu) const;

  [[nodiscard]] const ServiceOptions& options() const { return options_; }

 private:
  using Steady = std::chrono::steady_clock;
  using Number = broker::DeviceNumber;

  // ---- devices
  static constexpr const char* starts = "its driver starts";
  struct Meter {
    std::optional<model::QpuReading> told;  ///< the centre has not answered yet
    std::optional<model::QpuReading> next;
  };
  struct Device {
    model::Qpu qpu;
    model::QpuFacts facts;
    Model model;  ///< null: not seen yet
    std::unique_ptr<drivers::DriverProcess> driver;
    bool ready = false;  ///< its driver is
    std::string why_not_ready;
    std::optional<qpu::Window> window;  ///< open now
    bool drained = false;
    std::string drained_why;
    model::QpuOut said = model::QpuOut::no;  ///< to the centre
    std::string said_why;
    Meter meter;
    drivers::DriverLoop::TimerId calendar = 0;
    std::optional<broker::WishId> running;
  };
  void start_driver(Number number);
  void on_state(Number number, drivers::DriverState state, const std::optional<Fault>& why);
  void on_facts(Number number, const drivers::DeviceFacts& facts);
  void settle(Number number);  ///< in or out of service, as everything that keeps it out says
  void keep_calendar(Number number);
  void read_meters();
  void read_meter(Number number);
  void ask_for_budgets();
  void tell_meter(Number number);
  void tell(core::Command command);
  void fault_of(Number number, model::AttemptId attempt, bool lied, const std::string& message);

  // ---- talk
  struct Member {
    model::AttemptId attempt;
    std::string project;
    std::string user;
    model::WorkKind kind = model::WorkKind::quantum;
    std::int32_t rank = 0;
    model::QpuNeed need;
    bool gone = false;
    std::int64_t asked = 0;  ///< requests, to draw seeds from
    LiveLoop live;
  };
  struct Caller {
    std::optional<model::AttemptId> of;
    bool greeting = false;
  };
  /// A request for a batch or a session.
  struct Request {
    ConnectionId connection = 0;
    std::uint64_t number = 0;
    model::AttemptId of;
    drivers::Batch batch;
    broker::Wish wish;
    Steady::time_point asked;
    Steady::time_point begun;
    std::map<Number, std::int32_t> success;
    std::uint64_t seed = 0;
  };
  void on_frame(ConnectionId from, wire::Frame frame);
  void on_gone(ConnectionId connection);
  void hello(ConnectionId from, const wire::Frame& frame);
  void welcome(ConnectionId from, std::uint64_t request, std::optional<Member> member);
  void run(ConnectionId from, const wire::Frame& frame);
  void appraised(const std::shared_ptr<Request>& request, wire::Batch batch, const std::vector<Number>& numbers,
                 Expected<std::vector<Appraised>> all);
  void session(ConnectionId from, const wire::Frame& frame);
  void place(ConnectionId from, const wire::Frame& frame);
  void cancel(ConnectionId from, const wire::Frame& frame);
  void act();
  void begin_batch(broker::WishId wish, Number number);
  void batch_answered(broker::WishId wish, Number number, Expected<drivers::BatchResult, Fault> answer);
  void wake();
  [[nodiscard]] std::vector<Number> eligible(const Member& member, const std::string& device) const;
  void weigh(Member& member, const Request& request);
  void done(const Request& to, std::string body);
  void refused(ConnectionId to, std::uint64_t request, const Refusal& why);
  void refused(const Request& to, const Refusal& why) { refused(to.connection, to.number, why); }
  [[nodiscard]] bool starting() const;
  void again_soon(ConnectionId from, const wire::Frame& frame);
  [[nodiscard]] std::optional<broker::WishId> wish_of(ConnectionId connection, std::uint64_t number) const;
  [[nodiscard]] Instant now() const { return clock_.now(); }

  runtime::Centre& centre_;
  const ports::Clock& clock_;
  const ServiceOptions options_;
  drivers::DriverLoop& loop_;
  /// For those on other threads, who may answer when the loop is gone.
  const std::weak_ptr<drivers::DriverLoop> weak_loop_;
  bool ended_ = false;
  std::vector<Device> devices_;
  std::optional<broker::Broker> broker_;
  Workshop workshop_;
  Door door_;
  std::map<ConnectionId, Caller> callers_;
  std::map<model::AttemptId, Member> members_;
  std::map<broker::WishId, std::shared_ptr<Request>> wishes_;
  std::map<std::pair<ConnectionId, std::uint64_t>, broker::WishId> by_number_;
  std::set<std::pair<ConnectionId, std::uint64_t>> appraising_;  ///< requests whose circuits are being laid out
  const Steady::time_point begun_ = Steady::now();
  std::set<std::string> broke_;  ///< projects with a budget, and nothing left of it
  std::uint64_t last_wish_ = 0;
  drivers::DriverLoop::TimerId meter_timer_ = 0;
  drivers::DriverLoop::TimerId wake_timer_ = 0;
};

}  // namespace mingyue::hybrid
