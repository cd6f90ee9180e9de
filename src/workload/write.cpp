#include "workload/write.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.hpp"
#include "workload/common_form.hpp"

namespace mingyue::workload {
namespace {

constexpr std::size_t at_once = 64 << 10;

void put_number(std::string& out, std::int64_t n) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n);
  out.append(digits.data(), end.ptr);
  out += ',';
}

/// Looked up once: millions of rows have one of five words.
const std::array<std::string, 5>& end_words() {
  static const std::array<std::string, 5> words = [] {
    std::array<std::string, 5> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = enum_word(static_cast<End>(i));
    return all;
  }();
  return words;
}

}  // namespace

Expected<void> TraceWriter::begin(const TraceFacts& facts) {
  buffer_ = fmt::format("{}{}\n", common_form::title, common_form::version);
  if (!facts.from.empty()) buffer_ += fmt::format("# from {}\n", facts.from);
  buffer_ += fmt::format("# unit {}\n", enum_word(facts.unit));
  if (facts.cores > 0) buffer_ += fmt::format("# cores {}\n", facts.cores);
  if (facts.cards > 0) buffer_ += fmt::format("# cards {}\n", facts.cards);
  if (facts.window > Duration(0)) buffer_ += fmt::format("# window_ms {}\n", facts.window.raw());
  if (facts.start) buffer_ += fmt::format("# start {}\n", print_instant(*facts.start));
  for (const std::string_view name : common_form::names) buffer_ += fmt::format("{},", name);
  buffer_.back() = '\n';
  return {};
}

Expected<void> TraceWriter::put(const TraceJob& job) {
  // In the order of common_form::names.
  put_number(buffer_, job.number);
  put_number(buffer_, job.submit.raw());
  put_number(buffer_, job.run.raw());
  put_number(buffer_, job.request.raw());
  put_number(buffer_, job.tasks);
  put_number(buffer_, job.cores_per_task);
  put_number(buffer_, job.cards_per_task);
  put_number(buffer_, job.memory_mib_per_task);
  put_number(buffer_, job.user);
  put_number(buffer_, job.project);
  buffer_ += end_words()[static_cast<std::size_t>(job.end)];
  buffer_ += ',';
  put_number(buffer_, job.preemptible ? 1 : 0);
  put_number(buffer_, job.checkpoint.raw());
  buffer_.back() = '\n';
  if (buffer_.size() < at_once) return {};
  auto written = sink_->write(buffer_);
  buffer_.clear();
  return written;
}

Expected<void> TraceWriter::finish() {
  CHECK_OK(sink_->write(buffer_));
  buffer_.clear();
  return sink_->finish();
}

}  // namespace mingyue::workload
