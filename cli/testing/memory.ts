// Failing cases of a package, kept in a small file beside its settings, so that they are tried first from then on.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Choice } from "../../compiler/laws/subject.js";
import { dataFault } from "../faults.js";
import { readText, writeWhole } from "../files.js";
import { countOf, type Case, type DrawnTensor } from "./case.js";

/** The file in the root of a package. */
export const memoryFile = "dl.failures.json";

/** Larger cases are not remembered: the file is meant to be committed and read. */
const mostNumbers = 2_000;

/** How many cases of one test are kept. */
const mostCases = 4;

interface Stored {
  /** The file from the root of the package, and what was tried in it. */
  readonly file: string;
  readonly test: string;
  readonly seed: number;
  readonly sizes: Readonly<Record<string, Choice>>;
  readonly tensors: Readonly<Record<string, DrawnTensor>>;
}

/** The remembered cases of one package. */
export class Memory {
  private readonly path: string;
  private readonly before: string;
  private cases: readonly Stored[];

  constructor(root: string) {
    this.path = join(root, memoryFile);
    this.before = existsSync(this.path) ? readText(this.path) : "";
    this.cases = parse(this.before, this.path);
  }

  /** The cases of a test, the newest first. */
  of(file: string, test: string): readonly Case[] {
    return this.cases
      .filter((c) => c.file === file && c.test === test)
      .map(({ seed, sizes, tensors }) => ({
        seed,
        assignment: new Map(Object.entries(sizes)),
        tensors: new Map(Object.entries(tensors)),
      }));
  }

  /** Keeps a failing case, unless it is known or large. */
  add(file: string, test: string, { seed, assignment, tensors }: Case): void {
    const numbers = [...tensors.values()].reduce((n, { shape }) => n + countOf(shape), 0);
    if (numbers > mostNumbers) return;
    const made: Stored = {
      file,
      test,
      seed,
      sizes: Object.fromEntries(assignment),
      tensors: Object.fromEntries(tensors),
    };
    const text = JSON.stringify(made);
    const isSame = (c: Stored): boolean => c.file === file && c.test === test;
    const others = this.cases.filter((c) => JSON.stringify(c) !== text);
    const kept = others.filter(isSame).slice(0, mostCases - 1);
    this.cases = [made, ...kept, ...others.filter((c) => !isSame(c))];
  }

  /** Drops cases of tests that a file no longer has. */
  keepOnly(file: string, tests: ReadonlySet<string>): void {
    this.cases = this.cases.filter((c) => c.file !== file || tests.has(c.test));
  }

  /** Writes the file where it changed; without cases there is none. */
  save(): void {
    const sorted = [...this.cases].sort(byPlace);
    const text =
      sorted.length === 0
        ? ""
        : `{\n  "cases": [\n${sorted.map((c) => `    ${JSON.stringify(c)}`).join(",\n")}\n  ]\n}\n`;
    if (text === this.before) return;
    if (text === "") rmSync(this.path, { force: true });
    else writeWhole(this.path, text);
  }
}

/** By file and test; cases of one test keep their order. */
function byPlace(a: Stored, b: Stored): number {
  const [left, right] = [a, b].map(({ file, test }) => `${file}\n${test}`);
  return left === right ? 0 : (left ?? "") < (right ?? "") ? -1 : 1;
}

/** What a file holds; one that cannot be read is refused rather than written over. */
function parse(text: string, path: string): readonly Stored[] {
  if (text === "") return [];
  const cases = listIn(text);
  if (cases?.every(isStored)) return cases;
  throw dataFault(
    "broken-failures",
    `\`${path}\` does not hold failing cases as \`dl test\` writes them`,
    "restore it, or delete it to forget them",
  );
}

function listIn(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("cases" in value)) return undefined;
    return Array.isArray(value.cases) ? (value.cases as readonly unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== "object" || value === null) return false;
  const { file, test, seed, sizes, tensors } = value as Partial<Record<keyof Stored, unknown>>;
  const areTexts = typeof file === "string" && typeof test === "string";
  return areTexts && typeof seed === "number" && isAssignment(sizes) && isRecord(tensors, isTensor);
}

const isRecord = (value: unknown, test: (v: unknown) => boolean): boolean =>
  typeof value === "object" && value !== null && Object.values(value).every(test);

const isAssignment = (value: unknown): value is Readonly<Record<string, Choice>> =>
  isRecord(value, (v) => ["number", "boolean"].includes(typeof v) || Array.isArray(v));

function isTensor(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, shape, data } = value as Partial<Record<keyof DrawnTensor, unknown>>;
  const isNumbers = (list: unknown): boolean =>
    Array.isArray(list) && list.every((x) => typeof x === "number");
  return typeof dtype === "string" && isNumbers(shape) && isNumbers(data);
}
