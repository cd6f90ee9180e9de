#include "apps/twin_compare_verb.hpp"

#include <atomic>
#include <filesystem>
#include <mutex>
#include <thread>

#include "report/write.hpp"

namespace mingyue::apps {
namespace {

using client::Exit;

struct OneRun {
  std::string name;  ///< of its file
  PreparedRun prepared;
  Expected<twin::TraceRun> done{};
};

/// Runs them all on so many threads. A run shares nothing with another, and its result has its place.
void run_all(std::vector<OneRun>& runs, int threads, TwinProgress& progress) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;  // of the progress and the shares
  std::vector<double> shares(runs.size());
  const auto work = [&] {
    for (std::size_t i = next++; i < runs.size(); i = next++) {
      runs[i].prepared.options.tell = [&, i](double share, Instant now) {
        const std::lock_guard lock(mutex);
        shares[i] = share;
        double sum = 0;
        for (const double one : shares) sum += one;
        progress.tell(sum / static_cast<double>(shares.size()), now);
      };
      runs[i].done = twin::run_trace(*runs[i].prepared.source, runs[i].prepared.options);
      runs[i].prepared.source.reset();
      const std::lock_guard lock(mutex);
      shares[i] = 1;
    }
  };
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(work);
  work();
}

}  // namespace

Exit twin_compare_verb(client::Session& session, const TwinCompareOptions& options, const std::string& version) {
  std::vector<std::string> centres = options.centres;
  if (centres.empty()) centres.emplace_back();
  std::vector<OneRun> runs;
  for (const std::string& centre : centres) {
    for (const std::string& policy : options.policies) {
      auto prepared = prepare_run(session, options.world, centre, policy, version);
      if (!prepared) return Exit::usage;
      OneRun& run = runs.emplace_back();
      run.name = centres.size() > 1 ? std::filesystem::path(centre).stem().string() + "-" + policy : policy;
      run.prepared = std::move(*prepared);
    }
  }
  TwinProgress progress(session);
  run_all(runs, options.threads, progress);
  progress.clear();

  std::vector<report::RunReport> reports;
  for (OneRun& run : runs) {
    if (!run.done) return tell_refusal(session, "--trace", run.done.error());
    reports.push_back(std::move(run.done->report));
  }
  if (!options.report.empty()) {
    const auto write = [&]() -> Expected<void> {
      CHECK_OK(write_report_file(options.report, "compare.html", report::write_compare_html(reports)));
      CHECK_OK(write_report_file(options.report, "compare.csv", report::write_compare_csv(reports)));
      for (std::size_t i = 0; i < runs.size(); ++i)
        CHECK_OK(write_report_file(options.report, runs[i].name + ".json", report::write_json(reports[i])));
      return {};
    };
    auto written = write();
    if (!written) return tell_refusal(session, "--report", written.error());
  }
  if (session.json) {
    std::string all;
    for (const report::RunReport& report : reports) all += (all.empty() ? "[\n" : ",\n") + report::write_json(report);
    client::out(all + "]\n");
    return Exit::ok;
  }
  client::out(report::write_compare_text(reports, session.language));
  if (!options.report.empty()) client::out(session.text("twin.report", options.report + "/compare.html") + "\n");
  return Exit::ok;
}

}  // namespace mingyue::apps
