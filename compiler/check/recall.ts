// Remembers what was found in each declaration, for as long as nothing that it depends on changes.
import type { Item } from "../../grammar/ast.js";
import type { SourceFile, Span } from "../../grammar/source.js";
import type { Diagnostic } from "../diagnostics/index.js";
import type { Library, Unit } from "../resolve/modules.js";
import { changesBetween, looksTheSame, stateOf, type FileState, type State } from "./changes.js";
import { movedFinding } from "./moved.js";

/** What the declarations of one file say without being evaluated. */
export interface UnitFindings {
  /** From looking at them. */
  readonly seen: readonly Diagnostic[];
  /** What is never used, which is told only of a program without errors. */
  readonly unused: readonly Diagnostic[];
}

interface Found {
  /** What an earlier declaration had said already when this one was evaluated. */
  readonly isRationed: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** What is known of one state of the files while they are checked. */
export interface Session {
  /** What was found in a declaration before, else what `find` finds. */
  item(
    unit: Unit,
    item: Item,
    isRationed: boolean,
    find: () => readonly Diagnostic[],
  ): readonly Diagnostic[];
  unit(unit: Unit, find: () => UnitFindings): UnitFindings;
}

/** The findings of declarations, from one state of the files to the next. */
export class Recall {
  private state: State | undefined;
  private found = new Map<Item, Found>();
  private units = new Map<string, { readonly file: FileState; readonly findings: UnitFindings }>();

  /** Compares the files with those of the last check, and keeps what that says of them still. */
  open(library: Library): Session {
    const state = stateOf(library, this.state);
    if (this.state) this.keep(this.state, state);
    this.state = state;
    return {
      item: (_, item, isRationed, find) => {
        const known = this.found.get(item);
        if (known?.isRationed === isRationed) return known.diagnostics;
        const diagnostics = find();
        this.found.set(item, { isRationed, diagnostics });
        return diagnostics;
      },
      unit: (unit, find) => {
        const file = state.files.get(unit.path);
        const known = this.units.get(unit.path);
        if (file && known && looksTheSame(known.file, file)) return known.findings;
        const findings = find();
        if (file) this.units.set(unit.path, { file, findings });
        return findings;
      },
    };
  }

  private keep(before: State, now: State): void {
    const changes = changesBetween(before, now);
    const { heirs } = changes;
    const old = new Map<SourceFile, FileState>();
    for (const [path, file] of before.files)
      if (now.files.get(path)?.module !== file.module) old.set(file.module.file, file);
    const move = (span: Span): Span | undefined => movedSpan(span, old, heirs);
    const kept = new Map<Item, Found>();
    for (const [item, { isRationed, diagnostics }] of this.found) {
      const heir = heirs.get(item);
      if (!heir || changes.isAffected(heir.item)) continue;
      // What a message proposes are names that stand anywhere in the file.
      if (diagnostics.length > 0 && changes.isRenamed(heir.file)) continue;
      const moved = diagnostics.flatMap(
        (d) => movedFinding(d, (file) => old.has(file), move) ?? [],
      );
      if (moved.length === diagnostics.length)
        kept.set(heir.item, {
          isRationed,
          diagnostics: isSame(moved, diagnostics) ? diagnostics : moved,
        });
    }
    this.found = kept;
  }
}

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.every((d, i) => d === b[i]);

/** Where a place in a declaration that stayed as it is lies in the file as it is now. */
function movedSpan(
  span: Span,
  old: ReadonlyMap<SourceFile, FileState>,
  heirs: ReturnType<typeof changesBetween>["heirs"],
): Span | undefined {
  const file = old.get(span.file);
  const item = file?.module.items.find((i) => i.span.start <= span.start && span.end <= i.span.end);
  const heir = item && heirs.get(item)?.item;
  if (!item || !heir) return undefined;
  const shift = heir.span.start - item.span.start;
  return { file: heir.span.file, start: span.start + shift, end: span.end + shift };
}
