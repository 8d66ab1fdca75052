// What lowering makes of models: adapters, initial values, frozen and grouped parameters, guards, bounds, gradients, states.
import { describe, expect, it } from "vitest";
import { openBackend } from "../../cli/backend/open.js";
import { openPackage } from "../../cli/host.js";
import { compile, type Compiled, type CompileOptions } from "../../compiler/index.js";
import { constantOf, show } from "../../compiler/types/dim.js";
import type { HostTensor } from "../../runtime/weights.js";
import { integers, uniform } from "../harness/peers.js";

const program = `import { Embedding, LayerNorm, Linear } from "std/nn"
import { lora } from "std/adapters"
import { mse } from "std/losses"
import { sgd, adamw } from "std/optim"

layer Block(D) {
  ln = LayerNorm(D)
  q = Linear(D, D)
  out = Linear(D, D)

  init {
    q.weight = constant(1)
    out.weight = constant(2)
  }

  fn forward(x: [..., D]) -> [..., D] = x + (x |> ln |> q |> tanh |> out)
}

model Net(V = 7, D = 4, L = 2, Tmax = 6) {
  wte = Embedding(V, D)
  h = [Block(D) for i in 0..L]
  head = Linear(D, V)
  state seen: [D] = zeros
  state calls: [] = constant(3)

  init {
    h.*.out.weight = constant(5)
    **.bias = constant(0.25)
    head: Linear = normal(std = 0.1)
    head.bias = constant(7)
  }

  fn forward(ids: i32[B, T]) -> [B, T, V] where T <= Tmax {
    var x = wte(ids)
    for block in h { x = block(x) }
    head(x)
  }

  fn features(x: [B, D], shift: []) -> (out: [B, D], norm: [B]) where B >= 1 {
    seen <- mean(x, axis = 0)
    calls <- calls + 1
    (h[0](x) + shift, sqrt(sum(x ** 2, axis = -1)))
  }
}

model NetLora = Net with { adapt h.*.{q, out} by lora(rank = 2, alpha = 6) }
model NetHead = Net with {
  adapt h.*.q by lora(rank = 2)
  freeze wte, h.*.q.weight
}
model NetFrozen = Net with {
  freeze wte, h
  init { head.bias = constant(9) }
}
model NetWide = Net with { set D = 6 }
model NetWideLora = NetWide with { adapt **: Linear by lora(rank = 1) }
model NetTyped = Net with {
  init { **: Linear = constant(8) }
  adapt h.*.q by lora(rank = 1)
}
model Two() {
  body = NetLora()
  mix = Linear(7, 3)
  fn forward(ids: i32[B, T]) -> [B, T, 3] where T <= 6 = mix(body(ids))
}
model NetList = NetWide with { freeze h }

train Fit(net: Net, ids: i32[B, T], y: [B, T, 7]) {
  loss = mse(net(ids), y)
  optimizer = adamw(lr = 0.01, weight_decay = 0.1)
  clip_norm = 1.0
  group **.bias, **: LayerNorm { weight_decay = 0 }
  group wte { lr = 0.5 }
}

train FitLora(net: NetLora, ids: i32[B, T], y: [B, T, 7]) {
  loss = mse(net(ids), y)
  optimizer = sgd(lr = 0.01)
}
`;

const { host } = openPackage("tests/check");

function build(options: CompileOptions): Compiled {
  const made = compile({ path: "tests/check/lower.dl", text: program }, host, options);
  if (made.ok) return made.value;
  throw new Error(made.diagnostics.map((d) => `${d.code}: ${d.primary.text}`).join("\n"));
}

const trainable = ({ variables }: Compiled): string[] =>
  variables.filter((v) => v.isTrainable).map((v) => v.path);

async function filled(options: CompileOptions): Promise<ReadonlyMap<string, HostTensor>> {
  const backend = await openBackend(build(options), { backend: "reference" });
  await backend.init(1);
  return backend.readVariables(false);
}

const ids: HostTensor = { dtype: "i32", shape: [2, 3], data: integers(6, 5, 7) };

