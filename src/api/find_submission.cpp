#include "api/find_submission.hpp"

#include <algorithm>

#include "core/event.hpp"

namespace mingyue::api {
namespace {

Expected<Instant, Fault> instant_of(const ports::LogStore& log, std::uint64_t seq) {
  Instant at;
  const auto read = log.read(seq, [&](const ports::Record& record) {
    at = record.at;
    return false;
  });
  if (!read) return std::unexpected(read.error());
  return at;
}

}  // namespace

Expected<std::optional<model::JobSpec>, Fault> find_submission(const ports::LogStore& log, std::uint64_t head,
                                                               model::JobId job, Instant submitted_at) {
  std::uint64_t first = 1;  // the first record that is not before the submission lies in [first, end)
  std::uint64_t end = head + 1;
  while (first < end) {
    const std::uint64_t middle = first + (end - first) / 2;
    TRY(at, instant_of(log, middle));
    if (at < submitted_at)
      first = middle + 1;
    else
      end = middle;
  }
  std::optional<model::JobSpec> found;
  if (first > head) return found;
  const auto read = log.read(first, [&](const ports::Record& record) {
    if (record.at > submitted_at) return false;
    const auto body = core::decode_event(record.number, record.payload);
    const auto* submitted = body ? std::get_if<core::JobSubmitted>(&*body) : nullptr;
    if (submitted == nullptr) return true;
    const std::uint64_t count = std::max<std::uint64_t>(1, submitted->spec->indices.size());
    if (job.raw() < submitted->first.raw() || job.raw() >= submitted->first.raw() + count) return true;
    found = *submitted->spec;
    return false;
  });
  if (!read) return std::unexpected(read.error());
  return found;
}

}  // namespace mingyue::api
