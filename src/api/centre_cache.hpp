#pragma once

#include <memory>
#include <mutex>

#include "core/event.hpp"
#include "model/centre.hpp"

namespace mingyue::api {

/// The centre's description, kept outside the core's thread: submissions are read and checked against it without asking
/// the core. Nothing where it may have changed; then the next question on the core's thread renews it.
class CentreCache {
 public:
  [[nodiscard]] std::shared_ptr<const model::Centre> get() const {
    const std::lock_guard lock(mutex_);
    return centre_;
  }
  /// On the core's thread, with what its state says.
  std::shared_ptr<const model::Centre> renew(const model::Centre& centre) {
    const std::lock_guard lock(mutex_);
    if (!centre_) centre_ = std::make_shared<const model::Centre>(centre);
    return centre_;
  }
  void apply(const core::EventBody& event) {
    if (!std::holds_alternative<core::CentreConfigured>(event) && !std::holds_alternative<core::ProjectSet>(event) &&
        !std::holds_alternative<core::UserSet>(event)) {
      return;
    }
    const std::lock_guard lock(mutex_);
    centre_.reset();
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const model::Centre> centre_;
};

}  // namespace mingyue::api
