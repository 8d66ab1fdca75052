// The command line from outside: what each command prints, writes and exits with, on right and on wrong input.
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  dl,
  floats,
  ints,
  readTensors,
  temporaryFolder,
  writeTensors,
  writeText,
} from "../harness/cli.js";

const program = `import { Linear, Embedding } from "std/nn"

/// A straight line.
model Line(In = 3, Out = 2) {
  up = Linear(In, Out)

  fn forward(x: [B, In]) -> [B, Out] where B <= 8 = up(x)
}

/// A table of words.
model Words(V = 5, D = 4, Tmax = 6) {
  wte = Embedding(V, D)

  fn forward(ids: i32[B, T]) -> [B, T, D] where T <= Tmax = wte(ids)
}

/// Twice a tensor of any rank.
fn double(x: [...]) -> [...] = x * 2
`;

let folder = "";
let file = "";
const path = (name: string): string => join(folder, name);
const lineWeights = { "up.weight": floats([2, 3], (i) => i), "up.bias": floats([2], () => 1) };

beforeAll(() => {
  folder = temporaryFolder();
  file = writeText(folder, "model.dl", program);
  writeTensors(folder, "x.safetensors", { x: floats([4, 3], (i) => i / 10) });
  writeTensors(folder, "w.safetensors", lineWeights);
});

const line = (...more: string[]): string[] => [
  file,
  "--model",
  "Line",
  "--backend",
  "reference",
  ...more,
];
const words = (...more: string[]): string[] => [
  file,
  "--model",
  "Words",
  "--backend",
  "reference",
  ...more,
];

describe("running", () => {
  it("computes an entry from weights and inputs, and writes what was used", async () => {
    const args = line("--weights", path("w.safetensors"), "--inputs", path("x.safetensors"));
    const ran = await dl(
      "run",
      ...args,
      "--out",
      path("out.safetensors"),
      "--save-weights",
      path("used.safetensors"),
    );
    expect(ran.err).toContain("wrote 1 tensors");
    expect(ran.status).toBe(0);
    const { out } = readTensors(path("out.safetensors"));
    expect(out?.shape).toEqual([4, 2]);
    expect(out?.data[0]).toBeCloseTo(0 * 0 + 0.1 * 1 + 0.2 * 2 + 1, 6);
    expect(readTensors(path("used.safetensors"))).toEqual(readTensors(path("w.safetensors")));
  });

  it("fills parameters by the initialisers, the same for the same seed", async () => {
    const run = async (seed: string): Promise<string> =>
      (await dl("run", ...line("--inputs", path("x.safetensors"), "--seed", seed, "--json"))).out;
    expect(await run("1")).toBe(await run("1"));
    expect(await run("1")).not.toBe(await run("2"));
    const parsed = JSON.parse(await run("1")) as { results: { out: { shape: number[] } } };
    expect(parsed.results.out.shape).toEqual([4, 2]);
  });

  it("pulls cotangents back to parameters and inputs", async () => {
    writeTensors(folder, "ct.safetensors", { out: floats([4, 2], () => 1) });
    const args = line("--weights", path("w.safetensors"), "--inputs", path("x.safetensors"));
    const ran = await dl(
      "grad",
      ...args,
      "--cotangents",
      path("ct.safetensors"),
      "--out",
      path("grads.safetensors"),
    );
    expect(ran.status).toBe(0);
    const grads = readTensors(path("grads.safetensors"));
    expect(Object.keys(grads).sort()).toEqual(["inputs.x", "up.bias", "up.weight"]);
    expect(grads["up.bias"]?.data).toEqual([4, 4]);
    expect(grads["inputs.x"]?.data.slice(0, 3)).toEqual([3, 5, 7]);
  });

  it("evaluates a function at whatever rank it is given", async () => {
    writeTensors(folder, "cube.safetensors", { x: floats([2, 1, 3], (i) => i) });
    const ran = await dl(
      "run",
      file,
      "--fn",
      "double",
      "--backend",
      "reference",
      "--inputs",
      path("cube.safetensors"),
      "--json",
    );
    const { results } = JSON.parse(ran.out) as { results: { out: unknown } };
    expect(results.out).toEqual({ dtype: "f32", shape: [2, 1, 3], data: [0, 2, 4, 6, 8, 10] });
  });

  it("reads wider integers where they fit", async () => {
    writeTensors(folder, "ids.safetensors", { ids: ints([1, 3], [0, 4, 2]) });
    expect((await dl("run", ...words("--inputs", path("ids.safetensors")))).status).toBe(0);
  });
});

