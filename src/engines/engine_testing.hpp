#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engines/local_engine.hpp"
#include "engines/output_file.hpp"
#include "engines/report_testing.hpp"
#include "engines/shim/attempt_folder.hpp"

/// What the tests of the local engine share: real processes, a folder of their own, and waits with a deadline.
namespace mingyue::engines::testing {

class LocalEngineTest : public ::testing::Test {
 protected:
  LocalEngineTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "mingyue-engine-XXXXXX").string();
    base_ = ::mkdtemp(pattern.data());
    options_.root = base_ + "/root";
    options_.shim = MINGYUE_SHIM;
    options_.term_grace = milliseconds(300);
    options_.step_every = milliseconds(100);
  }

  ~LocalEngineTest() override {
    // Whatever a test did, an engine that is asked for nothing ends all that is left.
    engine_.reset();
    const auto shims_are_gone = [this] {
      if (!std::filesystem::exists(options_.root)) return true;
      for (const auto& entry : std::filesystem::directory_iterator(options_.root))
        if (is_locked(AttemptFolder(entry.path().string()))) return false;
      return true;
    };
    if (!shims_are_gone()) {
      options_.term_grace = milliseconds(0);
      open();
      engine_->reconcile({});
      EXPECT_TRUE(eventually(shims_are_gone));
      engine_.reset();
    }
    EXPECT_EQ(processes_left(), 0) << "a test left processes behind";
    std::filesystem::remove_all(base_);
  }

  LocalEngine& open() {
    engine_.reset();
    auto opened = LocalEngine::open(options_, sink_);
    if (!opened) throw std::runtime_error(opened.error().message);
    engine_ = std::move(*opened);
    return *engine_;
  }
  LocalEngine& engine() { return engine_ ? *engine_ : open(); }
  /// As after a restart of the daemon: a new engine, and nothing heard yet.
  LocalEngine& restart(const std::vector<model::AttemptId>& standing) {
    engine_.reset();
    sink_.~RecordingSink();
    new (&sink_) RecordingSink;
    open().reconcile(standing);
    return *engine_;
  }

  model::AttemptEnd run(const model::LaunchOrder& order) {
    engine().launch(order);
    return end_of(order.attempt);
  }
  model::AttemptEnd end_of(model::AttemptId id) {
    const auto ended = sink_.wait<ports::Ended>(id);
    EXPECT_TRUE(ended) << "attempt " << model::print(id) << " has not ended";
    return ended ? ended->end : model::AttemptEnd{};
  }

  std::string folder(model::AttemptId id) { return options_.root + "/" + model::print(id); }
  std::string output(model::AttemptId id, std::int32_t task = 0, OutputStream stream = OutputStream::out) {
    const OutputReader reader(folder(id), task, stream);
    std::string text;
    for (std::int64_t at = 0;;) {
      const OutputPiece piece = reader.read(at, 1 << 20);
      if (piece.bytes.empty()) return text;
      text += piece.bytes;
      at = piece.offset + static_cast<std::int64_t>(piece.bytes.size());
    }
  }

  /// Living processes that carry this test's folder in their environment.
  int processes_left() {
    int count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc", std::filesystem::directory_options::skip_permission_denied)) {
      const std::string name = entry.path().filename().string();
      if (name.find_first_not_of("0123456789") != std::string::npos || name == std::to_string(::getpid())) continue;
      if (text_of("/proc/" + name + "/environ").find("MINGYUE_PROGRESS=" + base_) != std::string::npos) ++count;
    }
    return count;
  }

  std::string base_;
  EngineOptions options_;
  RecordingSink sink_;
  std::unique_ptr<LocalEngine> engine_;
};

}  // namespace mingyue::engines::testing
