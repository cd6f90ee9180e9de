import type { Schemas } from "../../api/client";

type Project = Schemas["ProjectView"];
export interface Branch {
  project: Project;
  depth: number;
  /** Its shares among those of its siblings, 0 to 1. */
  part: number;
}

/** Projects in the order of a tree: each behind its parent, siblings by name. One whose parent is not there is a root. */
export function branchesOf(projects: readonly Project[]): Branch[] {
  const names = new Set(projects.map((each) => each.name));
  const below = new Map<string, Project[]>();
  for (const project of projects) {
    const parent = names.has(project.parent) ? project.parent : "";
    below.set(parent, [...(below.get(parent) ?? []), project]);
  }
  const branches: Branch[] = [];
  const add = (parent: string, depth: number): void => {
    const siblings = [...(below.get(parent) ?? [])].sort((a, b) => a.name.localeCompare(b.name, "en"));
    const shares = siblings.reduce((sum, each) => sum + each.shares, 0);
    for (const project of siblings) {
      branches.push({ project, depth, part: shares > 0 ? project.shares / shares : 0 });
      add(project.name, depth + 1);
    }
  };
  add("", 0);
  return branches;
}
