#include "workload/source.hpp"

#include <algorithm>
#include <utility>

namespace mingyue::workload {
namespace {

class Replay : public Source {
 public:
  explicit Replay(Trace trace) : trace_(std::move(trace)) {}
  [[nodiscard]] const TraceFacts& facts() const override { return trace_.facts; }
  [[nodiscard]] bool next(TraceJob& job) override {
    if (at_ == trace_.jobs.size()) return false;
    job = trace_.jobs[at_++];
    return true;
  }
  [[nodiscard]] Account account() const override { return trace_.account; }
  [[nodiscard]] double progress() const override {
    return trace_.jobs.empty() ? 1.0 : static_cast<double>(at_) / static_cast<double>(trace_.jobs.size());
  }

 private:
  Trace trace_;
  std::size_t at_ = 0;
};

/// Two or three sources in all uses so far, so the earliest is found by looking at each.
class Merge : public Source {
 public:
  Merge(std::vector<std::unique_ptr<Source>> sources, TraceFacts facts) : facts_(std::move(facts)) {
    for (auto& source : sources) {
      Branch branch{std::move(source), {}, true};
      branch.more = branch.source->next(branch.job);
      branches_.push_back(std::move(branch));
    }
  }
  [[nodiscard]] const TraceFacts& facts() const override { return facts_; }
  [[nodiscard]] bool next(TraceJob& job) override {
    Branch* first = nullptr;
    for (Branch& branch : branches_) {
      // A branch that failed ends the whole: a trace with half its jobs is another trace.
      if (!branch.more && !branch.source->status()) return false;
      if (branch.more && (first == nullptr || branch.job.submit < first->job.submit)) first = &branch;
    }
    if (first == nullptr) return false;
    job = first->job;
    job.number = ++given_;
    first->more = first->source->next(first->job);
    return true;
  }
  [[nodiscard]] Expected<void> status() const override {
    for (const Branch& branch : branches_) {
      if (!branch.more) CHECK_OK(branch.source->status());
    }
    return {};
  }
  [[nodiscard]] Account account() const override {
    Account sum;
    for (const Branch& branch : branches_) {
      const Account one = branch.source->account();
      sum.rows += one.rows;
      sum.jobs += one.jobs;
      sum.recorded_ms += one.recorded_ms;
      for (std::size_t i = 0; i < remarks; ++i) sum.of[i] += one.of[i];
    }
    return sum;
  }
  [[nodiscard]] double progress() const override {
    double least = 1.0;
    for (const Branch& branch : branches_) {
      if (branch.more) least = std::min(least, branch.source->progress());
    }
    return least;
  }

 private:
  struct Branch {
    std::unique_ptr<Source> source;
    TraceJob job;
    bool more = false;
  };
  TraceFacts facts_;
  std::vector<Branch> branches_;
  std::int64_t given_ = 0;
};

}  // namespace

std::uint64_t Account::sum(Treatment treatment) const {
  std::uint64_t n = 0;
  for (std::size_t i = 0; i < remarks; ++i) {
    if (treatment_of(static_cast<Remark>(i)) == treatment) n += of[i];
  }
  return n;
}

Expected<Trace> load(Source& source) {
  Trace trace;
  TraceJob job;
  while (source.next(job)) trace.jobs.push_back(job);
  CHECK_OK(source.status());
  trace.facts = source.facts();
  trace.account = source.account();
  return trace;
}

std::unique_ptr<Source> replay(Trace trace) { return std::make_unique<Replay>(std::move(trace)); }

std::unique_ptr<Source> merge(std::vector<std::unique_ptr<Source>> sources, TraceFacts facts) {
  return std::make_unique<Merge>(std::move(sources), std::move(facts));
}

}  // namespace mingyue::workload
