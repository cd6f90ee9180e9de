import { ApiOutlined, AlertOutlined, AppstoreOutlined, BranchesOutlined, ClusterOutlined, DeploymentUnitOutlined, ExperimentOutlined, FormOutlined, PieChartOutlined, ProjectOutlined, ScheduleOutlined, TeamOutlined, UnorderedListOutlined } from "@ant-design/icons";
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

/**
 * Every screen of the console, in the order of the navigation. A new screen is one entry here, one folder beside this
 * file, and its name in shell/words.ts. Only what exists stands here.
 */
export interface Screen {
  name:
    | "overview" | "nodes" | "node" | "plan" | "quantum" | "qpu" | "incidents" | "incident" | "engines"
    | "jobs" | "job" | "submit" | "whatif" | "reports" | "report" | "ledger" | "projects" | "project" | "users";
  path: string;
  group: "watch" | "work" | "manage";
  /** With one it stands in the navigation. */
  icon?: ComponentType<{ "aria-hidden"?: boolean }>;
  /** `g` and then this key go there. */
  key?: string;
  /** Roles that can use it; without: all. The centre checks each request anyway. */
  roles?: string[];
  /** Only a centre that has some lists it in the navigation. */
  where?: "engines";
  /** Fetches its code: when it is opened, or when the pointer comes near. */
  load: () => Promise<{ default: ComponentType }>;
  Component: LazyExoticComponent<ComponentType>;
}

type Entry = Omit<Screen, "Component">;
const entries: Entry[] = [
  { name: "overview", path: "/", group: "watch", icon: AppstoreOutlined, key: "o", load: () => import("./overview") },
  { name: "nodes", path: "/nodes", group: "watch", icon: ClusterOutlined, key: "n", load: () => import("./nodes") },
  { name: "node", path: "/nodes/:name", group: "watch", load: () => import("./node") },
  { name: "plan", path: "/plan", group: "watch", icon: ScheduleOutlined, key: "p", load: () => import("./plan") },
  { name: "quantum", path: "/quantum", group: "watch", icon: DeploymentUnitOutlined, key: "q", load: () => import("./quantum") },
  { name: "qpu", path: "/quantum/:name", group: "watch", load: () => import("./qpu") },
  { name: "incidents", path: "/incidents", group: "watch", icon: AlertOutlined, key: "i", load: () => import("./incidents") },
  { name: "incident", path: "/incidents/:id", group: "watch", load: () => import("./incident") },
  { name: "engines", path: "/engines", group: "watch", icon: ApiOutlined, key: "e", where: "engines", load: () => import("./engines") },
  { name: "jobs", path: "/jobs", group: "work", icon: UnorderedListOutlined, key: "j", load: () => import("./jobs") },
  { name: "job", path: "/jobs/:id", group: "work", load: () => import("./job") },
  { name: "submit", path: "/submit", group: "work", icon: FormOutlined, key: "s", roles: ["member", "lead", "operator"], load: () => import("./submit") },
  { name: "whatif", path: "/whatif", group: "work", icon: BranchesOutlined, key: "w", roles: ["member", "lead", "operator"], load: () => import("./whatif") },
  { name: "reports", path: "/reports", group: "work", icon: ExperimentOutlined, key: "r", load: () => import("./reports") },
  { name: "report", path: "/reports/:name", group: "work", load: () => import("./report") },
  { name: "ledger", path: "/ledger", group: "manage", icon: PieChartOutlined, key: "l", load: () => import("./ledger") },
  { name: "projects", path: "/projects", group: "manage", icon: ProjectOutlined, key: "b", load: () => import("./projects") },
  { name: "project", path: "/projects/:name", group: "manage", load: () => import("./project") },
  { name: "users", path: "/users", group: "manage", icon: TeamOutlined, key: "u", load: () => import("./users") },
];
/** Its pattern (`/jobs/:id`) as that of an address. */
const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/:[a-z]+/g, "[^/]+")}/?$`);

/** Fetches the code of the screen at an address before anything asks for it: beside the question who is signed in, not after. */
export function fetchAhead(pathname: string): void {
  void entries.find(({ path }) => patternOf(path).test(pathname))?.load().catch(() => undefined);
}
export const screens: Screen[] = entries.map((entry) => ({ ...entry, Component: lazy(entry.load) }));
