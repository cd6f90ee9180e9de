#include "sched/kept_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "sched/a_snapshot.hpp"
#include "sched/plan_book.hpp"

namespace mingyue::sched {
namespace {

using testing::Scene;

constexpr PlanSettings counting{.counted_nodes = 1, .keeps_from = 1};

WaitingView view_of(Scene& scene, std::uint64_t job) {
  for (const WaitingView& view : scene.snapshot().waiting)
    if (view.id == model::JobId(job)) return view;
  return {};
}

PlanNews arrival(Scene& scene, std::uint64_t job) { return {.waiting = {view_of(scene, job)}}; }

/// Three nodes of 8 cores; 1 runs on n0 for an hour, 2 wants all three, 3 one node for two hours.
Scene three_nodes() {
  Scene scene;
  scene.nodes(3, 8);
  scene.running(1).on("n0", 8).until(60);
  scene.waiting(2).tasks(3).cores(8).wall(120);
  scene.waiting(3).cores(8).wall(120);
  return scene;
}

TEST(KeptPlan, WhatEndsEarlyMovesPromisesEarlier) {
  Scene scene = three_nodes();
  KeptPlan kept(scene.snapshot(), counting);
  const Plan whole = kept.plan();
  EXPECT_TRUE(whole.starts.empty());
  const auto step = kept.go_on(Scene::zero + minutes(10), {.ended = {model::JobId(1)}});
  ASSERT_TRUE(step);
  ASSERT_EQ(step->starts.size(), 1u);
  EXPECT_EQ(step->starts[0].job, model::JobId(2));
  EXPECT_EQ(step->repromised, (std::vector<Repromise>{{model::JobId(3), Scene::zero + minutes(130)}}));
  EXPECT_EQ(step->replan_at, Scene::zero + minutes(130));
}

TEST(KeptPlan, WhoComesIsToldWhyAndDelaysNobody) {
  Scene scene = three_nodes();
  KeptPlan kept(scene.snapshot(), counting);
  (void)kept.plan();
  scene.waiting(4).cores(8).wall(30);
  scene.waiting(5).cores(8).wall(90);
  const auto step = kept.go_on(Scene::zero + minutes(10), {.waiting = {view_of(scene, 4), view_of(scene, 5)}});
  ASSERT_TRUE(step);
  ASSERT_EQ(step->starts.size(), 1u);  // it is done before the gang needs its node
  EXPECT_EQ(step->starts[0].job, model::JobId(4));
  EXPECT_TRUE(step->starts[0].backfill);
  ASSERT_EQ(step->waits.size(), 1u);
  const Wait& wait = step->waits[0];
  EXPECT_EQ(wait.job, model::JobId(5));
  EXPECT_EQ(wait.code, WaitCode::would_delay);
  EXPECT_THAT(*wait.args, ::testing::ElementsAre("2", ""));
  EXPECT_EQ(wait.change, ChangeCode::wait_for);
  EXPECT_EQ(wait.promised, Scene::zero + minutes(180));
  EXPECT_EQ(wait.place, 3);
}

TEST(KeptPlan, AnUngrantedStartCallsForAWholePlan) {
  Scene scene = three_nodes();
  scene.waiting(4).cores(8).wall(30);
  KeptPlan kept(scene.snapshot(), counting);
  ASSERT_EQ(kept.plan().starts.size(), 1u);
  EXPECT_FALSE(kept.go_on(Scene::zero + minutes(1), {}));
}

TEST(KeptPlan, WhatARepairCannotDoCallsForAWholePlan) {
  const auto goes_on = [](const auto& change, Instant now = Scene::zero + minutes(10)) {
    Scene scene = three_nodes();
    KeptPlan kept(scene.snapshot(), counting);
    (void)kept.plan();
    scene.waiting(4).cores(8).wall(90);
    PlanNews news;
    change(scene, news);
    return kept.go_on(now, std::move(news)).has_value();
  };
  EXPECT_TRUE(goes_on([](Scene& s, PlanNews& n) { n = arrival(s, 4); }));
  EXPECT_FALSE(goes_on([](Scene& s, PlanNews& n) {
    s.edit().waiting.back().preempts = true;
    n = arrival(s, 4);
  }));
  EXPECT_FALSE(goes_on([](Scene& s, PlanNews& n) {
    s.edit().waiting.back().goes_on = true;
    n = arrival(s, 4);
  }));
  EXPECT_FALSE(goes_on([](Scene& s, PlanNews& n) {
    s.waiting(5).cores(9);
    n = arrival(s, 5);  // too large
  }));
  EXPECT_FALSE(goes_on([](Scene&, PlanNews& n) { n.ended = {model::JobId(77)}; }));
  EXPECT_FALSE(goes_on([](Scene&, PlanNews&) {}, Scene::zero + minutes(61)));  // 1 has outlived its limit
}

TEST(KeptPlan, WhoIsBlockedMeanwhileLeavesTheLineAndComesBack) {
  Scene scene = three_nodes();
  KeptPlan kept(scene.snapshot(), counting);
  (void)kept.plan();
  WaitingView held = view_of(scene, 2);
  held.blocked = Blocked::held;
  auto step = kept.go_on(Scene::zero + minutes(5), {.waiting = {held}});
  ASSERT_TRUE(step);
  ASSERT_EQ(step->waits.size(), 1u);
  EXPECT_EQ(step->waits[0].code, WaitCode::held);
  ASSERT_EQ(step->starts.size(), 1u);  // nobody needs the node any more
  EXPECT_EQ(step->starts[0].job, model::JobId(3));
  step = kept.go_on(Scene::zero + minutes(6), {.granted = {model::JobId(3)}, .waiting = {view_of(scene, 2)}});
  ASSERT_TRUE(step);
  ASSERT_EQ(step->waits.size(), 1u);
  EXPECT_EQ(step->waits[0].promised, Scene::zero + minutes(125));
}

/// A promise that falls due a little before anybody looks is kept, and costs nobody theirs.
TEST(KeptPlan, ToComeLateCostsNobodyThePromise) {
  Scene scene;
  scene.nodes(2, 8);
  scene.running(1).on("n0", 8).until(600);
  scene.waiting(2).cores(8).wall(10).retries_at(10);
  scene.waiting(3).tasks(2).cores(8).wall(10);
  KeptPlan kept(scene.snapshot(), counting);
  (void)kept.plan();
  const auto step = kept.go_on(Scene::zero + minutes(10) + milliseconds(250), {});
  ASSERT_TRUE(step);
  ASSERT_EQ(step->starts.size(), 1u);
  EXPECT_EQ(step->starts[0].job, model::JobId(2));
  EXPECT_TRUE(step->repromised.empty());
}

/// Held and released while its promise fell due: the line has it running, and the centre has it waiting.
TEST(KeptPlan, WhoWasDueAndHasChangedSinceCallsForAWholePlan) {
  for (const Blocked now : {Blocked::no, Blocked::held}) {
    Scene scene;
    scene.nodes(2, 8);
    scene.running(1).on("n0", 8).until(600);
    scene.waiting(2).cores(8).wall(10).retries_at(10);
    KeptPlan kept(scene.snapshot(), counting);
    (void)kept.plan();
    WaitingView changed = view_of(scene, 2);
    changed.blocked = now;
    changed.blocked_until.reset();
    EXPECT_FALSE(kept.go_on(Scene::zero + minutes(10) + milliseconds(250), {.waiting = {changed}}));
  }
}

TEST(PlanBook, StepsArePutTogetherInTheOrderOfTheQueue) {
  PlanBook book;
  Plan whole;
  for (std::uint64_t job = 1; job <= 4; ++job)
    whole.waits.push_back({.job = model::JobId(job * 10), .place = static_cast<std::int32_t>(job)});
  book.take(whole);
  book.take(PlanStep{.starts = {{.job = model::JobId(10), .nodes = {}}},
                     .waits = {{.job = model::JobId(50), .place = 3}},
                     .repromised = {{model::JobId(40), Scene::zero}}});
  book.take(PlanStep{.waits = {{.job = model::JobId(60), .place = 5}}, .gone = {model::JobId(20)}});
  std::vector<std::uint64_t> jobs;
  for (const Wait& wait : book.plan().waits) {
    jobs.push_back(wait.job.raw());
    EXPECT_EQ(wait.place, static_cast<std::int32_t>(jobs.size()));
  }
  EXPECT_THAT(jobs, ::testing::ElementsAre(50, 30, 40, 60));
  EXPECT_EQ(book.plan().waits[2].promised, Scene::zero);
  book.take(PlanStep{.waits = {{.job = model::JobId(70), .place = 4}}});  // as the whole plan counted
  jobs.clear();
  for (const Wait& wait : book.plan().waits) jobs.push_back(wait.job.raw());
  EXPECT_THAT(jobs, ::testing::ElementsAre(50, 30, 70, 40, 60));
}

TEST(PlanBook, ItDoesNotMatterWhenSomebodyLooks) {
  PlanBook looked;
  PlanBook left;
  for (PlanBook* book : {&looked, &left}) {
    Plan whole;
    whole.waits.push_back({.job = model::JobId(1), .place = 1});
    book->take(whole);
    for (const std::uint64_t job : {10, 11, 12}) {
      book->take(PlanStep{.waits = {{.job = model::JobId(job), .place = 2}}});
      if (book == &looked) (void)book->plan();
    }
  }
  EXPECT_EQ(looked.plan(), left.plan());
  EXPECT_EQ(left.plan().waits[1].job, model::JobId(10));
}

/// A centre in which the plan is repaired, beside what is true of it.
class Life {
 public:
  explicit Life(std::uint64_t seed) : draw_(seed) {
    scene_.nodes(static_cast<int>(3 + below(4)), 8, 4, "card");
    renew();
  }

