#include "workload/read.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "workload/reading.hpp"
#include "workload/write.hpp"

namespace mingyue::workload {
namespace {

/// A row of 18 numbers: job, submit, run, allocated, requested processors, requested time; the rest unknown.
std::string swf_row(const std::string& job, const std::string& submit, const std::string& run,
                    const std::string& allocated = "4", const std::string& requested = "4",
                    const std::string& request = "3600") {
  return fmt::format("{} {} -1 {} {} -1 -1 {} {} -1 1 7 3 -1 1 -1 -1 -1\n", job, submit, run, allocated, requested,
                     request);
}

TEST(Swf, IsReadWithTheMachineOfItsHead) {
  const auto read =
      reading("; MaxNodes: 144\n;  MaxProcs: 1152 \n; UnixStartTime: 843480031\n" + swf_row("15", "100", "60") +
              "; a comment within\n\n" + swf_row("16", "200", "30", "8", "-1", "-1"));
  EXPECT_EQ(refused(read), "");
  EXPECT_EQ(read.facts.unit, Unit::cores);
  EXPECT_EQ(read.facts.cores, 1152);
  EXPECT_EQ(read.facts.start, Instant(843'480'031'000));
  ASSERT_EQ(read.jobs.size(), 2U);
  const TraceJob expected{.number = 15,
                          .submit = seconds(100),
                          .run = seconds(60),
                          .request = seconds(3600),
                          .tasks = 4,
                          .user = 7,
                          .project = 3,
                          .end = End::succeeded};
  EXPECT_EQ(read.jobs[0], expected);
  EXPECT_EQ(read.jobs[1].tasks, 8) << "allocated, as none are requested";
  EXPECT_EQ(read.jobs[1].request, seconds(30)) << "the run time, as none is requested";
  EXPECT_EQ(read.account.rows, 2U);
  EXPECT_EQ(read.account[Remark::request_missing], 1U);
}

TEST(Swf, TakesTheNodesForAMachineWithoutProcessors) {
  EXPECT_EQ(reading("; MaxNodes: 256\n").facts.cores, 256);
  EXPECT_EQ(reading("; MaxNodes: 256\n", {.machine = 512}).facts.cores, 512) << "what is said wins";
}

TEST(Swf, DropsWhatTheRuleDrops) {
  const auto read = reading("; MaxProcs: 8\n" + swf_row("1", "0", "0") + swf_row("2", "0", "-1") +
                            swf_row("3", "0", "10", "-1", "0") + swf_row("4", "0", "10", "4", "9") +
                            swf_row("5", "0", "10", "9", "8"));
  EXPECT_EQ(refused(read), "");
  ASSERT_EQ(read.jobs.size(), 1U);
  EXPECT_EQ(read.jobs[0].number, 5);
  EXPECT_EQ(read.account[Remark::no_run_time], 2U);
  EXPECT_EQ(read.account[Remark::no_processors], 1U);
  EXPECT_EQ(read.account[Remark::larger_than_machine], 1U);
  EXPECT_EQ(read.account.rows, 5U);
  EXPECT_EQ(read.account.sum(Treatment::dropped), 4U);
}

TEST(Swf, CutsARunAtItsRequest) {
  const auto read = reading("; MaxProcs: 8\n" + swf_row("1", "0", "4000"));
  EXPECT_EQ(read.jobs.at(0).run, seconds(3600));
  EXPECT_EQ(read.account[Remark::run_capped], 1U);
  EXPECT_EQ(read.account.recorded_ms, 4 * 4'000'000) << "what the log has is kept beside it";
}

TEST(Swf, IsPutInTheOrderOfSubmission) {
  const auto read = reading(swf_row("1", "50", "10") + swf_row("2", "20", "10") + swf_row("3", "50", "10") +
                            swf_row("4", "20", "10") + swf_row("5", "30", "10"));
  std::string order;
  for (const TraceJob& job : read.jobs) order += fmt::format("{} ", job.number);
  EXPECT_EQ(order, "2 4 5 1 3 ") << "ties as they came";
}

TEST(Swf, IsRefusedWithLineColumnAndReason) {
  const std::string head = "; MaxProcs: 8\n";
  const auto why = [&](const std::string& rows) { return refused(reading(head + rows)); };
  EXPECT_EQ(why("1 2 3\n"), "2 missing-field : column 6: the row ends before its last field");
  EXPECT_EQ(why("\n" + swf_row("1", "0", "10") + "1 2 3\n"),
            "4 missing-field : column 6: the row ends before its last field");
  std::string long_row = swf_row("1", "0", "10");
  long_row.back() = ' ';
  EXPECT_EQ(why(long_row + "19\n"), "2 unknown-field : column 49: the row has a field too many, \"19\"");
  EXPECT_EQ(why(swf_row("x", "0", "10")), "2 bad-value job number: column 1: \"x\" cannot be read");
  EXPECT_EQ(why(swf_row("1", "abc", "10")), "2 bad-value submit time: column 3: \"abc\" cannot be read");
  EXPECT_EQ(why(swf_row("1", "-5", "10")),
            "2 out-of-range submit time: column 3: \"-5\" is a time or a size below zero");
  EXPECT_EQ(why(swf_row("1", "0", "1e99")),
            "2 out-of-range run time: column 8: \"1e99\" is larger than anything that is believed");
  EXPECT_EQ(why(swf_row("1", "0", "99999999999")),
            "2 out-of-range run time: column 8: \"99999999999\" is larger than anything that is believed");
  EXPECT_EQ(why(swf_row("1", "0", "10", "4", "2.5")),
            "2 bad-value requested processors: column 19: \"2.5\" cannot be read");
  EXPECT_EQ(why(swf_row("1", "0", "10", "4", "4", "999999999")),
            "2 out-of-range requested time: column 21: \"999999999\" is larger than anything that is believed");
  EXPECT_EQ(refused(reading(swf_row("1", "0", "10", "4", "20000000"))),
            "1 out-of-range requested processors: column 19: \"20000000\" is larger than anything that is believed")
      << "where no machine is known";
}

TEST(Swf, SkipsBadRowsAndCountsThemByReason) {
  const auto read = reading("; MaxProcs: 8\n" + swf_row("1", "0", "10") + "1 2 3\n" + swf_row("2", "x", "10") +
                                swf_row("3", "-1", "10") + swf_row("4", "5", "10"),
                            {.bad_rows = BadRows::skip});
  EXPECT_EQ(refused(read), "");
  EXPECT_EQ(read.jobs.size(), 2U);
  EXPECT_EQ(read.account.rows, 5U);
  EXPECT_EQ(read.account.jobs, 2U);
  EXPECT_EQ(read.account[Remark::missing_field], 1U);
  EXPECT_EQ(read.account[Remark::not_a_number], 1U);
  EXPECT_EQ(read.account[Remark::negative], 1U);
  EXPECT_EQ(read.account.sum(Treatment::skipped), 3U);
}

TEST(Window, IsWhatAnUnsortedTraceMayBeOutOfOrderBy) {
  std::string sorted_in_pairs, reversed;
  for (int i = 0; i < 100; ++i) {
    sorted_in_pairs += swf_row(std::to_string(i), std::to_string(i ^ 1), "10");
    reversed += swf_row(std::to_string(i), std::to_string(100 - i), "10");
  }
  const auto near = reading(sorted_in_pairs, {.format = Format::swf, .window = 4});
  EXPECT_EQ(refused(near), "");
  ASSERT_EQ(near.jobs.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(near.jobs[static_cast<std::size_t>(i)].submit, seconds(i));

  const auto far = reading(reversed, {.format = Format::swf, .window = 4});
  EXPECT_EQ(refused(far), "5 out-of-order : column 1: \"1m36s\" goes back behind a row before it");
  EXPECT_EQ(reading(reversed, {.format = Format::swf, .window = 100}).jobs.size(), 100U);
  const auto skipped = reading(reversed, {.format = Format::swf, .bad_rows = BadRows::skip, .window = 4});
  EXPECT_EQ(skipped.account[Remark::out_of_order], 96U);
}

TEST(Helios, GivesWhatItsReducedFormHas) {
  const auto read = reading(
      "job_id,arrival_s,service_sec,gpu_count\n363167#0,0.0,172800.0,32\n394948#2,651507.5,10.0,12\n"
      "394949#3,651508,0.0,1\n");
  EXPECT_EQ(refused(read), "");
  ASSERT_EQ(read.jobs.size(), 2U);
  EXPECT_EQ(read.jobs[0].number, 363167);
  EXPECT_EQ(read.jobs[0].run, days(2));
  EXPECT_EQ(read.jobs[0].tasks, 4);
  EXPECT_EQ(read.jobs[0].cards_per_task, 8);
  EXPECT_EQ(read.jobs[1].submit, milliseconds(651'507'500));
  EXPECT_EQ(read.jobs[1].tasks, 2) << "two nodes of six cards";
  EXPECT_EQ(cards_of(read.jobs[1]), 12);
  for (const TraceJob& job : read.jobs) {
    EXPECT_GE(job.request, job.run);
    EXPECT_LT(job.request, job.run * 2);
  }
  EXPECT_EQ(read.account[Remark::no_run_time], 1U);
  EXPECT_EQ(read.account[Remark::request_drawn], 2U);
}

TEST(Helios, DrawsTheSameRequestsFromTheSameSeed) {
  const std::string text = "job_id,arrival_s,service_sec,gpu_count\n1,0,1000,1\n2,1,1000,1\n";
  EXPECT_EQ(reading(text).jobs, reading(text).jobs);
  EXPECT_NE(reading(text).jobs[0].request, reading(text, {.seed = 2}).jobs[0].request);
}

TEST(Helios, GivesWhatItsPublishedFormHas) {
  const auto read = reading(
      "job_id,user,vc,jobname,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
      "12,u7,vc1,a,16,64,2,COMPLETED,2020-04-01 08:00:00,x,x,60,5\n"
      "13,u8,vc1,b,0,20,1,CANCELLED,2020-04-01 09:00:00,x,x,61,5\n"
      "14,u7,vc2,c,1,,1,TIMEOUT,2020-04-02 00:00:00,x,x,62,5\n");
  EXPECT_EQ(refused(read), "");
  ASSERT_EQ(read.jobs.size(), 3U);
  EXPECT_EQ(print_instant(*read.facts.start), "2020-04-01T00:00:00.000Z") << "the midnight before the first job";
  EXPECT_EQ(read.jobs[0].submit, hours(8));
  EXPECT_EQ(read.jobs[0].tasks, 2);
  EXPECT_EQ(read.jobs[0].cards_per_task, 8);
  EXPECT_EQ(read.jobs[0].cores_per_task, 32);
  EXPECT_EQ(read.jobs[0].user, read.jobs[2].user);
  EXPECT_NE(read.jobs[0].user, read.jobs[1].user);
  EXPECT_EQ(read.jobs[1].project, read.jobs[0].project);
  EXPECT_EQ(cards_of(read.jobs[1]), 0);
  EXPECT_EQ(cores_of(read.jobs[1]), 20);
  EXPECT_EQ(read.jobs[1].end, End::cancelled);
  EXPECT_EQ(read.jobs[2].end, End::timed_out);
}

TEST(Helios, IsRefusedWithLineColumnAndReason) {
  const auto why = [](const std::string& row, const ReadOptions& options = {}) {
    return refused(reading("job_id,arrival_s,service_sec,gpu_count\n" + row + "\n", options));
  };
  EXPECT_EQ(why("1,2,3"), "2 missing-field : column 6: the row ends before its last field");
  EXPECT_EQ(why("1,2,3,4,5"), "2 unknown-field : column 9: the row has a field too many, \"5\"");
  EXPECT_EQ(why("1,,3,4"), "2 missing-field arrival_s: column 3: the field is empty");
  EXPECT_EQ(why("1,2,three,4"), "2 bad-value service_sec: column 5: \"three\" cannot be read");
  EXPECT_EQ(why("1,2,-3,4"), "2 out-of-range service_sec: column 5: \"-3\" is a time or a size below zero");
  EXPECT_EQ(why("1,2,3,-4"), "2 out-of-range gpu_count: column 7: \"-4\" is a time or a size below zero");
  EXPECT_EQ(why("1,2,3,0"), "2 out-of-range gpu_count: column 7: \"0\" is none");
  EXPECT_EQ(why("1,2,3,0.5"), "2 bad-value gpu_count: column 7: \"0.5\" cannot be read");
  EXPECT_EQ(why("1,2,3,99999999"),
            "2 out-of-range gpu_count: column 7: \"99999999\" is larger than anything that is believed");
  EXPECT_EQ(why("1,2,1e12,4"),
            "2 out-of-range service_sec: column 5: \"1e12\" is larger than anything that is believed");
  EXPECT_EQ(why("1,99999999999,3,4"),
            "2 out-of-range arrival_s: column 3: \"99999999999\" is larger than anything that is believed");
  EXPECT_EQ(why("1,2,3,16", {.machine = 8}), "") << "what is larger than a machine is dropped and not refused";
  EXPECT_EQ(refused(reading("job_id,arrival_s,gpu_count\n", {.format = Format::helios})),
            "1 missing-field service_sec: there is no column for how long a job ran");
}

TEST(Acme, GivesWorkersAndTheirIterations) {
  const auto read = reading(
      "job_id,arrival_time,num_iteration,iteration_computing_time,iteration_networking_time,gpu_workers,ps,gpu_per_"
      "worker,"
      "cpu_per_gpu_worker,cpu_per_ps_worker,tensorsizes,profiled_network\n"
      "0,313.0,208,0.5,0.25,8,0,8.0,15.0,15.0,10.0,500\n"
      "1,313.0,10,0.5,0.25,2,1,4.0,12.5,15.0,10.0,500\n");
  EXPECT_EQ(refused(read), "");
  EXPECT_NE(read.facts.from.find("Acme"), std::string::npos);
  ASSERT_EQ(read.jobs.size(), 2U);
  EXPECT_EQ(read.jobs[0].run, seconds(156)) << "208 iterations of 0.75 s";
  EXPECT_EQ(read.jobs[0].tasks, 8);
  EXPECT_EQ(read.jobs[0].cards_per_task, 8);
  EXPECT_EQ(read.jobs[0].cores_per_task, 15);
  EXPECT_EQ(read.jobs[1].cores_per_task, 13) << "12.5 rounded up";
  EXPECT_EQ(read.account[Remark::servers_left_out], 1U);
}

TEST(Acme, HasFilesWithoutJobsAndTheyAreRefused) {
  const auto read = reading("cluster,kind,gpus,cdf_pct\nSeren,jobs,1,54.04\n", {.format = Format::acme});
  EXPECT_EQ(refused(read), "1 bad-document : the file holds distributions or averages, and no jobs");
  EXPECT_EQ(read.refusal.hint, "a trace that follows such figures: mingyue trace generate fitted");
}

constexpr const char* openb_head =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n";

TEST(Openb, RoundsFractionsOfCardsUpAndSaysSo) {
  const auto read = reading(std::string(openb_head) +
                            "openb-pod-0000,12000,16384,1,1000,,LS,Running,0,12537496,0\n"
                            "openb-pod-0001,6500,12288,1,460,,BE,Succeeded,427061,427071,427065\n"
                            "openb-pod-0002,8000,12288,1,460,,LS,Pending,427062,427071,\n"
                            "openb-pod-0003,8000,12288,1,460,,LS,Failed,427063,427071,427071\n");
  EXPECT_EQ(refused(read), "");
  ASSERT_EQ(read.jobs.size(), 2U);
  EXPECT_EQ(read.jobs[1].cards_per_task, 1);
  EXPECT_EQ(read.jobs[1].cores_per_task, 7);
  EXPECT_EQ(read.jobs[1].memory_mib_per_task, 12288);
  EXPECT_EQ(read.jobs[1].run, seconds(6));
  EXPECT_EQ(read.jobs[1].submit, seconds(427061));
  EXPECT_TRUE(read.jobs[1].preemptible);
  EXPECT_EQ(read.account[Remark::fraction_rounded_up], 1U);
  EXPECT_EQ(read.account[Remark::cut_by_trace_end], 1U);
  EXPECT_EQ(read.account[Remark::never_started], 1U);
  EXPECT_EQ(read.account[Remark::no_run_time], 1U);
}

TEST(Openb, IsRefusedWithLineColumnAndReason) {
  const auto why = [](const std::string& row) { return refused(reading(openb_head + row + "\n")); };
  EXPECT_EQ(why("a,1,1,1,1000,,LS,Running,0"), "2 missing-field : column 27: the row ends before its last field");
  EXPECT_EQ(why("a,1,1,1,1000,,LS,Running,5,4,5"),
            "2 out-of-range deletion_time: column 28: \"4\" is a time or a size below zero");
  EXPECT_EQ(why("a,1,1,1,1000,,LS,Running,5,9,4"),
            "2 out-of-order scheduled_time: column 30: \"4\" goes back behind a row before it");
  EXPECT_EQ(why("a,1,1,one,1000,,LS,Running,5,9,5"), "2 bad-value num_gpu: column 7: \"one\" cannot be read");
  EXPECT_EQ(refused(reading("sn,cpu_milli,memory_mib,gpu,model\nn0,1,1,2,P100\n")),
            "1 bad-document : the file lists nodes, and no jobs");
}

std::string written(const TraceFacts& facts, const std::vector<TraceJob>& jobs) {
  std::string text;
  TraceWriter writer(into(text));
  EXPECT_TRUE(writer.begin(facts).has_value());
  for (const TraceJob& job : jobs) EXPECT_TRUE(writer.put(job).has_value());
  EXPECT_TRUE(writer.finish().has_value());
  return text;
}

TEST(CommonForm, ComesBackAsItWasWritten) {
  const TraceFacts facts{.from = "a test",
                         .unit = Unit::cards,
                         .cores = 640,
                         .cards = 80,
                         .start = Instant(1'600'000'000'000),
                         .window = days(3)};
  const TraceJob one{.number = 4,
                     .submit = milliseconds(17),
                     .run = milliseconds(1'234),
                     .request = hours(1),
                     .checkpoint = minutes(30),
                     .tasks = 2,
                     .cores_per_task = 8,
                     .cards_per_task = 4,
                     .memory_mib_per_task = 4096,
                     .user = 3,
                     .project = 2,
                     .end = End::timed_out,
                     .preemptible = true};
  const TraceJob least{.number = 5, .submit = milliseconds(17), .run = milliseconds(1), .request = milliseconds(1)};
  const std::string text = written(facts, {one, least});
  const auto read = reading(text);
  EXPECT_EQ(refused(read), "");
  EXPECT_EQ(read.jobs, (std::vector{one, least}));
  EXPECT_EQ(read.facts.from, "a test");
  EXPECT_EQ(read.facts.cards, 80);
  EXPECT_EQ(read.facts.cores, 640);
  EXPECT_EQ(read.facts.window, days(3));
  EXPECT_EQ(read.facts.start, facts.start);
  EXPECT_EQ(written(read.facts, read.jobs), text);
}

TEST(CommonForm, NeedsNoMoreThanTwoColumns) {
  const auto read = reading("# mingyue-trace 1\n# a comment\nrun_ms,submit_ms\n1000,5\n# another\n2000,6\n");
  EXPECT_EQ(refused(read), "");
  ASSERT_EQ(read.jobs.size(), 2U);
  EXPECT_EQ(read.jobs[1].number, 2);
  EXPECT_EQ(read.jobs[1].request, seconds(2));
  EXPECT_EQ(read.jobs[1].tasks, 1);
}

TEST(CommonForm, IsRefusedWithLineColumnAndReason) {
  const auto why = [](const std::string& text) { return refused(reading(text, {.format = Format::common})); };
  EXPECT_EQ(why(""), "1 bad-document : the file does not begin with \"# mingyue-trace 1\"");
  EXPECT_EQ(why("submit_ms,run_ms\n"), "1 bad-document : the file does not begin with \"# mingyue-trace 1\"");
  EXPECT_EQ(why("# mingyue-trace 2\n"),
            "1 bad-document : this is version \"2\" of the form, and version 1 is read here");
  const std::string head = "# mingyue-trace 1\n";
  EXPECT_EQ(why(head), "0 bad-document : the line with the names of columns is not there");
  EXPECT_EQ(why(head + "# cards many\n").substr(0, 18), "2 bad-value cards:");
  EXPECT_EQ(why(head + "# unit nodes\n"), "2 bad-value unit: the unit is cores or cards");
  EXPECT_EQ(why(head + "submit_ms\n"), "2 missing-field run_ms: the column is not there");
  EXPECT_EQ(why(head + "submit_ms,run_ms,run_ms\n"), "2 duplicate run_ms: the column is there twice");
  EXPECT_EQ(why(head + "submit_ms,run_ms,taks\n"), "2 unknown-field taks: there is no such column");
  const std::string columns = head + "submit_ms,run_ms,tasks,cards_per_task,end,request_ms\n";
  EXPECT_EQ(why(columns + "0,0,1,1,failed,1\n"), "3 out-of-range run_ms: column 3: \"0\" is none");
  EXPECT_EQ(why(columns + "0,1,0,1,failed,1\n"), "3 out-of-range tasks: column 5: \"0\" is none");
  EXPECT_EQ(why(columns + "0,1,5000,5000,failed,1\n"),
            "3 out-of-range tasks: column 5: \"5000\" is larger than anything that is believed");
  EXPECT_EQ(why(columns + "0,1,1,1,exploded,1\n"), "3 bad-value end: column 9: \"exploded\" cannot be read");
  EXPECT_EQ(why(columns + "0,1,1,1,failed,0\n"), "3 out-of-range request_ms: column 16: \"0\" is none");
  EXPECT_EQ(why(columns + "0.5,1,1,1,failed,1\n"), "3 bad-value submit_ms: column 1: \"0.5\" cannot be read");
  EXPECT_EQ(why(columns + "5,1,1,1,failed,1\n4,1,1,1,failed,1\n"),
            "4 out-of-order : column 1: \"4ms\" goes back behind a row before it");
}

TEST(CommonForm, CutsARunAtItsRequest) {
  const auto read = reading("# mingyue-trace 1\nsubmit_ms,run_ms,request_ms\n0,5000,2000\n");
  EXPECT_EQ(read.jobs.at(0).run, seconds(2));
  EXPECT_EQ(read.account[Remark::run_capped], 1U);
}

TEST(Format, IsGuessedFromTheFirstLine) {
  EXPECT_EQ(reading("# mingyue-trace 1\nsubmit_ms,run_ms\n0,1\n").jobs.size(), 1U);
  EXPECT_EQ(reading(swf_row("1", "0", "1")).facts.unit, Unit::cores);
  EXPECT_EQ(refused(reading("")), "0 bad-document : the file is empty");
  EXPECT_NE(refused(reading("\x7f"
                            "ELF\x02\x01")),
            "")
      << "a program is no trace";
}

}  // namespace
}  // namespace mingyue::workload
