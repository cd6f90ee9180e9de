#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/codec.hpp"
#include "base/shared.hpp"
#include "model/job.hpp"

/// What was submitted to a centre lately, as jobs and not yet as demands: what nodes there are, and where a job would
/// stand in line, is of the moment in which they are supposed to come again (forecast/centre_line.hpp).
namespace mingyue::forecast {

class CentreArrivals {
 public:
  struct Came {
    Instant at;
    Shared<model::JobSpec> spec;  ///< what it asks for, by whom; neither its programs nor its array
    Duration run;                 ///< what it took, or will likely take; 0: it never ran, and is not supposed again
  };

  /// Keeps the last `most`; equal jobs in a row are one spec in memory.
  explicit CentreArrivals(std::size_t most) : most_(most) {}

  std::uint64_t submitted(const model::JobSpec& spec, Duration run, Instant now);
  /// Of one that is forgotten already: nothing.
  void ran(std::uint64_t number, Duration run);

  [[nodiscard]] std::uint64_t begin() const { return count_ - ring_.size(); }
  [[nodiscard]] std::uint64_t end() const { return count_; }
  [[nodiscard]] const Came& operator[](std::uint64_t number) const {
    return ring_[static_cast<std::size_t>(number % most_)];
  }
  /// How long before `now` the history begins, or what of it is remembered.
  [[nodiscard]] Duration known(Instant now) const;

  /// In bytes and back; each spec once.
  void write(codec::Writer& out) const;
  void read(codec::Reader& in);

 private:
  std::size_t most_;
  std::uint64_t count_ = 0;  ///< submitted so far
  std::vector<Came> ring_;
};

}  // namespace mingyue::forecast
