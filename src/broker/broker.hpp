#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/meter.hpp"
#include "broker/timetable.hpp"
#include "broker/wish.hpp"
#include "core/usage.hpp"

/// Shares quantum devices among running jobs, batch by batch: a device is held for the time in which it works, so that
/// loops whose classical half takes most of each step keep it busy together.
///
/// A pure machine: it is told what is wished and what happened, each time with the clock's `now`, and says what is to
/// be done. It reads no clock, asks no device and keeps no promise beyond its own order, so the live centre and the
/// twin run the same one.
namespace mingyue::broker {

struct Rules {
  Duration starve_after = minutes(10);  ///< who has waited so long comes before all others, the longest wait first
  Duration session_max = minutes(15);   ///< a session ends by then
  Duration session_idle = minutes(1);   ///< ... and when no batch has run in it for so long
  std::int32_t tries = 3;               ///< of a batch, in all, when devices fail under it
  Duration half_life = days(7);         ///< of the use that the order looks at
  /// From before: by `project` and by `project/user`, in milliseconds of devices.
  std::map<std::string, core::DecayedUsage> usage;
  std::map<std::string, std::int64_t> shares;  ///< by project, from 1; who is not named has 1
};

struct Begin {
  WishId wish;
  DeviceNumber device = 0;
  friend bool operator==(const Begin&, const Begin&) = default;
};
struct OpenSession {
  WishId wish;
  DeviceNumber device = 0;
  Instant until;
  friend bool operator==(const OpenSession&, const OpenSession&) = default;
};
enum class SessionEnd : std::uint8_t { asked = 1, over = 2, idle = 3, device = 4, attempt_ended = 5 };
DESCRIBE_ENUM(SessionEnd, asked, over, idle, device, attempt_ended)
struct CloseSession {
  DeviceNumber device = 0;
  model::AttemptId of;
  SessionEnd why = SessionEnd::asked;
  friend bool operator==(const CloseSession&, const CloseSession&) = default;
};
/// Devices have failed under it too often.
struct GiveUp {
  WishId wish;
  std::string why;  ///< what the last device said
  friend bool operator==(const GiveUp&, const GiveUp&) = default;
};
using Step = std::variant<Begin, OpenSession, CloseSession, GiveUp>;

/// Where a wish stands, as of now and as far as anybody can know.
struct Standing {
  std::int32_t place = 0;             ///< in the order, from 1
  Instant since;                      ///< it waits
  bool starved = false;               ///< it has waited so long that it comes before all that have not
  std::vector<Chance> chances;        ///< all its options; those in the order before it are counted in
  std::optional<std::size_t> chosen;  ///< in `chances`; nothing: no device is in service, and nobody knows when
};

/// A device, for people.
struct DeviceStanding {
  std::string name;
  QpuOut out = QpuOut::no;
  std::string why;
  std::optional<Instant> back_at;  ///< when out of service, where somebody knows
  std::optional<WishId> running;
  model::AttemptId of;  ///< whose batch, or whose session
  bool session = false;
  std::int32_t waiting = 0;  ///< wishes that could be granted here
};

/// Order: who has starved, by how long; then the priority class, then the project that has used the least for its
/// shares (decayed), then the user in it that has used the least, then the longest wait. Device: of those that a wish
/// may use, the one it prefers, after what comes before it in the order. Cost: a look at every waiting wish and its
/// options while a device is free, none while all are busy.
class Broker {
 public:
  Broker(Rules rules, std::vector<std::string> devices, Instant now);

  void wish(Wish wish, Instant now);
  /// No longer wanted. One that runs holds its device until ended().
  void withdraw(WishId wish, Instant now);
  /// The batch that ran there has ended.
  void ended(DeviceNumber device, Instant now);
  /// It has not, and that is the device's fault: it waits again, with its old place, for another device if there is
  /// one.
  void failed(DeviceNumber device, const std::string& why, Instant now);
  void end_session(model::AttemptId of, SessionEnd why, Instant now);
  /// The attempt is over: what it waited for and what it held.
  void gone(model::AttemptId of, Instant now);

  /// Takes no new work. A batch that runs there goes on; if it cannot, failed() says so.
  void take_out(DeviceNumber device, QpuOut out, std::string why, std::optional<Instant> back_at, Instant now);
  void put_in(DeviceNumber device, Instant now);
  /// Its next outage; `never`, `never`: none is foreseen. Nothing is begun that would reach into it.
  void foresee(DeviceNumber device, Instant closes, Instant opens);

  /// What is to be done now. To be asked after anything above, and at next_wakeup().
  [[nodiscard]] std::vector<Step> act(Instant now);
  [[nodiscard]] Instant next_wakeup() const;

  [[nodiscard]] std::optional<Standing> standing(WishId wish, Instant now) const;
  [[nodiscard]] DeviceStanding device(DeviceNumber device) const;
  struct HeldSession {
    DeviceNumber device = 0;
    Instant until;
  };
  [[nodiscard]] std::optional<HeldSession> session_of(model::AttemptId of) const;
  [[nodiscard]] std::size_t devices() const { return devices_.size(); }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  /// What the device's time went to since the last reading.
  [[nodiscard]] QpuReading read(DeviceNumber device, Instant now);

 private:
  struct Waiting {
    Wish wish;
    Instant since;
    std::int32_t tries = 0;
    std::vector<DeviceNumber> failed_on;
  };
  struct Session {
    Wish wish;
    Instant until;
    Instant used;  ///< a batch ended, or it was opened: charged up to here
  };
  struct Device {
    std::string name;
    Meter meter;
    QpuOut out = QpuOut::no;
    std::string why;
    std::optional<Instant> back_at;
    Instant closes = never;
    Instant opens = never;
    std::optional<Waiting> running;
    Instant begun;
    Instant due;  ///< ... and expected to end
    std::optional<Session> session;
  };
  struct Place {
    bool starved = false;
    std::int32_t rank = 0;
    std::int64_t project_use = 0;
    std::int64_t user_use = 0;
    Instant since;
    WishId wish;
  };

  [[nodiscard]] std::vector<const Waiting*> in_order(Instant now) const;
  [[nodiscard]] Place place(const Waiting& waiting, Instant now) const;
  [[nodiscard]] std::vector<Timetable> timetables(Instant now) const;
  [[nodiscard]] std::vector<Chance> chances(const Waiting& waiting, const std::vector<Timetable>& times,
                                            Instant now) const;
  [[nodiscard]] bool idle(const Device& device) const { return device.out == QpuOut::no && !device.running; }
  [[nodiscard]] bool any_idle() const;
  [[nodiscard]] const Device* held_by(model::AttemptId of) const;
  void close(DeviceNumber device, SessionEnd why, Instant now);
  void end_sessions(Instant now);
  void begin(WishId wish, DeviceNumber device, Instant now);
  void free(Device& device, Instant now);
  void turn(Device& device, Instant now);
  void turn_all(Instant now);
  void charge(const Wish& wish, Duration time, Instant now);

  Rules rules_;
  std::vector<Device> devices_;
  std::map<WishId, Waiting> waiting_;
  std::vector<Step> steps_;  ///< decided, not yet told
};

}  // namespace mingyue::broker
