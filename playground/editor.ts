// The editor of a program's files: CodeMirror with the colours of the token table, findings as they come, hovers and completion.
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
import { bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { linter, lintKeymap, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type StateEffect } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  hoverTooltip,
  keymap,
  lineNumbers,
  type Tooltip,
} from "@codemirror/view";
import { adjoint } from "../editors/codemirror/adjoint.js";
import type { Compiler } from "./compiler.js";
import { element } from "./dom.js";
import { colours, looks } from "./looks.js";
import { isSameProgram } from "./program.js";
import type { Checked, Files, Offered, Spot } from "./protocol.js";

/** Milliseconds without a key after which a text is checked. */
const pause = 250;

/** Where an editor lives and whom it tells. */
export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly files: Files;
  readonly compiler: Compiler;
  /** Told when the program may have changed; a check follows. */
  readonly onChanged: () => void;
  /** Told of each program that was checked, while it is still the one that is edited. */
  readonly onChecked: (files: Files, checked: Checked) => void;
  readonly onFault: (thrown: unknown) => void;
}

/**
 * The files of a program, one of them in view; each keeps its own history and selection. It lives in a shadow root: there
 * CodeMirror adopts sheets made by script rather than writing `style` elements, so the page needs no hole in its content
 * security policy.
 */
export class Editor {
  readonly #options: EditorOptions;
  readonly #view: EditorView;
  /** Files by name, in the order of their tabs; the state of the one in view is the view's. */
  #states = new Map<string, EditorState>();
  /** How far each file was scrolled when it was left. */
  readonly #scrolls = new Map<string, StateEffect<unknown>>();
  #shown = "";

  constructor(options: EditorOptions) {
    this.#options = options;
    const root = options.parent.attachShadow({ mode: "open" });
    this.#view = new EditorView({ parent: root, root });
    this.open(options.files);
  }

  /** All files as they are now. */
  get files(): Files {
    this.#keep();
    return [...this.#states].map(([path, { doc }]) => ({ path, text: doc.toString() }));
  }

  /** The name of the file in view. */
  get shown(): string {
    return this.#shown;
  }

  /** Takes another program, its first file in view. */
  open(files: Files): void {
    this.#states = new Map(files.map(({ path, text }) => [path, this.#stateOf(path, text)]));
    this.#scrolls.clear();
    this.#shown = "";
    this.show(files[0]?.path ?? "");
  }

  /** Shows a file as it was left. */
  show(path: string): void {
    const state = this.#states.get(path);
    if (!state || path === this.#shown) return;
    this.#keep();
    if (this.#states.has(this.#shown)) this.#scrolls.set(this.#shown, this.#view.scrollSnapshot());
    this.#shown = path;
    // Setting a state begins a check as well.
    this.#view.setState(state);
    this.#view.scrollDOM.scrollTo(0, 0);
    const scroll = this.#scrolls.get(path);
    if (scroll) this.#view.dispatch({ effects: scroll });
    this.#options.onChanged();
  }

  /** Moves the cursor to a line, from 1, of a file, and shows it. */
  showLine(path: string, line: number): void {
    this.show(path);
    const { doc } = this.#view.state;
    const { from } = doc.line(Math.min(Math.max(1, line), doc.lines));
    this.#view.dispatch({
      selection: { anchor: from },
      effects: EditorView.scrollIntoView(from, { y: "center" }),
    });
    this.#view.focus();
  }

  /** Puts a file behind the others, or another text in its place, and shows it. */
  add({ path, text }: Files[number]): void {
    this.#keep();
    if (this.#shown === path) this.#shown = "";
    this.#states.set(path, this.#stateOf(path, text));
    this.show(path);
  }

  /** Gives the file in view another name, in its place among the others. */
  rename(to: string): void {
    const from = this.#shown;
    const text = this.#view.state.doc.toString();
    this.#states = new Map(
      [...this.#states].map(([path, state]) =>
        path === from ? [to, this.#stateOf(to, text)] : [path, state],
      ),
    );
    this.#shown = "";
    this.show(to);
  }

  /** Takes the file in view away, and shows its neighbour. */
  remove(): void {
    const names = [...this.#states.keys()];
    const at = names.indexOf(this.#shown);
    this.#states.delete(this.#shown);
    this.#shown = "";
    this.show(names[at + 1] ?? names[at - 1] ?? "");
  }

  /** Takes over what was typed into the file in view. */
  #keep(): void {
    if (this.#states.has(this.#shown)) this.#states.set(this.#shown, this.#view.state);
  }

  async #check(path: string): Promise<readonly Diagnostic[]> {
    const { compiler, onChecked, onFault } = this.#options;
    const asked = this.files;
    try {
      const checked = await compiler.ask("check", { files: asked });
      if (isSameProgram(asked, this.files)) onChecked(asked, checked);
      return checked.findings
        .filter((finding) => finding.path === path)
        .map(({ start, end, severity, message }) => ({ from: start, to: end, severity, message }));
    } catch (thrown) {
      onFault(thrown);
      return [];
    }
  }

  #stateOf(path: string, text: string): EditorState {
    const { compiler, onChanged } = this.#options;
    const spot = (offset: number): Spot => ({ files: this.files, path, offset });
    return EditorState.create({
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
        EditorView.contentAttributes.of({ "aria-label": `Source of ${path}` }),
        adjoint(),
        syntaxHighlighting(colours),
        looks,
        EditorView.updateListener.of(({ docChanged }) => {
          if (docChanged) onChanged();
        }),
        linter(() => this.#check(path), { delay: pause }),
        hoverTooltip((_, at) => hoverOf(compiler, spot(at))),
        autocompletion({ override: [(context) => offersAt(compiler, context, spot(context.pos))] }),
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
  }
}

async function hoverOf(compiler: Compiler, spot: Spot): Promise<Tooltip | null> {
  const told = await compiler.ask("hover", spot);
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
  spot: Spot,
): Promise<CompletionResult | null> {
  const before = context.matchBefore(/[\w.]+|"[^"]*/);
  if (!before && !context.explicit) return null;
  const offered = await compiler.ask("complete", spot);
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
