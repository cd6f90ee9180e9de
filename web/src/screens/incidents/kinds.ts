import { defineWords } from "../../i18n/words";

/** What an incident is, and what an operator does about it: docs/operating. */
export const incidentKinds = [
  "killed", "memory", "hang", "lost", "node-lost", "launch-failed", "end-overdue", "deadline-missed", "no-progress", "qpu-failed", "qpu-lied",
] as const;
export type IncidentKind = (typeof incidentKinds)[number];

export const useIncidentKinds = defineWords("incident-kinds", {
  en: {
    name: {
      killed: "killed", memory: "out of memory", hang: "hung", lost: "lost", "node-lost": "node lost", "launch-failed": "could not start",
      "end-overdue": "does not end", "deadline-missed": "deadline missed", "no-progress": "no progress", "qpu-failed": "quantum device failed", "qpu-lied": "impossible result",
    },
    todo: {
      killed: "A task was ended by a signal that the centre did not send. Look at the end of the job's output, and at the node's kernel log for who sent it.",
      memory: "A task wanted more memory than it was granted. Ask its owner to request more, or look for a leak: the attempt's peak is on the job's page.",
      hang: "Nothing was written and no processor time was used for longer than the job allows. Read the end of its output; several of them on one node point to its file system or network.",
      lost: "The attempt's processes are gone and nobody saw them end: a restart of the node, or someone killed the supervisor. Look at the node's log for that moment.",
      "node-lost": "The node does not answer. See whether it is up and reaches the centre; when it is well again, resume it. Its jobs were queued again.",
      "launch-failed": "The program could not be started. Is its folder there on the node, and may its user run it? If it happens to many jobs on one node, drain it.",
      "end-overdue": "The attempt was asked to end twice and has not. Look at its processes on the node: a task in uninterruptible sleep is usually a file system that hangs.",
      "deadline-missed": "The job did not end by its deadline. Its page says what it waited for; tell its owner whether the plan still holds another.",
      "no-progress": "The job was started again and again without getting further than before. Read the output of its last attempts before it is released.",
      "qpu-failed": "A quantum device's driver crashed, hung or said that it could not. Its work went elsewhere. Read DATA/qpus/NAME.log; drain the device if it goes on.",
      "qpu-lied": "A quantum device gave a result that cannot be. Drain it, and have it calibrated before it takes work again.",
    },
  },
  zh: {
    name: {
      killed: "被终止", memory: "内存不足", hang: "挂死", lost: "丢失", "node-lost": "节点失联", "launch-failed": "无法启动",
      "end-overdue": "迟迟不结束", "deadline-missed": "错过截止时间", "no-progress": "没有进展", "qpu-failed": "量子设备故障", "qpu-lied": "结果不可能",
    },
    todo: {
      killed: "任务被并非由中心发出的信号终止。请查看作业输出的末尾，并在节点的内核日志中查明信号来源。",
      memory: "任务需要的内存超过了分配量。请其所有者申请更多内存，或检查内存泄漏：内存峰值见作业页面。",
      hang: "在作业允许的时间之外既无输出也未使用处理器。请阅读输出的末尾；若同一节点出现多起，请检查其文件系统或网络。",
      lost: "该次运行的进程已消失，无人见其结束：可能是节点重启，或看护进程被终止。请查看节点当时的日志。",
      "node-lost": "节点没有应答。请确认它已开机并能连通中心；恢复正常后将其恢复使用。其上的作业已重新排队。",
      "launch-failed": "程序无法启动。请确认节点上有其目录，且用户有权运行。若同一节点上多个作业如此，请将其排空。",
      "end-overdue": "已两次要求结束，但仍未结束。请查看节点上的进程：处于不可中断睡眠的任务通常说明文件系统挂起。",
      "deadline-missed": "作业未能在截止时间前结束。作业页面说明了它在等待什么；请告知其所有者计划是否仍成立。",
      "no-progress": "作业反复启动，却没有比此前更进一步。放行之前请阅读最近几次运行的输出。",
      "qpu-failed": "量子设备的驱动崩溃、挂死或报告无法完成，其工作已转往他处。请阅读 DATA/qpus/NAME.log；若持续发生，请排空该设备。",
      "qpu-lied": "量子设备给出了不可能的结果。请排空该设备，重新校准后再使用。",
    },
  },
});

export function isKnownKind(kind: string): kind is IncidentKind {
  return (incidentKinds as readonly string[]).includes(kind);
}
