#include "api/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "api/feed.hpp"
#include "api/parts.hpp"
#include "ledger/book.hpp"

/// GET /metrics. docs/api.md says how they add up.
namespace mingyue::api {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out;
}

/// What is read on the core's thread.
struct Snapshot {
  std::array<std::size_t, 9> jobs{};  ///< by JobState
  std::size_t nodes_up = 0;
  std::size_t nodes_down = 0;
  std::size_t nodes_drained = 0;
  std::size_t incidents = 0;
  std::vector<ledger::Pool> pools;
  Instant now;
  std::uint64_t head_seq = 0;
  bool stalled = false;
};

Expected<Snapshot, http::Problem> look(const runtime::View& view, const Call&) {
  Snapshot seen{.incidents = view.state.incidents.size(),
                .pools = {},
                .now = view.now,
                .head_seq = view.head_seq,
                .stalled = view.stalled.has_value()};
  for (const auto& [id, job] : view.state.jobs) ++seen.jobs[static_cast<std::size_t>(job.state)];
  for (const model::Node& node : view.state.centre.nodes) {
    if (node.cores == CoreCount{0} && node.cards == CardCount{0}) continue;
    const core::NodeState& now = view.state.nodes[node.id.raw()];
    ++(now.down ? seen.nodes_down : now.drained ? seen.nodes_drained : seen.nodes_up);
  }
  seen.pools = view.book.pools;
  return seen;
}

double seconds_of(ResourceTime time) { return static_cast<double>(time.raw()) / 1000.0; }

std::string resource(const ledger::PoolKey& key) { return key.card_type.empty() ? "cores" : key.card_type; }

void write_centre(MetricsText& text, const Parts& parts, const Snapshot& seen) {
  text.family("mingyue_build_info", "gauge", "Always 1; the version is in the label.");
  text.sample({{"version", parts.options.version}}, 1);
  text.family("mingyue_jobs", "gauge", "Live jobs by state.");
  for (const auto state :
       {model::JobState::held, model::JobState::queued, model::JobState::starting, model::JobState::running}) {
    text.sample({{"state", enum_word(state)}}, static_cast<double>(seen.jobs[static_cast<std::size_t>(state)]));
  }
  text.family("mingyue_nodes", "gauge", "Nodes by state.");
  text.sample({{"state", "up"}}, static_cast<double>(seen.nodes_up));
  text.sample({{"state", "down"}}, static_cast<double>(seen.nodes_down));
  text.sample({{"state", "drained"}}, static_cast<double>(seen.nodes_drained));
  text.family("mingyue_incidents_open", "gauge", "Incidents that nobody has closed.");
  text.sample({}, static_cast<double>(seen.incidents));
}

void write_ledger(MetricsText& text, const Snapshot& seen) {
  text.family("mingyue_resource_capacity", "gauge", "Cores or cards of a partition.");
  for (const ledger::Pool& pool : seen.pools) {
    text.sample({{"partition", pool.key.partition}, {"resource", resource(pool.key)}},
                static_cast<double>(pool.capacity));
  }
  text.family("mingyue_resource_now", "gauge",
              "Cores or cards of a partition by what they are now; they sum to the capacity.");
  for (const ledger::Pool& pool : seen.pools) {
    const auto at = [&pool](ledger::UseClass use) {
      return static_cast<double>(pool.open_count[static_cast<std::size_t>(use) - 1]);
    };
    const auto say = [&](std::string_view what, double count) {
      text.sample({{"partition", pool.key.partition}, {"resource", resource(pool.key)}, {"class", std::string(what)}},
                  count);
    };
    say("busy", static_cast<double>(pool.busy));
    for (const auto use : {ledger::UseClass::promised, ledger::UseClass::stranded, ledger::UseClass::unwanted,
                           ledger::UseClass::down, ledger::UseClass::drained, ledger::UseClass::others}) {
      say(enum_word(use), at(use));
    }
  }
  // Only what has its class for good: a counter that falls, because work turned out to be lost, would be read as a
  // restart.
  text.family("mingyue_ledger_seconds_total", "counter", "Core- or card-seconds by class, once it is known for good.");
  for (const ledger::Pool& pool : seen.pools) {
    for (std::size_t i = 0; i < pool.totals.size(); ++i) {
      const ResourceTime time = pool.totals[i] + held(pool.open_count[i], seen.now - pool.since);
      text.sample({{"partition", pool.key.partition},
                   {"resource", resource(pool.key)},
                   {"class", enum_words<ledger::UseClass>()[i]}},
                  seconds_of(time));
    }
  }
  text.family("mingyue_ledger_open_seconds", "gauge",
              "Core- or card-seconds of running work whose class is not known yet.");
  for (const ledger::Pool& pool : seen.pools) {
    const ResourceTime time = pool.busy_time + held(pool.busy, seen.now - pool.since) - pool.settled;
    text.sample({{"partition", pool.key.partition}, {"resource", resource(pool.key)}}, seconds_of(time));
  }
  text.family("mingyue_ledger_capacity_seconds_total", "counter", "Capacity × time: the sum of the two above.");
  for (const ledger::Pool& pool : seen.pools) {
    text.sample({{"partition", pool.key.partition}, {"resource", resource(pool.key)}},
                seconds_of(pool.capacity_time + held(pool.capacity, seen.now - pool.since)));
  }
}

