// Fetches npm packages that only some tests need into a folder of the cache, so that installing the project stays small.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../runtime/node.js";
import { InstallError } from "./apt.js";

/**
 * Installs packages such as `onnxruntime-node@1.30.0` into `.cache/NAME`, without running their scripts, where that has not been
 * done; gives the `node_modules` there. Throws an `InstallError` where they cannot be had.
 */
export function fetchPackages(
  name: string,
  packages: readonly string[],
  say: (line: string) => void,
): string {
  const folder = join(packageRoot(), ".cache", name);
  const stamp = join(folder, "packages.txt");
  const wanted = packages.join("\n");
  const modules = join(folder, "node_modules");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return modules;
  mkdirSync(folder, { recursive: true });
  say(`fetching ${packages.join(", ")} from npm`);
  const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["install", "--prefix", folder, ...flags, ...packages];
  const done = spawnSync(npm, args, { encoding: "utf8", maxBuffer: 2 ** 26 });
  if (done.status !== 0) {
    const reason = done.stderr.trim().slice(-300);
    throw new InstallError(`npm install failed: ${reason}`, [`npm ${args.join(" ")}`]);
  }
  writeFileSync(stamp, wanted);
  return modules;
}
