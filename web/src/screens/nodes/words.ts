import { defineWords } from "../../i18n/words";

export const useNodesWords = defineWords("nodes", {
  en: {
    title: "Nodes and cards", nodes_one: "{{n}} node", nodes_other: "{{n}} nodes", cardsIn_one: "{{n}} card", cardsIn_other: "{{n}} cards", notUp: "{{n}} not in service",
    how: "How to look", view: { map: "Map", list: "List" }, by: "Coloured by", colour: { class: "ledger class", health: "health", job: "job", project: "project" },
    search: "Node, switch or state", allPartitions: "All partitions",
    map: "Map of the centre. Arrows: from node to node; Enter: open; plus, minus, 0: zoom; z: close up", table: "Nodes",
    none: "No node matches.", noneYet: "The centre has no nodes yet: describe them in centre.yaml.",
    node: "Node", state: "State", partition: "Partition", switch: "Switch", cores: "Cores", cards: "Cards", cardType: "Card", memoryFree: "Memory free", jobs: "Jobs", why: "Remark",
    virtual: "virtual", card: "card {{n}}", job: "job {{id}}", noJob: "no job", idle: "idle", legend: "Legend", coresToo: "Nodes without cards show their cores.",
    selected: "Selected", choose: "Click a node, or go to it with the arrows.", more: "{{n}} more",
  },
  zh: {
    title: "节点与加速卡", nodes_other: "{{n}} 个节点", cardsIn_other: "{{n}} 卡", notUp: "{{n}} 个不在用",
    how: "显示方式", view: { map: "地图", list: "列表" }, by: "着色依据", colour: { class: "账本类别", health: "健康", job: "作业", project: "项目" },
    search: "节点、交换机或状态", allPartitions: "全部分区",
    map: "中心地图。方向键：在节点间移动；回车：打开；加号、减号、0：缩放；z：放大到节点", table: "节点",
    none: "没有符合条件的节点。", noneYet: "中心还没有节点：请在 centre.yaml 中描述。",
    node: "节点", state: "状态", partition: "分区", switch: "交换机", cores: "核", cards: "卡", cardType: "卡型", memoryFree: "空闲内存", jobs: "作业", why: "说明",
    virtual: "虚拟", card: "第 {{n}} 卡", job: "作业 {{id}}", noJob: "无作业", idle: "空闲", legend: "图例", coresToo: "没有加速卡的节点显示 CPU 核。",
    selected: "所选", choose: "点击节点，或用方向键选择。", more: "另有 {{n}} 个",
  },
});
