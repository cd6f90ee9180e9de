import { defineWords } from "./words";

/** Words of the field, as docs/glossary.md has them: used by every screen. */
export const useCommonWords = defineWords("common", {
  en: {
    state: {
      held: "held", queued: "waiting", starting: "starting", running: "running", succeeded: "succeeded",
      failed: "failed", cancelled: "cancelled", timed_out: "timed out",
    },
    kind: { general: "general", ai: "AI", supercomputing: "supercomputing", quantum: "quantum" },
    role: { member: "member", lead: "lead", operator: "operator", partner: "partner", auditor: "auditor" },
    class: {
      productive: "productive", checkpoint: "checkpoint", start: "start", lost: "lost", promised: "promised",
      stranded: "stranded", unwanted: "unwanted", down: "down", drained: "drained", calibration: "calibration", maintenance: "maintenance", others: "others", busy: "busy",
    },
    classMeans: {
      productive: "work that counts", checkpoint: "writing checkpoints", start: "starting up",
      lost: "work that was thrown away", promised: "kept free for a job with a promise",
      stranded: "free, but in the wrong shape for what waits", unwanted: "free, and nothing waits for it",
      down: "on nodes that are lost", drained: "on nodes out of service", calibration: "being measured anew", maintenance: "planned work on it", others: "used by others, outside the centre", busy: "held by jobs",
    },
    unit: { core_one: "{{n}} core", core_other: "{{n}} cores", card_one: "{{n}} card", card_other: "{{n}} cards" },
    resource: { cores: "cores" },
    ago: "{{time}} ago", in: "in {{time}}", now: "now", none: "none", all: "all",
    close: "Close", cancel: "Cancel",
  },
  zh: {
    state: {
      held: "挂起", queued: "等待", starting: "启动中", running: "运行中", succeeded: "成功",
      failed: "失败", cancelled: "已取消", timed_out: "超时",
    },
    kind: { general: "通用", ai: "智算", supercomputing: "超算", quantum: "量子" },
    role: { member: "成员", lead: "负责人", operator: "管理员", partner: "合作方", auditor: "审计员" },
    class: {
      productive: "有效", checkpoint: "检查点", start: "启动", lost: "损失", promised: "预约",
      stranded: "碎片", unwanted: "空闲", down: "故障", drained: "排空", calibration: "校准", maintenance: "维护", others: "他用", busy: "占用",
    },
    classMeans: {
      productive: "有效的计算", checkpoint: "写检查点", start: "启动过程",
      lost: "作废的计算", promised: "为已承诺的作业保留",
      stranded: "空闲，但形状不适合等待中的作业", unwanted: "空闲，且没有作业需要",
      down: "所在节点失联", drained: "所在节点停用", calibration: "正在重新测量", maintenance: "计划内的维护", others: "被中心之外的用户使用", busy: "作业占用",
    },
    unit: { core_other: "{{n}} 核", card_other: "{{n}} 卡" },
    resource: { cores: "CPU 核" },
    ago: "{{time}}前", in: "{{time}}后", now: "刚刚", none: "无", all: "全部",
    close: "关闭", cancel: "取消",
  },
});
