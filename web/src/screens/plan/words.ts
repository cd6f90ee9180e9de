import { defineWords } from "../../i18n/words";

export const usePlanWords = defineWords("plan", {
  en: {
    title: "Plan", planOf: "plan of", running: "{{n}} running", promised: "{{n}} promised", unpromised: "{{n}} wait without a promise yet", leftOff: "{{n}} more are not shown",
    how: "Rows", view: { nodes: "Nodes", partitions: "Partitions", list: "List" }, by: "Coloured by", colour: { state: "state", kind: "kind", project: "project" },
    chart: "What runs and what is promised. Left and right: time; up and down: from bar to bar; Enter: to the job; plus, minus, 0: zoom",
    allPartitions: "All partitions", partition: "Partition", nothing: "Nothing runs, and nothing is promised.", legend: "Legend", now: "now",
    state: { running: "running", starting: "starting", promised: "promised", others: "used by others" }, backfill: "before its turn, delaying nobody", toLimit: "up to its limit",
    window: { work: "reservation", maintenance: "maintenance" }, unknownEnd: "end not known", onNodes_one: "{{n}} node", onNodes_other: "{{n}} nodes", noNodes: "no nodes named yet",
    table: "Bars of the plan", job: "Job", name: "Name", stateTitle: "State", user: "User", project: "Project", nodes: "Nodes", start: "Start", end: "End, at the latest", why: "Why", more: "{{n}} more",
    dragMeans: "Drag: time · wheel: rows · Ctrl and wheel: zoom",
  },
  zh: {
    title: "计划", planOf: "计划时间", running: "运行中 {{n}}", promised: "已承诺 {{n}}", unpromised: "{{n}} 个等待中尚无承诺", leftOff: "另有 {{n}} 个未显示",
    how: "行", view: { nodes: "节点", partitions: "分区", list: "列表" }, by: "着色依据", colour: { state: "状态", kind: "类型", project: "项目" },
    chart: "运行中与已承诺的作业。左右键：移动时间；上下键：在条块间移动；回车：打开作业；加号、减号、0：缩放",
    allPartitions: "全部分区", partition: "分区", nothing: "没有作业运行，也没有承诺。", legend: "图例", now: "现在",
    state: { running: "运行中", starting: "启动中", promised: "已承诺", others: "他用" }, backfill: "回填，不推迟任何作业", toLimit: "至时限",
    window: { work: "预留", maintenance: "维护" }, unknownEnd: "结束时间未知", onNodes_other: "{{n}} 个节点", noNodes: "尚未指定节点",
    table: "计划中的条块", job: "作业号", name: "名称", stateTitle: "状态", user: "用户", project: "项目", nodes: "节点", start: "开始", end: "最迟结束", why: "原因", more: "另有 {{n}} 个",
    dragMeans: "拖动：时间 · 滚轮：行 · Ctrl 加滚轮：缩放",
  },
});
