#include "engines/slurm/record.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "engines/shim/attempt_folder.hpp"
#include "engines/slurm/identity.hpp"

namespace mingyue::engines::slurm {
namespace {

constexpr std::string_view first_line = "mingyue-slurm-record-1\n";

std::string line(std::string_view key, std::string_view value) {
  std::string text(key);
  text += ' ';
  for (const char c : value) text += c == '\n' || c == '\0' ? ' ' : c;
  return text + '\n';
}
std::string line(std::string_view key, std::int64_t value) { return line(key, std::to_string(value)); }

}  // namespace

std::string print(const Record& r) {
  std::string text(first_line);
  text += line("account", r.account) + line("uid", static_cast<std::int64_t>(r.uid)) + line("tasks", r.tasks) +
          line("asked_at_ms", r.asked_at_ms) + line("job", r.job) + line("pilot", r.pilot) +
          line("hang_after_ms", r.hang_after_ms) + line("guest", r.guest ? 1 : 0) +
          line("asked_to_end", r.asked_to_end ? 1 : 0);
  if (r.end)
    text += line("end_cause", static_cast<std::int64_t>(r.end->cause)) + line("end_exit_code", r.end->exit_code) +
            line("end_signal", r.end->signal) + line("end_task", r.end->task) +
            line("end_last_step", r.end->last_step) + line("end_cpu_ms", r.end->cpu_ms) +
            line("end_memory_peak", r.end->memory_peak.raw()) + line("end_message", r.end->message);
  return text + "whole 1\n";
}

std::optional<Record> parse_record(std::string_view text) {
  if (!text.starts_with(first_line) || record_value(text, "whole").empty()) return std::nullopt;
  const auto number = [text](std::string_view key) {
    return std::strtoll(record_value(text, key).c_str(), nullptr, 10);
  };
  Record r{.account = record_value(text, "account"),
           .uid = static_cast<std::uint32_t>(number("uid")),
           .tasks = static_cast<std::int32_t>(number("tasks")),
           .asked_at_ms = number("asked_at_ms"),
           .job = number("job"),
           .pilot = number("pilot"),
           .hang_after_ms = number("hang_after_ms"),
           .guest = number("guest") != 0,
           .asked_to_end = number("asked_to_end") != 0,
           .end = {}};
  const std::int64_t cause = number("end_cause");
  if (cause >= static_cast<std::int64_t>(model::EndCause::exited) &&
      cause <= static_cast<std::int64_t>(model::EndCause::node_lost))
    r.end = model::AttemptEnd{.cause = static_cast<model::EndCause>(cause),
                              .exit_code = static_cast<std::int32_t>(number("end_exit_code")),
                              .signal = static_cast<std::int32_t>(number("end_signal")),
                              .task = static_cast<std::int32_t>(number("end_task")),
                              .last_step = number("end_last_step"),
                              .cpu_ms = number("end_cpu_ms"),
                              .memory_peak = Bytes(number("end_memory_peak")),
                              .message = record_value(text, "end_message")};
  return r;
}

Expected<void, Errno> Records::write(model::AttemptId attempt, const Record& record) const {
  return write_file_atomically(path(attempt), print(record));
}

std::optional<Record> Records::read(model::AttemptId attempt) const {
  const auto text = read_file(path(attempt), 65536);
  return text ? parse_record(*text) : std::nullopt;
}

void Records::remove(model::AttemptId attempt) const { ::unlink(path(attempt).c_str()); }

std::vector<model::AttemptId> Records::all() const {
  std::vector<model::AttemptId> found;
  DIR* dir = ::opendir(folder_.c_str());
  if (dir == nullptr) return found;
  while (const dirent* entry = ::readdir(dir))
    if (const auto id = attempt_named(entry->d_name)) found.push_back(*id);
  ::closedir(dir);
  std::ranges::sort(found);
  return found;
}

}  // namespace mingyue::engines::slurm
