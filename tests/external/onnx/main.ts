// The suite `onnx`: runs ONNX's node tests, writes or verifies the page of results, then compares random models with ONNX Runtime.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fetchFromDebian, InstallError } from "../../../cli/setup/apt.js";
import type { Device } from "../../../runtime/device.js";
import { openNodeDevice, packageRoot } from "../../../runtime/node.js";
import { finish, say, type Summary } from "../summary.js";
import { readCases } from "./cases.js";
import { wrongTests } from "./notes.js";
import { outcomeOf, type Outcome } from "./outcome.js";
import { conformancePage, type Judged } from "./page.js";
import { randomModels } from "./random/suite.js";

const debian = {
  package: "libonnx-testdata",
  folder: "/usr/share/libonnx-testdata/data/node",
  cache: join(packageRoot(), ".cache", "external", "onnx-node"),
};
const page = join(packageRoot(), "docs", "conformance.md");

const adapter = process.env["ADJOINT_ADAPTER"];
const device = adapter === undefined ? undefined : await openNodeDevice({ adapter });
const parts = [await nodeTests(device), await randomModels(device)];
device?.close();
finish({
  passed: parts.reduce((sum, part) => sum + part.passed, 0),
  failed: parts.reduce((sum, part) => sum + part.failed, 0),
  reasons: parts.flatMap(({ reasons }) => reasons),
});

async function nodeTests(device: Device | undefined): Promise<Summary> {
  const { all, cases } = readCases(findTests());
  const judged: Judged[] = [];
  for (const test of cases) {
    const outcome = await outcomeOf(test, device);
    judged.push({ test, outcome: explained(test.title, outcome) });
  }
  const passed = judged.filter(({ outcome }) => outcome.kind === "passed").length;
  const failed = judged.filter(({ outcome }) => outcome.kind === "failed");
  const missed = judged.length - passed - failed.length;
  say(
    `ONNX's node tests: ${String(passed)} of ${String(judged.length)} pass, ${String(missed)} are missed`,
  );
  const reasons = failed.map(({ test, outcome }) =>
    outcome.kind === "passed" ? "" : `${test.title}: ${outcome.reason}`,
  );
  const stale = pageProblem(conformancePage(all, judged));
  return {
    passed,
    failed: failed.length + (stale === undefined ? 0 : 1),
    reasons: [...reasons, ...(stale === undefined ? [] : [stale])],
  };
}

/** A failure that is the fault of the test is a miss. */
function explained(title: string, outcome: Outcome): Outcome {
  const reason = wrongTests[title];
  return outcome.kind === "failed" && reason !== undefined ? { kind: "missed", reason } : outcome;
}

function findTests(): string {
  try {
    return fetchFromDebian(debian.package, debian.folder, debian.cache, say);
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    const reason = `ONNX'S NODE TESTS CANNOT BE HAD: ${error.message}`;
    finish({ passed: 0, failed: 1, reasons: [reason, ...error.remedy] });
    return process.exit(1);
  }
}

/** Writes the page under UPDATE=1; else says whether it is out of date. */
function pageProblem(text: string): string | undefined {
  if (process.env["UPDATE"] === "1") writeFileSync(page, text);
  else if (!existsSync(page) || readFileSync(page, "utf8") !== text)
    return "docs/conformance.md is not up to date: run `UPDATE=1 npm run test:external -- onnx`";
  return undefined;
}
