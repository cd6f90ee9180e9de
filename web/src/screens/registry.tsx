import { AppstoreOutlined, UnorderedListOutlined } from "@ant-design/icons";
import { lazy, type ComponentType, type LazyExoticComponent } from "react";

/**
 * Every screen of the console, in the order of the navigation. A new screen is one entry here, one folder beside this
 * file, and its name in shell/words.ts. Only what exists stands here.
 */
export interface Screen {
  name: "overview" | "jobs" | "job";
  path: string;
  group: "watch" | "work" | "manage";
  /** With one it stands in the navigation. */
  icon?: ComponentType<{ "aria-hidden"?: boolean }>;
  /** `g` and then this key go there. */
  key?: string;
  /** Roles that can use it; without: all. The centre checks each request anyway. */
  roles?: string[];
  /** Fetches its code: when it is opened, or when the pointer comes near. */
  load: () => Promise<{ default: ComponentType }>;
  Component: LazyExoticComponent<ComponentType>;
}

type Entry = Omit<Screen, "Component">;
const entries: Entry[] = [
  { name: "overview", path: "/", group: "watch", icon: AppstoreOutlined, key: "o", load: () => import("./overview") },
  { name: "jobs", path: "/jobs", group: "work", icon: UnorderedListOutlined, key: "j", load: () => import("./jobs") },
  { name: "job", path: "/jobs/:id", group: "work", load: () => import("./job") },
];
export const screens: Screen[] = entries.map((entry) => ({ ...entry, Component: lazy(entry.load) }));
