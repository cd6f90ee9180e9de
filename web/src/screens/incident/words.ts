import { defineWords } from "../../i18n/words";

export const useIncidentWords = defineWords("incident", {
  en: {
    number: "Incident {{id}}", happened: "What happened", todo: "What to do", facts: "Facts", kind: "Kind", opened: "Opened", closed: "Closed", after: "Open for",
    how: "How it was dealt with", notSaid: "not said", noJob: "It concerns no job.", noNode: "It concerns no node.", job: "Job", attempt: "Attempt {{n}}", node: "Node",
    name: "Name", user: "User", project: "Project", state: "State", outcome: "How it ended", ran: "Ran", where: "Where", message: "Reason", jobGone: "It is no longer among the jobs.",
    partition: "Partition", drained: "Out of service", why: "Why", cores: "Cores", jobsHere: "Jobs there", sameNode: "More incidents of this node", sameKind: "More of this kind",
    close: "Close", closeTitle: "Close incident {{id}}", closeDo: "Close it", howLabel: "How was it dealt with?", howMeans: "It is kept with the incident, for whoever meets the next one.",
    done: "Incident {{id}} is closed.", all: "All incidents", unknown: "There is no incident {{id}}.", more: "Related",
  },
  zh: {
    number: "事件单 {{id}}", happened: "发生了什么", todo: "如何处理", facts: "概况", kind: "类型", opened: "打开时间", closed: "关闭时间", after: "持续",
    how: "处理方式", notSaid: "未说明", noJob: "与作业无关。", noNode: "与节点无关。", job: "作业", attempt: "第 {{n}} 次运行", node: "节点",
    name: "名称", user: "用户", project: "项目", state: "状态", outcome: "结束方式", ran: "已运行", where: "位置", message: "原因", jobGone: "该作业已不在作业列表中。",
    partition: "分区", drained: "停用", why: "原因", cores: "核", jobsHere: "其上的作业", sameNode: "该节点的其他事件单", sameKind: "同类事件单",
    close: "关闭", closeTitle: "关闭事件单 {{id}}", closeDo: "关闭", howLabel: "是如何处理的？", howMeans: "将与事件单一同保存，供日后遇到同类问题的人参考。",
    done: "事件单 {{id}} 已关闭。", all: "全部事件单", unknown: "没有事件单 {{id}}。", more: "相关",
  },
});
