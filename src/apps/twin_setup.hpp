#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/session.hpp"
#include "twin/trace_run.hpp"
#include "workload/source.hpp"

/// What `twin run` and `twin compare` share: from options to a run that is ready, and a bar while it goes.
namespace mingyue::apps {

struct TwinWorldOptions {
  std::string trace;                 ///< a file in any form that `trace` reads
  std::int32_t nodes = 0;            ///< equal nodes, where no centre is named; 0: as many as the trace says
  std::int32_t cores = 1;            ///< of each
  std::int32_t cards = 0;            ///< of each
  std::vector<std::string> faults;   ///< files of faults, or node faults per 1,000 node-days
  std::string checkpoint = "trace";  ///< a rule, or an interval
  std::string checkpoint_write;      ///< how long one takes; empty: nothing under `trace`, else 5 s
  std::string seed = "1";
  std::string until;  ///< 91d; empty: the trace's window, or until its last job has ended
  bool skip = false;  ///< bad rows
};

struct PreparedRun {
  twin::TraceRunOptions options;
  std::unique_ptr<workload::Source> source;
};
/// One run of these options on a centre's file (empty: equal nodes), under a policy. What is refused has been said, and
/// nothing comes back.
[[nodiscard]] std::optional<PreparedRun> prepare_run(const client::Session& session, const TwinWorldOptions& options,
                                                     const std::string& centre, const std::string& policy,
                                                     const std::string& version);

/// Says a refusal about an option, and how the verb ends.
client::Exit tell_refusal(const client::Session& session, std::string_view field, Refusal refusal);

[[nodiscard]] Expected<void> write_report_file(const std::string& folder, const std::string& name,
                                               const std::string& text);

/// `[#####....] 43 %  2026-03-02  1,000,000x`, on standard error while it is a terminal.
class TwinProgress {
 public:
  explicit TwinProgress(const client::Session& session);
  ~TwinProgress() { clear(); }
  TwinProgress(const TwinProgress&) = delete;
  TwinProgress& operator=(const TwinProgress&) = delete;

  void tell(double share, Instant now);
  void clear();

 private:
  bool shown_;
  bool drawn_ = false;
  Instant begin_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_;
};

}  // namespace mingyue::apps
