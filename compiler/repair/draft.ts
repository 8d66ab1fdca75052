// Turns proposals into edits, looking at the tree around the place where the edits depend on it.
import { parse } from "../../grammar/index.js";
import type { SourceFile } from "../../grammar/source.js";
import type { Diagnostic, Proposal } from "../diagnostics/index.js";
import type { Host } from "../resolve/modules.js";
import { axisDrafts, calleeDrafts, dropDrafts, giveDrafts } from "./callees.js";
import { clauseDrafts } from "./clauses.js";
import { importDrafts, moduleDrafts } from "./imports.js";
import { swapDrafts, transposeDrafts, wrapDrafts } from "./operands.js";
import { permuteDrafts } from "./patterns.js";
import { renameDrafts, retypeDrafts, sizeDrafts, uniteDrafts } from "./signatures.js";
import type { Draft, Surroundings } from "./surroundings.js";

/** The repairs that a finding proposes, best first, each different from the others. */
export function draftsOf(
  diagnostic: Diagnostic,
  files: readonly SourceFile[],
  host: Host,
): readonly Draft[] {
  const { proposals = [], primary } = diagnostic;
  const file = files.find((f) => f.path === primary.span.file.path);
  if (proposals.length === 0 || !file) return [];
  const around = { diagnostic, module: parse(file).module, host };
  const drafts = new Map<string, Draft>();
  for (const draft of proposals.flatMap((p) => draftsFor(p, around))) {
    const key = draft.edits
      .map(
        ({ span, text }) => `${span.file.path} ${String(span.start)} ${String(span.end)} ${text}`,
      )
      .join("\n");
    if (!drafts.has(key)) drafts.set(key, draft);
  }
  return [...drafts.values()];
}

function draftsFor(proposal: Proposal, around: Surroundings): readonly Draft[] {
  switch (proposal.kind) {
    case "edit": {
      const { title, edits, isAlternative } = proposal;
      return [{ title, edits, ...(isAlternative ? { isAlternative } : {}) }];
    }
    case "declare": {
      const { at, type } = proposal;
      return [{ title: `declare \`${type}\``, edits: [{ span: at, text: type }] }];
    }
    case "clause":
      return clauseDrafts(proposal.clause, around);
    case "import":
      return importDrafts(proposal.name, around);
    case "transpose":
      return transposeDrafts(proposal.at, around);
    case "drop":
      return dropDrafts(proposal.at, around);
    case "give":
      return giveDrafts(proposal, around);
    case "permute":
      return permuteDrafts(proposal, around);
    case "rename":
      return renameDrafts(proposal, around);
    case "module":
      return moduleDrafts(proposal, around);
    case "size":
      return sizeDrafts(proposal.at, around);
    case "callee":
      return calleeDrafts(proposal, around);
    case "axis":
      return axisDrafts(proposal, around);
    case "wrap":
      return wrapDrafts(proposal, around);
    case "swap":
      return swapDrafts(proposal.at, around);
    case "unite":
      return uniteDrafts(proposal, around);
    case "retype":
      return retypeDrafts(proposal, around);
  }
}
