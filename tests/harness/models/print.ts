// The text of a random program.
import { Choices } from "./choices.js";
import {
  declarationsOf,
  paramText,
  resultText,
  splitClauses,
  type Declaration,
  type Recipe,
} from "./program.js";
import { substitute } from "./sizes.js";

/** Where the names of the standard library are. */
const modules: readonly (readonly [string, readonly string[]])[] = [
  [
    "std/nn",
    [
      "Linear",
      "Embedding",
      "LayerNorm",
      "RMSNorm",
      "Conv1d",
      "Conv2d",
      "MaxPool2d",
      "AvgPool2d",
      "GroupNorm",
      "InstanceNorm2d",
      "BatchNorm2d",
    ],
  ],
  ["std/attention", ["SelfAttention", "rope"]],
  ["std/adapters", ["lora"]],
  ["std/optim", ["adamw", "sgd"]],
];

/** Defaults of the model's static arguments. */
export type Defaults = ReadonlyMap<string, number>;

/** A random program as text, with these defaults. */
export function print(recipe: Recipe, defaults: Defaults): string {
  const declarations = declarationsOf(recipe);
  const body = declarations.map((d) => declarationText(d, defaults)).join("\n\n");
  const model = declarations.at(-1);
  const ending = model ? endingText(model, new Choices(recipe.ending), defaults) : "";
  return `${importsOf(body + ending)}${body}\n${ending}`;
}

function importsOf(text: string): string {
  const lines = modules.flatMap(([module, names]) => {
    const used = names.filter((name) => new RegExp(`\\b${name}\\(`).test(text));
    return used.length === 0 ? [] : [`import { ${used.join(", ")} } from "${module}"\n`];
  });
  return lines.length === 0 ? "" : `${lines.join("")}\n`;
}

const where = (clauses: readonly string[]): string =>
  clauses.length === 0 ? "" : ` where ${clauses.join(", ")}`;

function declarationText(declaration: Declaration, defaults: Defaults): string {
  const { kind, name, statics, params, finished } = declaration;
  if (kind === "fn") {
    const all = [...params.map(paramText), ...statics.map((s) => `${s}: dim`)];
    return functionText(`fn ${name}(${all.join(", ")})`, declaration, finished.clauses).join("\n");
  }
  const [around, own] = splitClauses(declaration);
  const given = statics.map((s) =>
    kind === "model" ? `${s} = ${String(defaults.get(s) ?? 2)}` : s,
  );
  const head = `${kind} ${name}(${given.join(", ")})${where(around)} {`;
  const forward = functionText(`fn forward(${params.map(paramText).join(", ")})`, declaration, own);
  const members = finished.members.length === 0 ? [] : [...finished.members, ""];
  const inner = [...members, ...forward].map((line) => (line === "" ? "" : `  ${line}`));
  return [head, ...inner, "}"].join("\n");
}

function functionText(
  head: string,
  { finished }: Declaration,
  clauses: readonly string[],
): readonly string[] {
  const { lines, results } = finished;
  const names = results.map((r) => r.name);
  const value = names.length === 1 ? (names[0] ?? "x") : `(${names.join(", ")})`;
  const signature = `${head} -> ${resultText(finished)}${where(clauses)}`;
  const [only] = lines;
  const single = `let ${value} = `;
  if (lines.length === 0) return [`${signature} = ${value}`];
  if (lines.length === 1 && only?.startsWith(single))
    return [`${signature} =`, `  ${only.slice(single.length)}`];
  return [`${signature} {`, ...[...lines, value].map((line) => `  ${line}`), "}"];
}

/** What is derived from the model, and how it is trained. */
function endingText(model: Declaration, choices: Choices, defaults: Defaults): string {
  const linear = model.finished.members.flatMap((m) => /^(\w+) = Linear\(/.exec(m)?.[1] ?? []);
  const layers = model.finished.members.flatMap((m) => /^(\w+) = \w+\(/.exec(m)?.[1] ?? []);
  const parts: string[] = [];
  const adapted = choices.pick(linear);
  const frozen = choices.pick(layers);
  if (adapted !== undefined && choices.isOneIn(3)) {
    const line = `adapt ${adapted} by lora(rank = 1, alpha = 4)`;
    parts.push(`\nmodel NetLora = Net with { ${line} }\n`);
  }
  if (frozen !== undefined && choices.isOneIn(4))
    parts.push(`\nmodel NetFrozen = Net with { freeze ${frozen} }\n`);
  if (choices.isOneIn(4)) parts.push(trainText(model, choices, defaults));
  return parts.join("");
}

function trainText(
  { params, statics, finished }: Declaration,
  choices: Choices,
  defaults: Defaults,
): string {
  const [param] = params;
  const isTrained = finished.members.some((m) => !m.startsWith("state"));
  if (!param || finished.results.length > 1 || !isTrained || param.shape.includes("...")) return "";
  const sizes = new Map(statics.map((s) => [s, String(defaults.get(s) ?? 2)]));
  const inputs = params.map((p) =>
    paramText({ ...p, shape: p.shape.map((size) => substitute(size, sizes)) }),
  );
  const optimizer = choices.word("adamw(lr = 1e-3)", "sgd(lr = 0.1)");
  return [
    "",
    `train Fit(net: Net, ${inputs.join(", ")}) {`,
    `  loss = mean(net(${params.map((p) => p.name).join(", ")}) ** 2)`,
    `  optimizer = ${optimizer}`,
    "}",
    "",
  ].join("\n");
}
