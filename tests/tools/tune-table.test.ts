// Files of measured schedules: what is written is read again, other adapters are told apart, and what is damaged is refused in words.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ScheduleRecord } from "../../compiler/codegen/record.js";
import { scheduleRecord } from "../../cli/tune/read-record.js";
import {
  readTable,
  tunedAdapter,
  tunedFor,
  tunedForClass,
  writeTable,
} from "../../cli/tune/table.js";
import type { AdapterDescription } from "../../runtime/adapter.js";
import { portable } from "../../runtime/format.js";
import type { Parsed } from "../../runtime/safetensors/json.js";
import { SchemaProblem } from "../../runtime/schema.js";
import { computeLimits } from "../../runtime/webgpu.js";
import { dl, temporaryFolder, writeText } from "../harness/cli.js";

const folder = temporaryFolder();

const adapter = (description: string, limit = 256): AdapterDescription => ({
  vendor: "mesa",
  architecture: "",
  device: "llvmpipe",
  description,
  isSoftware: true,
  features: ["subgroups"],
  limits: Object.fromEntries(
    computeLimits.map((name) => [name, limit]),
  ) as AdapterDescription["limits"],
});

const records: readonly ScheduleRecord[] = [
  { template: "map", schedule: { workgroupSize: 128 } },
  { template: "rows", schedule: { kind: "group", workgroupSize: 64, registers: 16 } },
  { template: "rows", schedule: { kind: "split", parts: 8, workgroupSize: 64 } },
  {
    template: "contract",
    schedule: {
      kind: "registers",
      rows: 8,
      columns: 4,
      lanes: 8,
      depth: 4,
      isShared: true,
      parts: 2,
    },
  },
  {
    template: "contract",
    schedule: {
      kind: "tiled",
      rows: 64,
      columns: 64,
      depth: 16,
      ownRows: 4,
      ownColumns: 4,
      parts: 1,
    },
  },
  {
    template: "attend",
    schedule: {
      rows: 2,
      lanes: 64,
      stream: { kind: "shared", tile: 8 },
      keeping: "array",
      parts: 1,
    },
  },
];

it("reads every kind of schedule as it was written, and merges what comes later", async () => {
  const path = join(folder, "deep", "tuned.json");
  const own = await tunedAdapter(adapter("one"));
  const other = await tunedAdapter(adapter("two"));
  const all = new Map(records.map((record, i) => [`key ${String(i)}`, record]));
  writeTable(path, { adapter: own, records: all });
  const [later] = records;
  if (!later) throw new Error("no record");
  writeTable(path, { adapter: other, records: new Map([["key", later]]) });
  writeTable(path, { adapter: own, records: new Map([["key 1", later]]) });
  const found = readTable(path);
  expect(found.map((e) => e.adapter)).toEqual([own, other]);
  expect(found[0]?.records).toEqual(new Map([...all, ["key 1", later]]));
});

it("uses schedules of exactly the same adapter, and says whose it has otherwise", async () => {
  const path = join(folder, "one.json");
  const target = portable("software");
  const [record] = records;
  if (!record) throw new Error("no record");
  writeTable(path, {
    adapter: await tunedAdapter(adapter("one")),
    records: new Map([["k", record]]),
  });
  expect(await tunedFor(path, adapter("one"), target)).toMatchObject({
    note: `1 measured schedules of one from \`${path}\``,
  });
  for (const others of [adapter("two"), adapter("one", 512)]) {
    const found = await tunedFor(path, others, target);
    expect(found.tuned).toBeUndefined();
    expect(found.note).toContain("it holds those of one");
  }
  expect(tunedForClass(path, target).tuned).toBeDefined();
  expect(tunedForClass(path, portable("discrete")).tuned).toBeUndefined();
  expect(tunedForClass(join(folder, "none.json"), target).note).toContain("empty or missing");
});

it.each([
  ["no JSON", "{"],
  ["a list", "[]"],
  ["another file", '{"name": "x"}'],
  ["another version", '{"format": "adjoint-tuned", "version": 99, "adapters": []}'],
  ["no adapters", '{"format": "adjoint-tuned", "version": 1}'],
  ["an empty adapter", '{"format": "adjoint-tuned", "version": 1, "adapters": [null]}'],
])("refuses %s with exit status 1 and a remedy", async (_, text) => {
  const path = writeText(folder, "damaged.json", text);
  const net = writeText(folder, "net.dl", "model Net {\n  fn forward(x: [4]) -> [4] = x + 1\n}\n");
  const out = join(folder, "built");
  for (const args of [
    ["build", net, "-o", out, "--tuned", path],
    ["tune", net, "-o", path],
  ]) {
    const ran = await dl(...args);
    expect(ran.status).toBe(1);
    expect(ran.err).toContain("error[tuned-damaged]");
    expect(ran.err).toContain("dl tune");
  }
  expect(existsSync(out)).toBe(false);
  expect(readFileSync(path, "utf8")).toBe(text);
});

/** The schedule that some data is, or undefined where it is none. */
function readRecord(value: unknown): ScheduleRecord | undefined {
  try {
    return scheduleRecord(value as Parsed, "record");
  } catch (thrown) {
    if (thrown instanceof SchemaProblem) return undefined;
    throw thrown;
  }
}

it.each<[string, unknown]>([
  ["a template that is none", { template: "__proto__", schedule: {} }],
  ["no schedule", { template: "map" }],
  ["a huge number", { template: "map", schedule: { workgroupSize: 1e9 } }],
  ["a fraction", { template: "map", schedule: { workgroupSize: 1.5 } }],
  ["a text", { template: "map", schedule: { workgroupSize: "64" } }],
  [
    "a negative number",
    { template: "rows", schedule: { kind: "lane", workgroupSize: -1, registers: 0 } },
  ],
  [
    "a kind that is none",
    { template: "rows", schedule: { kind: "x", workgroupSize: 1, registers: 0 } },
  ],
  [
    "half a tile",
    { template: "contract", schedule: { kind: "tiled", rows: 8, columns: 8, depth: 4, parts: 1 } },
  ],
])("takes %s for no schedule", (_, value) => {
  expect(readRecord(value)).toBeUndefined();
});
