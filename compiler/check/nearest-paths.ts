// Finds the paths of a model that a selector may have meant.
import type { SelectorStep } from "../../grammar/ast.js";
import { distanceOf } from "../diagnostics/index.js";

const most = 3;

/** Up to three paths, nearest first, the items of a list under one `*`. */
export function nearestPaths(
  steps: readonly SelectorStep[],
  paths: readonly (readonly string[])[],
): readonly string[] {
  const general = paths.map((path) => path.map((step) => (/^\d+$/.test(step) ? "*" : step)));
  const distinct = [...new Map(general.map((path) => [path.join("."), path])).entries()];
  return distinct
    .map(([text, path]) => ({ text, distance: distance(steps, path) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ text }) => text);
}

/** What it costs to turn the steps into the path: 1 for a step too many or too few, less for one that is similar. */
function distance(steps: readonly SelectorStep[], path: readonly string[]): number {
  let last = path.reduce((row, _, j) => [...row, j + 1], [0]);
  for (const [i, step] of steps.entries()) {
    const row = [step.kind === "any" ? (last[0] ?? i) : (last[0] ?? i) + 1];
    for (const [j, name] of path.entries()) {
      const [skipped, added, met] = [last[j + 1] ?? 0, row[j] ?? 0, last[j] ?? 0];
      // `**` stands for any number of steps, so that more of them cost nothing.
      const best =
        step.kind === "any"
          ? Math.min(skipped, added)
          : Math.min(skipped + 1, added + 1, met + unlikeness(step, name));
      row.push(best);
    }
    last = row;
  }
  return last.at(-1) ?? 0;
}

/** 0 for a step that accepts the name, up to 1 for one that has nothing in common with it. */
function unlikeness(step: SelectorStep, name: string): number {
  if (step.kind === "name") return unlike(step.name, name);
  if (step.kind === "alternatives") return Math.min(...step.names.map((n) => unlike(n.name, name)));
  return 0;
}

const unlike = (a: string, b: string): number =>
  Math.min(1, distanceOf(a, b) / Math.max(a.length, b.length, 1));
