#include <gtest/gtest.h>

#include "base/codec.hpp"
#include "core/a_centre.hpp"
#include "core/reservations.hpp"

namespace mingyue::core {
namespace {

using model::JobState;
using model::ReservationKind;
using testing::a_job;
using testing::root;
using testing::TestCentre;

ReserveNodes a_repair(const TestCentre& centre, Duration in, Duration lasts) {
  ReserveNodes command{.by = root, .name = "repair", .kind = ReservationKind::maintenance};
  command.nodes = {"n0"};
  command.start = centre.now + in;
  command.lasts = lasts;
  return command;
}

std::string refusal(TestCentre& centre, const ReserveNodes& command) {
  const auto decision = centre.give(command);
  return decision ? "accepted" : decision.error().code;
}

/// On to the next thing that is due.
void pass(TestCentre& centre, Duration time) {
  for (const Instant until = centre.now + time; centre.now < until;) {
    centre.now = std::min(until, std::max(next_wakeup(centre.state), centre.now + milliseconds(1)));
    if (next_wakeup(centre.state) <= centre.now) centre.give(WakeUp{});
    centre.plan();
  }
}

TEST(Reservation, IsRefusedWithWhatIsWrong) {
  TestCentre centre(3);
  const auto with = [&](auto change) {
    ReserveNodes command = a_repair(centre, hours(1), hours(1));
    change(command);
    return refusal(centre, command);
  };
  EXPECT_EQ(with([](auto& c) { c.by = {"ann", model::Role::member}; }), "not-allowed");
  EXPECT_EQ(with([](auto& c) { c.name = "two words"; }), "bad-name");
  EXPECT_EQ(with([](auto& c) { c.nodes = {"n7"}; }), "unknown-node");
  EXPECT_EQ(with([](auto& c) { c.nodes.clear(); }), "bad-value");
  EXPECT_EQ(with([](auto& c) { c.end = *c.start + hours(1); }), "bad-value") << "either an end or a length";
  EXPECT_EQ(with([](auto& c) { c.lasts = Duration{}; }), "bad-value");
  EXPECT_EQ(with([](auto& c) { c.count = 1; }), "bad-value") << "either names or a number";
  EXPECT_EQ(with([](auto& c) { c.partition = "elsewhere"; }), "unknown-partition");
  EXPECT_EQ(with([](auto& c) { c.nodes.clear(), c.count = 4; }), "reservation-too-wide");
  EXPECT_EQ(with([](auto& c) { c.lasts = Duration{}, c.end = *c.start; }), "bad-window");
  EXPECT_EQ(with([](auto& c) { c.lasts = days(400); }), "bad-window");
  EXPECT_EQ(with([&](auto& c) { c.start = centre.now - seconds(1); }), "start-past");
  EXPECT_EQ(with([](auto& c) { c.every = minutes(59), c.until = *c.start + days(1); }), "bad-repetition");
  EXPECT_EQ(with([](auto& c) { c.every = hours(24); }), "bad-repetition") << "for ever";
  EXPECT_EQ(with([](auto& c) { c.every = hours(1), c.until = *c.start + days(30); }), "bad-repetition") << "too often";
  EXPECT_EQ(with([](auto& c) { c.users = {"ann"}; }), "bad-value") << "nobody works in maintenance";
  EXPECT_EQ(with([](auto& c) { c.kind = ReservationKind::work; }), "reservation-for-nobody");
  EXPECT_EQ(with([](auto& c) { c.kind = ReservationKind::work, c.users = {"eve"}; }), "unknown-user");
  EXPECT_EQ(with([](auto& c) { c.kind = ReservationKind::work, c.projects = {"none"}; }), "unknown-project");
  EXPECT_EQ(centre.count<ReservationMade>(), 0);
  EXPECT_EQ(with([](auto&) {}), "accepted");
  EXPECT_EQ(with([](auto&) {}), "reservation-exists");
  EXPECT_EQ(with([](auto& c) { c.name = "again"; }), "nodes-reserved");
  EXPECT_EQ(with([](auto& c) { c.name = "again", c.start = *c.start + hours(1); }), "accepted");
  EXPECT_EQ(with([](auto& c) { c.name = "third", c.nodes.clear(), c.count = 3; }), "nodes-reserved");
  EXPECT_EQ(with([](auto& c) { c.name = "third", c.nodes.clear(), c.count = 2; }), "accepted");
  EXPECT_EQ(centre.state.reservations.rbegin()->second.nodes, (std::vector{model::NodeId{1}, model::NodeId{2}}));
}

TEST(Reservation, OverRunningWorkIsMadeByForceAlone) {
  TestCentre centre(2);
  auto spec = a_job();
  spec.checkpoint = {.signal = 10, .grace = seconds(60)};
  const auto saves = centre.submit(spec);
  auto other = a_job("other");
  other.parts[0].need.cores = CoreCount{4};
  const auto beside = centre.submit(other);
  centre.plan();
  ReserveNodes command = a_repair(centre, minutes(30), hours(1));
  command.nodes = {"n0", "n1"};
  EXPECT_EQ(refusal(centre, command), "nodes-busy");
  command.start = centre.now + hours(1);
  EXPECT_EQ(refusal(centre, command), "accepted") << "then everything that runs has ended";
  EXPECT_TRUE(centre.give(EndReservation{root, "repair"}).has_value());

  command.start = centre.now + minutes(30);
  command.force = true;
  EXPECT_EQ(refusal(centre, command), "accepted");
  pass(centre, minutes(30));
  EXPECT_EQ(centre.count<ReservationBegan>(), 1);
  EXPECT_EQ(centre.count<PreemptionNoticed>(), 1) << "it is asked to save";
  EXPECT_EQ(centre.state.attempts.at(beside).end_reason, EndReason::reserved);
  EXPECT_FALSE(centre.state.attempts.at(saves).end_reason);
  pass(centre, seconds(61));
  EXPECT_EQ(centre.state.attempts.at(saves).end_reason, EndReason::reserved);
  for (const auto job : {saves, beside}) centre.end(job, {.cause = model::EndCause::ended});
  EXPECT_EQ(centre.state.jobs.at(saves).state, JobState::queued);
  EXPECT_EQ(centre.state.jobs.at(saves).past->reason, "made room for a reservation");
  EXPECT_EQ(centre.state.jobs.at(saves).past->attempts_counted, 0);
  pass(centre, minutes(40));
  EXPECT_TRUE(centre.state.attempts.empty()) << "nothing starts while it lasts";
  pass(centre, minutes(60));
  EXPECT_EQ(centre.state.jobs.at(saves).state, JobState::running) << "the nodes come back by themselves";
}

TEST(Reservation, IsKeptByDecideWhateverAPlanSays) {
  TestCentre centre(1);
  ASSERT_EQ(refusal(centre, a_repair(centre, minutes(30), hours(1))), "accepted");
  auto spec = a_job();
  const auto job = centre.submit(spec);
  centre.give(AdoptPlan{{{job, {model::NodeId{0}}, false}}, {}, {}});
  EXPECT_TRUE(centre.state.attempts.empty()) << "it could still run when the repair begins";
  spec.wall = minutes(20);
  const auto shorter = centre.submit(spec);
  centre.give(AdoptPlan{{{shorter, {model::NodeId{0}}, false}}, {}, {}});
  EXPECT_EQ(centre.state.attempts.size(), 1U);
}

TEST(Reservation, ItsJobsRunInside) {
  TestCentre centre(2);
  ReserveNodes command = a_repair(centre, minutes(30), hours(1));
  command.name = "course";
  command.kind = ReservationKind::work;
  command.users = {"ann"};
  ASSERT_EQ(refusal(centre, command), "accepted");
  auto spec = a_job();
  spec.reservation = "course";
  const auto inside = centre.submit(spec);
  const auto refused = [&](auto change) {
    auto other = spec;
    change(other);
    const auto decision = centre.give(SubmitJob{root, other, "", {}});
    return decision ? "accepted" : decision.error().code;
  };
  EXPECT_EQ(refused([](auto& s) { s.reservation = "curse"; }), "unknown-reservation");
  EXPECT_EQ(refused([](auto& s) { s.user = "bob"; }), "not-allowed");
  EXPECT_EQ(refused([](auto& s) { s.wall = hours(2); }), "wall-too-long");
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(inside).state, JobState::queued);
  pass(centre, minutes(30));
  EXPECT_EQ(centre.state.jobs.at(inside).state, JobState::running);
  EXPECT_TRUE(centre.state.attempts.at(inside).lease.on(model::NodeId{0}));

