#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "workload/lines.hpp"
#include "workload/read.hpp"

/// What the readers of single formats share. Not for others: read.hpp is the door.
namespace mingyue::workload {

/// What one line came to.
enum class Row : std::uint8_t { job, dropped, bad, no_row };

/// Why a row is bad, or why it was dropped.
struct Trouble {
  Remark remark = Remark::missing_field;
  std::string_view field;  ///< its name in the format
  int column = 0;
  std::string text;  ///< what stands there
};

/// Reads the rows of one format. It is given lines one after the other and holds no more than what it needs to name
/// users. Counts what it changes.
class RowReader {
 public:
  RowReader() = default;
  RowReader(const RowReader&) = delete;
  RowReader& operator=(const RowReader&) = delete;
  virtual ~RowReader() = default;

  [[nodiscard]] const TraceFacts& facts() const { return facts_; }
  /// One line; `ordinal` counts rows from 1. `job` is whole only where the answer is Row::job.
  [[nodiscard]] Row take(std::string_view line, std::int64_t ordinal, TraceJob& job) {
    job = {};
    job.number = ordinal;
    changes_.clear();
    recorded_ms_ = 0;
    return read(line, ordinal, job);
  }
  [[nodiscard]] const Trouble& trouble() const { return trouble_; }
  /// What the last job needed; only of rows that became jobs.
  [[nodiscard]] const std::vector<Remark>& changes() const { return changes_; }
  /// See Account::recorded_ms; of the last job.
  [[nodiscard]] std::int64_t recorded_ms() const { return recorded_ms_; }

 protected:
  [[nodiscard]] virtual Row read(std::string_view line, std::int64_t ordinal, TraceJob& job) = 0;

  Row bad(Remark remark, std::string_view name, const Field& field);
  Row dropped(Remark remark);
  void changed(Remark remark) { changes_.push_back(remark); }

  /// What a number must be. `count`: whole, and at least 0. Each says no by bad().
  [[nodiscard]] bool time(const Field& field, std::string_view name, Duration max, Duration& value);
  [[nodiscard]] bool count(const Field& field, std::string_view name, std::int64_t max, std::int64_t& value);
  /// A whole number of any sign.
  [[nodiscard]] bool whole(const Field& field, std::string_view name, std::int64_t max, std::int64_t& value);
  [[nodiscard]] bool decimal(const Field& field, std::string_view name, std::int64_t& thousandths);

  TraceFacts facts_;
  Trouble trouble_;
  std::vector<Remark> changes_;
  std::int64_t recorded_ms_ = 0;
};

/// The readers. Each takes the head of its format from `lines`; the rows that follow are given to read().
[[nodiscard]] Expected<std::unique_ptr<RowReader>> swf_rows(Lines& lines, const ReadOptions& options);
[[nodiscard]] Expected<std::unique_ptr<RowReader>> cluster_rows(Lines& lines, const ReadOptions& options);
[[nodiscard]] Expected<std::unique_ptr<RowReader>> openb_rows(Lines& lines, const ReadOptions& options);
[[nodiscard]] Expected<std::unique_ptr<RowReader>> common_rows(Lines& lines, const ReadOptions& options);

/// The digits at the front of an identity, `363167` of `363167#0`; else the row's place.
[[nodiscard]] std::int64_t number_of(std::string_view identity, std::int64_t ordinal);

/// The line with the names of columns; refused where the text is empty.
[[nodiscard]] Expected<std::vector<std::string>> read_head(Lines& lines);
/// Where a column is, or npos.
[[nodiscard]] std::size_t column_of(const std::vector<std::string>& head, std::string_view name);

}  // namespace mingyue::workload
