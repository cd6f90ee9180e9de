#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/prng.hpp"
#include "sched/a_snapshot.hpp"
#include "sched/overdue.hpp"
#include "sched/sentence.hpp"

// What holds of every plan, in random worlds. A failure names its seed. The checks share no code with the planner: they
// add up room at every instant at which anything changes.
namespace mingyue::sched {
namespace {

using testing::Scene;

constexpr std::uint64_t seeds = 300;
constexpr std::uint64_t life_seeds = 100;  // of worlds that are followed for many plans

struct World {
  bool preemption = true;
  bool several_parts = true;
  bool retries = true;
  bool reservations = false;
};

/// Windows on some nodes of the last partition, and some of its jobs run inside.
void add_reservations(Prng draw, Scene& scene) {
  Snapshot& s = scene.edit();
  const auto partition = static_cast<std::int32_t>(s.partitions.size()) - 1;
  std::vector<std::string> left;
  for (const NodeView& node : s.nodes)
    if (node.partition == partition) left.push_back(node.name);
  for (int r = 0; r < 3 && !left.empty(); ++r) {
    std::vector<std::string> nodes;
    for (auto n = draw.between(1, 3); n > 0 && !left.empty(); --n) {
      nodes.push_back(left.front());
      left.erase(left.begin());
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> windows;
    for (std::int64_t from = draw.between(-20, 60); windows.size() < 3 && from < 300; from += draw.between(1, 60)) {
      const std::int64_t to = from + draw.between(1, 90);
      if (to > 0) windows.emplace_back(from, to);
      from = to;
    }
    scene.reserve("r" + std::to_string(r), nodes, windows, draw.chance(1, 3));
    const ReservationView& view = s.reservations.back();
    for (RunningView& run : s.running) {  // the centre ends what would be there
      const bool there = std::ranges::any_of(
          run.holds, [&](const Hold& hold) { return std::ranges::binary_search(view.nodes, hold.node); });
      for (const Window& window : view.windows)
        if (there) run.ends_by = std::min(run.ends_by, std::max(window.from, s.now + seconds(30)));
    }
    for (WaitingView& job : s.waiting)
      if (!view.maintenance && job.partition == partition && job.reservation < 0 && draw.chance(1, 5))
        job.reservation = r;
  }
}

Scene random_scene(Prng& draw, const World& world) {
  Scene scene;
  const auto up_to = [&](std::int64_t n) { return static_cast<int>(draw.between(1, n)); };
  for (int p = 0, partitions = up_to(2); p < partitions; ++p) {
    if (p > 0) scene.partition("p" + std::to_string(p));
    for (int i = 0, n = up_to(6); i < n; ++i) {
      const bool cards = draw.chance(1, 2);
      scene.node("n" + std::to_string(p) + "." + std::to_string(i), 2 * up_to(8), cards ? 2 * up_to(4) : 0,
                 cards ? (draw.chance(1, 2) ? "a100" : "h100") : "", "s" + std::to_string(draw.below(3)),
                 Bytes(std::int64_t{up_to(8)} << 30));
      if (draw.chance(1, 8)) scene.edit().nodes.back().available = false;
      if (draw.chance(1, 6)) scene.edit().nodes.back().spare = true;
    }
  }
  const auto partitions = static_cast<std::int64_t>(scene.edit().partitions.size());
  std::uint64_t id = 1;
  for (std::size_t i = 0; i < scene.edit().nodes.size(); ++i) {
    for (int k = 0; k < 3; ++k) {
      if (draw.chance(1, 3)) continue;
      const NodeView node = scene.edit().nodes[i];
      const auto share = [&](std::int64_t free) { return static_cast<int>(free > 0 ? draw.between(0, free) : 0); };
      auto run = scene.running(id++);
      run.on(node.name, std::max(1, std::min(share(node.free.cores.raw()), node.free.cores.raw())),
             share(node.free.cards.raw()), Bytes(draw.between(0, std::max<std::int64_t>(node.free.memory.raw(), 0))));
      if (scene.edit().nodes[i].free.cores < CoreCount{0}) {
        scene.end({model::JobId(id - 1), 1});
        continue;
      }
      run.until(draw.between(-5, 200));
      if (world.preemption && draw.chance(1, 2)) run.preemptible(draw.between(0, 30), draw.between(0, 120));
      if (world.preemption && draw.chance(1, 3)) run.movable(draw.between(0, 30), draw.between(1, 120));
      if (world.preemption && draw.chance(1, 8)) run.ending();
    }
  }
  for (int i = 0, n = up_to(24); i < n; ++i) {
    auto job = scene.waiting(id++);
    job.in(static_cast<int>(draw.between(0, partitions - 1))).wall(draw.between(1, 120));
    const int fewest = draw.chance(1, 2) ? 1 : up_to(4);
    if (draw.chance(1, 4))
      job.tasks(fewest, fewest + up_to(4));
    else
      job.tasks(fewest);
    job.cores(up_to(8)).memory(Bytes(draw.between(0, std::int64_t{3} << 30)));
    if (draw.chance(1, 3)) job.cards(up_to(4), draw.chance(1, 2) ? "" : (draw.chance(1, 2) ? "a100" : "h100"));
    job.place(static_cast<model::Placement>(draw.between(1, 3)));
    if (world.several_parts && draw.chance(1, 6)) {
      job.and_part().tasks(up_to(3)).cores(up_to(6));
      if (draw.chance(1, 2)) job.cards(1);
    }
    if (draw.chance(1, 3)) job.rank(up_to(900));
    if (world.preemption && draw.chance(1, 3)) job.preempts();
    if (world.retries && draw.chance(1, 12)) job.retries_at(draw.between(1, 60));
    if (draw.chance(1, 16)) job.blocked(Blocked::held);
    if (draw.chance(1, 5)) job.preemptible();
    if (world.preemption && draw.chance(1, 16)) job.goes_on();
  }
  if (world.reservations) add_reservations(draw.split("reservations"), scene);
  return scene;
}

const WaitingView& job_of(const Snapshot& s, model::JobId id) {
  return *std::find_if(s.waiting.begin(), s.waiting.end(), [&](const WaitingView& w) { return w.id == id; });
}

/// Something that takes room of a node for a time.
struct Use {
  std::uint32_t node;
  std::int64_t from, to;
  Room room;
};

void add_uses(std::vector<Use>& uses, const Snapshot& s, model::JobId id, Instant start,
              const std::vector<model::NodeId>& nodes) {
  const WaitingView& job = job_of(s, id);
  std::size_t rank = 0;
  for (const model::Part& part : job.spec->parts)
    for (int t = 0; t < job.spec->tasks_of(part, static_cast<std::int32_t>(nodes.size())); ++t)
      uses.push_back({nodes.at(rank++).raw(),
                      start.raw(),
                      (start + job.wall).raw(),
                      {part.need.cores, part.need.memory, part.need.cards}});
  ASSERT_EQ(rank, nodes.size());
}

std::vector<Use> running_uses(const Snapshot& s, const Plan& plan) {
  std::vector<Use> uses;
  for (const RunningView& run : s.running) {
    Instant end = assumed_end(run.ends_by, s.now);
    for (const Preemption& p : plan.preemptions)
      if (p.attempt == run.attempt) end = std::min(end, s.now + std::max(run.grace, seconds(1)));
    for (const Hold& hold : run.holds) uses.push_back({hold.node.raw(), s.now.raw(), end.raw(), hold.room});
  }
  return uses;
}

Room used_at(const std::vector<Use>& uses, std::uint32_t node, std::int64_t t) {
  Room sum;
  for (const Use& use : uses)
    if (use.node == node && use.from <= t && t < use.to) sum += use.room;
  return sum;
}

void expect_no_overcommitment(const Snapshot& s, const std::vector<Use>& uses) {
  std::set<std::int64_t> times{s.now.raw()};
  for (const Use& use : uses) times.insert(use.from);
  for (const NodeView& node : s.nodes)
    for (const std::int64_t t : times)
      ASSERT_TRUE(fits(used_at(uses, node.id.raw(), t), node.total))
          << "node " << node.name << " at " << t - s.now.raw();
}

bool may_stand_on(const WaitingView& job, const NodeView& node) {
  return !node.spare || job.preemptible || job.goes_on;
}

/// In a window there is nobody but the reservation's own, and those are nowhere else.
void expect_reservations_kept(const Snapshot& s, const WaitingView& job, Instant start,
                              const std::vector<model::NodeId>& nodes) {
  const Instant end = start + job.wall;
  for (std::size_t r = 0; r < s.reservations.size(); ++r) {
    const ReservationView& view = s.reservations[r];
    const bool inside = job.reservation == static_cast<std::int32_t>(r);
    const auto within = [&](const Window& w) { return w.from <= start && end <= w.to; };
    EXPECT_TRUE(!inside || std::ranges::any_of(view.windows, within)) << "job " << job.id.raw();
    for (const model::NodeId node : nodes) {
      const bool there = std::ranges::binary_search(view.nodes, node);
      EXPECT_TRUE(there || !inside) << "job " << job.id.raw() << " is outside its reservation";
      for (const Window& w : view.windows)
        EXPECT_TRUE(!there || inside || end <= w.closed || start >= w.to)
            << "job " << job.id.raw() << " is in a window on node " << node.raw();
    }
  }
}

std::int32_t times_fit(const model::Part& part, const Room& room) {
  std::int32_t n = 0;
  while (n < part.least() && part.need.cores * (n + 1) <= room.cores && part.need.memory * (n + 1) <= room.memory &&
         part.need.cards * (n + 1) <= room.cards)
    ++n;
  return n;
}

bool fits_throughout(const std::vector<Use>& uses, const NodeView& node, Instant from, Instant to,
                     const model::Part& part) {
  std::vector<std::int64_t> times{from.raw()};
  for (const Use& use : uses)
    if (use.node == node.id.raw() && use.from > from.raw() && use.from < to.raw()) times.push_back(use.from);
  return std::ranges::all_of(times, [&](std::int64_t t) {
    return fits({part.need.cores, part.need.memory, part.need.cards}, node.total - used_at(uses, node.id.raw(), t));
  });
}

std::string print(const Plan& plan) {
  std::string text;
  for (const Start& start : plan.starts) {
    text += fmt::format("start {} {}", start.job.raw(), start.backfill);
    for (const auto node : start.nodes) text += fmt::format(" {}", node.raw());
    text += '\n';
  }
  for (const Preemption& p : plan.preemptions)
    text += fmt::format("preempt {} {}\n", model::print(p.attempt), p.by.raw());
  for (const Wait& w : plan.waits) {
    text += fmt::format("wait {} {} {} | {} | {}", w.job.raw(), w.place, w.priority.total, sentence(w), advice(w));
    for (const auto node : w.promised_nodes) text += fmt::format(" {}", node.raw());
    text += '\n';
  }
  for (const IdleClasses& i : plan.idle)
    text += fmt::format("idle {} {} {} {} {}\n", i.partition, i.card_type, i.promised, i.stranded, i.unwanted);
  text += fmt::format("replan {}\n", plan.replan_at ? plan.replan_at->raw() : 0);
  return text;
}

TEST(Planner, GivesNoRoomOutTwiceNowOrLater) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {});
    const Snapshot& s = scene.snapshot();
    const Plan plan = sched::plan(s);
    std::vector<Use> uses = running_uses(s, plan);
    std::set<model::JobId> seen;
    for (const Start& start : plan.starts) {
      add_uses(uses, s, start.job, s.now, start.nodes);
      EXPECT_EQ(job_of(s, start.job).blocked, Blocked::no);
      EXPECT_TRUE(seen.insert(start.job).second);
      for (const auto node : start.nodes) {
        EXPECT_TRUE(s.nodes[node.raw()].available);
        EXPECT_EQ(s.nodes[node.raw()].partition, job_of(s, start.job).partition);
        EXPECT_TRUE(may_stand_on(job_of(s, start.job), s.nodes[node.raw()]));
      }
    }
    for (const Wait& wait : plan.waits) {
      EXPECT_TRUE(seen.insert(wait.job).second);
      if (!wait.promised) continue;
      EXPECT_GT(*wait.promised, s.now);
      add_uses(uses, s, wait.job, *wait.promised, wait.promised_nodes);
      for (const auto node : wait.promised_nodes) EXPECT_TRUE(may_stand_on(job_of(s, wait.job), s.nodes[node.raw()]));
    }
    EXPECT_EQ(seen.size(), s.waiting.size());
    expect_no_overcommitment(s, uses);
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
}

TEST(Planner, KeepsReservationsNowAndLater) {
  int inside = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {.reservations = true});
    const Snapshot& s = scene.snapshot();
    const Plan plan = sched::plan(s);
    std::vector<Use> uses = running_uses(s, plan);
    for (const Start& start : plan.starts) {
      add_uses(uses, s, start.job, s.now, start.nodes);
      expect_reservations_kept(s, job_of(s, start.job), s.now, start.nodes);
    }
    for (const Wait& wait : plan.waits) {
      EXPECT_FALSE(sentence(wait).empty());
      if (!wait.promised) continue;
      inside += job_of(s, wait.job).reservation >= 0 ? 1 : 0;
      add_uses(uses, s, wait.job, *wait.promised, wait.promised_nodes);
      expect_reservations_kept(s, job_of(s, wait.job), *wait.promised, wait.promised_nodes);
    }
    EXPECT_EQ(plan.starts.size() + plan.waits.size(), s.waiting.size());
    expect_no_overcommitment(s, uses);
    if (HasFailure()) return;
  }
  EXPECT_GT(inside, 50);
}

