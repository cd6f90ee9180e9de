import { defineWords } from "../../i18n/words";

export const useOverviewWords = defineWords("overview", {
  en: {
    title: "Overview", asOf: "as of", running: "Running", waiting: "Waiting", held: "held", nodesUp: "Nodes in service",
    nodesOf: "of {{all}}", nodesVirtual: "{{n}} virtual", nodesAway: "{{drained}} drained, {{down}} down", incidents: "Open incidents", promises: "Promised starts",
    startingToo: "{{n}} starting", heldToo: "{{n}} held",
    resources: "Resources now", noResources: "The centre has no resources yet: describe it in centre.yaml.",
    work: "Work by kind", kind: "Kind", runs: "runs", waits: "waits", cores: "cores", cards: "cards",
    over: "Use over time", of: "share of capacity", period: "Period", pool: "Partition and resource",
    periods: { hour: "1 hour", day: "1 day", week: "7 days", month: "30 days", life: "All" },
    noLedger: "Nothing has been counted in this period.",
    next: "Next promised starts", noNext: "Nothing waits for a promise.", promised: "starts",
    latest: "at the latest", promisedMeans: "at the latest, if all that runs uses its whole limit",
    openIncidents: "Open incidents", noIncidents: "Nothing is out of order.", allIncidents: "All incidents", ledger: "In the ledger",
  },
  zh: {
    title: "总览", asOf: "截至", running: "运行中", waiting: "等待", held: "挂起", nodesUp: "在用节点",
    nodesOf: "共 {{all}}", nodesVirtual: "虚拟 {{n}}", nodesAway: "排空 {{drained}}，故障 {{down}}", incidents: "未关闭事件单", promises: "已承诺的启动",
    startingToo: "启动中 {{n}}", heldToo: "挂起 {{n}}",
    resources: "当前资源", noResources: "中心还没有资源：请在 centre.yaml 中描述。",
    work: "按类型的工作", kind: "类型", runs: "运行", waits: "等待", cores: "核", cards: "卡",
    over: "资源利用变化", of: "占总容量", period: "时段", pool: "分区与资源",
    periods: { hour: "1 小时", day: "1 天", week: "7 天", month: "30 天", life: "全部" },
    noLedger: "此时段内没有记录。",
    next: "即将启动（承诺）", noNext: "没有等待承诺的作业。", promised: "启动",
    latest: "最迟时间", promisedMeans: "最迟时间：所有运行中的作业都用满时限",
    openIncidents: "未关闭事件单", noIncidents: "一切正常。", allIncidents: "全部事件单", ledger: "在账本中查看",
  },
});
