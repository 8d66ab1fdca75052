// `dl test` from outside: properties and laws that fail for one clear reason, cases that come again, each format.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ReferenceBackend } from "../../cli/backend/reference.js";
import { openPackage, readSource } from "../../cli/host.js";
import { reference, type Machine } from "../../cli/testing/machines.js";
import type { Outcome } from "../../cli/testing/outcome.js";
import { testFiles } from "../../cli/testing/suite.js";
import { declarationEntries } from "../../compiler/laws/declaration.js";
import { dl, temporaryFolder, writeText } from "../harness/cli.js";

const onReference = ["--backend", "reference"] as const;

/** Tests one file in a folder of its own. */
async function tested(
  text: string,
  ...more: readonly string[]
): Promise<{ status: number; out: string; err: string; folder: string; file: string }> {
  const folder = temporaryFolder();
  const file = writeText(folder, "laws.dl", text);
  return { ...(await dl("test", file, ...onReference, ...more)), folder, file };
}

const causal = `import { SelfAttention } from "std/attention"

property "a later token never changes an earlier output" (
  T in 2..9,
  net: SelfAttention(8, 2, causal = true),
  x: [1, T, 8],
  y: [1, T, 8],
) {
  let z = concat(x[:, :T - 1], y[:, T - 1:], axis = 1)
  assert close(net(x)[:, :T - 1], net(z)[:, :T - 1])
}
`;

describe("properties", () => {
  it("hold for causal attention", async () => {
    const { status, out } = await tested(causal, "--runs", "20");
    expect(out).toMatch(/^ok .*property "a later token .*": 20 cases\n/);
    expect(status).toBe(0);
  });

  it("fail for attention without a mask, at the smallest length and with one number that matters", async () => {
    const { status, err } = await tested(causal.replace(", causal = true", ""));
    expect(status).toBe(1);
    expect(err).toContain("error[property-fails]: Property does not hold");
    expect(err).toContain("laws.dl:10:3\n");
    expect(err).toContain("= for `T` = `2`\n");
    expect(err).toContain("and `x` = `f32[1, 2, 8] of 0`\n");
    expect(err).toMatch(/again: dl test .* --only 'property "a later token .*' --seed 0 /);
  });

  it("fail for an equivariance that an axis pattern breaks", async () => {
    // The pattern of the second function folds heads in the wrong order.
    const text = (pattern: string): string => `fn swap(x: [B, H * K], H: dim, K: dim) -> [B, H, K] =
  rearrange(x, [b (${pattern}) -> b H K])

property "heads move with their channels" (H in 2..4, K in 2..5, x: [3, H, K]) {
  let joined = rearrange(x, [b h k -> b (h k)])
  assert all(swap(joined, H, K) == x)
}
`;
    expect((await tested(text("H K"))).status).toBe(0);
    const { status, err } = await tested(text("K H"));
    expect(status).toBe(1);
    expect(err).toContain("error[property-fails]");
    expect(err).toContain("= for `H` = `2`\n");
  });

  it("obey `where`, lists of sizes, numbers and functions, packs, layers in lets, floats and flags", async () => {
    const { status, err } = await tested(`import { Linear } from "std/nn"

property "everything" (
  D in 1..20, H in [1, 2, 4], act in [relu, gelu], p in [0.1, 0.5],
  x: [..., D], s: float, flag: bool, ids: i32[D], keep: bool[D],
) where D % H == 0 {
  let f = Linear(D, D)
  let g = [Linear(D, D) for i in 0..2]
  assert D % H == 0 and p < 1
  assert close(f(x) + g[0](x), g[0](x) + f(x))
  assert all(act(x) >= -0.2)
  assert close(if flag { x * s } else { x }, if flag { s * x } else { x })
  assert all(ids >= ids) and all(keep == keep)
}
`);
    expect(err).toContain("1 passed, 0 failed");
    expect(status).toBe(0);
  });

  it("draw integers below what they index", async () => {
    const text = `import { Embedding } from "std/nn"

property "ids" (V in 2..5, table: Embedding(V, 2), ids: i32[T]) {
  assert all(ids < V) and all(ids >= 0)
  assert close(table(ids), table(ids))
}
`;
    expect((await tested(text)).status).toBe(0);
  });

  it("are not passed over where nothing satisfies them", async () => {
    const { status, err } = await tested(`property "none" (N in 3..4) where N % 2 == 0 {
  assert N == 4
}
`);
    expect([status, err.includes("nothing-to-try")]).toEqual([1, true]);
  });

  it("are not tried where the program is wrong", async () => {
    const { status, err } = await tested("fn f(x: [B], y: [C]) -> [B] = x + y\n");
    expect(status).toBe(1);
    expect(err).toContain("implicit-broadcast");
    expect(err).toContain("nothing was tested: the program is wrong");
  });
});

