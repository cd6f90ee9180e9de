#include "drivers/driver_process.hpp"

#include <future>

#include "base/invariant.hpp"
#include "drivers/driver_inside.hpp"

namespace mingyue::drivers {

DriverProcess::DriverProcess(DriverLoop& loop, DriverOptions options)
    : loop_(loop), inside_(std::make_shared<Inside>(loop, std::move(options))) {
  loop_.post([own = inside_] { own->start(); });
}

DriverProcess::~DriverProcess() {
  INVARIANT(!loop_.is_own_thread(), "a driver process cannot be closed from inside its own callback");
  const auto gone = std::make_shared<std::promise<void>>();
  loop_.post([own = inside_, gone] { own->close([gone] { gone->set_value(); }); });
  gone->get_future().wait();
}

void DriverProcess::describe(Answer<DeviceFacts> answer) {
  loop_.post([own = inside_, answer = std::move(answer)]() mutable {
    own->ask_facts(Verb::describe, own->options().answers_within, std::move(answer));
  });
}

void DriverProcess::calibrate(Answer<DeviceFacts> answer) {
  loop_.post([own = inside_, answer = std::move(answer)]() mutable {
    own->ask_facts(Verb::calibrate, own->options().calibrates_within, std::move(answer));
  });
}

void DriverProcess::status(Answer<DeviceStatus> answer) {
  loop_.post([own = inside_, answer = std::move(answer)]() mutable { own->ask_status(std::move(answer)); });
}

void DriverProcess::run(Batch batch, Duration expected, Answer<BatchResult> answer) {
  loop_.post([own = inside_, batch = std::move(batch), expected, answer = std::move(answer)]() mutable {
    own->ask_run(std::move(batch), expected, std::move(answer));
  });
}

void DriverProcess::cancel(const std::string& batch, Answer<bool> answer) {
  loop_.post([own = inside_, batch, answer = std::move(answer)]() mutable {
    own->ask_cancel(std::move(batch), std::move(answer));
  });
}

void DriverProcess::restart() {
  loop_.post([own = inside_] { own->restart(); });
}

pid_t DriverProcess::pid() const { return inside_->pid(); }

}  // namespace mingyue::drivers
