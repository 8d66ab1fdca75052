// Everything about findings: their data, the catalogue that words them, and the renderers.
export * from "./diagnostic.js";
export { codes, isCode, type Code } from "./catalogue/codes.js";
export { axisMakers } from "./catalogue/foreign-names.js";
export { syntaxDiagnostic } from "./catalogue/syntax.js";
export * as attributes from "./catalogue/attributes.js";
export * as names from "./catalogue/names.js";
export * as shapes from "./catalogue/shapes.js";
export * as patterns from "./catalogue/patterns.js";
export * as dtypeFaults from "./catalogue/dtypes.js";
export * as gradients from "./catalogue/gradients.js";
export * as scans from "./catalogue/scans.js";
export * as limits from "./catalogue/limits.js";
export * as testing from "./catalogue/testing.js";
export * as training from "./catalogue/training.js";
export * as warnings from "./catalogue/warnings.js";
export * as weights from "./catalogue/weights.js";
export { compareTypes, differingAxes, row, shortened, type Named } from "./compare.js";
export {
  changing,
  withNumbers,
  withProposals,
  withSites,
  type Behind,
  type BindingSite,
} from "./sites.js";
export { withMissing } from "./missing.js";
export { originsOf } from "./explain.js";
export { arrange, maxReported, report, type Report } from "./report.js";
export { applyEdits, editedLines, movedOffset } from "./edited.js";
export { renderOne, renderText, type Paint, type Role } from "./render-text.js";
export { renderGithub } from "./render-github.js";
export { renderJson, toJson } from "./render-json.js";
export { renderJunit, type CheckedFile, type Subject } from "./render-junit.js";
export { renderSarif, type SarifTool } from "./render-sarif.js";
export { placeOf } from "./summary.js";
export { distanceOf, nearest } from "./suggest.js";