const negative = `property "sums" (N in 1..9, x: [N]) {
  assert sum(x) >= 0
}
`;

describe("failing cases", () => {
  it("are the same for the same seed, and for the command that is printed", async () => {
    const first = await tested(negative, "--seed", "5", "--no-remember");
    const cause = (err: string): string => err.slice(err.indexOf("   |"), err.indexOf("= case"));
    const second = await dl("test", first.file, ...onReference, "--seed", "5", "--no-remember");
    expect(cause(second.err)).toBe(cause(first.err));
    const path = /--path (\S+)/.exec(first.err)?.[1] ?? "";
    const args = ["--seed", "5", "--runs", "100", "--path", path];
    const again = await dl("test", first.file, ...onReference, ...args);
    expect(cause(again.err)).toBe(cause(first.err));
  });

  it("are remembered in the root of the package, and tried first", async () => {
    const { folder, file } = await tested(negative);
    const memory = join(folder, "dl.failures.json");
    const stored: unknown = JSON.parse(readFileSync(memory, "utf8"));
    expect(stored).toMatchObject({ cases: [{ file: "laws.dl", test: 'property "sums"' }] });
    const again = await dl("test", file, ...onReference, "--seed", "9");
    expect(again.err).toContain("a case that was remembered");
    // A mended property keeps its cases; one that is gone loses them.
    writeText(folder, "laws.dl", negative.replace("sum(x)", "sum(x * x)"));
    expect((await dl("test", file, ...onReference)).status).toBe(0);
    expect(existsSync(memory)).toBe(true);
    writeText(folder, "laws.dl", "fn f(x: [B]) -> [B] = x\n");
    expect((await dl("test", file, ...onReference)).status).toBe(0);
    expect(existsSync(memory)).toBe(false);
  });

  it("are left alone with --no-remember, and refused where they cannot be read", async () => {
    const { folder, file } = await tested(negative, "--no-remember");
    const memory = join(folder, "dl.failures.json");
    expect(existsSync(memory)).toBe(false);
    writeText(folder, "dl.failures.json", "{");
    const { status, err } = await dl("test", file, ...onReference);
    expect([status, err.includes("error[broken-failures]")]).toEqual([1, true]);
  });
});

const gelu = (slope: string): string => `@vjp(pull)
fn bent(x: [B, D]) -> [B, D] = x * sigmoid(1.702 * x)

fn pull(x: [B, D], g: [B, D]) -> [B, D] {
  let s = sigmoid(1.702 * x)
  g * (s + ${slope})
}
`;

/** A device that computes as the reference does, with each result of an entry times a factor. */
const skewed = (factor: (entry: string) => number): Machine => ({
  ...reference,
  description: "a skewed device",
  open: (compiled) => {
    class Skewed extends ReferenceBackend {
      override async run(
        entry: string,
        ...given: Parameters<ReferenceBackend["run"]> extends [string, ...infer Rest] ? Rest : never
      ): ReturnType<ReferenceBackend["run"]> {
        const found = await super.run(entry, ...given);
        const scaled = (data: ArrayLike<number>): Float32Array =>
          Float32Array.from(data, (x) => x * factor(entry));
        return new Map(
          [...found].map(([name, value]) => [name, { ...value, data: scaled(value.data) }]),
        );
      }
    }
    return Promise.resolve(new Skewed(compiled));
  },
});

