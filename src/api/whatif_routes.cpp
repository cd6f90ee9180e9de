#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "api/body.hpp"
#include "api/submission.hpp"
#include "base/text.hpp"
#include "whatif/answer.hpp"
#include "wire/requests.hpp"

/// POST /v1/whatif: the centre's state is copied on the core's thread; the futures run on a reader's. Changes nothing.
namespace mingyue::api {
namespace {

constexpr std::int32_t futures_max = 100;
constexpr std::int32_t add_max = 100'000;
constexpr Duration horizon_max = days(366);
constexpr std::size_t rows_max = 1'000;
constexpr int threads_max = 2;

/// One moment of the centre, for itself.
struct Copied {
  core::State state;
  ledger::Book book;
  Instant now;
  std::shared_ptr<const forecast::RunTimes> run_times;
};

http::Problem out_of_range(std::string field, std::string message, std::string hint) {
  return {.status = 422, .refusal = {"out-of-range", std::move(field), std::move(message), std::move(hint), 0}};
}

Expected<whatif::Question, std::vector<Refusal>> question_of(const wire::WhatIfRequest& body, const Call& call,
                                                             const model::Centre& centre) {
  whatif::Question question{.drain = body.drain.value_or(std::vector<std::string>{}),
                            .resume = body.resume.value_or(std::vector<std::string>{}),
                            .horizon = body.horizon.value_or(days(7)),
                            .futures = body.futures.value_or(1),
                            .seed = static_cast<std::uint64_t>(body.seed.value_or(1))};
  if (body.add) {
    for (const auto& more : *body.add) question.add.push_back({more.like, more.count});
  }
  if (body.weights)
    question.weights = {body.weights->by_class, body.weights->fair_share, body.weights->age, body.weights->size,
                        body.weights->merit};
  if (body.submit) {
    for (const wire::DocumentRequest& one : *body.submit) {
      auto read = read_document({.content_type = one.type.empty() ? std::string_view("application/yaml") : one.type,
                                 .text = one.text,
                                 .user = call.caller.user,
                                 .name = "what-if",
                                 .workdir = ""},
                                centre);
      if (!read) return Unexpected<std::vector<Refusal>>(std::move(read).error());
      question.submit.push_back(std::move(read->spec));
    }
  }
  return question;
}

Expected<void, http::Problem> check(const wire::WhatIfRequest& body) {
  if (const auto n = body.futures; n && (*n < 1 || *n > futures_max))
    return Unexpected<http::Problem>(
        out_of_range("futures", fmt::format("{} is not within 1 to {}", *n, futures_max), "20 is usual"));
  if (const auto h = body.horizon; h && (*h <= Duration{} || *h > horizon_max))
    return Unexpected<http::Problem>(
        out_of_range("horizon", "the horizon is not within a year", "604800000 are seven days"));
  if (body.add) {
    std::int64_t all = 0;
    for (const auto& more : *body.add) {
      all += more.count;
      if (all > add_max)
        return Unexpected<http::Problem>(
            out_of_range("add", fmt::format("more than {} nodes are added in all", add_max), "add fewer"));
      if (more.count < 1 || more.count > add_max)
        return Unexpected<http::Problem>(
            out_of_range("add", fmt::format("{} nodes are not within 1 to {}", more.count, add_max), "add fewer"));
    }
  }
  if (body.submit) {
    for (const auto& one : *body.submit) {
      if (!one.type.empty() && job_type_of(one.type).empty())
        return Unexpected<http::Problem>(out_of_range("submit", fmt::format("a job is not sent as {}", shown(one.type)),
                                                      std::string(job_types_hint)));
    }
  }
  return {};
}

wire::WhatIfSide side_view(const whatif::Side& side) {
  wire::WhatIfSide view{side.started, side.waiting, side.wait_mean, {}};
  for (const whatif::PoolUse& pool : side.pools) {
    view.pools.push_back({pool.partition, pool.card_type.empty() ? "cores" : pool.card_type, pool.capacity,
                          static_cast<double>(pool.used_millionths) / 1e6});
  }
  return view;
}

wire::WhatIfView view_of(const whatif::Answer& answer, const core::State& state, const whatif::Question& question) {
  wire::WhatIfView view{.now = answer.now,
                        .until = answer.until,
                        .futures = answer.futures,
                        .learnt = answer.learnt,
                        .before = side_view(answer.before),
                        .after = side_view(answer.after)};
  std::size_t asked = 0;
  for (const whatif::JobOutlook& job : answer.jobs) {
    const auto before = job.before ? job.before->middle : std::nullopt;
    const Instant was = before.value_or(never);
    const Instant is = job.after.middle.value_or(never);
    if (!job.asked && was == is) continue;
    if (!job.asked) ++(is < was ? view.earlier : view.later);
    const core::Job* known = state.find(job.job);
    std::string name = known != nullptr ? state.spec(*known).name : std::string();
    if (job.asked && asked < question.submit.size()) name = question.submit[asked].name;
    if (job.asked) asked += 1;
    view.jobs.push_back(
        {job.job, std::move(name), job.asked, before, job.after.middle, job.after.early, job.after.late});
  }
  const auto shift = [&](const wire::WhatIfJob& job) {
    const std::int64_t was = job.before.value_or(answer.until).raw();
    const std::int64_t is = job.after.value_or(answer.until).raw();
    return std::pair(!job.asked, -(was > is ? was - is : is - was));
  };
  std::ranges::stable_sort(view.jobs, {}, shift);
  if (view.jobs.size() > rows_max) view.jobs.resize(rows_max);
  return view;
}

void answer_question(Call call, const Copied& copied, const wire::WhatIfRequest& body) {
  const auto begin = std::chrono::steady_clock::now();
  auto question = question_of(body, call, copied.state.centre);
  if (!question) return call.reply.send(problems_response(422, question.error()));
  const int threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, threads_max);
  const auto answer = whatif::ask(copied.state, copied.book, copied.now, *question, threads, copied.run_times.get());
  if (!answer) {
    http::Problem problem = problem_of(answer.error());
    if (problem.status == 404) problem.status = 422;  // it stands in the body
    return call.refuse(problem);
  }
  wire::WhatIfView view = view_of(*answer, copied.state, *question);
  view.took_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin).count();
  call.send(view);
}

}  // namespace

