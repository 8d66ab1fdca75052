// Packages on the disk: finds the root of a file's package and reads modules for the compiler, never outside it.
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import type { FloatType, Host } from "../compiler/resolve/modules.js";
import type { SourceFile } from "../grammar/source.js";
import { packageRoot } from "../runtime/node.js";
import { dataFault } from "./faults.js";
import { readText } from "./files.js";

/** What a `dl.json` may say. */
export interface PackageSettings {
  /** The default float type. */
  readonly float?: FloatType;
}

/** A folder of modules. */
export interface Package {
  readonly root: string;
  readonly settings: PackageSettings;
  readonly host: Host;
}

/** Opens the package of a `.dl` file or folder: the nearest folder with a `dl.json`, else its own. `float` overrules its float type. */
export function openPackage(path: string, float?: FloatType): Package {
  const absolute = resolve(path);
  const folder = statSync(path).isDirectory() ? absolute : dirname(absolute);
  const library = realpathSync(standardLibrary());
  if (isInside(realpathSync(folder), library))
    return { root: library, settings: {}, host: packageHost(library, "std/", float) };
  const root = nearestPackage(folder) ?? folder;
  const settings = readSettings(root);
  return { root, settings, host: packageHost(root, "", float ?? settings.float) };
}

/** Reads a `.dl` file that was named on the command line. */
export function readSource(path: string): SourceFile {
  if (!existsSync(path)) throw dataFault("unknown-file", `there is no file \`${path}\``);
  if (statSync(path).isDirectory()) {
    throw dataFault("not-a-file", `\`${path}\` is a folder`, "name one .dl file in it");
  }
  return { path: shownPath(resolve(path)), text: readText(path) };
}

/** The name of a source file from the root of the package of `entry`, wherever that lies; `std/NAME.dl` for the library. */
export function nameInPackage(entry: string, path: string): string {
  const isLibrary = path.startsWith("std/") && !existsSync(path);
  return isLibrary ? path : `${openPackage(entry).host.moduleOf({ path, text: "" })}.dl`;
}

/** The `.dl` files that paths name, each once; a folder stands for all below it, in the order of their names. */
export function findSources(paths: readonly string[]): string[] {
  const byPlace = new Map<string, string>();
  for (const path of paths.flatMap(sourcesIn)) {
    const place = resolve(path);
    if (!byPlace.has(place)) byPlace.set(place, path);
  }
  return [...byPlace.values()];
}

function sourcesIn(path: string): string[] {
  if (!existsSync(path)) throw dataFault("unknown-file", `there is no file or folder \`${path}\``);
  if (!statSync(path).isDirectory()) return [path];
  const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  return entries.flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    if (entry.isDirectory()) return sourcesIn(join(path, entry.name));
    return entry.isFile() && entry.name.endsWith(".dl") ? [join(path, entry.name)] : [];
  });
}

/** The folder of the standard library. */
export const standardLibrary = (): string => join(packageRoot(), "stdlib");

function packageHost(root: string, prefix: string, float: FloatType = "f32"): Host {
  const read = (folder: string, module: string, shown?: string): SourceFile | undefined => {
    const file = join(folder, ...module.split("/")) + ".dl";
    if (!isFile(file) || !isInside(realpathSync(file), realpathSync(folder))) return undefined;
    return { path: shown ?? shownPath(file), text: readText(file) };
  };
  return {
    float,
    read(module) {
      if (!isPlainModule(module)) return undefined;
      if (module.startsWith("std/"))
        return read(standardLibrary(), module.slice("std/".length), `${module}.dl`);
      return read(root, module);
    },
    moduleOf(file) {
      const inside = relative(root, resolve(file.path)).split(sep).join("/");
      return prefix + inside.replace(/\.dl$/, "");
    },
    modules: () => findSources([standardLibrary()]).map((path) => `std/${basename(path, ".dl")}`),
  };
}

/** Steps are plain names: nothing that any file system reads as a root, a parent or a drive. */
const isPlainModule = (module: string): boolean =>
  module
    .split("/")
    .every((step) => step !== "" && step !== "." && step !== ".." && !/[\\:\0]/.test(step));

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** Whether a resolved path is a folder or lies below it. */
function isInside(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  return steps === "" || (!steps.startsWith("..") && !isAbsolute(steps));
}

function nearestPackage(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "dl.json"))) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** Relative to the current folder, unless the whole path is shorter. */
function shownPath(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith("..") && near.length > file.length ? file : near.split(sep).join("/");
}

function readSettings(root: string): PackageSettings {
  const path = join(root, "dl.json");
  if (!existsSync(path)) return {};
  const text = readText(path).trim();
  const settings = text === "" ? {} : parseSettings(text, path);
  for (const [key, value] of Object.entries(settings)) {
    if (key !== "float")
      throw dataFault(
        "unknown-setting",
        `\`${path}\` sets \`${key}\`, which is no setting`,
        "the only setting is `float`",
      );
    if (value !== "f32" && value !== "f16") {
      throw dataFault(
        "unknown-setting",
        `\`${path}\` sets \`float\` to something else than "f32" or "f16"`,
      );
    }
  }
  return settings;
}

function parseSettings(text: string, path: string): PackageSettings {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, in the same words as for any other value that is no object.
  }
  throw dataFault(
    "broken-settings",
    `\`${path}\` is not a JSON object`,
    'write {} or { "float": "f32" }',
  );
}
