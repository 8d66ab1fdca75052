// The editor: CodeMirror with the colours of the token table, findings as they come, hovers and completion.
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { linter, lintKeymap, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  lineNumbers,
  type Tooltip,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { adjoint } from "../editors/codemirror/adjoint.js";
import type { Compiler } from "./compiler.js";
import { element } from "./dom.js";
import type { Checked, Offered } from "./protocol.js";

/** Milliseconds without a key after which a text is checked. */
const pause = 250;

/** Where an editor lives and whom it tells. */
export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly compiler: Compiler;
  /** Told of each text that was checked. */
  readonly onChecked: (text: string, checked: Checked) => void;
  readonly onFault: (thrown: unknown) => void;
}

/**
 * Makes the editor. It lives in a shadow root: there CodeMirror adopts sheets made by script rather than writing `style`
 * elements, so the page needs no hole in its content security policy.
 */
export function openEditor({
  parent,
  text,
  compiler,
  onChecked,
  onFault,
}: EditorOptions): EditorView {
  const root = parent.attachShadow({ mode: "open" });
  const check = async (view: EditorView): Promise<readonly Diagnostic[]> => {
    const asked = view.state.doc.toString();
    try {
      const checked = await compiler.ask("check", { text: asked });
      if (view.state.doc.toString() === asked) onChecked(asked, checked);
      return checked.findings.map(({ start, end, severity, message }) => ({
        from: start,
        to: end,
        severity,
        message,
      }));
    } catch (thrown) {
      onFault(thrown);
      return [];
    }
  };
  const state = EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(),
      history(),
      drawSelection(),
      bracketMatching(),
      closeBrackets(),
      highlightActiveLine(),
      highlightSelectionMatches(),
      EditorState.tabSize.of(2),
      EditorView.contentAttributes.of({ "aria-label": "Source in the Adjoint language" }),
      adjoint(),
      syntaxHighlighting(colours),
      looks,
      linter(check, { delay: pause }),
      hoverTooltip((view, at) => hoverOf(compiler, view, at)),
      autocompletion({ override: [(context) => offersAt(compiler, context)] }),
      keymap.of([
        ...closeBracketsKeymap,
        ...defaultKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...completionKeymap,
        ...lintKeymap,
      ]),
    ],
  });
  return new EditorView({ state, parent: root, root });
}

/** Puts another text in the place of the whole. */
export function replaceText(view: EditorView, text: string): void {
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    selection: { anchor: 0 },
    scrollIntoView: true,
  });
}

/** Moves the cursor to a line, from 1, and shows it. */
export function showLine(view: EditorView, line: number): void {
  const { from } = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
  view.dispatch({
    selection: { anchor: from },
    effects: EditorView.scrollIntoView(from, { y: "center" }),
  });
  view.focus();
}

async function hoverOf(compiler: Compiler, view: EditorView, at: number): Promise<Tooltip | null> {
  const told = await compiler.ask("hover", { text: view.state.doc.toString(), offset: at });
  if (!told) return null;
  const { start, end, head, facts, doc } = told;
  return {
    pos: start,
    end,
    create: () => ({
      dom: element(
        "div",
        { class: "told" },
        element("pre", {}, head),
        ...facts.map((fact) => element("p", {}, fact)),
        ...(doc === undefined ? [] : [element("p", { class: "doc" }, doc)]),
      ),
    }),
  };
}

async function offersAt(
  compiler: Compiler,
  context: CompletionContext,
): Promise<CompletionResult | null> {
  const before = context.matchBefore(/[\w.]+|"[^"]*/);
  if (!before && !context.explicit) return null;
  const text = context.state.doc.toString();
  const offered = await compiler.ask("complete", { text, offset: context.pos });
  if (context.aborted || offered.items.length === 0) return null;
  return {
    from: offered.start,
    to: offered.end,
    options: offered.items.map(completionOf),
    validFor: /^\w*$/,
  };
}

function completionOf(item: Offered["items"][number]): Completion {
  const { label, kind, detail, doc, rank, insert, edits } = item;
  return {
    label,
    type: kind,
    // CodeMirror orders matches alike by this, higher first; ranks are lower first.
    boost: -10 * rank,
    apply(view, _, from, to) {
      const changes = edits.map(({ start, end, text }) => ({ from: start, to: end, insert: text }));
      const change = view.state.changes([{ from, to, insert }, ...changes]);
      view.dispatch({
        changes: change,
        selection: { anchor: change.mapPos(from, -1) + insert.length },
        userEvent: "input.complete",
      });
    },
    ...(detail === undefined ? {} : { detail }),
    ...(doc === undefined ? {} : { info: doc }),
  };
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--keyword)", fontWeight: "600" },
  { tag: tags.number, color: "var(--number)" },
  { tag: tags.string, color: "var(--string)" },
  { tag: tags.operator, color: "var(--operator)" },
  { tag: tags.bracket, color: "var(--faint)" },
  { tag: tags.comment, color: "var(--comment)", fontStyle: "italic" },
]);

/** Looks in the page's own variables, which reach into the shadow root: one theme for light and dark. */
const looks = EditorView.theme({
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
