#pragma once

#include <memory>
#include <string>

#include "workload/bytes.hpp"
#include "workload/source.hpp"

namespace mingyue::workload {

/// Writes a trace in the common form (docs/formats/trace.md): begin, put every job in order, finish.
class TraceWriter {
 public:
  explicit TraceWriter(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}
  [[nodiscard]] Expected<void> begin(const TraceFacts& facts);
  [[nodiscard]] Expected<void> put(const TraceJob& job);
  [[nodiscard]] Expected<void> finish();

 private:
  std::unique_ptr<ByteSink> sink_;
  std::string buffer_;
};

}  // namespace mingyue::workload