TEST(Planner, TasksGetCardsOfOneTypeAndOfTheirType) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {});
    const Snapshot& s = scene.snapshot();
    for (const Start& start : sched::plan(s).starts) {
      std::size_t rank = 0;
      for (const model::Part& part : job_of(s, start.job).spec->parts) {
        std::set<std::string> types;
        const auto tasks = job_of(s, start.job).spec->tasks_of(part, static_cast<std::int32_t>(start.nodes.size()));
        for (int t = 0; t < tasks; ++t) types.insert(s.nodes[start.nodes[rank++].raw()].card_type);
        if (part.need.cards == CardCount{0}) continue;
        EXPECT_EQ(types.size(), 1U);
        EXPECT_TRUE(part.need.card_type.empty() || *types.begin() == part.need.card_type);
      }
    }
  }
}

// Conservative backfill, word for word: given all that goes before it, no earlier start was possible.
void expect_earliest_starts(const World& world) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, world);
    const Snapshot& s = scene.snapshot();
    const Plan plan = sched::plan(s);
    std::map<model::JobId, std::pair<Instant, std::vector<model::NodeId>>> given;
    for (const Start& start : plan.starts) given[start.job] = {s.now, start.nodes};
    for (const Wait& wait : plan.waits)
      if (wait.promised) given[wait.job] = {*wait.promised, wait.promised_nodes};
    std::vector<Use> uses = running_uses(s, plan);
    for (const ReservationView& view : s.reservations)
      for (const model::NodeId node : view.nodes)
        for (const Window& w : view.windows)
          uses.push_back({node.raw(), w.closed.raw(), w.to.raw(), s.nodes[node.raw()].total});
    for (const auto& [id, terms] : order(s)) {
      if (!given.contains(id) || job_of(s, id).reservation >= 0) continue;  // those are in rooms of their own
      const WaitingView& job = job_of(s, id);
      const auto& [start, nodes] = given.at(id);
      const model::Part& part = job.spec->parts.front();
      std::set<std::int64_t> times{s.now.raw()};
      if (job.blocked_until) times = {std::max(job.blocked_until->raw(), s.now.raw())};
      for (const Use& use : uses)
        if (use.to >= *times.begin()) times.insert(use.to);
      for (const std::int64_t t : times) {
        if (t >= start.raw()) break;
        for (const std::string type : {"", "a100", "h100"}) {
          if (part.need.cards == CardCount{0} ? !type.empty() : type.empty()) continue;
          if (!part.need.card_type.empty() && part.need.card_type != type) continue;
          std::int64_t tasks = 0;
          for (const NodeView& node : s.nodes) {
            if (!node.available || node.partition != job.partition || (!type.empty() && node.card_type != type))
              continue;
            if (!may_stand_on(job, node)) continue;
            std::int32_t here = part.least();
            for (const std::int64_t u : times)
              if (u >= t && u < t + job.wall.raw())
                here = std::min(here, times_fit(part, node.total - used_at(uses, node.id.raw(), u)));
            for (const Use& use : uses)
              if (use.from >= t && use.from < t + job.wall.raw())
                here = std::min(here, times_fit(part, node.total - used_at(uses, node.id.raw(), use.from)));
            tasks += here;
          }
          EXPECT_LT(tasks, part.least()) << "job " << id.raw() << " could start " << start.raw() - t << " ms earlier";
        }
      }
      add_uses(uses, s, id, start, nodes);
    }
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Planner, EachJobGetsTheEarliestStartBehindThoseBeforeIt) {
  expect_earliest_starts({.preemption = false, .several_parts = false});
  expect_earliest_starts({.preemption = false, .several_parts = false, .reservations = true});
}

