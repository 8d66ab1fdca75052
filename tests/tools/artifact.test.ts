// Artifacts from outside: the same bytes from anywhere, what inspect and diff say, typed entries, and artifacts of this version that must stay readable.
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join, resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readArtifact } from "../../cli/artifact.js";
import { formatVersion } from "../../runtime/format.js";
import { dl, temporaryFolder } from "../harness/cli.js";

const folder = temporaryFolder();
const at = (...names: string[]): string => join(folder, ...names);
const gpt = ["examples/shakespeare/model.dl", "--model", "Gpt", "--run", "Shakespeare"];
const small = ["--set", "D=8", "--set", "H=2", "--set", "L=1"];
const build = (out: string, ...args: readonly string[]) =>
  dl("build", ...gpt, ...small, ...args, "-o", at(out));

beforeAll(async () => {
  await build("one", "--for", "discrete,software");
  await build("one.dla", "--for", "discrete,software");
  await build("two.dla", "--set", "V=70");
}, 60_000);

/** Runs Node in another folder, locale and time zone; gives what was printed, whatever the status. */
const run = (args: readonly string[], cwd = "."): Promise<{ stdout: string; stderr: string }> =>
  new Promise((done) => {
    const env = { ...process.env, TZ: "Asia/Kathmandu", LC_ALL: "tr_TR.UTF-8" };
    execFile(process.execPath, [...args], { cwd, env, encoding: "utf8" }, (_, stdout, stderr) => {
      done({ stdout, stderr });
    });
  });

/** Every file below a folder with its bytes. */
const filesOf = (path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: "utf8" })
      .filter((name) => statSync(join(path, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(path, name), "latin1")]),
  );

describe("the same source gives the same bytes", () => {
  test("from any folder, locale and time zone", { timeout: 120_000 }, async () => {
    const elsewhere = at("elsewhere", "deep");
    mkdirSync(elsewhere, { recursive: true });
    cpSync("examples/shakespeare/model.dl", join(elsewhere, "model.dl"));
    const tsx = resolve("node_modules/tsx/dist/cli.mjs");
    const options = [...gpt.slice(1), ...small, "--for", "discrete,software"];
    const from = (cwd: string, file: string, out: string) =>
      run([tsx, resolve("cli/main.ts"), "build", file, ...options, "-o", at(out)], cwd);
    expect((await from(elsewhere, "model.dl", "two")).stderr).toContain("wrote");
    expect((await from(at("elsewhere"), "deep/model.dl", "three")).stderr).toContain("wrote");
    expect(filesOf(at("two"))).toEqual(filesOf(at("one")));
    expect(filesOf(at("three"))).toEqual(filesOf(at("one")));
    const manifest = readFileSync(at("one", "manifest.json"), "utf8");
    expect(manifest).toContain('"model.dl:');
    expect(manifest).not.toContain("examples/");
  });

  test("in one file or in a folder", async () => {
    const [file, opened] = [await readArtifact(at("one.dla")), await readArtifact(at("one"))];
    expect(file).toEqual(opened);
    expect(file.manifest.schedules.map(({ target }) => target.adapterClass)).toEqual([
      "discrete",
      "software",
    ]);
  });
});

describe("dl inspect", () => {
  test("shows entries, variables and needs, with costs for sizes", async () => {
    const { out, status } = await dl("inspect", at("one.dla"), "--at", "B=2,T=8");
    expect(status).toBe(0);
    expect(out).toContain(`artifact format ${String(formatVersion)}`);
    expect(out).toMatch(/wte\.weight +f32\[65, 8\]/);
    expect(out).toMatch(/for discrete adapters: \d+ kernels/);
    expect(out).toContain("forward(ids: i32[B, T]) -> out");
    expect(out).toMatch(/where T <= Tmax: T <= 64/);
    expect(out).toMatch(/step Shakespeare\(.*\) -> loss/);
    expect(out).toMatch(/\d+ dispatches, [\d,]+ operations, [\d,]+ bytes at its peak/);
  });
  test("says what is no artifact", async () => {
    expect(await dl("inspect", "README.md")).toMatchObject({ status: 1 });
  });
});

