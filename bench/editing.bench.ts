// How long an editor waits: from an edit to the findings of all files, and from a question to its answer.
import { openPackage, findSources, standardLibrary } from "../cli/host.js";
import { readFileSync } from "node:fs";
import { createChecker, type Checker } from "../compiler/check/checker.js";
import { completionsAt } from "../compiler/queries/completion/index.js";
import { hintsIn } from "../compiler/queries/hints.js";
import { hoverAt } from "../compiler/queries/hover.js";
import type { SourceFile } from "../grammar/source.js";
import { type Benchmark, type Measured } from "./question.js";

const { host } = openPackage(standardLibrary());

/** The standard library as a package of its own: some 6,000 lines in some thirty files that use each other. */
const files = (): SourceFile[] =>
  findSources([standardLibrary()]).map((path) => ({ path, text: readFileSync(path, "utf8") }));

/** A few characters that end up in the middle of the text, most of them mistakes. */
const typed = ["x", " ", "(", "\n", ".", "D", " + x", "// ", "let y = x\n", ","] as const;

/** Numbers that look random and are the same in each run (Park and Miller 1988). */
function* numbers(): Generator<number> {
  for (let state = 42; ;) {
    state = (state * 48271) % 2147483647;
    yield state / 2147483647;
  }
}

const part = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * share)] ?? 0;

/** Types at so many places and takes it back; the times from each edit to all findings. */
function timesOfEdits(checker: Checker, opened: readonly SourceFile[], count: number): number[] {
  const random = numbers();
  const draw = (n: number): number => Math.floor((random.next().value as number) * n);
  const times: number[] = [];
  const timed = (file: SourceFile): void => {
    times.push(time(() => checker.update(file)));
  };
  for (let i = 0; i < count; i++) {
    const file = opened[draw(opened.length)];
    if (!file) continue;
    const at = draw(file.text.length);
    const text = file.text.slice(0, at) + (typed[draw(typed.length)] ?? "") + file.text.slice(at);
    timed({ path: file.path, text });
    timed(file);
  }
  return times;
}

/** Processor time in milliseconds: the machine may be shared. */
const time = (body: () => unknown): number => {
  const start = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

/** Times of questions at places all over the files. */
function timesOfQuestions(checker: Checker, opened: readonly SourceFile[]): Measured[] {
  const { library } = checker.state();
  const places = library.entries.flatMap((unit) =>
    [0.2, 0.5, 0.8].map((share) => ({
      unit,
      offset: Math.floor(share * unit.module.file.text.length),
    })),
  );
  const ask = (what: string, body: (place: (typeof places)[number]) => unknown): Measured => {
    const times = places.map((place) => time(() => body(place)));
    return { what: `${what}, 95 of 100`, value: part(times, 0.95), unit: "ms" };
  };
  return [
    ask("hover", ({ unit, offset }) => hoverAt({ library, unit, offset })),
    ask("hints of a screen", ({ unit, offset }) => hintsIn(library, unit, offset, offset + 3000)),
    ask("completion", ({ unit, offset }) => completionsAt(library, unit, offset, host)),
    { what: "files", value: opened.length, unit: "" },
  ];
}

/** The answers to edits and questions in the standard library as a package. */
export const benchmark: Benchmark = {
  question: "How long does an editor wait?",
  measure(): Promise<readonly Measured[]> {
    const opened = files();
    const checker = createChecker(host);
    checker.update(...opened);
    timesOfEdits(checker, opened, 30);
    const times = timesOfEdits(checker, opened, 400);
    const lines = opened.reduce((sum, { text }) => sum + text.split("\n").length, 0);
    return Promise.resolve([
      { what: "lines of the package", value: lines, unit: "" },
      { what: "an edit, median", value: part(times, 0.5), unit: "ms" },
      { what: "an edit, 95 of 100", value: part(times, 0.95), unit: "ms" },
      { what: "an edit, 99 of 100", value: part(times, 0.99), unit: "ms" },
      ...timesOfQuestions(checker, opened),
    ]);
  },
};
