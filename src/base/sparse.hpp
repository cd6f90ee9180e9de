#pragma once

#include <memory>

/// A value that is almost always its default, kept in one pointer: eight bytes until something differs.
///
///   job.past->attempts_counted          reads; the default where nothing was written
///   job.past.edit().attempts_counted++  writes; the value has its own memory from then on
///
/// Copies are deep. The codec (base/codec.hpp) writes it like an optional.
namespace mingyue {

template <class T>
class Sparse {
 public:
  using value_type = T;
  Sparse() = default;
  Sparse(const Sparse& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Sparse(Sparse&&) noexcept = default;
  Sparse& operator=(const Sparse& other) {
    value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Sparse& operator=(Sparse&&) noexcept = default;
  ~Sparse() = default;

  const T& operator*() const { return value_ ? *value_ : none; }
  const T* operator->() const { return &**this; }
  T& edit() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  [[nodiscard]] bool written() const { return value_ != nullptr; }
  void reset() { value_.reset(); }
  friend bool operator==(const Sparse& a, const Sparse& b) { return a.written() == b.written() && *a == *b; }

 private:
  static inline const T none{};
  std::unique_ptr<T> value_;
};

}  // namespace mingyue