describe("checking", () => {
  it("says nothing but a count of a right file", async () => {
    expect(await dl("check", file)).toEqual({
      status: 0,
      out: "",
      err: "1 file checked, no errors\n",
    });
  });

  it("shows a wrong shape, for people and as JSON", async () => {
    const wrong = writeText(folder, "wrong.dl", "fn f(x: [B, D], w: [H, D]) -> [B, H] = x @ w\n");
    const human = await dl("check", wrong);
    expect(human.status).toBe(1);
    expect(human.err).toMatch(/error\[[a-z-]+\]/);
    expect(human.err).toContain("wrong.dl:1:");
    const json = await dl("check", wrong, "--format", "json");
    expect(json.status).toBe(1);
    expect(JSON.parse(json.out)).toBeTruthy();
  });

  it("checks every file of a folder, each import within its package", async () => {
    const root = temporaryFolder();
    writeText(root, "dl.json", "{}");
    mkdirSync(join(root, "sub"));
    writeText(root, "a.dl", "fn one(x: [B]) -> [B] = x + 1\n");
    writeText(
      join(root, "sub"),
      "b.dl",
      'import { one } from "../a"\nfn two(x: [B]) -> [B] = one(one(x))\n',
    );
    expect((await dl("check", root)).err).toBe("2 files checked, no errors\n");
  });
});

describe("the settings of a package", () => {
  it.each([
    ["{}", 0, /no errors/],
    ["", 0, /no errors/],
    ['{ "float": "f32" }', 0, /no errors/],
    ['{ "float": "f16" }', 0, /no errors/],
    ['{ "float": "f8" }', 1, /unknown-setting/],
    ['{ "flaot": "f32" }', 1, /unknown-setting.*`flaot`/],
    ["[]", 1, /broken-settings/],
    ["{", 1, /broken-settings/],
  ])("%s", async (settings, status, says) => {
    const root = temporaryFolder();
    writeText(root, "dl.json", settings);
    writeText(root, "a.dl", "fn one(x: [B]) -> [B] = x + 1\n");
    const ran = await dl("check", root);
    expect(ran.err).toMatch(says);
    expect(ran.status).toBe(status);
  });
});

