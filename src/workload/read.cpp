#include "workload/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "base/text.hpp"
#include "workload/common_form.hpp"
#include "workload/rows.hpp"

namespace mingyue::workload {
namespace {

std::string_view code_of(Remark remark) {
  switch (remark) {
    case Remark::missing_field:
      return "missing-field";
    case Remark::extra_field:
      return "unknown-field";
    case Remark::not_a_number:
      return "bad-value";
    case Remark::out_of_order:
      return "out-of-order";
    default:
      return "out-of-range";
  }
}

std::string words_of(const Trouble& trouble) {
  const std::string text = trouble.text.empty() ? "nothing" : fmt::format("\"{}\"", shown(trouble.text));
  switch (trouble.remark) {
    case Remark::missing_field:
      return trouble.field.empty() ? "the row ends before its last field" : "the field is empty";
    case Remark::extra_field:
      return fmt::format("the row has a field too many, {}", text);
    case Remark::not_a_number:
      return fmt::format("{} cannot be read", text);
    case Remark::negative:
      return fmt::format("{} is a time or a size below zero", text);
    case Remark::not_positive:
      return fmt::format("{} is none", text);
    case Remark::too_large:
      return fmt::format("{} is larger than anything that is believed", text);
    case Remark::out_of_order:
      return fmt::format("{} goes back behind a row before it", text);
    default:
      return std::string(enum_word(trouble.remark));
  }
}

/// Rows into jobs, in the order of submission.
///
/// Jobs that come in order pass through a queue; only those that come late go through a heap. So a sorted file costs
/// nothing for being sorted, and an unsorted one no more than a heap of what is late.
class Reader : public Source {
 public:
  Reader(Lines lines, std::unique_ptr<RowReader> rows, const ReadOptions& options, std::size_t window)
      : lines_(std::move(lines)), rows_(std::move(rows)), bad_rows_(options.bad_rows), window_(window) {}

  [[nodiscard]] const TraceFacts& facts() const override { return rows_->facts(); }
  [[nodiscard]] bool next(TraceJob& job) override {
    while (!ended_ && in_order_.size() + late_.size() <= window_) read_line();
    if (!status_ || (in_order_.empty() && late_.empty())) return false;
    if (late_.empty() || (!in_order_.empty() && before(in_order_.front(), late_.front()))) {
      job = in_order_.front().job;
      in_order_.pop_front();
    } else {
      std::ranges::pop_heap(late_, after);
      job = late_.back().job;
      late_.pop_back();
    }
    given_ = job.submit;
    return true;
  }
  [[nodiscard]] Expected<void> status() const override { return status_; }
  [[nodiscard]] Account account() const override { return account_; }
  [[nodiscard]] double progress() const override { return lines_.progress(); }

 private:
  struct Held {
    std::int64_t row = 0;
    TraceJob job;
  };
  static bool before(const Held& a, const Held& b) {
    return std::pair(a.job.submit, a.row) < std::pair(b.job.submit, b.row);
  }
  static bool after(const Held& a, const Held& b) { return before(b, a); }

  void read_line() {
    const auto line = lines_.next();
    if (!line) return fail(line.error());
    if (!*line) {
      ended_ = true;
      return;
    }
    Held held{static_cast<std::int64_t>(account_.rows) + 1, {}};
    const Row row = rows_->take(**line, held.row, held.job);
    if (row == Row::no_row) return;
    ++account_.rows;
    if (row == Row::dropped) {
      ++account_[rows_->trouble().remark];
      return;
    }
    if (row == Row::bad) return bad(rows_->trouble());
    if (held.job.submit < given_) return bad({Remark::out_of_order, "", 1, print_duration(held.job.submit)});
    ++account_.jobs;
    for (const Remark remark : rows_->changes()) ++account_[remark];
    account_.recorded_ms += rows_->recorded_ms();
    if (in_order_.empty() || in_order_.back().job.submit <= held.job.submit) {
      in_order_.push_back(held);
    } else {
      late_.push_back(held);
      std::ranges::push_heap(late_, after);
    }
  }

  void bad(const Trouble& trouble) {
    if (bad_rows_ == BadRows::skip) {
      ++account_[trouble.remark];
      return;
    }
    std::string hint = "--skip leaves out what is bad, and counts it";
    if (trouble.remark == Remark::out_of_order) hint = "sort the file by submission; or: " + hint;
    fail(Refusal{std::string(code_of(trouble.remark)), std::string(trouble.field),
                 fmt::format("column {}: {}", trouble.column, words_of(trouble)), std::move(hint), lines_.number()});
  }

  void fail(Refusal refusal) {
    status_ = Unexpected<Refusal>(std::move(refusal));
    ended_ = true;
  }

  Lines lines_;
  std::unique_ptr<RowReader> rows_;
  BadRows bad_rows_;
  std::size_t window_;
  std::deque<Held> in_order_;
  std::vector<Held> late_;
  Duration given_;
  Account account_;
  Expected<void> status_;
  bool ended_ = false;
};

/// What a text is, by its first line that says something.
Expected<Format> guess(Lines& lines) {
  TRY(line, lines.next());
  lines.again();
  if (!line) return refuse("bad-document", "", "the file is empty");
  if (line->starts_with(common_form::title)) return Format::common;
  if (line->starts_with(';')) return Format::swf;
  if (line->find("cpu_milli") != std::string_view::npos) return Format::openb;
  if (line->find(',') != std::string_view::npos)
    return line->find("num_iteration") != std::string_view::npos || line->find("gpu_time") != std::string_view::npos
               ? Format::acme
               : Format::helios;
  return Format::swf;
}

}  // namespace

Expected<std::unique_ptr<Source>> read_trace(std::unique_ptr<ByteSource> bytes, const ReadOptions& options) {
  Lines lines(std::move(bytes));
  ReadOptions chosen = options;
  if (chosen.format == Format::guess) {
    TRY(format, guess(lines));
    chosen.format = format;
  }
  std::size_t window = std::max<std::size_t>(options.window, 1) - 1;
  Expected<std::unique_ptr<RowReader>> rows;
  switch (chosen.format) {
    case Format::swf:
      rows = swf_rows(lines, chosen);
      break;
    case Format::openb:
      rows = openb_rows(lines, chosen);
      break;
    case Format::common:
      rows = common_rows(lines, chosen);
      window = 0;
      break;
    default:
      rows = cluster_rows(lines, chosen);
      break;
  }
  if (!rows) return Unexpected<Refusal>(std::move(rows).error());
  return std::make_unique<Reader>(std::move(lines), std::move(*rows), options, window);
}

Expected<std::unique_ptr<Source>> read_trace_file(const std::string& path, const ReadOptions& options) {
  TRY(bytes, open_file(path));
  return read_trace(std::move(bytes), options);
}

}  // namespace mingyue::workload
