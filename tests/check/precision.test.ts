// The precision of a training run: what `precision` may say, and what is made of it.
import { describe, expect, it } from "vitest";
import { openPackage } from "../../cli/host.js";
import { compile } from "../../compiler/index.js";

const program = (line: string): string => `import { Linear } from "std/nn"
import { mse } from "std/losses"
import { adamw } from "std/optim"

model Net(D = 4) {
  up = Linear(D, 8)
  down = Linear(8, D)

  fn forward(x: [B, D]) -> [B, D] = x |> up |> tanh |> down
}

train Fit(net: Net, x: [B, 4], y: [B, 4]) {
  loss = mse(net(x), y)
  optimizer = adamw(lr = 1e-3)
  clip_norm = 1.0
  ${line}
}
`;

const { host } = openPackage("tests/check");

describe("the precision of a run", () => {
  const run = (line: string): ReturnType<typeof compile> => {
    return compile({ path: "tests/check/precision.dl", text: program(line) }, host, {
      runs: ["Fit"],
    });
  };

  it("may be mixed: then products read halves and the loss has a scale", () => {
    const made = run("precision = mixed(f16)");
    const step = made.ok ? made.value.steps[0] : undefined;
    expect(step?.numbers?.map(({ start }) => start)).toEqual([65536, 0]);
    const products = step?.program.graph.values.filter((v) => v.op.lower.kind === "contract") ?? [];
    const isRead = step?.program.graph.values.some((v) => v.type.dtype === "f16");
    expect(products.length).toBeGreaterThan(0);
    expect(isRead).toBe(true);
  });

  it("does not make halves of what is trained: those are refused with the remedy", () => {
    const made = compile(
      { path: "tests/check/precision.dl", text: program("") },
      { ...host, float: "f16" },
      {
        runs: ["Fit"],
      },
    );
    expect(JSON.stringify(made.ok ? [] : made.diagnostics)).toContain("precision = mixed(f16)");
  });

  it("may be said to be that of floats", () => {
    const made = run("precision = f32");
    expect(made.ok && made.value.steps[0]?.numbers).toBeUndefined();
  });

  it.each(["precision = mixed(i32)", "precision = f16", "precision = mixed()", "precision = 4"])(
    "`%s` is refused with what it can be",
    (line) => {
      const made = run(line);
      const [first] = made.ok ? [] : made.diagnostics;
      expect(JSON.stringify(first)).toContain("mixed(f16)");
    },
  );
});
