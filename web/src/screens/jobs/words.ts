import { defineWords } from "../../i18n/words";

export const useJobsWords = defineWords("jobs", {
  en: {
    title: "Jobs", table: "Jobs, newest first",
    show: { all: "All", live: "Live", ended: "Ended" }, shown: "Which jobs",
    state: "State", kind: "Kind", user: "User", project: "Project", partition: "Partition", name: "Name", clear: "Clear filters",
    exact: "the whole name",
    column: {
      id: "Job", name: "Name", state: "State", user: "User", project: "Project", partition: "Partition", kind: "Kind",
      cores: "Cores", cards: "Cards", submitted: "Submitted", ran: "Ran", standing: "Progress, or why",
    },
    loaded: "{{n}} shown", loadedAll: "{{n}} in all", loading: "Loading older jobs…", older: "Scroll for older ones",
    none: "No job matches.", noneYet: "Nobody has submitted a job yet. Try: mingyue run -- echo hello",
    expected: "expected {{when}}", element: "element {{index}} of array {{array}}", progressOf: "progress of job {{id}}",
  },
  zh: {
    title: "作业", table: "作业，最新的在前",
    show: { all: "全部", live: "未结束", ended: "已结束" }, shown: "显示范围",
    state: "状态", kind: "类型", user: "用户", project: "项目", partition: "分区", name: "名称", clear: "清除筛选",
    exact: "完整名称",
    column: {
      id: "作业号", name: "名称", state: "状态", user: "用户", project: "项目", partition: "分区", kind: "类型",
      cores: "核", cards: "卡", submitted: "提交", ran: "已运行", standing: "进度与原因",
    },
    loaded: "已显示 {{n}} 个", loadedAll: "共 {{n}} 个", loading: "正在加载更早的作业…", older: "向下滚动查看更早的作业",
    none: "没有符合条件的作业。", noneYet: "还没有人提交作业。试一试：mingyue run -- echo hello",
    expected: "预计 {{when}}", element: "作业数组 {{array}} 的第 {{index}} 个", progressOf: "作业 {{id}} 的进度",
  },
});