/** What the law `device` says of one function on such a device. */
async function onDevice(factor: (entry: string) => number): Promise<Outcome | undefined> {
  const folder = temporaryFolder();
  const file = writeText(folder, "f.dl", "fn f(x: [B, D]) -> [B, D] = x * sigmoid(x) + 1\n");
  const { outcomes, diagnostics } = await testFiles(
    { package: openPackage(file), files: [readSource(file)] },
    { main: reference, device: skewed(factor), close: () => undefined },
    { runs: 100, seed: 0, law: "device", until: Infinity, isRemembering: false },
  );
  expect(diagnostics).toEqual([]);
  return outcomes[0];
}

describe("laws", () => {
  it("hold a hand-written pullback against differences", async () => {
    expect((await tested(gelu("1.702 * x * s * (1 - s)"))).status).toBe(0);
    const { status, err } = await tested(gelu("x * s * (1 - s)"));
    expect(status).toBe(1);
    expect(err).toContain("= the law `gradients`: derivatives agree with central differences");
    expect(err).toMatch(/the gradient of `x`.* is `.*`, differences give/);
  });

  it("find rows that see each other, unless a batch statistic is declared", async () => {
    const text = "fn centred(x: [B, D]) -> [B, D] = x - mean(x, axis = 0, keep = true)\n";
    const { status, err } = await tested(text);
    expect(status).toBe(1);
    expect(err).toContain("the law `rows`");
    const skipped = await tested(`@skip(rows, "it centres over the batch")\n${text}`);
    expect(skipped.status).toBe(0);
    expect(skipped.out).toContain("without rows (`@skip`: it centres over the batch)");
  });

  it("find what is not finite", async () => {
    const naive = `fn soft(x: [B, D]) -> [B, D] {
  let e = exp(x)
  e / sum(e, axis = -1, keep = true)
}
`;
    const { status, err } = await tested(naive);
    expect(status).toBe(1);
    expect(err).toContain("the law `finite`");
    expect((await tested("fn soft(x: [B, D]) -> [B, D] = softmax(x)\n")).status).toBe(0);
    // What is made for positive numbers is tried on those.
    expect(
      (await tested("fn entropy(p: [B, D]) -> [B] = -sum(p * log(p), axis = -1)\n")).status,
    ).toBe(0);
  });

  it("find an adapter that does not start as the identity", async () => {
    const text = (start: string): string => `import { Linear } from "std/nn"

adapter low(rank) on Linear(In, Out) where rank >= 1 {
  param a: [rank, In] = he_uniform(a = sqrt(5))
  param b: [Out, rank] = ${start}

  fn forward(x: [..., In]) -> [..., Out] = base(x) + x @ a.T @ b.T

  fn merge() -> (weight: [Out, In]) = base.weight + b @ a
}
`;
    expect((await tested(text("zeros"), "--runs", "20")).status).toBe(0);
    const { status, err } = await tested(text("normal(std = 1)"), "--runs", "20");
    expect(status).toBe(1);
    expect(err).toContain("the law `identity`");
  });

  it("hold for an optimizer, whose update must be finite", async () => {
    const text = (scale: string): string => `optimizer scaled(lr: float = 0.1) {
  state size: like param = zeros

  fn update(p: like param, g: like param, step: i32[]) -> like param {
    let next = 0.9 * size + g * g
    size <- next
    p - lr * g / ${scale}
  }
}
`;
    const right = await tested(text("(sqrt(next) + 1e-4)"), "--runs", "20");
    expect(right.out).toContain("optimizer scaled.update: shape, finite, gradients");
    expect(right.status).toBe(0);
    // A gradient of 0 in the first step is ordinary.
    const { status, err } = await tested(text("sqrt(next)"), "--runs", "20");
    expect(status).toBe(1);
    expect(err).toContain("the law `finite`");
  });

  it("hold a device against the reference, forward and backward", async () => {
    const right = await onDevice(() => 1);
    expect(right).toMatchObject({ status: "passed" });
    expect(right?.runs).toBeGreaterThan(0);
    const forward = await onDevice((entry) => (entry === declarationEntries.forward ? 1.01 : 1));
    expect(forward?.status).toBe("failed");
    expect(JSON.stringify(forward?.diagnostics)).toContain("on the device and in float64");
    const backward = await onDevice((entry) => (entry === declarationEntries.forward ? 1 : 1.01));
    expect(backward?.status).toBe("failed");
    expect(JSON.stringify(backward?.diagnostics)).toContain("the gradient of `");
  });

  it("refuse a law that there is none of", async () => {
    const { status, err } = await tested('@skip(row, "why")\nfn f(x: [B]) -> [B] = x\n');
    expect(status).toBe(1);
    expect(err).toContain("error[attribute-arguments]");
    expect(err).toContain("no law is called `row`");
  });
});

