#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/expected.hpp"
#include "workload/bytes.hpp"
#include "workload/source.hpp"

namespace mingyue::workload {

/// The forms in which traces come. docs/formats/trace.md says what each keeps and what it leaves out.
enum class Format : std::uint8_t {
  guess,   ///< by its first lines
  common,  ///< our own
  swf,     ///< Standard Workload Format, version 2
  helios,  ///< SenseTime's clusters, as published, or reduced to arrival, service and cards
  acme,    ///< Shanghai AI Laboratory's clusters, as published, or as iterations of workers
  openb,   ///< Alibaba's pods with fractions of cards
};
DESCRIBE_ENUM(Format, guess, common, swf, helios, acme, openb)

enum class BadRows : std::uint8_t { refuse, skip };

struct ReadOptions {
  Format format = Format::guess;
  std::int32_t machine = 0;  ///< its processors or cards; 0: as the file says, else unknown
  BadRows bad_rows = BadRows::refuse;
  std::uint64_t seed = 1;  ///< of requests that are drawn where a format has none
  /// Jobs are put into order within so many; a file with no more is sorted whole. A longer one may be out of order only
  /// as far, and 72 MB are all that it takes. The common form is in order by itself.
  std::size_t window = 1U << 20U;
};

/// Reads a trace as it comes. Refuses at once what is not of the format at all; bad rows are refused, or skipped and
/// counted, when they are met.
[[nodiscard]] Expected<std::unique_ptr<Source>> read_trace(std::unique_ptr<ByteSource> bytes,
                                                           const ReadOptions& options = {});
/// The file of that name, plain or gzip.
[[nodiscard]] Expected<std::unique_ptr<Source>> read_trace_file(const std::string& path,
                                                                const ReadOptions& options = {});

}  // namespace mingyue::workload
