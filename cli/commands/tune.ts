// `dl tune`: measures the schedules of a model's kernels on the device at hand and remembers those that win.
import { Option, type Command } from "commander";
import { sitesOf, type Site } from "../../compiler/artifact/sites.js";
import type { Compiled, Signature } from "../../compiler/ir/program.js";
import type { Device } from "../../runtime/device.js";
import { openNodeDevice } from "../../runtime/node.js";
import { chosen, compileFile } from "../compile.js";
import { UsageError } from "../faults.js";
import { fitted } from "../fit.js";
import { printJson, type Io } from "../io.js";
import { addModelOptions, duration, type ModelOptions } from "../options.js";
import { sizesOption, type Sizes } from "../sizes.js";
import { benchOf, obstacle } from "../tune/bench.js";
import { tuneText, type Tuning } from "../tune/report.js";
import { search } from "../tune/search.js";
import {
  readTable,
  tunedAdapter,
  userTable,
  writeTable,
  type TunedAdapter,
} from "../tune/table.js";

interface TuneOptions extends ModelOptions {
  readonly fn?: string;
  readonly run?: string;
  readonly at: Sizes;
  readonly adapter?: string;
  readonly time: number;
  readonly dry?: boolean;
  readonly json?: boolean;
  readonly out?: string;
}

/** Registers `dl tune`. */
export function registerTune(program: Command, io: Io): void {
  const command = program
    .command("tune")
    .description("measure how the kernels of a model are best scheduled on this device")
    .argument("<file>", "a `.dl` file")
    .option("--fn <name>", "a function of the file instead of a model")
    .option("--run <name>", "a `train` declaration: its step, with the gradient");
  addModelOptions(command)
    .addOption(sizesOption())
    .option("--adapter <name>", "driver or adapter to use, as `dl doctor` lists them")
    .addOption(
      new Option("--time <duration>", "how long to search, such as 60s")
        .argParser(duration)
        .default(60_000, "60s"),
    )
    .option("--dry", "list the kernels and how many schedules each has, and measure nothing")
    .option("--json", "print as JSON")
    .option("-o, --out <file>", "where to keep what wins (default: the user's cache)")
    .addHelpText(
      "after",
      "\nExample:\n  $ dl tune model.dl --run Pretrain --at B=8,T=64 --time 2m -o tuned.json",
    )
    .action((file: string, options: TuneOptions) => tune(file, options, io));
}

async function tune(file: string, options: TuneOptions, io: Io): Promise<void> {
  const { model, fn, run, at, out = userTable() } = options;
  if (fn !== undefined && (model ?? run) !== undefined)
    throw new UsageError("--fn excludes --model and --run");
  // A table that cannot be read is refused before anything is measured.
  if (options.dry !== true) readTable(out);
  const source = compileFile(file, chosen(options), io);
  const device = await openNodeDevice({ adapter: options.adapter });
  try {
    const { compiled } = fitted(source, device.target, { sizes: at });
    const wanted = run === undefined ? compiled : { ...compiled, entries: [] };
    if (options.dry !== true) requireSizes(wanted, at);
    const sites = sitesOf(wanted, device.target, at);
    const tunings =
      options.dry === true
        ? sites.map((site): Tuning => ({ site, left: obstacle(site) }))
        : await tuneAll(sites, device, options, io);
    const winners = tunings.flatMap(({ site, outcome }) =>
      outcome && outcome.kept === undefined ? [[site.key, outcome.best] as const] : [],
    );
    const adapter = await tunedAdapter(device.adapter);
    const written = winners.length > 0 ? out : undefined;
    // What was measured before and does not win any more is not removed: it won then, twice.
    if (written !== undefined) writeTable(written, { adapter, records: new Map(winners) });
    print(device.adapter.description, tunings, { adapter, written, isJson: options.json }, io);
  } finally {
    device.close();
  }
}

function print(
  description: string,
  tunings: readonly Tuning[],
  about: { adapter: TunedAdapter; written: string | undefined; isJson: boolean | undefined },
  io: Io,
): void {
  const { adapter, written, isJson = false } = about;
  if (isJson) printJson(io, { adapter, out: written ?? null, kernels: tunings.map(dataOf) });
  else io.out(tuneText(description, tunings, written));
}

/** Searches for each site in turn, longer where there is more to gain; what one leaves of its share of the time goes to those after it. */
async function tuneAll(
  sites: readonly Site[],
  device: Device,
  { at, time }: TuneOptions,
  io: Io,
): Promise<readonly Tuning[]> {
  const until = performance.now() + time;
  const tunings: Tuning[] = [];
  const weights = sites.map(({ work }) => Math.sqrt(1 + work));
  for (const [i, site] of sites.entries()) {
    const { alone } = site;
    const left = obstacle(site);
    if (!alone || left !== undefined) {
      tunings.push({ site, left });
      continue;
    }
    const now = performance.now();
    const rest = weights.slice(i).reduce((a, b) => a + b, 0);
    const end = now + (Math.max(0, until - now) * (weights[i] ?? 0)) / rest;
    if (now >= until) {
      tunings.push({ site, left: "there was no time for it" });
      continue;
    }
    io.err(`${String(i + 1)}/${String(sites.length)} ${site.key}\n`);
    const bench = benchOf(alone, site.terms, {
      device,
      sizes: at,
      hasTime: () => performance.now() < end,
    });
    tunings.push({ site, outcome: await search(site.chosen, site.candidates, bench) });
  }
  return tunings;
}

function requireSizes({ entries, steps }: Compiled, sizes: Sizes): void {
  const missing = ({ symbols }: Signature): readonly string[] =>
    symbols.map(({ name }) => name).filter((name) => sizes[name] === undefined);
  const names = [...new Set([...entries, ...steps].flatMap((e) => missing(e.signature)))];
  if (names.length === 0) return;
  throw new UsageError(
    `schedules are measured at sizes, and ${names.map((n) => `\`${n}\``).join(", ")} have none`,
    `give them: --at ${names.map((n) => `${n}=8`).join(",")}`,
  );
}

const dataOf = ({ site, outcome, left }: Tuning): object => ({
  key: site.key,
  of: site.of,
  count: site.count,
  lines: site.origins,
  chosen: site.chosen,
  candidates: site.candidates.length,
  ...(outcome ?? {}),
  ...(left === undefined ? {} : { left }),
});