describe("an adapted model", () => {
  const names = ["q", "out"].flatMap((l) => [0, 1].map((i) => `h.${String(i)}.${l}`));

  it("trains the parameters of its adapters and nothing else", () => {
    const wanted = names.flatMap((n) => [`${n}.lora_a`, `${n}.lora_b`]);
    expect(trainable(build({ model: "NetLora" })).sort()).toEqual(wanted.sort());
  });

  it("keeps the paths of its base, so that the base's weights load as they are", () => {
    const base = build({ model: "Net" }).variables.map((v) => v.path);
    const adapted = build({ model: "NetLora" }).variables.map((v) => v.path);
    expect(adapted.filter((path) => !path.includes("lora_")).sort()).toEqual(base.sort());
  });

  it("starts out equal to its base", async () => {
    const base = await openBackend(build({ model: "Net" }), { backend: "reference" });
    const adapted = await openBackend(build({ model: "NetLora" }), { backend: "reference" });
    await base.init(1);
    await adapted.init(1);
    await adapted.writeVariables(await base.readVariables(false));
    const inputs = new Map([["ids", ids]]);
    const one = await base.run("forward", inputs, { seed: 1, step: 0 });
    const other = await adapted.run("forward", inputs, { seed: 1, step: 0 });
    expect(other.get("out")?.data).toEqual(one.get("out")?.data);
  });

  it("freezes what `freeze` lines say instead, where there are some", () => {
    const paths = trainable(build({ model: "NetHead" }));
    expect(paths).toContain("head.weight");
    expect(paths).toContain("h.0.q.lora_a");
    expect(paths).toContain("h.0.q.bias");
    expect(paths).not.toContain("h.0.q.weight");
    expect(paths).not.toContain("wte.weight");
  });

  it("adapts every layer of a type, at the sizes that another derivation set", () => {
    const { variables } = build({ model: "NetWideLora" });
    const shapes = Object.fromEntries(variables.map((v) => [v.path, v.shape]));
    expect(shapes["h.1.out.lora_b"]).toEqual([6, 1]);
    expect(shapes["head.lora_b"]).toEqual([7, 1]);
    expect(shapes["wte.lora_a"]).toBeUndefined();
  });

  it("adds parameters that start as the adapter says, whatever rules say of the layer", async () => {
    const values = await filled({ model: "NetTyped" });
    expect([...new Set(values.get("h.0.q.weight")?.data ?? [])]).toEqual([8]);
    expect([...new Set(values.get("h.0.q.lora_b")?.data ?? [])]).toEqual([0]);
  });

  it("lists with each adapter the tensors that it adds, and those alone", () => {
    const { adapters = [], variables } = build({ model: "NetLora" });
    expect(adapters.map(({ path }) => path).sort()).toEqual([...names].sort());
    for (const { path, tensors } of adapters)
      expect([...tensors].sort()).toEqual([`${path}.lora_a`, `${path}.lora_b`]);
    const added = variables.filter((v) => v.isAdded === true).map(({ path }) => path);
    expect(adapters.flatMap(({ tensors }) => tensors).sort()).toEqual(added.sort());
  });

  it("freezes nothing outside of itself where it is a part", () => {
    const paths = trainable(build({ model: "Two" }));
    expect(paths).toContain("mix.weight");
    expect(paths).toContain("body.h.0.q.lora_a");
    expect(paths).not.toContain("body.head.weight");
  });

  it("takes gradients of its adapters only", () => {
    const [step] = build({ model: "NetLora", runs: ["FitLora"] }).steps;
    const gradients = step?.program.outputs.filter((o) => o.role === "gradient") ?? [];
    expect(gradients.map((o) => o.name).every((n) => n.includes("lora_"))).toBe(true);
    expect(step?.updates.flatMap((u) => u.parameters).length).toBe(8);
  });
});

describe("initial values", () => {
  it("come from the last rule that matches, outer blocks after inner ones", async () => {
    const values = await filled({ model: "Net" });
    const all = (path: string): number[] => [...new Set(values.get(path)?.data ?? [])];
    expect(all("h.0.q.weight")).toEqual([1]);
    expect(all("h.1.out.weight")).toEqual([5]);
    expect(all("h.1.q.bias")).toEqual([0.25]);
    expect(all("head.bias")).toEqual([7]);
    expect(all("h.0.ln.weight")).toEqual([1]);
    expect(all("h.0.ln.bias")).toEqual([0.25]);
    expect(all("seen")).toEqual([0]);
    expect(all("calls")).toEqual([3]);
    expect(all("head.weight").length).toBeGreaterThan(10);
    expect(all("head.weight").every((x) => Math.abs(x) < 0.6)).toBe(true);
  });

  it("are overridden by a derived model", async () => {
    const values = await filled({ model: "NetFrozen" });
    expect([...new Set(values.get("head.bias")?.data ?? [])]).toEqual([9]);
    expect([...new Set(values.get("h.0.q.bias")?.data ?? [])]).toEqual([0.25]);
  });

  it("do not depend on a name in `--set` that the model leaves alone", async () => {
    const [one, other] = [
      await filled({ model: "Net" }),
      await filled({ model: "Net", sets: { Tmax: "9" } }),
    ];
    expect(other.get("wte.weight")?.data).toEqual(one.get("wte.weight")?.data);
  });
});

describe("a derived model", () => {
  it("freezes a layer with all below it, and a list with all its layers", () => {
    expect(trainable(build({ model: "NetFrozen" }))).toEqual(["head.weight", "head.bias"]);
    expect(trainable(build({ model: "NetList" }))).toEqual([
      "wte.weight",
      "head.weight",
      "head.bias",
    ]);
  });

  it("sets static arguments, which `--set` overrides", () => {
    const width = (compiled: Compiled): number | undefined =>
      compiled.variables.find((v) => v.path === "wte.weight")?.shape[1];
    expect(width(build({ model: "NetWide" }))).toBe(6);
    expect(width(build({ model: "NetWide", sets: { D: "8" } }))).toBe(8);
  });
});

