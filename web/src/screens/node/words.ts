import { defineWords } from "../../i18n/words";

export const useNodeWords = defineWords("node", {
  en: {
    virtual: "virtual", use: "Use now", cores: "Cores", cards: "Cards", memory: "Memory", byJobs: "jobs", byOthers: "others, outside the centre", free: "free", used: "used",
    othersUntil: "Others use it until", jobs: "Jobs here", noJobs: "No job runs here.", job: "Job", name: "Name", jobState: "State", user: "User", project: "Project", ran: "Ran", progress: "Progress",
    more: "{{n}} more", facts: "Facts", partition: "Partition", switch: "Switch", engine: "Engine", thisMachine: "this machine", limits: "Limits", limit: "Limit", enforced: "Enforced", how: "How",
    yes: "yes", no: "no",
  },
  zh: {
    virtual: "虚拟", use: "当前使用", cores: "核", cards: "加速卡", memory: "内存", byJobs: "作业", byOthers: "中心之外的用户", free: "空闲", used: "已用",
    othersUntil: "他人使用至", jobs: "此处的作业", noJobs: "此处没有作业运行。", job: "作业号", name: "名称", jobState: "状态", user: "用户", project: "项目", ran: "已运行", progress: "进度",
    more: "另有 {{n}} 个", facts: "概况", partition: "分区", switch: "交换机", engine: "引擎", thisMachine: "本机", limits: "限制", limit: "限制", enforced: "强制执行", how: "方式",
    yes: "是", no: "否",
  },
});
