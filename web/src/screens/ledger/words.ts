import { defineWords } from "../../i18n/words";

export const useLedgerWords = defineWords("ledger", {
  en: {
    title: "Ledger", span: "{{from}} to {{to}}", export: "Export CSV",
    period: "Period", periods: { hour: "1 hour", day: "1 day", week: "7 days", month: "30 days", life: "All", free: "Other" },
    from: "From", to: "To", partition: "Partition", project: "Project", user: "User", kind: "Kind", by: "Grouped by",
    bys: { project: "by project", user: "by user", kind: "by kind", job: "by job" }, clear: "Clear filters",
    over: "Over time", ofCapacity: "share of capacity", inHours: "hours of {{resource}} in each period", pool: "Partition and resource",
    pools: "All partitions", resource: "Resource", capacity: "Capacity", capacityHours: "Capacity, h", use: "Use", useMeans: "productive, checkpoint, start and lost time, and what others use, of the capacity",
    goodput: "Goodput", goodputMeans: "productive time, of the capacity", classes: "By class",
    account: "Where the time went", class: "Class", hours: "Hours", share: "Share", sum: "Sum of the classes",
    agrees: "The classes sum to the capacity, to the millisecond.", differs: "The classes do not sum to the capacity: please tell us.",
    usage: "Who used it", group: "Group", all: "In all", usedClasses: "used time, hours", usedBy: "Used time",
    none: "Nothing has been counted in this period.", noUsage: "Nothing was used in this period.", noUsageOf: "Nobody that matches used anything in this period.",
    idle: "Idle time belongs to nobody: narrowed to a project, user or kind, the ledger has the four classes of used time.",
  },
  zh: {
    title: "账本", span: "{{from}} 至 {{to}}", export: "导出 CSV",
    period: "时段", periods: { hour: "1 小时", day: "1 天", week: "7 天", month: "30 天", life: "全部", free: "自定" },
    from: "起", to: "止", partition: "分区", project: "项目", user: "用户", kind: "类型", by: "分组",
    bys: { project: "按项目", user: "按用户", kind: "按类型", job: "按作业" }, clear: "清除筛选",
    over: "随时间的变化", ofCapacity: "占总容量", inHours: "每段的{{resource}}小时数", pool: "分区与资源",
    pools: "全部分区", resource: "资源", capacity: "容量", capacityHours: "容量（小时）", use: "利用率", useMeans: "有效、检查点、启动、损失与他用时间占容量的比例",
    goodput: "有效率", goodputMeans: "有效时间占容量的比例", classes: "各类占比",
    account: "时间去向", class: "类别", hours: "小时", share: "占比", sum: "各类合计",
    agrees: "各类合计与容量一致，精确到毫秒。", differs: "各类合计与容量不一致：请告知我们。",
    usage: "使用者", group: "分组", all: "合计", usedClasses: "已用时间（小时）", usedBy: "已用时间",
    none: "此时段内没有记录。", noUsage: "此时段内没有使用。", noUsageOf: "符合条件者在此时段内没有使用。",
    idle: "空闲时间不属于任何人：限定到项目、用户或类型时，账本只有四类已用时间。",
  },
});