describe("leaving the package", () => {
  const outside = (): { readonly root: string; readonly canary: string } => {
    const canary = temporaryFolder();
    writeText(canary, "secret.dl", "fn secret(x: [B]) -> [B] = x\n");
    return { root: temporaryFolder(), canary };
  };
  it.each([
    ["a parent", "../secret"],
    ["a hidden parent", "./sub/../../secret"],
    ["an absolute path", "/etc/secret"],
    ["a drive", "C:/secret"],
    ["a backslash", "..\\\\secret"],
    ["a way out of the standard library", "std/../secret"],
  ])("is refused through %s", async (_, from) => {
    const { root } = outside();
    const main = writeText(
      root,
      "main.dl",
      `import { secret } from "${from}"\nfn f(x: [B]) -> [B] = secret(x)\n`,
    );
    const ran = await dl("check", main);
    expect(ran.status).toBe(1);
    expect(ran.err).toMatch(/^error\[/);
  });

  it("is refused through a symbolic link", async () => {
    const { root, canary } = outside();
    symlinkSync(join(canary, "secret.dl"), join(root, "link.dl"));
    const main = writeText(
      root,
      "main.dl",
      'import { secret } from "./link"\nfn f(x: [B]) -> [B] = secret(x)\n',
    );
    expect((await dl("check", main)).status).toBe(1);
  });
});

describe("wrong input", () => {
  it("is answered with a clear message, the right exit status, and nothing written", async () => {
    const tensors = {
      short: { "up.weight": floats([2, 3], () => 0) },
      extra: { ...lineWeights, "up.scale": floats([2], () => 0) },
      renamed: { "up.wieght": floats([2, 3], () => 0), "up.bias": floats([2], () => 0) },
      transposed: { ...lineWeights, "up.weight": floats([3, 2], () => 0) },
      integers: { ...lineWeights, "up.bias": ints([2], [1, 2]) },
      wide: { x: floats([9, 3], () => 0) },
      narrow: { x: floats([4, 2], () => 0) },
      flat: { x: floats([3], () => 0) },
      typed: { x: ints([1, 3], [1, 2, 3]) },
      named: { y: floats([4, 3], () => 0) },
      high: { ids: ints([1, 2], [1, 5]) },
      low: { ids: ints([1, 2], [-1, 0]) },
      long: { ids: ints([1, 7], [0, 0, 0, 0, 0, 0, 0]) },
    };
    for (const [name, content] of Object.entries(tensors))
      writeTensors(folder, `${name}.safetensors`, content);
    writeFileSync(path("corrupt.safetensors"), Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123));
    writeFileSync(path("latin.dl"), Uint8Array.of(0x66, 0x6e, 0xe9));
    writeText(folder, "broken.dl", "model Line( {\n");
    const x = ["--inputs", path("x.safetensors")];
    const weights = (name: string): string[] =>
      line(...x, "--weights", path(`${name}.safetensors`));
    const inputs = (name: string): string[] => line("--inputs", path(`${name}.safetensors`));
    const ids = (name: string): string[] => words("--inputs", path(`${name}.safetensors`));
    const cases: readonly (readonly [args: readonly string[], status: number, says: RegExp])[] = [
      [["run", path("absent.dl")], 1, /unknown-file.*absent\.dl/],
      [["check", path("absent.dl")], 1, /unknown-file/],
      [["run", folder], 1, /is a folder/],
      [["run", path("broken.dl")], 1, /error\[/],
      [["check", path("latin.dl")], 1, /not-utf8/],
      [["run", ...line("--inputs", path("absent.safetensors"))], 1, /no such file/],
      [["run", ...inputs("corrupt")], 1, /weights-corrupt.*corrupt/],
      [["run", ...line()], 1, /input-missing.*`x: f32\[B, 3\]`/],
      [["run", ...inputs("named")], 1, /input-extra.*`y`/],
      [["run", ...inputs("narrow")], 1, /input-shape.*\[4, 2\]/],
      [["run", ...inputs("flat")], 1, /input-shape.*\[3\]/],
      [["run", ...inputs("typed")], 1, /input-dtype.*i32/],
      [["run", ...inputs("wide")], 1, /guard-violated.*B <= 8/],
      [["run", ...ids("high")], 1, /input-out-of-range.*5.*below 5/],
      [["run", ...ids("low")], 1, /input-out-of-range.*-1/],
      [["run", ...ids("long")], 1, /guard-violated.*T <= Tmax/],
      [["run", ...weights("short")], 1, /weights-missing[\s\S]*up\.bias/],
      [["run", ...weights("extra")], 1, /weights-extra[\s\S]*up\.scale/],
      [["run", ...weights("renamed")], 1, /weights-missing[\s\S]*up\.wieght/],
      [["run", ...weights("transposed")], 1, /weights-shape[\s\S]*transpose/],
      [["run", ...weights("integers")], 1, /weights-dtype[\s\S]*I32/],
      [["run", ...weights("corrupt")], 1, /weights-corrupt/],
      [["run", ...line(...x, "--entry", "forwrad")], 1, /forwrad/],
      [["run", file, "--model", "Lien", "--backend", "reference", ...x], 1, /Lien[\s\S]*Line/],
      [
        ["run", file, "--backend", "reference", ...x],
        2,
        /several models[\s\S]*--model: Line, Words/,
      ],
      [["run", ...line(...x, "--set", "Inn=4")], 1, /Inn/],
      [["run", ...line(...x, "--set", "In")], 2, /NAME=VALUE/],
      [["run", ...line(...x, "--seed", "-1")], 2, /whole number/],
      [["run", ...line(...x, "--backend", "cuda")], 2, /reference/],
      [["run", ...line(...x, "--fn", "double")], 2, /exclude each other/],
      [["run", file, "--fn", "duoble", "--backend", "reference", ...x], 1, /double/],
      [
        ["run", file, "--model", "Line", "--adapter", "no-such-adapter", ...x],
        75,
        /no adapter matches/,
      ],
      [
        ["train", file, "--data", path("x.safetensors"), "--steps", "1", "-o", path("run")],
        1,
        /no train declaration/,
      ],
      [["train", file, "--steps", "1", "-o", path("run")], 2, /--data/],
      [["chekc"], 2, /Did you mean check/],
      [["check"], 2, /missing required argument/],
      [["build", file, "--model", "Line"], 2, /-o/],
    ];
    const before = readdirSync(folder).sort();
    for (const [args, status, says] of cases) {
      const ran = await dl(
        ...args,
        ...(args[0] === "run" ? ["--out", path("never.safetensors")] : []),
      );
      expect.soft(ran.err, args.join(" ")).toMatch(says);
      expect.soft(ran.status, args.join(" ")).toBe(status);
      expect.soft(ran.err, args.join(" ")).not.toMatch(/^\s+at /m);
    }
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(existsSync(path("never.safetensors"))).toBe(false);
  });
});

it("shows help with an example for every command", async () => {
  for (const command of ["check", "fmt", "run", "grad", "train", "build", "doctor"]) {
    const { status, out } = await dl(command, "--help");
    expect(out).toContain("Example:");
    expect(status).toBe(0);
  }
});
