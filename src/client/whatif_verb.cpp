#include "client/whatif_verb.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "client/change.hpp"
#include "client/columns.hpp"
#include "client/submission.hpp"
#include "wire/requests.hpp"

namespace mingyue::client {
namespace {

constexpr std::size_t rows_shown = 20;

Expected<std::pair<std::string, std::int32_t>> name_and_number(const std::string& text, std::string_view option) {
  const auto equals = text.rfind('=');
  std::int32_t number = 0;
  if (equals != std::string::npos && equals > 0) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + equals + 1, end, number);
    if (read.ec == std::errc{} && read.ptr == end) return std::pair(text.substr(0, equals), number);
  }
  return refuse("bad-value", std::string(option), fmt::format("\"{}\" is not NAME=NUMBER", shown(text)),
                option == "--add" ? "n01=8: eight nodes as n01 is" : "fair-share=2000");
}

Expected<wire::WhatIfRequest> request_of(const WhatIfOptions& options) {
  wire::WhatIfRequest request{.drain = options.drain, .resume = options.resume};
  TRY(horizon, parse_duration(options.horizon));
  request.horizon = horizon;
  request.futures = options.futures;
  request.seed = options.seed;
  request.add.emplace();
  for (const std::string& text : options.add) {
    TRY(more, name_and_number(text, "--add"));
    request.add->push_back({more.first, more.second});
  }
  request.weights.emplace();
  for (const std::string& text : options.weights) {
    TRY(weight, name_and_number(text, "--weight"));
    const std::pair<std::string_view, std::optional<std::int32_t>*> known[] = {
        {"class", &request.weights->by_class},
        {"fair-share", &request.weights->fair_share},
        {"age", &request.weights->age},
        {"size", &request.weights->size},
        {"merit", &request.weights->merit}};
    const auto* found = std::ranges::find(known, weight.first, [](const auto& one) { return one.first; });
    if (found == std::end(known))
      return refuse("bad-value", "--weight", fmt::format("there is no weight \"{}\"", shown(weight.first)),
                    "class, fair-share, age, size or merit");
    *found->second = weight.second;
  }
  return request;
}

std::string start_text(const std::optional<Instant>& start) { return start ? short_time(start) : ">"; }

}  // namespace

Exit ask_what_if(Session& session, const WhatIfOptions& options) {
  auto request = request_of(options);
  if (!request) return tell(session, Failure{422, {request.error()}});
  request->submit.emplace();
  for (const std::string& file : options.submit) {
    auto read = read_submission(file);
    if (!read) return tell(session, read.error(), file);
    request->submit->push_back({read->content_type, read->document});
  }
  session.connection.be_patient(minutes(10));
  const auto answered = session.connection.ask({.method = "POST",
                                                .path = "/v1/whatif",
                                                .body = formats::write_json(*request, formats::JsonStyle::api),
                                                .content_type = "application/json"});
  if (!answered) return tell(session, answered.error());
  const auto tree = formats::parse_json(answered->body);
  if (!tree) return tell(session, Failure{answered->status, {tree.error()}});
  const auto view = read_as<wire::WhatIfView>(*tree);
  if (!view) return tell(session, view.error());
  if (session.json) {
    print_json(*view);
    return Exit::ok;
  }
  out(session.text("whatif", view->futures, print_duration(view->until - view->now)) + "\n");
  if (view->futures > 1) out(session.text(view->learnt ? "whatif.learnt" : "whatif.uniform") + "\n");
  Table sides = titled(session, {{""}, {"without", Table::Align::right}, {"with", Table::Align::right}});
  const auto row = [&](std::string_view key, const std::string& before, const std::string& after) {
    sides.add({session.text(key), before, after});
  };
  row("whatif.started", std::to_string(view->before.started), std::to_string(view->after.started));
  row("whatif.waiting", std::to_string(view->before.waiting), std::to_string(view->after.waiting));
  row("whatif.wait", print_duration(view->before.wait_mean), print_duration(view->after.wait_mean));
  for (const wire::WhatIfPool& pool : view->after.pools) {
    const auto old = std::ranges::find_if(view->before.pools, [&](const wire::WhatIfPool& one) {
      return one.partition == pool.partition && one.resource == pool.resource;
    });
    const auto use = [](double share) { return fmt::format("{:.1f} %", share * 100); };
    sides.add({session.text("whatif.use", pool.partition, pool.resource),
               old == view->before.pools.end() ? "-" : use(old->use), use(pool.use)});
  }
  out(printed(session, sides));
  out(session.text("whatif.moved", view->earlier, view->later) + "\n");
  if (view->jobs.empty()) return Exit::ok;
  Table jobs = titled(session, {{"job"}, {"name"}, {"without"}, {"with"}, {"between"}});
  for (std::size_t i = 0; i < std::min(rows_shown, view->jobs.size()); ++i) {
    const wire::WhatIfJob& job = view->jobs[i];
    const bool spread = job.early != job.late;
    jobs.add({job.asked ? session.text("whatif.asked") : std::to_string(job.id.raw()), job.name,
              job.asked ? "-" : start_text(job.before), start_text(job.after),
              spread ? start_text(job.early) + " – " + start_text(job.late) : ""});
  }
  out(printed(session, jobs));
  if (view->jobs.size() > rows_shown) out(session.text("whatif.more", view->jobs.size() - rows_shown) + "\n");
  return Exit::ok;
}

}  // namespace mingyue::client
