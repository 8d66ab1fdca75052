// How fast programs are read and checked: what stands between a key and an answer.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openPackage, standardLibrary } from "../cli/host.js";
import { createChecker } from "../compiler/check/checker.js";
import { checkPackage } from "../compiler/compile.js";
import { parse } from "../grammar/index.js";
import { layers, stack } from "./programs.js";
import { type Benchmark, type Measured, medianOfCpu } from "./question.js";

const { host } = openPackage(standardLibrary());

const check = (text: string): void => {
  const { diagnostics } = checkPackage([{ path: "bench.dl", text }], host);
  if (diagnostics.length > 0) throw new Error(`the program has ${diagnostics[0]?.code ?? ""}`);
};

/** The source of the standard library, many times. */
const library = (): string => {
  const files = readdirSync(standardLibrary()).filter((name) => name.endsWith(".dl"));
  const text = files.map((name) => readFileSync(join(standardLibrary(), name), "utf8")).join("\n");
  return text.repeat(8);
};

const linesOf = (text: string): number => text.split("\n").length;

/** The time from an edit of one file of a package of ten, of 5,000 lines in all, to the findings of all. */
function timeOfEdit(): number {
  const files = Array.from({ length: 10 }, (_, i) => ({
    path: `part${String(i)}.dl`,
    text: layers(38),
  }));
  const checker = createChecker({ ...host, moduleOf: ({ path }) => path });
  checker.update(...files);
  let edits = 0;
  return medianOfCpu(9, () => {
    const text = `// edit ${String(edits++)}\n${layers(38)}`;
    if (checker.update({ path: "part4.dl", text }).length > 0) throw new Error("there is an error");
  });
}

/** The exponent that fits times to sizes best: 1 where time grows as the source does. */
function exponentOf(points: readonly (readonly [size: number, time: number])[]): number {
  const logs = points.map(([size, time]) => [Math.log(size), Math.log(time)] as const);
  const mean = (i: 0 | 1): number => logs.reduce((sum, p) => sum + p[i], 0) / logs.length;
  const [x, y] = [mean(0), mean(1)];
  const covariance = logs.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0);
  return covariance / logs.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
}

/** Reading, two models of a hundred layers, and packages of growing length. */
export const benchmark: Benchmark = {
  question: "How fast is a program checked?",
  measure(): Promise<readonly Measured[]> {
    const text = library();
    const reading = medianOfCpu(15, () => parse({ path: "library.dl", text }));
    const measured: Measured[] = [
      { what: "reading", value: text.length / 1000 / reading, unit: "MB/s" },
    ];
    const models: readonly (readonly [what: string, text: string])[] = [
      ["100 layers in a list", stack(100)],
      ["100 layers of their own", layers(100)],
    ];
    for (const [what, program] of models)
      measured.push({ what, value: medianOfCpu(9, () => check(program)), unit: "ms" });
    measured.push({ what: "an edit in 5,000 lines", value: timeOfEdit(), unit: "ms" });
    const curve: (readonly [number, number])[] = [];
    for (const wanted of [500, 1000, 2000, 5000, 10_000, 20_000]) {
      const program = layers(Math.round(wanted / 13));
      const value = medianOfCpu(5, () => check(program));
      curve.push([linesOf(program), value]);
      measured.push({ what: `${String(linesOf(program))} lines`, value, unit: "ms" });
    }
    const exponent = { what: "exponent of the curve", value: exponentOf(curve), unit: "" };
    return Promise.resolve([...measured, exponent]);
  },
};
