#include "api/live_output.hpp"

#include <algorithm>

namespace mingyue::api {
namespace {

constexpr std::size_t piece_bytes_max = 32 * 1024;
/// A job that has ended and whose output is not marked complete: its engine is gone. We look so often once more.
constexpr int quiet_max = 5;

/// Without the bytes of a character whose end has not come yet.
std::size_t whole_characters(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0U) == 0x80U) continue;  // the middle of one
    const std::size_t length = byte >= 0xf0U ? 4 : byte >= 0xe0U ? 3 : byte >= 0xc0U ? 2 : 1;
    return length > back ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

LiveOutput::LiveOutput(const EngineAccess& engine, model::JobId job, std::int32_t attempt, std::int64_t offset)
    : engine_(engine), job_(job) {
  if (attempt > 0) begin(attempt, offset);
}

void LiveOutput::begin(std::int32_t attempt, std::int64_t offset) {
  attempt_ = attempt;
  offset_ = offset;
  complete_ = false;
  reader_ =
      std::make_unique<engines::OutputReader>(engine_.attempt_folder({job_, attempt}), 0, engines::OutputStream::out);
}

void LiveOutput::know(std::optional<std::int32_t> attempts) {
  job_ended_ = !attempts.has_value();
  if (job_ended_) ++quiet_;
  const bool done_with_this = attempt_ == 0 || complete_;
  if (attempts && done_with_this && *attempts > attempt_) begin(attempt_ + 1, 0);
}

std::optional<wire::LivePiece> LiveOutput::next() {
  if (ended_) return std::nullopt;
  wire::LivePiece piece{.job = job_, .attempt = attempt_, .offset = offset_, .next = offset_};
  if (reader_ && !complete_) {
    engines::OutputPiece read = reader_->read(offset_, piece_bytes_max);
    const std::size_t size = read.complete ? read.bytes.size() : whole_characters(read.bytes);
    complete_ = read.complete;
    if (size > 0) {
      piece.offset = read.offset;
      piece.dropped = read.dropped;
      piece.next = offset_ = read.offset + static_cast<std::int64_t>(size);
      read.bytes.resize(size);
      piece.text = std::move(read.bytes);
      quiet_ = 0;
    }
  }
  ended_ = job_ended_ && piece.text.empty() && (complete_ || attempt_ == 0 || quiet_ > quiet_max);
  piece.ended = ended_;
  if (piece.text.empty() && !ended_) return std::nullopt;
  return piece;
}

}  // namespace mingyue::api