  const auto late = centre.submit(spec);
  ASSERT_TRUE(centre.give(EndReservation{root, "course"}).has_value());
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(inside).state, JobState::running) << "what runs inside goes on";
  EXPECT_EQ(centre.state.jobs.at(late).state, JobState::queued);
  ASSERT_EQ(centre.newest.waits.size(), 1U);
  EXPECT_EQ(centre.newest.waits[0].code, sched::WaitCode::reservation_over);
}

TEST(Reservation, RepeatsUntilItsEnd) {
  TestCentre centre(1);
  ReserveNodes command = a_repair(centre, hours(1), hours(1));
  command.every = hours(24);
  command.until = *command.start + hours(48);
  ASSERT_EQ(refusal(centre, command), "accepted");
  const auto& repair = centre.state.reservations.begin()->second;
  EXPECT_EQ(windows_ahead(repair, centre.now).size(), 2U);
  pass(centre, hours(3));
  EXPECT_FALSE(repair.open);
  EXPECT_EQ(repair.start, *command.start + hours(24));
  EXPECT_EQ(windows_ahead(repair, centre.now).size(), 1U);
  const auto decoded = decode_state(encode_state(centre.state));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(encode_state(*decoded), encode_state(centre.state));
  EXPECT_EQ(next_wakeup(*decoded), next_wakeup(centre.state));
  pass(centre, hours(24));
  EXPECT_TRUE(centre.state.reservations.empty());
  EXPECT_EQ(centre.count<ReservationBegan>(), 2);
}