describe("dl diff", () => {
  test("says that the same are the same", async () => {
    const { out, status } = await dl("diff", at("one"), at("one.dla"));
    expect([out, status]).toEqual(["the same\n", 0]);
  });
  test("names what changed, and what of the weights does not fit", async () => {
    const { out, status } = await dl("diff", at("one.dla"), at("two.dla"), "--at", "B=1,T=4");
    expect(status).toBe(1);
    expect(out).toMatch(/wte\.weight\n {4}- f32\[65, 8\]\n {4}\+ f32\[70, 8\]/);
    expect(out).toContain("schedules\n    - discrete, software\n    + discrete");
    expect(out).toContain("forward operations");
    expect(out).toContain("`wte.weight` is f32[65, 8], f32[70, 8] is wanted");
    const back = await dl("diff", at("one.dla"), at("two.dla"), "--json");
    expect(JSON.parse(back.out)).toMatchObject({ weightsFit: false });
  });
});

describe("index.d.ts", () => {
  const right = `const { out } = await entries.forward({ ids });
const logits: Float32Array = out.data;
const [b, t, v]: readonly [number, number, number] = out.shape;
const { loss } = await steps.Shakespeare({ ids, targets: ids }, { seed: 1, step: 1 });
console.log(logits, b, t, v, loss);`;
  const float = "{ data: Float32Array.of(1), shape: [1, 1] }";
  const flat = "{ data: Int32Array.of(1), shape: [1] }";
  const cases: readonly (readonly [what: string, body: string, said: string])[] = [
    ["a wrong name", "await entries.forward({ id: ids });", "'id' does not exist"],
    ["a missing input", "await steps.Shakespeare({ ids });", "'targets' is missing"],
    ["no input at all", "await entries.forward();", "Expected 1 arguments"],
    ["a wrong dtype", `await entries.forward({ ids: ${float} });`, "Float32Array"],
    ["a wrong number of axes", `await entries.forward({ ids: ${flat} });`, "[number]"],
    ["an unknown entry", "await entries.backward({ ids });", "'backward' does not exist"],
    ["an unknown result", "(await entries.forward({ ids })).logits;", "'logits' does not exist"],
  ];
  let said = "";

  // One run of the TypeScript compiler over all programs.
  beforeAll(async () => {
    const head = `import { open } from "./index.js";
const { entries, steps } = await open();
const ids = { data: Int32Array.of(1), shape: [1, 1] } as const;
`;
    const bodies = [right, ...cases.map(([, body]) => body)];
    for (const [i, body] of bodies.entries())
      writeFileSync(at("one", `use-${String(i)}.ts`), `${head}${body}\nexport {};\n`);
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "ES2023",
      lib: ["ES2023"],
      module: "NodeNext",
      moduleResolution: "NodeNext",
      skipLibCheck: true,
      types: ["node", "@webgpu/types"],
      typeRoots: [resolve("node_modules/@types"), resolve("node_modules")],
      paths: { "adjoint/runtime": [resolve("runtime/node-index.ts")] },
    };
    const files = bodies.map((_, i) => `use-${String(i)}.ts`);
    writeFileSync(at("one", "package.json"), '{ "type": "module" }');
    writeFileSync(at("one", "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    said = (await run([resolve("node_modules/typescript/bin/tsc"), "-p", at("one")])).stdout;
  }, 120_000);

  test("takes what is right", () => {
    expect(said).not.toContain("use-0.ts");
  });
  test.each(cases.map((row, i) => [...row, i + 1] as const))("refuses %s", (_, _body, words, i) => {
    const lines = said.split(/\n(?=\S)/).filter((line) => line.includes(`use-${String(i)}.ts(`));
    expect(lines.join("\n")).toContain(words);
  });
});

describe("artifacts that were written once stay readable", () => {
  const folder = "tests/tools/artifacts";
  const newest = `${folder}/format-${String(formatVersion)}.dla`;
  if (process.env["UPDATE"] !== undefined && !existsSync(newest))
    test("the newest version is written", async () => {
      await dl(
        "build",
        "tests/tools/artifacts/line.dl",
        "--weights",
        "tests/tools/artifacts/line.safetensors",
        "--run",
        "Fit",
        "-o",
        newest,
      );
    });
  const kept = readdirSync(folder).filter((name) => name.endsWith(".dla"));
  test("there is one of the version that is written", () => {
    expect(kept).toContain(basename(newest));
  });
  test.each(kept)("%s, by the reader of today", async (name) => {
    const { artifact, weights } = await readArtifact(`${folder}/${name}`);
    expect(artifact.entries.map(({ name }) => name)).toEqual(["forward", "Fit.loss"]);
    expect(artifact.steps.map(({ name }) => name)).toEqual(["Fit"]);
    expect(artifact.variables.map(({ path }) => path).sort()).toEqual(["up.bias", "up.weight"]);
    expect((await weights?.())?.length).toBeGreaterThan(32);
  });
});
