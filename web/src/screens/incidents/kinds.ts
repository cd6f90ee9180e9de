import { defineWords } from "../../i18n/words";

/** What an incident is; what to do about it the centre says. */
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
  },
  zh: {
    name: {
      killed: "被终止", memory: "内存不足", hang: "挂死", lost: "丢失", "node-lost": "节点失联", "launch-failed": "无法启动",
      "end-overdue": "迟迟不结束", "deadline-missed": "错过截止时间", "no-progress": "没有进展", "qpu-failed": "量子设备故障", "qpu-lied": "结果不可能",
    },
  },
});

export function isKnownKind(kind: string): kind is IncidentKind {
  return (incidentKinds as readonly string[]).includes(kind);
}