describe("an entry", () => {
  const compiled = build({ model: "Net", withGradients: true });
  const entry = (name: string): Compiled["entries"][number] => {
    const found = compiled.entries.find((e) => e.name === name);
    if (!found) throw new Error(`no entry ${name}`);
    return found;
  };

  it("guards its clauses, in the words they were written in", () => {
    const { guards } = entry("forward").signature;
    expect(guards.map((g) => g.text)).toEqual(["T <= Tmax"]);
    expect(guards.map((g) => `${show(g.left)} ${g.relation} ${show(g.right)}`)).toEqual(["T <= 6"]);
    expect(
      entry("features").signature.guards.map(
        (g) => `${show(g.left)} ${g.relation} ${show(g.right)}`,
      ),
    ).toEqual(["1 <= B"]);
  });

  it("bounds the integers that index a table", () => {
    const [spec] = entry("forward").signature.inputs;
    expect(spec?.below && constantOf(spec.below)).toBe(7);
  });

  it("takes tensors without axes as scalars", () => {
    const roles = entry("features").signature.inputs.map((i) => [i.name, i.role]);
    expect(roles).toEqual([
      ["x", "input"],
      ["shift", "scalar"],
    ]);
  });

  it("names its results, and the states that it changes by their paths", () => {
    const outputs = entry("features").program.outputs.map((o) => [o.name, o.role]);
    expect(outputs).toEqual([
      ["out", "result"],
      ["norm", "result"],
      ["seen", "state"],
      ["calls", "state"],
    ]);
  });

  it("has a gradient with one cotangent for each float result", () => {
    const {
      signature,
      program: { outputs },
    } = entry("features.grad");
    expect(signature.inputs.map((i) => i.name)).toEqual([
      "x",
      "shift",
      "cotangents.out",
      "cotangents.norm",
    ]);
    const named = outputs.map((o) => o.name);
    expect(named).toContain("inputs.x");
    expect(named).toContain("inputs.shift");
    expect(named).toContain("h.0.q.weight");
    expect(named).not.toContain("seen");
    expect(outputs.every((o) => o.role === "gradient")).toBe(true);
  });

  it("moves its states on with every call", async () => {
    const backend = await openBackend(compiled, { backend: "reference" });
    await backend.init(1);
    const x: HostTensor = { dtype: "f32", shape: [2, 4], data: uniform(8, 1, 1) };
    const shift: HostTensor = { dtype: "f32", shape: [], data: new Float32Array([0]) };
    for (let i = 0; i < 2; i++)
      await backend.run(
        "features",
        new Map([
          ["x", x],
          ["shift", shift],
        ]),
        { seed: 1, step: 0 },
      );
    const values = await backend.readVariables(false);
    expect(values.get("calls")?.data[0]).toBe(5);
    expect(values.get("seen")?.data[1]).toBeCloseTo(((x.data[1] ?? 0) + (x.data[5] ?? 0)) / 2, 5);
  });
});

describe("a training step", () => {
  const [step] = build({ model: "Net", runs: ["Fit"] }).steps;

  it("updates every parameter once, those of one group together", () => {
    const updated = step?.updates.flatMap((u) => u.parameters) ?? [];
    expect(new Set(updated).size).toBe(updated.length);
    expect(updated.sort()).toEqual(trainable(build({ model: "Net" })).sort());
    const groups = (step?.updates ?? []).map((u) => u.parameters);
    const of = (path: string): readonly string[] => groups.find((g) => g.includes(path)) ?? [];
    expect(of("h.0.ln.weight")).toEqual(of("head.bias"));
    expect(of("wte.weight")).toEqual(["wte.weight"]);
    expect(of("head.weight")).not.toContain("head.bias");
  });

  it("takes over the guards of the model's entry", () => {
    expect(step?.signature.guards.map((g) => g.text)).toContain("T <= Tmax");
  });

  it("starts each state of an optimizer at the number that it declares", () => {
    const own = `optimizer mine(lr: float) {
  state first: like param = zeros
  state second: like param = ones
  state third: like param = 1 / 4

  fn update(p: like param, g: like param, step: i32[]) -> like param {
    first <- first + g
    second <- 0.9 * second + g * g
    third <- third * 2
    p - lr * (first + third) * rsqrt(second)
  }
}

train Own(net: Net, ids: i32[B, T], y: [B, T, 7]) {
  loss = mse(net(ids), y)
  optimizer = mine(lr = 0.01)
}
`;
    const file = { path: "tests/check/lower.dl", text: `${program}\n${own}` };
    const made = compile(file, host, { model: "Net", runs: ["Own"] });
    if (!made.ok) throw new Error(made.diagnostics.map((d) => d.primary.text).join("\n"));
    const starts = made.value.steps.flatMap(({ moments }) =>
      moments.map(({ name, start }): [string, number] => [name.replace(/.*\./, ""), start]),
    );
    expect(new Map(starts)).toEqual(
      new Map([
        ["first", 0],
        ["second", 1],
        ["third", 0.25],
      ]),
    );
  });

  it("starts the optimizer's states at what they declare", () => {
    expect(step?.moments.map((m) => m.start)).toEqual(step?.moments.map(() => 0));
    expect(step?.clip).toBeDefined();
  });
});
