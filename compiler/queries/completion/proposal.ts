// What is offered at a cursor.
import type { Edit } from "../../diagnostics/index.js";
import type { TargetKind } from "../names/target.js";

/** One way to go on from the cursor. */
export interface Completion {
  readonly label: string;
  readonly kind:
    TargetKind | "keyword" | "module" | "path" | "argument" | "attribute" | "code" | "format";
  /** The type, the head, or where it comes from. */
  readonly detail?: string;
  /** Documentation in Markdown. */
  readonly doc?: string;
  /** What is written, where that is not the label. */
  readonly insert?: string;
  /** As `insert`, with places to fill in: `${1:Name}`. */
  readonly snippet?: string;
  /** Lower comes first. */
  readonly rank: number;
  /** What changes elsewhere: an import. */
  readonly edits?: readonly Edit[];
}

/** Ranks, from what fits best to what is only possible. */
export const rank = {
  argument: 0,
  fitting: 1,
  near: 2,
  declared: 3,
  everywhere: 4,
  keyword: 5,
  elsewhere: 6,
} as const;
