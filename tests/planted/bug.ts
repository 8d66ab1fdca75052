// What a planted bug of the compiler is, and how its text is put in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../harness/sources.js";

/** A mistake that someone could make, as a change of one text. */
export interface PlantedBug {
  readonly name: string;
  /** File below the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What it breaks, in one sentence. */
  readonly breaks: string;
}

/** The bugs of a part of the compiler and the tests that must find them: the same tests for each bug. */
export interface Stage {
  readonly name: string;
  /** Whether its tests need an adapter. */
  readonly needsAdapter: boolean;
  readonly tests: readonly string[];
  readonly bugs: readonly PlantedBug[];
}

/** How often the text of a bug occurs in its file as it lies here. */
export const occurrences = ({ file, find }: PlantedBug): number =>
  readFileSync(join(root, file), "utf8").split(find).length - 1;

/** The text of a module with the bug in it. Throws where the text is not there exactly once. */
export function planted(code: string, { name, find, replace }: PlantedBug): string {
  const parts = code.split(find);
  if (parts.length !== 2)
    throw new Error(`the text of ${name} occurs ${String(parts.length - 1)} times`);
  return parts.join(replace);
}