describe("formats", () => {
  it.each([
    ["json", '"status": "failed"'],
    ["sarif", '"ruleId": "property-fails"'],
    ["github", "::error file="],
    ["junit", '<testsuites name="dl test"'],
  ])("%s goes to the standard output", async (format, part) => {
    const { status, out, err } = await tested(negative, "--format", format);
    expect([status, err]).toEqual([1, ""]);
    expect(out).toContain(part);
  });

  it("ends by --time, and says what was not begun", async () => {
    const { out } = await tested(negative, "--time", "1ms");
    expect(out).toContain("time was up");
  });
});

const git = (folder: string, ...args: readonly string[]): void => {
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
  execFileSync("git", [...who, ...args], { cwd: folder, stdio: "ignore" });
};

describe("--changed", () => {
  it("tests what differs from a commit and what uses it, across files", async () => {
    const folder = temporaryFolder();
    writeText(folder, "dl.json", "{}");
    const base = "fn twice(x: [B, D]) -> [B, D] = 2 * x\n\nfn other(x: [B, D]) -> [B, D] = x\n";
    writeText(folder, "base.dl", base);
    writeText(
      folder,
      "user.dl",
      `import { twice, other } from "./base"

fn four(x: [B, D]) -> [B, D] = twice(twice(x))

fn apart(x: [B, D]) -> [B, D] = other(x)

property "doubling" (x: [2, 3]) {
  assert close(four(x), x * 4)
}
`,
    );
    git(folder, "init", "-q");
    git(folder, "add", ".");
    git(folder, "commit", "-qm", "first");
    const changed = async (): Promise<readonly string[]> => {
      const { out } = await dl("test", folder, ...onReference, "--changed", "HEAD", "--json");
      const { tests } = JSON.parse(out) as { tests: { subject: string }[] };
      return [...new Set(tests.map((t) => t.subject))].sort();
    };
    expect(await changed()).toEqual([]);
    writeText(folder, "base.dl", base.replace("2 * x", "x + x"));
    expect(await changed()).toEqual(["fn four", "fn twice", 'property "doubling"']);
    const { status, err } = await dl("test", folder, ...onReference, "--changed", "nowhere");
    expect([status, err.includes("git knows no commit")]).toEqual([2, true]);
  });
});

describe("--mutate", () => {
  const text = (law: string): string => `fn damped(x: [B, D]) -> [B, D] = x - 0.5 * x

property "halves" (x: [2, 3]) {
  assert ${law}
}
`;

  it("counts planted mistakes that a property catches, and lists those that survive", async () => {
    const strong = await tested(text("close(damped(x), x / 2)"), "--mutate");
    expect(strong.out).toMatch(
      /mistakes planted: 0 refused by the checker, \d+ caught .* 0 survived/,
    );
    const weak = await tested(text("all(damped(x) == damped(x))"), "--mutate");
    expect(weak.status).toBe(0);
    expect(weak.out).toMatch(/^survived .*laws.dl:1:36 wrong sign: `-` became `\+`$/m);
  });
});
