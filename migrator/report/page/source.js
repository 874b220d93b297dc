// Source with what was seen in it: a light colouring of Python, marks on lines, and notes below them.

const WORDS = new Set(("and as assert async await break class continue def del elif else except False finally for from global if import in is lambda None"
  + " nonlocal not or pass raise return True try while with yield match case").split(" "));
const TOKEN = /("""|''')[\s\S]*?(?:\1|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|#[^\n]*|@?[A-Za-z_]\w*|\d[\w.]*/g;

/** The lines of a text as lists of nodes. */
function coloured(text) {
  const lines = [[]];
  const put = (piece, kind) => piece.split("\n").forEach((part, index) => {
    if (index) lines.push([]);
    if (part) lines[lines.length - 1].push(kind ? h("span", { class: kind }, part) : part);
  });
  let done = 0;
  for (const found of text.matchAll(TOKEN)) {
    const piece = found[0];
    const kind = piece[0] === "#" ? "c" : piece[0] === '"' || piece[0] === "'" ? "s" : piece[0] === "@" ? "d" : WORDS.has(piece) ? "w" : /\d/.test(piece[0]) ? "n" : "";
    put(text.slice(done, found.index));
    put(piece, kind);
    done = found.index + piece.length;
  }
  put(text.slice(done));
  return lines;
}

/** What was seen in a file: `{line, end, kind, text, href}`, by line. */
function marks(path) {
  const found = [];
  for (const dag of DATA.dags) {
    if (dag.file === path) found.push({ line: dag.line, end: dag.line, kind: "dag", text: `DAG ${dag.id}`, href: at("dag", dag.id) });
    for (const task of dag.tasks) {
      if (task.file === path) found.push({ line: task.line, end: task.end, kind: "task", becomes: task.becomes, text: `task ${task.id}: ${BECOMES[task.becomes] ?? "not planned"}${task.why ? `, ${task.why}` : ""}`, href: at("dag", dag.id) });
      for (const ref of task.refs) {
        if (ref.file === path) found.push({ line: ref.line, end: ref.end, kind: "evidence", text: `${task.id} ${ref.way === "input" ? "reads" : "writes"} ${ref.name} (${ref.confidence}): ${ref.why}`, href: ref.key && at("asset", ref.key) });
      }
    }
  }
  for (const finding of DATA.findings) if (finding.file === path) found.push({ line: finding.line, end: finding.line, kind: finding.severity, text: `${finding.code} ${finding.message}` });
  return found;
}

/** A file with its marks. With `around` (lines, sorted) only these and their neighbours are shown. */
function source(path, focus) {
  const text = sources()[path];
  if (text == null) return h("p", { class: "quiet" }, "The text of this file is not in the report.");
  const notes = new Map();
  const lit = new Map();
  for (const mark of marks(path)) {
    const key = `${mark.kind}${mark.text}`;
    const here = notes.get(mark.line) ?? new Map();
    here.set(key, mark);
    notes.set(mark.line, here);
    for (let line = mark.line; line <= Math.min(mark.end, mark.line + 400); line++) if (!lit.has(line) || mark.kind !== "task") lit.set(line, mark.kind);
  }
  const rows = coloured(text.replaceAll("\r\n", "\n")).map((nodes, index) => {
    const number = index + 1;
    const row = h("li", { class: `line ${lit.has(number) ? `m-${lit.get(number)}` : ""} ${number === focus ? "focus" : ""}`, value: number, id: `L${number}` }, h("code", null, nodes.length ? nodes : "\u200b"));
    const here = notes.get(number);
    if (!here) return row;
    const list = [...here.values()];
    const shown = list.slice(0, 6).map((mark) => h("li", { class: `note n-${mark.kind}` }, mark.href ? h("a", { href: mark.href }, prose(mark.text)) : prose(mark.text)));
    if (list.length > shown.length) shown.push(h("li", { class: "note" }, `… and ${list.length - shown.length} more`));
    row.append(h("ul", { class: "notes" }, shown));
    return row;
  });
  return h("div", { class: "source", tabindex: "0", role: "region", "aria-label": `Source of ${path}` }, h("ol", null, rows));
}
