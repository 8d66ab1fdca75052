// Finds the browser that the tests drive, installing Debian's Chromium where a machine has none.
import { existsSync } from "node:fs";
import { InstallError, installPackage } from "./apt.js";

/** Where browsers that speak Chromium's protocol usually are. */
const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The browser to drive: the environment's ADJOINT_CHROMIUM, else the first that is installed; undefined where there is none. */
export const findBrowser = (): string | undefined =>
  [process.env["ADJOINT_CHROMIUM"] ?? "", ...places].find(
    (path) => path !== "" && existsSync(path),
  );

/** A browser, or why there is none and what a user can do about it. */
export type Browser =
  | { readonly path: string }
  | { readonly problem: { readonly message: string; readonly remedy: readonly string[] } };

/** Finds a browser; on Debian and Ubuntu one is installed where there is none. */
export function ensureBrowser(say: (line: string) => void): Browser {
  const found = findBrowser();
  if (found !== undefined) return { path: found };
  try {
    if (process.platform === "linux") installPackage("chromium", "the browser of the tests", say);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    return { problem: error };
  }
  const path = findBrowser();
  if (path !== undefined) return { path };
  const remedy = ["ADJOINT_CHROMIUM=/path/of/chromium npm test"];
  return { problem: { message: "this machine has no Chromium", remedy } };
}
