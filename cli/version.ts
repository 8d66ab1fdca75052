// The version of the package.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../runtime/node.js";

/** The version that `package.json` states. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    readonly version: string;
  };
  return version;
}
