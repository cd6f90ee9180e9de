#pragma once

#include <memory>
#include <utility>

/// A value that is shared by all its copies, because nobody changes it: what a job says goes from the command to the
/// event, to the state and to the planner without being copied once.
///
///   Shared<JobSpec> spec = read;         from a value
///   spec->wall                           reads
///   spec.edit().dependencies.clear()     a copy of its own from then on, where another shares it
///
/// It compares as the value does, and the codec (base/codec.hpp) writes it as the value.
namespace mingyue {

template <class T>
class Shared {
 public:
  using value_type = T;
  /// The default value, without memory of its own.
  Shared() = default;
  Shared(T value) : value_(std::make_shared<T>(std::move(value))) {}  // NOLINT: a value is one of these

  const T& operator*() const { return value_ ? *value_ : none; }
  const T* operator->() const { return &**this; }
  operator const T&() const { return **this; }  // NOLINT: ... and the other way
  T& edit() {
    if (value_.use_count() != 1) value_ = std::make_shared<T>(**this);
    return *value_;
  }

  friend bool operator==(const Shared& a, const Shared& b) { return a.value_ == b.value_ || *a == *b; }

 private:
  static inline const T none{};
  std::shared_ptr<T> value_;
};

}  // namespace mingyue
