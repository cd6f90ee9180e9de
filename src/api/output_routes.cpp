#include <fmt/format.h>

#include "api/find_job.hpp"
#include "api/output_pump.hpp"
#include "api/parts.hpp"
#include "base/text.hpp"
#include "model/job_document.hpp"

/// What tasks wrote, and their terminals.
namespace mingyue::api {
namespace {

/// Answers up to this size are sent whole, with their length; larger ones, and followed ones, are streamed.
constexpr std::int64_t whole_bytes_max = 1 << 20;

std::vector<Param> output_params() {
  return {number_param("attempt", 1, 1'000'000, "default: the newest; with follow, the later ones too"),
          number_param("task", 0, model::tasks_max - 1, "rank; default 0"),
          word_param("stream", {"out", "err"}, "default out; a terminal has only out"),
          number_param("offset", 0, INT64_MAX, "the first byte"),
          number_param("tail", 0, INT64_MAX, "instead of an offset: the last so many bytes"),
          flag_param("follow", "go on until the job has ended")};
}

/// The attempts of an array's elements are their own; an attempt that never was is refused by name.
Expected<OutputWish, http::Problem> wish_of(const Call& call, const FoundJob& job) {
  if (call.query.number("offset") && call.query.number("tail")) {
    return Unexpected<http::Problem>(
        http::problems::malformed("tail", "offset and tail exclude each other", "give one of them"));
  }
  OutputWish wish{
      .attempt = {job.row.id, job.row.attempts},
      .next_attempts = true,
      .task = static_cast<std::int32_t>(call.query.number("task").value_or(0)),
      .stream = call.query.text("stream") == "err" ? engines::OutputStream::err : engines::OutputStream::out,
      .offset = call.query.number("offset").value_or(0),
      .follow = call.query.flag("follow")};
  if (wish.task >= job.row.tasks) {
    return Unexpected<http::Problem>(http::problems::malformed(
        "task", fmt::format("job {} has {} task{}", job.row.id.raw(), job.row.tasks, job.row.tasks == 1 ? "" : "s"),
        fmt::format("give a rank from 0 to {}", job.row.tasks - 1)));
  }
  if (const auto attempt = call.query.number("attempt")) {
    wish.attempt.number = static_cast<std::int32_t>(*attempt);
    wish.next_attempts = false;
    if (*attempt > job.row.attempts) {
      return Unexpected<http::Problem>(http::problems::malformed(
          "attempt",
          fmt::format("job {} has had {} attempt{}", job.row.id.raw(), job.row.attempts,
                      job.row.attempts == 1 ? "" : "s"),
          job.row.attempts == 0 ? std::string("leave it out, with follow=true")
                                : fmt::format("give a number from 1 to {}", job.row.attempts)));
    }
  }
  if (wish.attempt.number == 0 && (!wish.follow || !job.is_live)) {
    return Unexpected<http::Problem>(problem_of(Refusal{
        "not-started", "id",
        fmt::format("job {} {}", job.row.id.raw(), job.is_live ? "has not started yet" : "ended without having run"),
        job.is_live ? "with follow=true, this waits for it" : "", 0}));
  }
  return wish;
}

http::Response head_of(std::int64_t offset, std::int64_t dropped) {
  http::Response head{.content_type = "application/octet-stream"};
  head.headers.add("X-Mingyue-Offset", std::to_string(offset));
  head.headers.add("X-Mingyue-Dropped", std::to_string(dropped));
  head.headers.add("Cache-Control", "no-store");
  return head;
}

void send_output(Parts& parts, Call call, const FoundJob& job) {
  if (!may_read_output(call.caller, job)) {
    return call.refuse(problem_of(Refusal{"not-allowed", "id",
                                          fmt::format("the output of job {} belongs to user {}, project {}",
                                                      job.row.id.raw(), job.row.user, job.row.project),
                                          fmt::format("allowed: {}", words(Access::output)), 0}));
  }
  auto wish = wish_of(call, job);
  if (!wish) return call.refuse(wish.error());
  std::int64_t dropped = 0;
  if (wish->attempt.number > 0) {
    const engines::OutputReader reader(parts.engine.attempt_folder(wish->attempt), wish->task, wish->stream);
    if (const auto tail = call.query.number("tail")) wish->offset = std::max<std::int64_t>(0, reader.end() - *tail);
    engines::OutputPiece first = reader.read(wish->offset, whole_bytes_max);
    if (!first.bytes.empty()) {
      wish->offset = first.offset;
      dropped = first.dropped;
    }
    const bool is_all = first.offset + static_cast<std::int64_t>(first.bytes.size()) >= reader.end();
    if (!wish->follow && (is_all || call.request.method == "HEAD")) {
      http::Response response = head_of(first.offset, dropped);
      response.body = std::move(first.bytes);
      return call.reply.send(std::move(response));
    }
  }
  if (!parts.output->has_room()) return call.refuse(busy());
  http::ByteSink sink = call.reply.bytes(head_of(wish->offset, dropped));
  parts.output->add(std::move(sink), *wish);
}

void join_terminal(Parts& parts, Call call, const FoundJob& job) {
  if (call.caller.user != job.row.user) {
    return call.refuse(problem_of(Refusal{
        "not-allowed", "id", fmt::format("the terminal of job {} belongs to user {}", job.row.id.raw(), job.row.user),
        "only its owner may type there", 0}));
  }
  if (!job.attempt || !job.attempt->started_at) {
    return call.refuse(problem_of(Refusal{"not-started", "id", fmt::format("job {} does not run now", job.row.id.raw()),
                                          job.is_live ? "try again when it runs" : "submit it again", 0}));
  }
  if (call.request.upgrade != "mingyue-terminal") {
    http::Problem problem{.status = 426,
                          .refusal = {"upgrade-required", "Upgrade", "a terminal is not an ordinary answer",
                                      "send Connection: Upgrade and Upgrade: mingyue-terminal, or run the command "
                                      "with: mingyue run --pty -- COMMAND",
                                      0}};
    problem.headers.add("Upgrade", "mingyue-terminal");
    return call.refuse(problem);
  }
  auto fd = parts.engine.connect_terminal(job.attempt->id);
  if (!fd) {
    return call.refuse(
        problem_of(Refusal{"no-terminal", "id", fmt::format("job {}: {}", job.row.id.raw(), fd.error().message),
                           "only a job submitted with a terminal has one; its output can be followed", 0}));
  }
  call.reply.upgrade("mingyue-terminal", std::move(*fd));
}

}  // namespace

void add_output_routes(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/v1/jobs/{id}/output",
              .id = "readOutput",
              .summary = "What a task wrote, as bytes; X-Mingyue-Offset says where they begin, X-Mingyue-Dropped how "
                         "many before are gone",
              .access = Access::output,
              .query = output_params(),
              .answers = {{"application/octet-stream", nullptr}},
              .errors = {409}},
             [&parts](Call call) {
               find_job(parts, std::move(call),
                        [&parts](Call on, const FoundJob& job) { send_output(parts, std::move(on), job); });
             });
  routes.add({.method = "GET",
              .pattern = "/v1/jobs/{id}/terminal",
              .id = "joinTerminal",
              .summary = "Upgrade: mingyue-terminal joins the terminal of a running job; the frames are those of "
                         "docs/engines/local.md",
              .access = Access::owner,
              .headers = {{"Upgrade", "mingyue-terminal"}},
              .status = 101,
              .errors = {409, 426}},
             [&parts](Call call) {
               find_job(parts, std::move(call),
                        [&parts](Call on, const FoundJob& job) { join_terminal(parts, std::move(on), job); });
             });
}

}  // namespace mingyue::api
