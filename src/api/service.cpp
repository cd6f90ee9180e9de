#include "api/service.hpp"

#include "api/feed.hpp"
#include "api/openapi.hpp"
#include "api/output_pump.hpp"

namespace mingyue::api {

struct Service::Impl {
  Parts parts;
  Routes routes{parts.gate};
  Feed feed{parts};
  OutputPump output{parts.centre, parts.history, parts.engine};

  Impl(runtime::Centre& centre, const ports::History& history, ports::LogStore& log, const EngineAccess& engine,
       ServiceOptions options)
      : parts{.centre = centre, .history = history, .log = log, .engine = engine, .options = std::move(options)} {
    parts.feed = &feed;
    parts.output = &output;
    feed.start();
    // What was appended before we began to listen: everything asked for is durable after flush(), unless the disk is
    // full.
    std::uint64_t head = log.head().seq;
    centre.ask_and_wait([&](const runtime::View& view) {
      parts.tokens.load(view.state);
      if (!view.stalled) head = view.head_seq;
    });
    log.flush();
    if (!log.stalled()) parts.durable.rise(head);
  }

  void add_routes() {
    add_centre_routes(parts, routes);
    add_now_routes(parts, routes);
    add_submit_routes(parts, routes);
    add_check_route(parts, routes);
    add_job_routes(parts, routes);
    add_job_count_route(parts, routes);
    add_document_route(parts, routes);
    add_picture_route(parts, routes);
    add_card_routes(parts, routes);
    add_partition_routes(parts, routes);
    add_recipe_routes(parts, routes);
    add_report_routes(parts, routes);
    add_output_routes(parts, routes);
    add_node_routes(parts, routes);
    add_engine_routes(parts, routes);
    add_qpu_routes(parts, routes);
    add_reservation_routes(parts, routes);
    add_project_routes(parts, routes);
    add_user_routes(parts, routes);
    add_incident_routes(parts, routes);
    add_ledger_routes(parts, routes);
    add_event_routes(parts, routes);
    add_live_route(parts, routes);
    add_whatif_routes(parts, routes);
    add_metrics_route(parts, routes);
    routes.add({.method = "GET",
                .pattern = "/v1/openapi.json",
                .id = "openapi",
                .summary = "This document",
                .access = Access::anyone,
                .answers = {{"application/json", [](Schemas&) { return std::string(R"({"type":"object"})"); }}}},
               [this](Call call) {
                 call.reply.send(http::Response{.content_type = "application/json", .shared_body = document});
               });
    document = std::make_shared<const std::string>(openapi_document(routes, parts.options.version));
  }

  std::shared_ptr<const std::string> document;
};

Service::Service(runtime::Centre& centre, const ports::History& history, ports::LogStore& log,
                 const EngineAccess& engine, ServiceOptions options)
    : impl_(std::make_unique<Impl>(centre, history, log, engine, std::move(options))) {
  impl_->add_routes();
}

Service::~Service() { stop(); }

void Service::install(http::Router& router) { impl_->routes.install(router); }

void Service::attach(http::ServerOptions& options) {
  options.before_body = [this](const http::Request& request) { return impl_->routes.before_body(request); };
  options.on_access = [this](const http::Access& access) { impl_->parts.http.add(access); };
}

void Service::stop() {
  impl_->feed.stop();
  impl_->output.stop();
  impl_->parts.explainers.stop();
  impl_->parts.readers.stop();
  impl_->parts.durable.stop();
}

void Service::set_local_token(std::string_view secret, Caller caller) {
  impl_->parts.tokens.set_local(secret, std::move(caller));
}

std::size_t Service::tokens() const { return impl_->parts.tokens.size(); }

std::string Service::openapi() const { return *impl_->document; }

}  // namespace mingyue::api
