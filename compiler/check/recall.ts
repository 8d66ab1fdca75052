// Remembers what was found in a file, for as long as nothing that the file can see changes.
import type { Diagnostic } from "../diagnostics/index.js";
import type { Library, Unit } from "../resolve/modules.js";

/** What the declarations of one file say on their own. */
export interface UnitFindings {
  /** From evaluating declarations. */
  readonly evaluated: readonly Diagnostic[];
  /** From looking at them. */
  readonly seen: readonly Diagnostic[];
  /** What is never used, which is told only of a program without errors. */
  readonly unused: readonly Diagnostic[];
}

interface Known {
  readonly visible: readonly unknown[];
  readonly findings: UnitFindings;
}

/** The findings of files by their modules. */
export class Recall {
  private readonly known = new Map<string, Known>();

  /** What was found in the file when it and all that it sees were as they are now, else what `find` finds. */
  of(library: Library, unit: Unit, find: () => UnitFindings): UnitFindings {
    const visible = visibleFrom(library, unit);
    const before = this.known.get(unit.path);
    if (before && isSame(before.visible, visible)) return before.findings;
    const findings = find();
    this.known.set(unit.path, { visible, findings });
    return findings;
  }
}

/** All that a check of the file depends on. Equal texts have one tree, so that trees are compared by identity. */
function visibleFrom(library: Library, unit: Unit): readonly unknown[] {
  const parts: unknown[] = [];
  const met = new Set<Unit>();
  const open = [unit, ...[...library.prelude.values()].map((declared) => declared.unit)];
  for (let next = open.shift(); next; next = open.shift()) {
    if (met.has(next)) continue;
    met.add(next);
    parts.push(next.module, ...next.refused);
    for (const [name, declared] of next.names) {
      parts.push(name, declared.item);
      if (!met.has(declared.unit)) open.push(declared.unit);
    }
  }
  return parts;
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);
