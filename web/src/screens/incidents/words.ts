import { defineWords } from "../../i18n/words";

export const useIncidentsWords = defineWords("incidents", {
  en: {
    title: "Incidents", table: "Incidents, newest first", shown: "Which incidents", show: { open: "Open", closed: "Closed", all: "All" },
    kind: "Kind", node: "Node", job: "Job", search: "Search in the messages", clear: "Clear filters",
    column: { id: "No.", kind: "Kind", message: "What happened", job: "Job", node: "Node", opened: "Opened", state: "State" },
    open: "open", closed: "closed", count: "{{n}} shown", newest: "the newest {{n}} are searched",
    none: "No incident matches.", allWell: "Nothing is out of order.",
  },
  zh: {
    title: "事件单", table: "事件单，最新的在前", shown: "显示范围", show: { open: "未关闭", closed: "已关闭", all: "全部" },
    kind: "类型", node: "节点", job: "作业", search: "在内容中搜索", clear: "清除筛选",
    column: { id: "编号", kind: "类型", message: "发生了什么", job: "作业", node: "节点", opened: "打开时间", state: "状态" },
    open: "未关闭", closed: "已关闭", count: "已显示 {{n}} 个", newest: "在最新的 {{n}} 个中查找",
    none: "没有符合条件的事件单。", allWell: "一切正常。",
  },
});
