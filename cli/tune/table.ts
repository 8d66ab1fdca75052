// Files of measured schedules: read with suspicion, merged by adapter, written whole.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Tuned } from "../../compiler/codegen/choice.js";
import type { ScheduleRecord } from "../../compiler/codegen/record.js";
import { tunedBy } from "../../compiler/codegen/tuned.js";
import { targetOf, type AdapterDescription } from "../../runtime/adapter.js";
import { digestOf } from "../../runtime/digest.js";
import { adapterClasses, type AdapterClass, type Target } from "../../runtime/format.js";
import type { Parsed } from "../../runtime/safetensors/json.js";
import * as schema from "../../runtime/schema.js";
import { dataFault } from "../faults.js";
import { readText, writeWhole } from "../files.js";
import { scheduleRecord } from "./read-record.js";

/** Version of the format; files of another are refused. */
export const tableVersion = 1;

/** What schedules were measured on. All of it must be the same for them to be used without asking. */
export interface TunedAdapter {
  readonly class: AdapterClass;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Name and version of the driver. */
  readonly description: string;
  readonly features: readonly string[];
  /** Hash of the limits. */
  readonly limits: string;
}

/** The schedules of one adapter by the keys of kernels. */
export interface TunedEntry {
  readonly adapter: TunedAdapter;
  readonly records: ReadonlyMap<string, ScheduleRecord>;
}

/** Where schedules are kept unless a file is named. */
export function userTable(): string {
  const cache = process.env["XDG_CACHE_HOME"];
  const folder = cache === undefined || cache === "" ? join(homedir(), ".cache") : cache;
  return join(folder, "adjoint", "tuned.json");
}

/** What an adapter is called in a file. */
export async function tunedAdapter(adapter: AdapterDescription): Promise<TunedAdapter> {
  const { vendor, architecture, device, description, limits } = adapter;
  const features = [...adapter.features].sort();
  const target = targetOf(adapter, new Set(features), limits);
  const subgroups = JSON.stringify(target.subgroups ?? null);
  const sizes = Object.entries(limits).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = new TextEncoder().encode(`${JSON.stringify(sizes)} ${subgroups}`);
  return {
    class: target.adapterClass,
    vendor,
    architecture,
    device,
    description,
    features,
    limits: (await digestOf(text)).slice(0, 16),
  };
}

const isSame = (a: TunedAdapter, b: TunedAdapter): boolean =>
  adapterFields.every((name) => a[name] === b[name]) && a.features.join() === b.features.join();

const adapterFields = [
  "class",
  "vendor",
  "architecture",
  "device",
  "description",
  "limits",
] as const;

/** Reads a file; throws `tuned-damaged` where it is no table of this version. A file that is not there is an empty table. */
export function readTable(path: string): readonly TunedEntry[] {
  if (!existsSync(path)) return [];
  try {
    return table(JSON.parse(readText(path)) as Parsed, "table");
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw damaged(path, "it is no JSON");
    if (thrown instanceof schema.SchemaProblem) throw damaged(path, thrown.message);
    throw thrown;
  }
}

const anyText = schema.text(/^[^]*$/);

const adapter = schema.record<TunedAdapter>(
  {
    class: schema.word(...adapterClasses),
    vendor: anyText,
    architecture: anyText,
    device: anyText,
    description: anyText,
    features: schema.list(anyText),
    limits: anyText,
  },
  true,
);

const entry = schema.record<TunedEntry>(
  {
    adapter,
    records: (value, at) =>
      new Map(
        Object.entries(schema.objectOf(value, at)).map(([key, item]) => [
          key,
          scheduleRecord(item, `${at}.${key.slice(0, 80)}`),
        ]),
      ),
  },
  true,
);

const table: schema.Read<readonly TunedEntry[]> = (value, at) => {
  const given = schema.objectOf(value, at);
  schema.word("adjoint-tuned")(given["format"], `${at}.format`);
  if (given["version"] !== tableVersion)
    throw new schema.SchemaProblem(`${at}.version`, `is not ${String(tableVersion)}`);
  return schema.list(entry)(given["adapters"], `${at}.adapters`);
};

const damaged = (path: string, why: string): Error =>
  dataFault(
    "tuned-damaged",
    `\`${path}\` cannot be used: ${why}`,
    "write it anew with `dl tune`, after removing it",
  );

/** Adds schedules of an adapter to a file; those of the same kernels are replaced, all others stay. */
export function writeTable(path: string, { adapter, records }: TunedEntry): void {
  const before = readTable(path);
  const own = before.find((entry) => isSame(entry.adapter, adapter));
  const merged = { adapter, records: new Map([...(own?.records ?? []), ...records]) };
  const entries = own
    ? before.map((entry) => (entry === own ? merged : entry))
    : [...before, merged];
  const adapters = entries.map((entry) => ({
    adapter: entry.adapter,
    records: Object.fromEntries([...entry.records].sort(([a], [b]) => (a < b ? -1 : 1))),
  }));
  const table = { format: "adjoint-tuned", version: tableVersion, adapters };
  writeWhole(path, `${JSON.stringify(table, null, 1)}\n`);
}

/** Schedules that a build uses, and what to say of them. */
export interface Applied {
  readonly tuned: Tuned | undefined;
  readonly note: string;
}

/** The schedules of a file for exactly this adapter. */
export async function tunedFor(
  path: string,
  adapter: AdapterDescription,
  target: Target,
): Promise<Applied> {
  const own = await tunedAdapter(adapter);
  const entries = readTable(path);
  const entry = entries.find((e) => isSame(e.adapter, own));
  return applied(path, entries, entry, target, adapter.description);
}

/** The schedules of a file for a kind of adapter: of the last of this kind that was measured first. */
export function tunedForClass(path: string, target: Target): Applied {
  const entries = readTable(path);
  const entry = entries.filter((e) => e.adapter.class === target.adapterClass).at(-1);
  return applied(path, entries, entry, target, `kind ${target.adapterClass}`);
}

function applied(
  path: string,
  entries: readonly TunedEntry[],
  entry: TunedEntry | undefined,
  target: Target,
  wanted: string,
): Applied {
  if (!entry) {
    const others = entries.map((e) => e.adapter.description).join(", ");
    const held = others === "" ? "it is empty or missing" : `it holds those of ${others}`;
    return { tuned: undefined, note: `\`${path}\` has no schedules for ${wanted}: ${held}` };
  }
  const count = `${String(entry.records.size)} measured schedules`;
  return {
    tuned: tunedBy(entry.records, target),
    note: `${count} of ${entry.adapter.description} from \`${path}\``,
  };
}