  void live() {
    for (int i = 0; i < 120; ++i) {
      PlanNews news = std::exchange(news_, {});
      if (i < 100) happen(news);
      pass(news);
      go_on(std::move(news));
      check();
    }
    while (!scene_.snapshot().running.empty() || !scene_.snapshot().waiting.empty()) {
      PlanNews news = std::exchange(news_, {});
      if (scene_.snapshot().running.empty()) {
        ASSERT_TRUE(book_.replan_at()) << "nothing runs, and somebody waits";
        scene_.edit().now = *book_.replan_at();
      } else {
        end(0, news);
      }
      go_on(std::move(news));
      check();
    }
  }

  int steps = 0;

 private:
  std::uint64_t below(std::uint64_t n) { return draw_() % n; }

  void happen(PlanNews& news) {
    for (std::uint64_t n = below(3); n > 0; --n) {
      auto job = scene_.waiting(++last_job_);
      job.tasks(1 + static_cast<int>(below(2)))
          .cores(1 + static_cast<int>(below(8)))
          .wall(1 + static_cast<std::int64_t>(below(300)));
      if (below(3) == 0) job.cards(1 + static_cast<int>(below(4)));
      if (below(6) == 0) job.and_part().cores(1 + static_cast<int>(below(8)));
      job.since((scene_.snapshot().now - Scene::zero).raw() / 60'000);
      if (below(8) == 0) job.retries_at((scene_.snapshot().now - Scene::zero).raw() / 60'000 + 30);
      news.waiting.push_back(view_of(scene_, last_job_));
    }
    const auto& running = scene_.snapshot().running;
    if (!running.empty() && below(2) == 0) end(below(running.size()), news);
    const auto& waiting = scene_.snapshot().waiting;
    if (!waiting.empty() && below(8) == 0) {
      const std::size_t i = below(waiting.size());
      news.gone.push_back(waiting[i].id);
      std::erase_if(news.waiting, [&](const WaitingView& view) { return view.id == waiting[i].id; });
      promised_.erase(waiting[i].id);
      scene_.drop_waiting(i);
    }
  }

  void end(std::size_t i, PlanNews& news) {
    const model::AttemptId attempt = scene_.snapshot().running[i].attempt;
    news.ended.push_back(attempt.job);
    scene_.end(attempt);
  }

  /// Time passes, and whoever has used their limit ends.
  void pass(PlanNews& news) {
    scene_.edit().now = scene_.snapshot().now + milliseconds(static_cast<std::int64_t>(below(1'200'000)));
    for (std::size_t i = 0; i < scene_.snapshot().running.size();) {
      if (scene_.snapshot().running[i].ends_by <= scene_.snapshot().now)
        end(i, news);
      else
        ++i;
    }
    for (WaitingView& view : scene_.edit().waiting) {
      if (view.blocked_until && *view.blocked_until <= scene_.snapshot().now) {
        view.blocked = Blocked::no;
        view.blocked_until.reset();
      }
    }
  }

  void renew() {
    kept_ = std::make_unique<KeptPlan>(scene_.snapshot(), counting);
    Plan plan = kept_->plan();
    for (const Start& start : plan.starts) news_.granted.push_back(start.job);
    promised_.clear();
    scene_.carry_out(plan);
    book_.take(std::move(plan));
  }

  void go_on(PlanNews news) {
    auto step = kept_->go_on(scene_.snapshot().now, std::move(news));
    if (!step) {
      news_ = {};
      return renew();
    }
    ++steps;
    Plan starts;
    starts.starts = step->starts;
    for (const Start& start : step->starts) news_.granted.push_back(start.job);
    scene_.carry_out(starts);
    book_.take(std::move(*step));
  }

  void check() {
    const Snapshot& truth = scene_.snapshot();
    Room idle;
    for (const NodeView& node : truth.nodes) {
      ASSERT_GE(node.free.cores, CoreCount(0));
      ASSERT_GE(node.free.cards, CardCount(0));
      idle += node.free;
    }
    const Plan& plan = book_.plan();
    for (const IdleClasses& one : plan.idle) {
      const std::int64_t there = one.card_type.empty() ? idle.cores.raw() : idle.cards.raw();
      ASSERT_EQ(one.promised + one.stranded + one.unwanted, there);
    }
    std::set<model::JobId> waiting;
    for (const WaitingView& view : truth.waiting) waiting.insert(view.id);
    for (const Wait& wait : plan.waits) {
      ASSERT_EQ(waiting.erase(wait.job), 1u) << wait.job.raw() << " does not wait";
      ASSERT_TRUE(wait.promised) << wait.job.raw();
      const auto before = promised_.find(wait.job);
      if (before != promised_.end()) {
        ASSERT_LE(*wait.promised, before->second) << wait.job.raw() << " was promised an earlier start";
      }
      promised_[wait.job] = *wait.promised;
    }
    ASSERT_TRUE(waiting.empty()) << waiting.begin()->raw() << " waits, and the plan does not say so";
  }

  std::mt19937_64 draw_;
  Scene scene_;
  std::uint64_t last_job_ = 0;
  std::unique_ptr<KeptPlan> kept_;
  PlanNews news_;
  PlanBook book_;
  std::map<model::JobId, Instant> promised_;
};

TEST(KeptPlan, NoPromiseMovesLaterAndNothingIsTakenTwice) {
  int steps = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Life life(seed);
    life.live();
    if (::testing::Test::HasFatalFailure()) return;
    steps += life.steps;
  }
  EXPECT_GT(steps, 3'000);
}

}  // namespace
}  // namespace mingyue::sched
