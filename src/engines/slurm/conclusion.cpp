#include "engines/slurm/conclusion.hpp"

#include "engines/attempt_reading.hpp"

namespace mingyue::engines::slurm {
namespace {

model::AttemptEnd without_record(const JobEnd& job) {
  using enum model::EndCause;
  const std::string& word = job.word;
  const auto end = [](model::EndCause cause, std::string message) {
    return model::AttemptEnd{.cause = cause, .message = std::move(message)};
  };
  if (job.asked_to_end) return end(ended, "ended by the centre");
  if (word == "TIMEOUT" || word == "DEADLINE") return end(wall, "Slurm ended it at its time limit");
  if (word == "OUT_OF_MEMORY") return end(memory, "Slurm ended it: it used more memory than it asked for");
  if (word == "PREEMPTED") return end(lost, "Slurm preempted it");
  if (word.starts_with("CANCELLED")) return end(lost, "it was cancelled in Slurm, and not by the centre");
  if (word.empty()) return end(lost, "Slurm knows its job no more");
  if (!job.claimed && word != "COMPLETED")
    return end(launch_failed, "Slurm could not start its batch script (" + word + ")");
  return end(lost, "its batch script left no word (Slurm says " + word + ")");
}

}  // namespace

model::AttemptEnd end_of_job(const JobEnd& job) {
  using enum model::EndCause;
  if (job.word == "NODE_FAIL" || job.word == "BOOT_FAIL")
    return {.cause = node_lost, .message = job.word == "NODE_FAIL" ? "Slurm lost a node of it" : "a node did not boot"};
  if (job.requeued && !job.asked_to_end)
    return {.cause = lost, .message = "Slurm put it back into its queue, where it may not start again"};
  if (!job.record) return without_record(job);
  const EndRecord& record = *job.record;
  model::AttemptEnd end{.cause = cause_named(record.cause),
                        .exit_code = record.exit_code,
                        .signal = record.signal,
                        .task = record.task,
                        .cpu_ms = record.cpu_ms,
                        .memory_peak = Bytes(record.memory_peak),
                        .message = record.message};
  // Somebody asked the script to end, or killed its task: who, the state says.
  const bool by_slurm = job.word == "TIMEOUT" || job.word == "DEADLINE" || job.word == "OUT_OF_MEMORY" ||
                        job.word == "PREEMPTED" || job.word.starts_with("CANCELLED");
  const bool killed = end.cause == signalled && record.signal == 9;
  if ((end.cause == ended && (by_slurm || job.asked_to_end)) || (killed && by_slurm)) {
    const model::AttemptEnd why = without_record(job);
    end.cause = why.cause;
    end.signal = 0;
    end.message = why.message;
  }
  return end;
}

}  // namespace mingyue::engines::slurm
