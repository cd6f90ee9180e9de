#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "base/units.hpp"
#include "workload/common_form.hpp"
#include "workload/rows.hpp"

namespace mingyue::workload {
namespace {

using namespace common_form;

class CommonRows : public RowReader {
 public:
  explicit CommonRows(const ReadOptions& options) : said_(options.machine) { at_.fill(std::string::npos); }

  Expected<void> read_front(Lines& lines) {
    TRY(first, lines.next());
    if (!first || !first->starts_with(title))
      return refuse("bad-document", "", fmt::format("the file does not begin with \"{}{}\"", title, version),
                    "other forms: --format swf, helios, acme or openb", 1);
    const Decimal said = read_decimal(first->substr(title.size()));
    if (said.kind != Decimal::Kind::number || said.thousandths != version * 1000)
      return refuse("bad-document", "",
                    fmt::format("this is version \"{}\" of the form, and version {} is read here",
                                shown(first->substr(title.size())), version),
                    "a newer mingyue reads it", 1);
    for (;;) {
      TRY(line, lines.next());
      if (!line) return refuse("bad-document", "", "the line with the names of columns is not there");
      if (!line->starts_with('#')) break;
      CHECK_OK(read_fact(line->substr(1), lines.number()));
    }
    lines.again();
    TRY(head, read_head(lines));
    CHECK_OK(read_names(head, lines.number()));
    if (said_ > 0) (facts_.unit == Unit::cards ? facts_.cards : facts_.cores) = said_;
    return {};
  }

 protected:
  Row read(std::string_view line, std::int64_t, TraceJob& job) override {
    if (line.empty() || line.front() == '#') return Row::no_row;
    split_at_commas(line, width_ + 1, fields_);
    if (fields_.size() < width_) return bad(Remark::missing_field, "", {line, static_cast<int>(line.size()) + 1});
    if (fields_.size() > width_) return bad(Remark::extra_field, "", fields_[width_]);

    std::int64_t n = 0;
    if (!read_time(submit, submit_max, job.submit) || !read_time(run, run_max, job.run)) return Row::bad;
    if (job.run == Duration(0)) return bad(Remark::not_positive, names[run], field(run));
    job.request = job.run;
    if (has(request) && !read_time(request, run_max, job.request)) return Row::bad;
    if (has(checkpoint) && !read_time(checkpoint, run_max, job.checkpoint)) return Row::bad;
    const auto into = [&](Column column, std::int64_t max, auto& value) {
      if (!has(column)) return true;
      if (!count(field(column), names[column], max, n)) return false;
      value = static_cast<std::remove_reference_t<decltype(value)>>(n);
      return true;
    };
    if (!into(number, 900'000'000'000'000, job.number) || !into(tasks, size_max, job.tasks) ||
        !into(cores, size_max, job.cores_per_task) || !into(cards, size_max, job.cards_per_task) ||
        !into(memory, memory_mib_max, job.memory_mib_per_task) || !into(user, UINT32_MAX, job.user) ||
        !into(project, UINT32_MAX, job.project) || !into(preemptible, 1, job.preemptible))
      return Row::bad;
    if (job.tasks == 0) return bad(Remark::not_positive, names[tasks], field(tasks));
    if (job.cores_per_task == 0 && job.cards_per_task == 0)
      return bad(Remark::not_positive, names[cores], field(has(cores) ? cores : cards));
    if (cores_of(job) > size_max || cards_of(job) > size_max) return bad(Remark::too_large, names[tasks], field(tasks));
    if (has(end)) {
      const auto word = enum_from_word<End>(field(end).text);
      if (!word) return bad(Remark::not_a_number, names[end], field(end));
      job.end = *word;
    }
    if (facts_.machine() > 0 && size_of(job, facts_.unit) > facts_.machine())
      return dropped(Remark::larger_than_machine);
    if (job.run > job.request) {
      if (job.request == Duration(0)) return bad(Remark::not_positive, names[request], field(request));
      job.run = job.request;
      changed(Remark::run_capped);
    }
    return Row::job;
  }

 private:
  [[nodiscard]] bool has(Column column) const { return at_[column] != std::string::npos; }
  [[nodiscard]] const Field& field(Column column) const { return fields_[at_[column]]; }

  bool read_time(Column column, Duration max, Duration& value) {
    std::int64_t ms = 0;
    if (!count(field(column), names[column], max.raw(), ms)) return false;
    value = Duration(ms);
    return true;
  }

  /// `# cards 10000`. What we do not know is a comment.
  Expected<void> read_fact(std::string_view text, int line) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    const std::string key(text.substr(0, text.find(' ')));
    const std::string_view value = text.size() > key.size() ? text.substr(key.size() + 1) : "";
    const auto number_in = [&](std::int64_t max) -> Expected<std::int64_t> {
      auto read = parse_integer(value, 0, max);
      if (read) return *read;
      return refuse(read.error().code, key, read.error().message, read.error().hint, line);
    };
    if (key == "from") facts_.from = shown(value, 200);
    if (key == "unit") {
      const auto unit = enum_from_word<Unit>(value);
      if (!unit) return refuse("bad-value", key, "the unit is cores or cards", "", line);
      facts_.unit = *unit;
    }
    if (key == "cores" || key == "cards") {
      TRY(size, number_in(size_max * 100));
      (key == "cores" ? facts_.cores : facts_.cards) = static_cast<std::int32_t>(size);
    }
    if (key == "window_ms") {
      TRY(window, number_in(submit_max.raw()));
      facts_.window = Duration(window);
    }
    if (key == "start") {
      const auto start = parse_instant(value);
      if (!start) return refuse(start.error().code, key, start.error().message, start.error().hint, line);
      facts_.start = *start;
    }
    return {};
  }

  Expected<void> read_names(const std::vector<std::string>& head, int line) {
    width_ = head.size();
    for (std::size_t i = 0; i < head.size(); ++i) {
      const auto* const known = std::ranges::find(names, head[i]);
      if (known == names.end()) {
        const std::string near = nearest_word(head[i], names);
        return refuse("unknown-field", shown(head[i]), "there is no such column",
                      near.empty() ? "docs/formats/trace.md lists the columns" : "did you mean " + near + "?", line);
      }
      std::size_t& at = at_[static_cast<std::size_t>(known - names.begin())];
      if (at != std::string::npos) return refuse("duplicate", head[i], "the column is there twice", "", line);
      at = i;
    }
    for (const Column needed : {submit, run}) {
      if (!has(needed)) return refuse("missing-field", std::string(names[needed]), "the column is not there", "", line);
    }
    return {};
  }

  std::int32_t said_;
  std::size_t width_ = 0;
  std::array<std::size_t, columns> at_{};
  std::vector<Field> fields_;
};

}  // namespace

Expected<std::unique_ptr<RowReader>> common_rows(Lines& lines, const ReadOptions& options) {
  auto rows = std::make_unique<CommonRows>(options);
  CHECK_OK(rows->read_front(lines));
  return rows;
}

}  // namespace mingyue::workload