void write_ring(MetricsText& text, const Parts& parts, const Snapshot& seen) {
  const auto counters = parts.centre.counters();
  const auto counter = [&](std::string_view name, std::string_view help, std::uint64_t value) {
    text.family(name, "counter", help);
    text.sample({}, static_cast<double>(value));
  };
  counter("mingyue_commands_total", "Commands decided since the start, reports of engines included.",
          counters.commands);
  counter("mingyue_refusals_total", "Commands that were refused.", counters.refusals);
  counter("mingyue_events_total", "Events since the start.", counters.events);
  counter("mingyue_log_batches_total", "Batches of events handed to the log.", counters.batches);
  counter("mingyue_plans_total", "Plans made.", counters.plans);
  const auto gauge = [&](std::string_view name, std::string_view help, double value) {
    text.family(name, "gauge", help);
    text.sample({}, value);
  };
  gauge("mingyue_plan_last_seconds", "How long the newest plan took, from its question to its result.",
        static_cast<double>(counters.plan_ms_last) / 1000.0);
  gauge("mingyue_plan_max_seconds", "The longest so far.", static_cast<double>(counters.plan_ms_max) / 1000.0);
  gauge("mingyue_log_head", "Number of the newest event.", static_cast<double>(seen.head_seq));
  gauge("mingyue_log_durable", "Number of the newest event that is known to be on disk.",
        static_cast<double>(parts.durable.seq()));
  gauge("mingyue_log_stalled", "1 while the log cannot be written.", seen.stalled ? 1 : 0);
}

void write_http(MetricsText& text, const Parts& parts) {
  text.family("mingyue_http_requests_total", "counter", "Answers by route and status; 0: the client was gone.");
  for (const auto& [key, count] : parts.http.answers()) {
    text.sample({{"route", key.first}, {"status", std::to_string(key.second)}}, static_cast<double>(count));
  }
  text.family("mingyue_http_request_seconds", "histogram",
              "From the complete head to the last byte; of streams: their whole life.");
  for (const auto& [route, times] : parts.http.times()) {
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < HttpMetrics::bounds_s.size(); ++i) {
      so_far += times.counts[i];
      text.sample({{"route", route}, {"le", fmt::format("{}", HttpMetrics::bounds_s[i])}}, static_cast<double>(so_far),
                  "_bucket");
    }
    text.sample({{"route", route}, {"le", "+Inf"}}, static_cast<double>(times.count), "_bucket");
    text.sample({{"route", route}}, static_cast<double>(times.micros) / 1e6, "_sum");
    text.sample({{"route", route}}, static_cast<double>(times.count), "_count");
  }
  text.family("mingyue_http_wrong_tokens_total", "counter", "Requests with a token that the centre does not know.");
  text.sample({}, static_cast<double>(parts.gate.failures()));
  text.family("mingyue_event_streams", "gauge", "Clients that follow jobs, nodes or the log.");
  text.sample({}, static_cast<double>(parts.feed->streams()));
}

}  // namespace

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  family_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void MetricsText::sample(const Labels& labels, double value, std::string_view suffix) {
  text_ += family_;
  text_ += suffix;
  char before = '{';
  for (const auto& [name, label] : labels) {
    text_ += before;
    text_ += name;
    text_ += "=\"" + escaped(label) + '"';
    before = ',';
  }
  if (!labels.empty()) text_ += '}';
  // Whole numbers as such: 15 digits are exact in a double, and easier to read than an exponent.
  if (std::trunc(value) == value && std::abs(value) < 1e15)
    text_ += fmt::format(" {}\n", static_cast<std::int64_t>(value));
  else
    text_ += fmt::format(" {}\n", value);
}

void add_metrics_route(Parts& parts, Routes& routes) {
  routes.add({.method = "GET",
              .pattern = "/metrics",
              .id = "metrics",
              .summary = "Prometheus text",
              .access = Access::loopback,
              .answers = {{"text/plain; version=0.0.4", nullptr}}},
             [&parts](Call call) {
               look_then(parts, std::move(call), look, [&parts](Call on, const Snapshot& seen) {
                 MetricsText text;
                 write_centre(text, parts, seen);
                 write_ledger(text, seen);
                 write_ring(text, parts, seen);
                 write_http(text, parts);
                 http::Response response = http::Response::text(text.take());
                 response.content_type = "text/plain; version=0.0.4; charset=utf-8";
                 on.reply.send(std::move(response));
               });
             });
}

}  // namespace mingyue::api
