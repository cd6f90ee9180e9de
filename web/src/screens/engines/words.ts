import { defineWords } from "../../i18n/words";

export const useEnginesWords = defineWords("engines", {
  en: {
    title: "Engines", lead: "Clusters that this centre drives beside its own machine.", none: "This centre drives no other cluster: all its nodes are its own.",
    name: "Engine", kind: "Kind", speaks: "Spoken to as", state: "State", partitions: "Partitions", nodes: "Nodes", cores: "Cores", cards: "Cards", attempts: "Attempts there", pilots: "Pilots",
    pilotsMeans: "jobs of that cluster within which work of this centre runs", why: "Why", version: "Version",
  },
  zh: {
    title: "引擎", lead: "本中心在自身机器之外驱动的集群。", none: "本中心未驱动其他集群：所有节点均为自有。",
    name: "引擎", kind: "类型", speaks: "接口", state: "状态", partitions: "分区", nodes: "节点", cores: "核", cards: "卡", attempts: "其上的运行", pilots: "先导作业",
    pilotsMeans: "该集群中的作业，本中心的工作在其中运行", why: "原因", version: "版本",
  },
});