TEST(Reservation, ThatACentreSleptThroughIsSkipped) {
  TestCentre centre(1);
  ReserveNodes command = a_repair(centre, hours(1), hours(1));
  command.every = hours(24);
  command.until = *command.start + days(10);
  ASSERT_EQ(refusal(centre, command), "accepted");
  centre.now = centre.now + hours(24 * 3 + 1) + minutes(30);  // within the fourth
  ASSERT_TRUE(centre.give(WakeUp{}).has_value());
  EXPECT_EQ(centre.state.reservations.begin()->second.start, *command.start + days(3));
  ASSERT_TRUE(centre.give(WakeUp{}).has_value());
  EXPECT_TRUE(centre.state.reservations.begin()->second.open);
  EXPECT_EQ(centre.count<ReservationBegan>(), 1);
}

TEST(Reservation, ThatIsEndedBeforeItBeginsGivesBackNothing) {
  TestCentre centre(1);
  ASSERT_EQ(refusal(centre, a_repair(centre, hours(1), hours(1))), "accepted");
  const auto ended = centre.give(EndReservation{root, "repair"});
  ASSERT_TRUE(ended && ended->size() == 1);
  EXPECT_TRUE(std::get<ReservationEnded>(ended->front()).nodes.empty()) << "they may be in another, which is open";
}

TEST(Reservation, FarWindowsAreOneBlock) {
  model::Reservation r{.nodes = {model::NodeId{0}}, .start = Instant{hours(1).raw()}, .end = Instant{hours(2).raw()}};
  r.every = hours(24);
  r.until = Instant{days(300).raw()};
  const auto windows = windows_ahead(r, Instant{0});
  ASSERT_EQ(windows.size(), windows_planned + 1);
  EXPECT_EQ(windows.back().closed, r.start + r.every * windows_planned - reservation_margin);
  EXPECT_EQ(windows.back().to, r.end + days(299));
}

TEST(Deadline, ThatCannotBeKeptIsRefused) {
  TestCentre centre;
  auto spec = a_job();
  spec.deadline = centre.now + minutes(59);
  const auto decision = centre.give(SubmitJob{root, spec, "", {}});
  ASSERT_FALSE(decision.has_value());
  EXPECT_EQ(decision.error().code, "deadline-unreachable");
  spec.deadline = centre.now + minutes(60);
  EXPECT_TRUE(centre.give(SubmitJob{root, spec, "", {}}).has_value());
}

TEST(Deadline, ThatIsLostWhileAJobWaitsIsSaidOnceAndItRunsNevertheless) {
  TestCentre centre(1, 1);
  const auto first = centre.submit(a_job());
  centre.plan();
  auto spec = a_job("late");
  spec.deadline = centre.now + minutes(90);
  const auto late = centre.submit(spec);
  EXPECT_EQ(next_wakeup(centre.state), centre.now + minutes(30) + milliseconds(1));
  pass(centre, minutes(40));
  EXPECT_EQ(centre.count<DeadlineLost>(), 1);
  EXPECT_TRUE(centre.state.jobs.at(late).deadline_lost);
  centre.end(first);
  centre.plan();
  EXPECT_EQ(centre.state.jobs.at(late).state, JobState::running);
  pass(centre, minutes(51));
  EXPECT_EQ(centre.count<DeadlineLost>(), 1);
  EXPECT_EQ(centre.count<IncidentOpened>(), 1);
}

}  // namespace
}  // namespace mingyue::core