TEST(Planner, SaysTheSameTwice) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    Prng one(seed);
    Prng two(seed);
    EXPECT_EQ(print(random_scene(one, {}).plan()), print(random_scene(two, {}).plan())) << "seed " << seed;
  }
}

TEST(Planner, IdleClassesAddUpToWhatIsIdle) {
  for (std::uint64_t seed = 0; seed < 2 * seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {.reservations = seed >= seeds});
    const Plan plan = scene.plan();
    Scene after = scene;
    after.carry_out(plan);
    std::map<std::pair<std::string, std::string>, std::int64_t> idle;
    for (const NodeView& node : after.edit().nodes) {
      const std::string& partition = after.edit().partitions[static_cast<std::size_t>(node.partition)].name;
      bool usable = node.available;
      for (const ReservationView& view : after.edit().reservations)
        for (const Window& w : view.windows)
          if (view.maintenance && std::ranges::binary_search(view.nodes, node.id) && w.from <= Scene::zero &&
              Scene::zero < w.to)
            usable = false;  // in maintenance
      idle[{partition, ""}] += usable ? node.free.cores.raw() : 0;
      if (node.total.cards > CardCount{0}) idle[{partition, node.card_type}] += usable ? node.free.cards.raw() : 0;
    }
    EXPECT_EQ(plan.idle.size(), idle.size());
    for (const IdleClasses& classes : plan.idle) {
      EXPECT_GE(std::min({classes.promised, classes.stranded, classes.unwanted}), 0);
      EXPECT_EQ(classes.promised + classes.stranded + classes.unwanted, (idle[{classes.partition, classes.card_type}]));
    }
    if (HasFailure()) return;
  }
}

