// Names visible at a place, by the text alone.
import type { Target } from "./target.js";

/** A chain of tables of names. */
export class Env {
  private readonly own = new Map<string, Target>();
  private readonly parent: Env | undefined;
  private readonly fallback: ((name: string) => Target | undefined) | undefined;

  constructor(parent?: Env, fallback?: (name: string) => Target | undefined) {
    this.parent = parent;
    this.fallback = fallback;
  }

  bind(target: Target): void {
    if (target.name !== "") this.own.set(target.name, target);
  }

  lookup(name: string): Target | undefined {
    return this.own.get(name) ?? this.parent?.lookup(name) ?? this.fallback?.(name);
  }

  /** Whatever is bound below the top level, innermost first. */
  bound(into = new Map<string, Target>()): ReadonlyMap<string, Target> {
    for (const [name, target] of this.own) if (!into.has(name)) into.set(name, target);
    return this.parent?.bound(into) ?? into;
  }
}

/** Whether a name may be a size where one is written; the name of a layer is as free there as any. */
export const canBeSize = ({ kind }: Target): boolean =>
  kind !== "layer" && kind !== "model" && kind !== "train";
