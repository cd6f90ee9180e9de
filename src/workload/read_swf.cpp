#include <algorithm>
#include <array>

#include "workload/rows.hpp"

/// The Standard Workload Format (Feitelson): 18 numbers a row, -1 for unknown, `;` before a comment. What we use of it:
///
///    1  job number            8  requested processors    12  user
///    2  submit, s             9  requested time, s       13  group
///    4  run time, s          10  requested memory, KB per processor
///    5  allocated processors 11  status
///
/// The rule by which logs become jobs, so that figures can be compared: processors are those requested, else those
/// allocated; rows without a run time, without processors, or with more than the machine has are dropped; a request
/// that is missing is the run time; a run is cut at its request; jobs are in the order of submission.
namespace mingyue::workload {
namespace {

constexpr std::size_t fields_of_row = 18;

struct Names {
  std::string_view number = "job number", submit = "submit time", run = "run time", allocated = "allocated processors",
                   requested = "requested processors", request = "requested time", memory = "requested memory",
                   status = "status", user = "user", group = "group";
};
constexpr Names names;

End end_of(std::int64_t status) {
  switch (status) {
    case 0:
    case 4:
      return End::failed;
    case 1:
    case 3:
      return End::succeeded;
    case 5:
      return End::cancelled;
    default:
      return End::unknown;
  }
}

class SwfRows : public RowReader {
 public:
  explicit SwfRows(const ReadOptions& options) : said_(options.machine) {
    facts_.from = "a log in the Standard Workload Format";
    facts_.unit = Unit::cores;
  }

  Expected<void> read_comments(Lines& lines) {
    for (;;) {
      TRY(line, lines.next());
      if (!line) break;
      const std::size_t begin = line->find_first_not_of(" \t");
      if (begin == std::string_view::npos) continue;
      if ((*line)[begin] != ';') {
        lines.again();
        break;
      }
      read_comment(line->substr(begin + 1));
    }
    facts_.cores = said_ > 0 ? said_ : processors_ > 0 ? processors_ : nodes_;
    return {};
  }

  Row read(std::string_view line, std::int64_t, TraceJob& job) override {
    split_at_blanks(line, fields_of_row + 1, fields_);
    if (fields_.empty() || fields_[0].text.front() == ';') return Row::no_row;
    if (fields_.size() < fields_of_row)
      return bad(Remark::missing_field, "", {line, static_cast<int>(line.size()) + 1});
    if (fields_.size() > fields_of_row) return bad(Remark::extra_field, "", fields_[fields_of_row]);
    const auto field = [&](std::size_t n) -> const Field& { return fields_[n - 1]; };

    std::int64_t run = 0, allocated = 0, requested = 0, request = 0, memory = 0, status = 0, user = 0, group = 0;
    constexpr std::int64_t any = 4'000'000'000;
    if (!whole(field(1), names.number, INT64_MAX, job.number) || !decimal(field(4), names.run, run) ||
        !whole(field(5), names.allocated, any, allocated) || !whole(field(8), names.requested, any, requested) ||
        !decimal(field(9), names.request, request) || !decimal(field(10), names.memory, memory) ||
        !whole(field(11), names.status, any, status) || !whole(field(12), names.user, any, user) ||
        !whole(field(13), names.group, any, group) || !time(field(2), names.submit, submit_max, job.submit))
      return Row::bad;

    const std::int64_t processors = requested > 0 ? requested : allocated;
    if (run <= 0) return dropped(Remark::no_run_time);
    if (processors <= 0) return dropped(Remark::no_processors);
    if (facts_.cores > 0 && processors > facts_.cores) return dropped(Remark::larger_than_machine);
    if (processors > size_max) return bad(Remark::too_large, names.requested, field(requested > 0 ? 8 : 5));
    if (run > run_max.raw()) return bad(Remark::too_large, names.run, field(4));
    if (request > run_max.raw()) return bad(Remark::too_large, names.request, field(9));

    if (request <= 0) changed(Remark::request_missing);
    if (request > 0 && run > request) changed(Remark::run_capped);
    // The limit that held is not in the log where both are unknown: the run was allowed what it took.
    job.request = Duration(request > 0 ? request : run);
    job.run = std::min(Duration(run), job.request);
    job.tasks = static_cast<std::int32_t>(processors);
    job.memory_mib_per_task =
        static_cast<std::int32_t>(std::clamp<std::int64_t>((memory / 1000 + 1023) / 1024, 0, memory_mib_max));
    job.user = static_cast<std::uint32_t>(std::max<std::int64_t>(user, 0));
    job.project = static_cast<std::uint32_t>(std::max<std::int64_t>(group, 0));
    job.end = end_of(status);
    recorded_ms_ = std::clamp<std::int64_t>(allocated > 0 ? allocated : processors, 0, size_max) * run;
    return Row::job;
  }

 private:
  /// `MaxProcs: 100`; what is no number is left alone, as comments may say anything.
  void read_comment(std::string_view text) {
    const auto value_of = [&](std::string_view name) -> std::int64_t {
      const std::size_t at = text.find_first_not_of(" \t");
      if (at == std::string_view::npos || !text.substr(at).starts_with(name)) return 0;
      std::string_view rest = text.substr(at + name.size());
      while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
      const Decimal read = read_decimal(rest.substr(0, rest.find_first_of(" \t")));
      return read.kind == Decimal::Kind::number ? read.thousandths / 1000 : 0;
    };
    const auto size = [](std::int64_t n) { return static_cast<std::int32_t>(n > 0 && n <= size_max ? n : 0); };
    if (const auto n = value_of("MaxProcs:"); n != 0) processors_ = size(n);
    if (const auto n = value_of("MaxNodes:"); n != 0) nodes_ = size(n);
    if (const auto n = value_of("UnixStartTime:"); n > 0 && n < never.raw() / 1000) facts_.start = Instant(n * 1000);
  }

  std::int32_t said_, processors_ = 0, nodes_ = 0;
  std::vector<Field> fields_;
};

}  // namespace

Expected<std::unique_ptr<RowReader>> swf_rows(Lines& lines, const ReadOptions& options) {
  auto rows = std::make_unique<SwfRows>(options);
  CHECK_OK(rows->read_comments(lines));
  return rows;
}

}  // namespace mingyue::workload