/// Goes on from plan to plan until nobody waits or `steps` are over; `check(before, after)` sees neighbouring plans.
template <class Check>
void live(Scene& scene, Prng& draw, int steps, bool early_ends, const Check& check) {
  Plan last = scene.plan();
  for (int step = 0; step < steps; ++step) {
    scene.carry_out(last);
    Snapshot& s = scene.edit();
    // Next: the planner's own wish, an end at the limit, or an early end.
    Instant next = last.replan_at.value_or(never);
    for (const RunningView& run : s.running) next = std::min(next, assumed_end(run.ends_by, s.now));
    if (next == never) return;
    std::optional<model::AttemptId> early;
    if (early_ends && !s.running.empty() && draw.chance(1, 2)) {
      early = s.running[draw.below(s.running.size())].attempt;
      next = Instant(draw.between(s.now.raw(), next.raw()));
    }
    s.now = next;
    for (ReservationView& view : s.reservations)
      std::erase_if(view.windows, [&](const Window& w) { return w.to <= s.now; });
    std::vector<model::AttemptId> over;
    for (const RunningView& run : s.running)
      if (run.ends_by <= s.now || run.attempt == early) over.push_back(run.attempt);
    for (const model::AttemptId attempt : over) scene.end(attempt);
    Plan plan = scene.plan();
    check(last, plan);
    if (::testing::Test::HasFailure()) return;
    last = std::move(plan);
  }
}

