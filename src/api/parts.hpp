#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "api/centre_cache.hpp"
#include "api/durable.hpp"
#include "api/engine_access.hpp"
#include "api/gate.hpp"
#include "api/http_metrics.hpp"
#include "api/problems.hpp"
#include "api/readers.hpp"
#include "api/routes.hpp"
#include "api/token_book.hpp"
#include "ports/history.hpp"
#include "ports/log_store.hpp"
#include "runtime/centre.hpp"

namespace mingyue::api {

class Feed;
class OutputPump;
class QpuAccess;

struct ServiceOptions {
  std::string version = "0";
  std::size_t readers = 4;                     ///< threads for questions to the read tables
  std::size_t questions_max = 4'000;           ///< that may wait for them
  std::function<void(const Fault&)> on_fault;  ///< what an operator should know; any thread
  const QpuAccess* qpus = nullptr;             ///< null: there are no quantum devices
  std::string recipes;                         ///< folder of the shipped recipes; empty: there are none
  std::string reports;                         ///< folder of the twin's reports; empty: there are none
};

/// What every route works with.
struct Parts {
  runtime::Centre& centre;
  const ports::History& history;
  ports::LogStore& log;
  const EngineAccess& engine;
  const ServiceOptions options;
  TokenBook tokens;
  Gate gate{tokens};
  CentreCache described;
  Durable durable;
  HttpMetrics http;
  Readers readers{options.readers, options.questions_max};
  /// One thread for what takes as long as a plan: what would help a job to start sooner.
  Readers explainers{1, 16};
  Feed* feed = nullptr;
  OutputPump* output = nullptr;

  void report(const Fault& fault) const {
    if (options.on_fault) options.on_fault(fault);
  }
};

/// Goes on with a call on a reader's thread.
template <class Work>
void later(Parts& parts, Call call, Work work) {
  const auto box = std::make_shared<Call>(std::move(call));
  const bool taken = parts.readers.post([box, work = std::move(work)]() mutable { work(std::move(*box)); });
  if (!taken) box->refuse(busy());
}

/// Looks at one moment of the centre, on the core's thread: `look(view, call)` gives an Expected<T, http::Problem>.
/// Then `then(call, T)` goes on, on a reader's thread.
template <class Look, class Then>
void look_then(Parts& parts, Call call, Look look, Then then) {
  parts.centre.ask([&parts, call = std::move(call), look = std::move(look),
                    then = std::move(then)](const runtime::View& view) mutable {
    auto seen = look(view, std::as_const(call));
    if (!seen) return call.refuse(seen.error());
    later(parts, std::move(call),
          [seen = std::move(*seen), then = std::move(then)](Call on) mutable { then(std::move(on), std::move(seen)); });
  });
}

/// The same, and goes on only when the read tables have everything that the look saw: `then(call, T, Reached)`.
template <class Look, class Then>
void look_then_read(Parts& parts, Call call, Look look, Then then) {
  parts.centre.ask([&parts, call = std::move(call), look = std::move(look),
                    then = std::move(then)](const runtime::View& view) mutable {
    auto seen = look(view, std::as_const(call));
    if (!seen) return call.refuse(seen.error());
    parts.durable.when(view.head_seq, [&parts, call = std::move(call), seen = std::move(*seen),
                                       then = std::move(then)](Durable::Reached reached) mutable {
      later(parts, std::move(call), [seen = std::move(seen), then = std::move(then), reached](Call on) mutable {
        then(std::move(on), std::move(seen), reached);
      });
    });
  });
}

/// Answers with what `look(view, call)` makes, in JSON.
template <class Look>
void answer(Parts& parts, Call call, Look look) {
  look_then(parts, std::move(call), std::move(look), [](Call on, auto body) { on.send(body); });
}

/// Where a name stands that the core may not know: in the path it is 404, in the body 422.
enum class Names { InPath, InBody };

/// Hands a command to the core; a refusal is told, and `then(call, done)` runs on the core's thread once it is durable.
template <class Then>
void command(Parts& parts, Call call, core::Command wish, Then then, Names names = Names::InPath) {
  const auto box = std::make_shared<Call>(std::move(call));
  parts.centre.submit(std::move(wish), [&parts, box, names, then = std::move(then)](runtime::Answer done) mutable {
    if (!done) {
      http::Problem problem = problem_of(std::move(done).error());
      if (problem.status == 404 && names == Names::InBody) problem.status = 422;
      return box->refuse(problem);
    }
    for (const core::Event& event : done->events) {
      // Before the client can use what it has just made.
      parts.tokens.apply(event.body);
      parts.described.apply(event.body);
    }
    then(std::move(*box), std::move(*done));
  });
}

// One function for each group of routes.
void add_centre_routes(Parts& parts, Routes& routes);
void add_now_routes(Parts& parts, Routes& routes);
void add_submit_routes(Parts& parts, Routes& routes);
void add_check_route(Parts& parts, Routes& routes);
void add_job_routes(Parts& parts, Routes& routes);
void add_job_count_route(Parts& parts, Routes& routes);
void add_document_route(Parts& parts, Routes& routes);
void add_picture_route(Parts& parts, Routes& routes);
void add_card_routes(Parts& parts, Routes& routes);
void add_partition_routes(Parts& parts, Routes& routes);
void add_recipe_routes(Parts& parts, Routes& routes);
void add_live_route(Parts& parts, Routes& routes);
void add_report_routes(Parts& parts, Routes& routes);
void add_output_routes(Parts& parts, Routes& routes);
void add_node_routes(Parts& parts, Routes& routes);
void add_engine_routes(Parts& parts, Routes& routes);
void add_qpu_routes(Parts& parts, Routes& routes);
void add_reservation_routes(Parts& parts, Routes& routes);
void add_project_routes(Parts& parts, Routes& routes);
void add_user_routes(Parts& parts, Routes& routes);
void add_incident_routes(Parts& parts, Routes& routes);
void add_ledger_routes(Parts& parts, Routes& routes);
void add_event_routes(Parts& parts, Routes& routes);
void add_whatif_routes(Parts& parts, Routes& routes);
void add_metrics_route(Parts& parts, Routes& routes);

}  // namespace mingyue::api
