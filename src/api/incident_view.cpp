#include "api/incident_view.hpp"

#include "base/text.hpp"
#include "core/event.hpp"

namespace mingyue::api {

std::string what_to_do(std::string_view kind, Language language) {
  const auto known = enum_from_word<core::IncidentKind>(kind);
  if (!known) return {};
  const bool zh = language == Language::zh;
  using core::IncidentKind;
  switch (*known) {
    case IncidentKind::killed:
      return zh ? "查看作业输出末尾；若非用户自己所为，再查该节点的系统日志"
                : "read the end of the job's output; if its user did not end it, read the node's own log";
    case IncidentKind::memory:
      return zh ? "请用户申请更多内存，或减少每节点的任务数；作业详情中有内存峰值"
                : "have its user ask for more memory or fewer tasks on a node; the job's page shows the peak";
    case IncidentKind::hang:
      return zh ? "作业长时间没有进展而被结束：看其输出停在何处，并检查所在节点的网络与文件系统"
                : "it made no progress and was ended: see where its output stops, and check network and file systems "
                  "of its nodes";
    case IncidentKind::lost:
      return zh ? "引擎找不到该次运行了：查看守护进程与引擎的日志，确认节点上没有残留进程"
                : "the engine does not find the attempt any more: read the logs of the daemon and the engine, and make "
                  "sure that nothing of it still runs on the node";
    case IncidentKind::node_lost:
      return zh ? "节点无应答：检查电源、网络与带外管理；修复前可将其排空，恢复应答后会自动重新使用"
                : "the node does not answer: check power, network and its management controller; it is used again when "
                  "it answers, so drain it if it must be repaired first";
    case IncidentKind::launch_failed:
      return zh ? "程序未能启动：查看该次运行的信息；若同一节点反复如此，将其排空"
                : "the program could not be started: read the attempt's message; drain the node if others fail there "
                  "too";
    case IncidentKind::end_overdue:
      return zh ? "两次要求结束仍未结束：到节点上查看其进程，多为文件系统卡住的不可中断任务"
                : "it does not end although asked twice: look at its processes on the node; usually a file system "
                  "holds "
                  "a task that cannot be interrupted";
    case IncidentKind::deadline_missed:
      return zh ? "期限已过：与用户商定是否继续；可考虑更高的优先级类或预留"
                : "its deadline has passed: agree with its user whether it should go on; consider a higher class or a "
                  "reservation";
    case IncidentKind::no_progress:
      return zh ? "多次中断之间毫无进展，已停止重试：检查其检查点是否写成、能否从中恢复"
                : "it made no progress between interruptions and is retried no more: see whether its checkpoints are "
                  "written, and can be resumed from";
    case IncidentKind::qpu_failed:
      return zh ? "量子设备的驱动崩溃、卡死或报错：查看 DATA/qpus 下该设备的日志；必要时停用该设备"
                : "the driver of a quantum device crashed, hung or said that it could not: read the device's log in "
                  "DATA/qpus; drain the device if it goes on";
    case IncidentKind::qpu_lied:
      return zh ? "量子设备给出了不可能的结果：先停用该设备，再查看其驱动与校准"
                : "a quantum device gave a result that cannot be: drain it, then look at its driver and calibration";
  }
  return {};
}

wire::IncidentView incident_view(ledger::IncidentRow row, Language language) {
  std::string advice = what_to_do(row.kind, language);
  return {.id = row.incident,
          .kind = std::move(row.kind),
          .job = row.attempt.job,
          .attempt = row.attempt.number,
          .node = std::move(row.node),
          .message = std::move(row.message),
          .opened_at = row.opened_at,
          .closed_at = row.closed_at,
          .how = std::move(row.how),
          .what_to_do = std::move(advice)};
}

}  // namespace mingyue::api
