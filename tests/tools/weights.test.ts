// Weight files and inputs that do not fit: every misfit in one report, with both shapes, and the inputs by their clauses.
import { beforeAll, describe, expect, it } from "vitest";
import type { HostTensor } from "../../runtime/weights.js";
import {
  dl,
  floats,
  ints,
  temporaryFolder,
  writeTensors,
  writeText,
  type Ran,
} from "../harness/cli.js";

const program = `import { Linear, Embedding } from "std/nn"

layer Mlp(D, F) {
  up = Linear(D, F)
  down = Linear(F, D)
  fn forward(x: [..., D]) -> [..., D] = x |> up |> gelu |> down
}

model Net(D = 4, F = 6, V = 5) {
  emb = Embedding(V, D)
  mlp = Mlp(D, F)
  fn forward(ids: i32[B, T], x: [B, T, D]) -> [B, T, D]
    where T <= 8 = mlp(emb(ids) + x)
}
`;

const zeros = (...shape: number[]): HostTensor => floats(shape, () => 0);
const weights: Readonly<Record<string, HostTensor>> = {
  "emb.weight": zeros(5, 4),
  "mlp.up.weight": zeros(6, 4),
  "mlp.up.bias": zeros(6),
  "mlp.down.weight": zeros(4, 6),
  "mlp.down.bias": zeros(4),
};
const ids = (b: number, t: number): HostTensor => ints([b, t], new Array<number>(b * t).fill(1));
const inputs: Readonly<Record<string, HostTensor>> = { ids: ids(2, 3), x: zeros(2, 3, 4) };

let folder = "";
let file = "";

beforeAll(() => {
  folder = temporaryFolder();
  file = writeText(folder, "net.dl", program);
});

/** Runs the model on the reference with these tensors. */
function run(stored: Record<string, HostTensor>, given = inputs): Promise<Ran> {
  const w = writeTensors(folder, "w.safetensors", stored);
  const i = writeTensors(folder, "i.safetensors", given);
  return dl("run", file, "--backend", "reference", "--weights", w, "--inputs", i);
}

/** The weights without one, and with others. */
function changed(without: string, put: Record<string, HostTensor>): Record<string, HostTensor> {
  const rest = Object.entries(weights).filter(([name]) => name !== without);
  return { ...Object.fromEntries(rest), ...put };
}

const codesOf = (err: string): readonly string[] =>
  [...err.matchAll(/^error\[([a-z-]+)\]/gm)].map(([, code]) => code ?? "");

describe("weights", () => {
  it("that fit are taken", async () => {
    expect((await run(weights)).status).toBe(0);
  });

  it("that are transposed are called so, with both shapes", async () => {
    const { status, err } = await run(changed("", { "mlp.up.weight": zeros(4, 6) }));
    expect([status, codesOf(err)]).toEqual([1, ["weights-shape"]]);
    expect(err).toContain("`mlp.up.weight` is transposed");
    expect(err).toContain("|   in the file    f32[4, 6]\n   |                      ^  ^");
    expect(err).toContain("|   in the model   f32[6, 4]\n");
    expect(err).toContain("std/nn.dl");
  });

  it("of another size mark the axis", async () => {
    const { err } = await run(changed("", { "mlp.down.weight": zeros(4, 7) }));
    expect(codesOf(err)).toEqual(["weights-shape"]);
    expect(err).toContain("|   in the file    f32[4, 7]\n   |                         ^\n");
    expect(err).not.toContain("transposed");
  });

  it("under a misspelt name are one mistake", async () => {
    const { err } = await run(changed("mlp.up.bias", { "mlp.up.bais": zeros(6) }));
    expect(codesOf(err)).toEqual(["weights-missing"]);
    expect(err).toContain("no `mlp.up.bias: f32[6]` in the file");
    expect(err).toContain("the nearest in the file is `mlp.up.bais`");
  });

  it("under a name that resembles but with another shape are two", async () => {
    const { err } = await run(changed("mlp.up.bias", { "mlp.up.bais": zeros(7) }));
    expect(codesOf(err)).toEqual(["weights-extra", "weights-missing"]);
  });

  it("whose names all have a beginning too much are one mistake", async () => {
    const all = Object.entries(weights).map(([name, tensor]) => [`module.${name}`, tensor]);
    const { err } = await run(Object.fromEntries(all) as Record<string, HostTensor>);
    expect(codesOf(err)).toEqual(["weights-missing"]);
    expect(err).toContain("every name in the file begins with `module.`");
  });

  it("of integers are refused where floats are needed", async () => {
    const { err } = await run(changed("", { "mlp.up.bias": ints([6], [0, 0, 0, 0, 0, 0]) }));
    expect(codesOf(err)).toEqual(["weights-dtype"]);
    expect(err).toContain("`mlp.up.bias` is `I32` in the file and `f32` in the model");
  });

  it("with several misfits have them all in one report", async () => {
    const { status, err } = await run(
      changed("mlp.up.bias", {
        "mlp.up.weight": zeros(4, 6),
        "mlp.down.bias": ints([4], [0, 0, 0, 0]),
        "head.weight": zeros(2),
      }),
    );
    expect(status).toBe(1);
    expect(codesOf(err)).toEqual([
      "weights-dtype",
      "weights-extra",
      "weights-missing",
      "weights-shape",
    ]);
    expect(err).toMatch(/\n4 errors\n$/);
  });
});

describe("inputs", () => {
  it.each<[string, Readonly<Record<string, HostTensor>>, string]>([
    [
      "a missing one",
      { ids: ids(2, 3) },
      "input-missing]: `forward` needs the input `x: f32[B, T, 4]`",
    ],
    [
      "sizes that disagree",
      { ids: ids(2, 3), x: zeros(2, 5, 4) },
      "input-shape]: input `x` has shape [2, 5, 4], which does not fit `f32[B, T, 4]`: expected [2, 3, 4] " +
        "where `B` is 2 by axis 0 of `ids` and `T` is 3 by axis 1 of `ids`",
    ],
    ["a violated clause", { ids: ids(2, 9), x: zeros(2, 9, 4) }, "net.dl:13:11), but `T` is 9"],
    [
      "names and types together",
      { ids: zeros(2, 3), y: zeros(1) },
      "input-extra]: `forward` has no input `y`; it takes `ids`, `x`\n" +
        "  also input `ids` is f32, `forward` takes `i32[B, T]`\n" +
        "  also `forward` needs the input `x: f32[B, T, 4]`\n",
    ],
  ])("%s", async (_, given, message) => {
    const { status, err } = await run(weights, given);
    expect(status).toBe(1);
    expect(err).toContain(message);
  });
});
