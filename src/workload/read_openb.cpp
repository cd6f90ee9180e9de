#include <array>

#include "workload/rows.hpp"

/// Alibaba's pods (openb, ATC'23). A pod is a job of one task. A third of them ask for a part of a card, which we do
/// not share: it is rounded up to a whole one, and counted. Pods that were never started have no run time and are
/// dropped. Pods that ran when the trace ended are cut there.
namespace mingyue::workload {
namespace {

constexpr auto columns =
    std::to_array<std::string_view>({"name", "cpu_milli", "memory_mib", "num_gpu", "gpu_milli", "qos", "pod_phase",
                                     "creation_time", "deletion_time", "scheduled_time"});
enum Column : std::uint8_t { name, cpu, memory, cards, card_milli, qos, phase, created, deleted, scheduled };

End end_of(std::string_view phase) {
  if (phase == "Succeeded") return End::succeeded;
  return phase == "Failed" ? End::failed : End::unknown;
}

class OpenbRows : public RowReader {
 public:
  OpenbRows(const ReadOptions& options, std::size_t width, std::array<std::size_t, columns.size()> at)
      : width_(width), at_(at) {
    facts_.from = "pods of Alibaba (openb)";
    facts_.unit = Unit::cards;
    facts_.cards = options.machine;
  }

  Row read(std::string_view line, std::int64_t, TraceJob& job) override {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return Row::no_row;
    split_at_commas(line, width_ + 1, fields_);
    if (fields_.size() < width_) return bad(Remark::missing_field, "", {line, static_cast<int>(line.size()) + 1});
    if (fields_.size() > width_) return bad(Remark::extra_field, "", fields_[width_]);

    std::int64_t milli = 0, mib = 0, gpus = 0, gpu_milli = 0;
    Duration end, begin;
    if (!count(field(cpu), columns[cpu], size_max, milli) ||
        !count(field(memory), columns[memory], memory_mib_max, mib) ||
        !count(field(cards), columns[cards], size_max, gpus) ||
        !count(field(card_milli), columns[card_milli], 1000 * size_max, gpu_milli) ||
        !time(field(created), columns[created], submit_max, job.submit) ||
        !time(field(deleted), columns[deleted], submit_max, end))
      return Row::bad;
    if (field(scheduled).text.empty()) return dropped(Remark::never_started);
    if (!time(field(scheduled), columns[scheduled], submit_max, begin)) return Row::bad;
    if (begin < job.submit) return bad(Remark::out_of_order, columns[scheduled], field(scheduled));
    if (end < begin) return bad(Remark::negative, columns[deleted], field(deleted));
    if (end - begin > run_max) return bad(Remark::too_large, columns[deleted], field(deleted));
    if (end == begin) return dropped(Remark::no_run_time);

    job.run = end - begin;
    job.request = job.run;
    job.cores_per_task = static_cast<std::int32_t>(milli == 0 ? 1 : (milli + 999) / 1000);
    job.cards_per_task = static_cast<std::int32_t>(gpus);
    job.memory_mib_per_task = static_cast<std::int32_t>(mib);
    job.end = end_of(field(phase).text);
    job.preemptible = field(qos).text == "BE";
    if (facts_.cards > 0 && gpus > facts_.cards) return dropped(Remark::larger_than_machine);
    if (gpus == 1 && gpu_milli < 1000) changed(Remark::fraction_rounded_up);
    if (field(phase).text == "Running") changed(Remark::cut_by_trace_end);
    changed(Remark::request_missing);
    return Row::job;
  }

 private:
  [[nodiscard]] const Field& field(Column column) const { return fields_[at_[column]]; }

  std::size_t width_;
  std::array<std::size_t, columns.size()> at_;
  std::vector<Field> fields_;
};

}  // namespace

Expected<std::unique_ptr<RowReader>> openb_rows(Lines& lines, const ReadOptions& options) {
  TRY(head, read_head(lines));
  std::array<std::size_t, columns.size()> at{};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    at[i] = column_of(head, columns[i]);
    if (at[i] != std::string::npos) continue;
    if (column_of(head, "model") != std::string::npos)
      return refuse("bad-document", "", "the file lists nodes, and no jobs", "the pods are in openb_pod_list_*.csv", 1);
    return refuse("missing-field", std::string(columns[i]), "the column is not there",
                  "the pods are in openb_pod_list_*.csv", 1);
  }
  return std::make_unique<OpenbRows>(options, head.size(), at);
}

}  // namespace mingyue::workload
