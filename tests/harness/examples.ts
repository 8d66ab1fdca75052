// Runs the examples of reference pages on the reference, and says where they do not give what they claim.
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import {
  checkPackage,
  compile,
  renderText,
  type Compiled,
  type CompileOptions,
} from "../../compiler/index.js";
import { exampleProgram, type Claim } from "../../compiler/queries/example.js";
import type { HostTensor } from "../../runtime/weights.js";
import { drawInputs } from "./draw-inputs.js";

const { host } = openPackage(".");

/** Sizes of axes that an example leaves open. */
const sizes = { B: 2, T: 4, N: 4, other: 3 };

/** What an example claims and does not give, one text for each; none where all is as it says. */
export async function wrongClaims(example: string, imports: string): Promise<readonly string[]> {
  const program = exampleProgram(example, imports);
  // Nothing else waits in what follows, and the test runner wants to be heard in between.
  await new Promise((resolve) => setImmediate(resolve));
  if (program.models.length === 0 && program.trained === undefined) return mistakes(program.text);
  const wrong: string[] = [];
  for (const model of program.models) {
    const compiled = build(program.text, { model });
    if (typeof compiled === "string") return [compiled];
    wrong.push(...(await runModel(compiled, program.claims)));
  }
  if (program.trained !== undefined) wrong.push(...(await train(program.text, program.trained)));
  return wrong;
}

/** What is wrong with declarations that nothing runs, such as properties. */
function mistakes(text: string): readonly string[] {
  const { diagnostics } = checkPackage([{ path: "example.dl", text }], host);
  return diagnostics.length === 0 ? [] : [renderText(diagnostics)];
}

function build(text: string, options: CompileOptions): Compiled | string {
  const compiled = compile({ path: "example.dl", text }, host, options);
  return compiled.ok ? compiled.value : `${text}\n${renderText(compiled.diagnostics)}`;
}

async function runModel(compiled: Compiled, claims: readonly Claim[]): Promise<readonly string[]> {
  const backend = await openBackend(compiled, { backend: "reference" });
  await backend.init(1);
  const wrong: string[] = [];
  for (const entry of compiled.entries) {
    const given = drawInputs(entry, sizes);
    const results = [...(await backend.run(entry.name, given, { seed: 1, step: 1 })).values()];
    const claim = claims.find((c) => c.entry === entry.name);
    if (claim) wrong.push(...compareAll(claim.line, claim.says, results));
  }
  return wrong;
}

/** Two steps of the training of an example. */
async function train(text: string, says: string): Promise<readonly string[]> {
  const compiled = build(text, { runs: ["Steps"] });
  if (typeof compiled === "string") return [compiled];
  const backend = await openBackend(compiled, { backend: "reference" });
  await backend.init(1);
  for (const step of [1, 2]) await backend.trainStep("Steps", new Map(), { seed: 1, step });
  const x = (await backend.readVariables(false)).get("x");
  return compareAll("x after two steps", says, x ? [x] : []);
}

/** Compares results with what is said of them, one claim for each. */
function compareAll(line: string, says: string, results: readonly HostTensor[]): readonly string[] {
  const parts = says.split(";").map((part) => part.trim());
  const holds =
    parts.length === results.length && parts.every((part, i) => agrees(part, results[i]));
  return holds ? [] : [`${line}\n  says  ${says}\n  gives ${results.map(shown).join("; ")}`];
}

function agrees(says: string, result: HostTensor | undefined): boolean {
  if (!result) return false;
  if (/^[a-z]\w*\[/.test(says)) return says === typeOf(result);
  return shown(result) === says;
}

const typeOf = ({ dtype, shape }: HostTensor): string => `${dtype}[${shape.join(", ")}]`;

/** Most elements that are worth writing out. */
const many = 24;

/** A tensor as examples write it: its numbers rounded to four places, or its type where there are many. */
function shown(tensor: HostTensor): string {
  const { data, shape, dtype } = tensor;
  if (data.length > many) return typeOf(tensor);
  const largest = Math.max(...[...data].map((x) => Math.abs(x)));
  const text = (x: number): string => (dtype === "bool" ? String(x !== 0) : rounded(x, largest));
  return nested(
    [...data].map((x) => text(x)),
    shape,
  );
}

/** Four significant digits; beside much larger numbers nothing is left. */
const rounded = (x: number, largest: number): string =>
  Math.abs(x) < 1e-6 * largest ? "0" : String(Number(x.toPrecision(4)));

function nested(numbers: readonly string[], shape: readonly number[]): string {
  const [first, ...rest] = shape;
  if (first === undefined) return numbers[0] ?? "";
  const size = numbers.length / first;
  const rows = Array.from({ length: first }, (_, i) =>
    nested(numbers.slice(i * size, (i + 1) * size), rest),
  );
  return `[${rows.join(", ")}]`;
}
