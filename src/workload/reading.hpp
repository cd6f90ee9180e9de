#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "workload/read.hpp"

/// For tests: traces from texts at hand.
namespace mingyue::workload {

struct ReadResult {
  std::vector<TraceJob> jobs;
  TraceFacts facts;
  Account account;
  Refusal refusal;  ///< code empty: none
};

inline ReadResult reading(const std::string& text, const ReadOptions& options = {}) {
  ReadResult result;
  auto source = read_trace(bytes_of(text), options);
  if (!source) {
    result.refusal = source.error();
    return result;
  }
  for (TraceJob job; (*source)->next(job);) result.jobs.push_back(job);
  if (const auto status = (*source)->status(); !status) result.refusal = status.error();
  result.facts = (*source)->facts();
  result.account = (*source)->account();
  return result;
}

/// `code field: message`, with the line in front; empty where nothing was refused.
inline std::string refused(const ReadResult& result) {
  const Refusal& r = result.refusal;
  return r.code.empty() ? "" : std::to_string(r.line) + " " + r.code + " " + r.field + ": " + r.message;
}

}  // namespace mingyue::workload