TEST(Planner, APromiseNeverMovesLaterByBackfill) {
  for (std::uint64_t seed = 0; seed < life_seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {.preemption = false, .reservations = seed % 2 == 1});
    for (RunningView& run : scene.edit().running) run.ends_by = std::max(run.ends_by, Scene::zero + minutes(1));
    scene.edit().policy.weight_fair_share = 0;  // use changes the order, and the order may move a promise
    live(scene, draw, 40, true, [](const Plan& before, const Plan& after) {
      std::map<model::JobId, Instant> promised;
      for (const Wait& wait : before.waits)
        if (wait.promised) promised[wait.job] = *wait.promised;
      for (const Wait& wait : after.waits) {
        if (!promised.contains(wait.job)) continue;
        ASSERT_TRUE(wait.promised.has_value()) << "job " << wait.job.raw();
        EXPECT_LE(wait.promised->raw(), promised.at(wait.job).raw()) << "job " << wait.job.raw();
      }
    });
    if (HasFailure()) return;
  }
}

TEST(Planner, EverybodyWhoCanRunRunsInTheEnd) {
  for (std::uint64_t seed = 0; seed < life_seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {.reservations = seed % 2 == 1});
    live(scene, draw, 400, true, [](const Plan&, const Plan&) {});
    for (const Wait& wait : scene.plan().waits)
      EXPECT_TRUE(wait.code == WaitCode::held || wait.code == WaitCode::too_large || wait.code == WaitCode::spares ||
                  wait.code == WaitCode::reservation_short)
          << "job " << wait.job.raw() << ": " << sentence(wait);
    if (HasFailure()) return;
  }
}