void add_whatif_routes(Parts& parts, Routes& routes) {
  const auto busy_now = std::make_shared<std::atomic<bool>>(false);
  routes.add(
      {.method = "POST",
       .pattern = "/v1/whatif",
       .id = "askWhatIf",
       .summary = "What if? The centre's futures with and without a change; changes nothing. One question at a time",
       .access = Access::submitters,
       .bodies = {json_of<wire::WhatIfRequest>()},
       .answers = {json_of<wire::WhatIfView>()},
       .errors = {422, 503}},
      [&parts, busy_now](Call call) {
        auto body = read_body<wire::WhatIfRequest>(call);
        if (!body) return call.refuse(body.error());
        if (const auto good = check(*body); !good) return call.refuse(good.error());
        if (busy_now->exchange(true)) return call.refuse(busy());
        // Free again when everything that holds it is gone, whatever way the call ends.
        const std::shared_ptr<void> turn(nullptr, [busy_now](void*) { *busy_now = false; });
        const auto look = [turn](const runtime::View& view,
                                 const Call&) -> Expected<std::shared_ptr<Copied>, http::Problem> {
          return std::make_shared<Copied>(view.state, view.book, view.now, view.run_times);
        };
        look_then(parts, std::move(call), look,
                  [turn, body = std::move(*body)](Call on, const std::shared_ptr<Copied>& copied) {
                    answer_question(std::move(on), *copied, body);
                  });
      });
}

}  // namespace mingyue::api
