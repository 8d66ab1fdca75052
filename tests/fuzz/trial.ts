// One text through the whole front end, held to what must be true of any text.
import { openPackage } from "../../cli/host.js";
import { checkPackage } from "../../compiler/compile.js";
import type { Host } from "../../compiler/resolve/modules.js";
import { renderText, type Diagnostic } from "../../compiler/diagnostics/index.js";

const { host: disk } = openPackage("tests/check");
const modules = new Map<string, ReturnType<Host["read"]>>();

/** Reads each module from the disk once. */
const host: Host = {
  moduleOf: (file) => disk.moduleOf(file),
  read(module) {
    if (!modules.has(module)) modules.set(module, disk.read(module));
    return modules.get(module);
  },
};

/** What became of a text. */
export interface Outcome {
  readonly diagnostics: readonly Diagnostic[];
  readonly rendered: string;
  readonly seconds: number;
}

/** Seconds after which a text counts as one that does not end; how fast checking is, `npm run bench -- check` says. */
export const longest = 3;

/** Traces of a value that was put into a message without being one of its words. */
const leaks = /\bundefined\b|\[object |\bNaN\b|\bInfinity\b|=> \{|\bnull\b/;

/** Parses, checks and shows a text; throws where the compiler does, or where a message cannot be meant. */
export function trial(text: string, most = longest): Outcome {
  const first = timed(text);
  const outcome =
    first.seconds > most
      ? { ...first, seconds: Math.min(busy(text), busy(text), busy(text)) }
      : first;
  if (outcome.seconds > most) throw new Error(`took ${outcome.seconds.toFixed(1)} s`);
  holdTo(text, outcome);
  return outcome;
}

function timed(text: string): Outcome {
  const start = performance.now();
  const { diagnostics } = checkPackage([{ path: "fuzz.dl", text }], host);
  const rendered = renderText(diagnostics);
  return { diagnostics, rendered, seconds: (performance.now() - start) / 1000 };
}

/** The time of the processor, not of the clock, that a text takes once more: other processes do not count. */
function busy(text: string): number {
  const start = process.cpuUsage();
  timed(text);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function holdTo(text: string, { diagnostics, rendered }: Outcome): void {
  if (diagnostics.length > 101) throw new Error(`${String(diagnostics.length)} diagnostics`);
  for (const { primary, secondary } of diagnostics)
    for (const { span } of [primary, ...secondary])
      if (!(span.start >= 0 && span.start <= span.end && span.end <= span.file.text.length))
        throw new Error("a label outside of its file");
  const leak = leaks.exec(rendered);
  if (leak && !text.includes(leak[0])) throw new Error(`a message says "${leak[0]}"\n${rendered}`);
}

/** The trial of a numbered text; what goes wrong names the text. */
export function trialOf({ seed, path, text }: Parameters<typeof describe>[0]): Outcome {
  try {
    return trial(text);
  } catch (fault) {
    throw new Error(describe({ seed, path, text }, fault), { cause: fault });
  }
}

function describe(
  of: { readonly seed: number; readonly path: string; readonly text: string },
  fault: unknown,
): string {
  const words = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  return `mutant ${String(of.seed)} of ${of.path}: ${words}\n--- text ---\n${of.text}\n---`;
}