/// An elastic job that starts has as many tasks as fit, after everybody else has what the plan gives them.
TEST(Planner, ElasticJobsAreGrownAsFarAsTheyCanBe) {
  int grown = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {.preemption = false, .several_parts = false});
    const Snapshot& s = scene.snapshot();
    const Plan plan = sched::plan(s);
    std::vector<Use> uses = running_uses(s, plan);
    for (const Start& start : plan.starts) add_uses(uses, s, start.job, s.now, start.nodes);
    for (const Wait& wait : plan.waits)
      if (wait.promised) add_uses(uses, s, wait.job, *wait.promised, wait.promised_nodes);
    for (const Start& start : plan.starts) {
      const WaitingView& job = job_of(s, start.job);
      const model::Part& part = job.spec->parts.front();
      const auto tasks = static_cast<std::int32_t>(start.nodes.size());
      EXPECT_TRUE(part.least() <= tasks && tasks <= part.tasks) << "job " << job.id.raw();
      if (tasks > part.least()) ++grown;
      if (tasks == part.tasks) continue;
      const std::string& type = s.nodes[start.nodes.front().raw()].card_type;
      for (const NodeView& node : s.nodes) {
        if (!node.available || node.partition != job.partition || !may_stand_on(job, node)) continue;
        if (part.need.cards > CardCount{0} && node.card_type != type) continue;
        const bool room = fits_throughout(uses, node, s.now, s.now + job.wall, part);
        EXPECT_FALSE(room) << "job " << job.id.raw() << " has " << tasks << " tasks, and one more would fit on "
                           << node.name;
      }
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(grown, 20);
}

TEST(Planner, NobodyIsAskedToEndTwice) {
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    Scene scene = random_scene(draw, {});
    const Snapshot& s = scene.snapshot();
    std::set<model::AttemptId> asked;
    for (const Preemption& p : sched::plan(s).preemptions) {
      EXPECT_TRUE(asked.insert(p.attempt).second);
      const RunningView& run = *std::find_if(s.running.begin(), s.running.end(),
                                             [&](const RunningView& r) { return r.attempt == p.attempt; });
      EXPECT_TRUE(run.preemptible);
      EXPECT_FALSE(run.ending);
      const bool by_rank = job_of(s, p.by).preempts && run.rank < job_of(s, p.by).rank;
      EXPECT_TRUE(by_rank || (p.move && run.movable) || job_of(s, p.by).goes_on);
    }
  }
}

// "It would start now if ...": change it, and see.
TEST(Planner, AdviceIsTrue) {
  int taken = 0;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Prng draw(seed);
    const Scene scene = random_scene(draw, {.preemption = false, .reservations = seed % 2 == 1});
    const Plan plan = Scene(scene).plan();
    for (const Wait& wait : plan.waits) {
      if (wait.code != WaitCode::resources && wait.code != WaitCode::would_delay && wait.code != WaitCode::reserved)
        continue;
      Scene changed = scene;
      changed.edit().policy.weight_size = 0;
      std::size_t index = 0;
      while (changed.edit().waiting[index].id != wait.job) ++index;
      WaitingView& job = changed.edit().waiting[index];
      model::JobSpec spec = *changed.snapshot().waiting[index].spec;
      switch (wait.change) {
        case ChangeCode::shorter_wall:
          job.wall = parse_duration(wait.change_args[0]).value();
          break;
        case ChangeCode::fewer_tasks:
          spec.parts[0].tasks = std::stoi(wait.change_args[0]);
          spec.parts[0].tasks_least = 0;
          break;
        case ChangeCode::fewer_cores:
          spec.parts[0].need.cores = CoreCount(std::stoi(wait.change_args[0]));
          break;
        case ChangeCode::other_partition:
          job.partition = wait.change_args[0] == "main" ? 0 : 1;
          break;
        case ChangeCode::resume_nodes:
          for (const std::string& name : wait.change_args) changed.named(name).available = true;
          break;
        default:
          continue;
      }
      ++taken;
      Snapshot s = changed.snapshot();
      s.waiting[index].spec = &spec;
      const Plan again = sched::plan(s);
      EXPECT_TRUE(
          std::any_of(again.starts.begin(), again.starts.end(), [&](const Start& x) { return x.job == wait.job; }))
          << "job " << wait.job.raw() << ": " << advice(wait);
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(taken, 100);
}

}  // namespace
}  // namespace mingyue::sched
