/** Every colour of the console, light and dark. Text on its ground keeps WCAG AA (4.5 : 1); a test measures it. */
export interface Palette {
  ground: string; surface: string; raised: string; line: string; lineStrong: string;
  text: string; muted: string; accent: string; accentText: string; focus: string; hover: string; selected: string;
  good: string; warn: string; bad: string; info: string; violet: string;
  goodGround: string; warnGround: string; badGround: string; infoGround: string;
  classes: Record<UseClass, string>;
}
export type UseClass =
  | "productive" | "checkpoint" | "start" | "lost" | "promised" | "stranded" | "unwanted" | "down" | "drained"
  | "calibration" | "maintenance" | "others" | "busy";

export const light: Palette = {
  ground: "#f4f6f9", surface: "#ffffff", raised: "#ffffff", line: "#e2e6ec", lineStrong: "#c9d0da",
  text: "#1a2233", muted: "#566074", accent: "#2455b8", accentText: "#2455b8", focus: "#2f6bea",
  hover: "#f1f4f9", selected: "#e6eefc",
  good: "#146c43", warn: "#855400", bad: "#b3261e", info: "#1f56a8", violet: "#5b46a8",
  goodGround: "#e5f4ec", warnGround: "#fdf2dc", badGround: "#fdeae8", infoGround: "#e6effb",
  classes: {
    productive: "#2f8f66", checkpoint: "#3f78c4", start: "#86b1e6", lost: "#cf4436", promised: "#8a6cc9",
    stranded: "#dfa53a", unwanted: "#cdd4de", down: "#454e5e", drained: "#8d97a8", calibration: "#3c9ea3", maintenance: "#7c6f5a", others: "#b5749b", busy: "#2f8f66",
  },
};

export const dark: Palette = {
  ground: "#0e1217", surface: "#161b22", raised: "#1c222b", line: "#29313c", lineStrong: "#3a4452",
  text: "#e3e8f0", muted: "#9aa6b8", accent: "#3d6fd6", accentText: "#86adff", focus: "#7aa5ff",
  hover: "#1d242e", selected: "#1d2b47",
  good: "#5cc795", warn: "#e3b360", bad: "#ff8d85", info: "#86b4f5", violet: "#b7a4f4",
  goodGround: "#12291f", warnGround: "#2d2412", badGround: "#321a1a", infoGround: "#152540",
  classes: {
    productive: "#3fa77b", checkpoint: "#4d86d3", start: "#7fa9dd", lost: "#e0594b", promised: "#9a80d8",
    stranded: "#d9a441", unwanted: "#3d4756", down: "#8b3f4e", drained: "#6c7788", calibration: "#48aeb3", maintenance: "#8d806a", others: "#c183a8", busy: "#3fa77b",
  },
};

/** As CSS variables: `--surface`, `--line-strong`, `--class-lost`. */
export function cssVariables(palette: Palette): [string, string][] {
  return Object.entries(palette).flatMap(([name, value]): [string, string][] =>
    typeof value === "string"
      ? [[`--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`, value]]
      : Object.entries(value as Record<string, string>).map(([use, colour]) => [`--class-${use}`, colour]),
  );
}
