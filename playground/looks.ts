// How the editor looks: the colours of tokens, and sizes and surfaces in the page's own variables.
import { HighlightStyle } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The colours of tokens. */
export const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--keyword)", fontWeight: "600" },
  { tag: tags.number, color: "var(--number)" },
  { tag: tags.string, color: "var(--string)" },
  { tag: tags.operator, color: "var(--operator)" },
  { tag: tags.bracket, color: "var(--faint)" },
  { tag: tags.comment, color: "var(--comment)", fontStyle: "italic" },
]);

/** Looks in the page's own variables, which reach into the shadow root: one theme for light and dark. */
export const looks = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--paper)", fontSize: "14px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { padding: "12px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 16px 0 8px" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": {
    backgroundColor: "var(--paper)",
    color: "var(--number-of-line)",
    border: "none",
    paddingLeft: "8px",
  },
  ".cm-activeLine": { backgroundColor: "var(--line-here)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    { backgroundColor: "var(--selected)" },
  ".cm-selectionMatch, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selected)" },
  ".cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--rule)",
    borderRadius: "6px",
    boxShadow: "0 6px 24px var(--shadow)",
    maxWidth: "min(36rem, 90vw)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "13px" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--selected)",
    color: "var(--ink)",
  },
  ".cm-completionDetail": { color: "var(--faint)", fontStyle: "normal" },
  ".cm-diagnostic": {
    whiteSpace: "pre-wrap",
    fontFamily: "var(--mono)",
    fontSize: "12.5px",
    padding: "8px 12px",
  },
  ".told": { padding: "8px 12px", fontFamily: "var(--sans)", fontSize: "13px" },
  ".told pre": {
    margin: "0",
    fontFamily: "var(--mono)",
    whiteSpace: "pre-wrap",
  },
  ".told p": { margin: "6px 0 0", color: "var(--faint)" },
  ".told p.doc": { color: "var(--ink)", whiteSpace: "pre-line" },
  ".cm-panels": { backgroundColor: "var(--raised)", color: "var(--ink)" },
});
