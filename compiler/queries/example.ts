// Examples of reference pages: short lines around which a whole program is put, so that what they say can be tried.

/** A program made of an example, and what its lines say of their values. */
export interface ExampleProgram {
  readonly text: string;
  /** The model to build: `Example`, or one that the example declares itself. */
  readonly models: readonly string[];
  /** What the entries `line_1`, `line_2` … of the model `Example` give. */
  readonly claims: readonly Claim[];
  /** What the parameter of the training step `Steps` is after two steps; absent where no optimizer is shown. */
  readonly trained: string | undefined;
}

/** One line and the comment behind it. */
export interface Claim {
  readonly entry: string;
  readonly line: string;
  /** The type of a value, as `f32[2, 3]`, or its numbers, as `[0, 0.5]`. Several are parted by `;`. */
  readonly says: string;
}

/**
 * Makes a program of an example. Declarations stand as they are. `param`, `state` and `name = Layer(…)` become members of a
 * model, `adapt … by …` adapts it, `let` and `for` go before every line that follows, `optimizer = …` trains the vector
 * (1, 2) on half the sum of its squares, and every other line is a function of the model.
 */
export function exampleProgram(example: string, imports: string): ExampleProgram {
  const parts = statementsOf(example).map((text) => ({ text, kind: kindOf(text) }));
  const of = (kind: Kind): readonly string[] =>
    parts.filter((part) => part.kind === kind).map(({ text }) => text);
  const claims = of("value").map((text, i) => claimOf(text, `line_${String(i + 1)}`));
  const [adapts, optimizers, members] = [of("adapt"), of("optimizer"), of("member")];
  const functions = claims.map(
    ({ entry, line }) => `  fn ${entry}() {\n${[...of("let"), line].join("\n")}\n}`,
  );
  const isAdapted = adapts.length > 0;
  const model = [
    `model ${isAdapted ? "Base" : "Example"} {`,
    ...members,
    ...functions,
    "}",
    ...(isAdapted ? ["model Example = Base with {", ...adapts, "}"] : []),
  ];
  const own = of("item").flatMap((text) => /^model (\w+)/m.exec(text)?.[1] ?? []);
  return {
    text: [
      ...(imports === "" ? [] : [imports]),
      ...of("item"),
      ...(claims.length > 0 || members.length > 0 ? model : []),
      ...optimizers.slice(0, 1).map(trainingOf),
    ].join("\n"),
    models: claims.length > 0 ? ["Example"] : own,
    claims,
    trained: optimizers.map(behind)[0],
  };
}

type Kind = "item" | "member" | "adapt" | "optimizer" | "let" | "value";

function kindOf(text: string): Kind {
  if (/^(import |layer |model |fn |train |const |property |@|optimizer \w|adapter \w)/.test(text))
    return "item";
  if (/^optimizer =/.test(text)) return "optimizer";
  if (/^adapt /.test(text)) return "adapt";
  if (/^(param|state) |^\w+ = /.test(text)) return "member";
  return /^(let|var|for) /.test(text) ? "let" : "value";
}

/** Lines that belong together: up to where every bracket is closed. */
function statementsOf(example: string): readonly string[] {
  const statements: string[] = [];
  let open = "";
  for (const line of example.split("\n")) {
    open = open === "" ? line : `${open}\n${line}`;
    const code = open.replace(/\/\/.*$/gm, "");
    const depth = (code.match(/[([{]/g) ?? []).length - (code.match(/[)\]}]/g) ?? []).length;
    if (depth > 0 || code.trim() === "") continue;
    statements.push(open);
    open = "";
  }
  return statements;
}

const comment = /\s*\/\/\s*(.*)$/;

const behind = (text: string): string => comment.exec(text)?.[1] ?? "";

function claimOf(text: string, entry: string): Claim {
  return { entry, line: text.replace(comment, ""), says: behind(text) };
}

/** A training step for the vector (1, 2), whose gradient is itself. */
function trainingOf(optimizer: string): string {
  return `model Point {
  param x: [2] = cast(iota(2), f32) + 1
  fn forward() -> [2] = x
}
train Steps(net: Point) {
  loss = 0.5 * sum(net() ** 2)
  ${optimizer.replace(comment, "")}
}`;
}
