// What several views share.

const DATA = JSON.parse(document.getElementById("data").textContent);
let texts;
/** The texts of the files; read when they are first wanted. */
const sources = () => (texts ??= JSON.parse(document.getElementById("sources").textContent));

const BECOMES = {
  asset: "asset", check: "check", sensor: "sensor", step: "step", folded: "dissolved", hook: "hook", wrapped: "wrapped", airflow: "stays in Airflow",
};
const SEVERITY = { error: "error", warning: "warning", info: "note" };
const DAGS = new Map(DATA.dags.map((dag) => [dag.id, dag]));

for (const dag of DATA.dags) {
  dag.kinds = {};
  for (const task of dag.tasks) if (task.becomes) dag.kinds[task.becomes] = (dag.kinds[task.becomes] ?? 0) + 1;
  dag.search = [dag.id, dag.file, dag.schedule, ...dag.owners, ...dag.tags, ...new Set(dag.tasks.map((task) => task.operator))].join("\n").toLowerCase();
}

/** One word for how far a DAG can move. */
function stateOf(dag) {
  const work = dag.work;
  if (!work) return "not selected";
  if (work.dead) return "dead";
  if (!work.held_by.length) return "ready";
  return work.wave ? "partly" : "stays";
}
const STATES = { ready: "moves as a whole", partly: "part stays in Airflow", stays: "stays in Airflow", dead: "dead", "not selected": "not selected" };

const chip = (kind, text) => h("span", { class: `chip k-${kind}` }, text ?? BECOMES[kind] ?? kind);
const stateChip = (dag) => h("span", { class: `chip state-${stateOf(dag).replace(" ", "-")}` }, STATES[stateOf(dag)]);
const dagLink = (id) => (DAGS.has(id) ? h("a", { href: at("dag", id) }, id) : id);
const place = (file, line) => (file === "." ? "the folder" : h("a", { class: "place", href: at("source", file, line) }, `${file}:${line}`));
const listed = (items, draw = (item) => item) => items.flatMap((item, index) => (index ? [", ", draw(item)] : [draw(item)]));

/** A few, and a way to see all. */
function some(items, limit, draw) {
  if (items.length <= limit) return listed(items, draw);
  const rest = h("button", { type: "button", class: "more", click: () => rest.replaceWith(", ", ...listed(items.slice(limit), draw)) }, `and ${items.length - limit} more`);
  return [...listed(items.slice(0, limit), draw), " ", rest];
}

/** `2-6 h`, from three days on `3-9 days`. */
function hours([low, high]) {
  const number = (value) => (value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value).toLocaleString("en"));
  if (high < 24) return `${number(low)}–${number(high)} h`;
  return `${number(Math.floor(low / 4) / 2)}–${number(Math.ceil(high / 4) / 2)} days`;
}

/** What the weights of efforts stand for. */
const PARTS = {
  dag: "the DAG itself: review, compare, switch over", asset: "tasks that become assets", check: "tasks that become checks", sensor: "tasks that become sensors",
  step: "tasks that become steps", folded: "tasks that dissolve", hook: "tasks that become hooks", wrapped: "operators that run as they are",
  copy: "more tasks of the same loop", setting: "values, files or modules to tell in migrator.toml",
  blocker: "causes of its own that keep tasks in Airflow", repeat: "more tasks with a cause that is dealt with once", follower: "tasks that stay only because others do",
  warning: "differences to decide for it alone", info: "small differences, and those decided for all",
};

const ORDER = Object.keys(BECOMES);

/** A bar of what tasks become. */
function bar(kinds, label) {
  const total = Object.values(kinds).reduce((sum, number) => sum + number, 0);
  const told = ORDER.filter((kind) => kinds[kind]).map((kind) => `${kinds[kind]} ${BECOMES[kind]}`).join(", ") || "no tasks";
  return h("span", { class: "bar", role: "img", "aria-label": `${label}: ${told}`, title: told },
    ORDER.filter((kind) => kinds[kind]).map((kind) => h("span", { class: `k-${kind}`, style: { "flex-grow": kinds[kind] / total } })));
}

const legend = (kinds) => h("ul", { class: "legend" }, ORDER.filter((kind) => kinds[kind]).map((kind) =>
  h("li", null, h("span", { class: `dot k-${kind}` }), ` ${BECOMES[kind]} `, h("b", null, kinds[kind].toLocaleString("en")))));

function sumKinds(dags) {
  const sum = {};
  for (const dag of dags) for (const [kind, number] of Object.entries(dag.kinds)) sum[kind] = (sum[kind] ?? 0) + number;
  return sum;
}

const section = (title, ...content) => h("section", null, h("h2", null, title), content);

/** A table; a column is `{title, cell, key, number}`, and one with a `key` can be sorted by it. */
function table(name, columns, rows, limit = 200) {
  const body = h("tbody");
  let shown = rows;
  let open = false;
  const more = h("button", { type: "button", class: "wide", click: () => { open = true; draw(); } });
  const draw = () => {
    const part = open ? shown : shown.slice(0, limit);
    body.replaceChildren(...part.map((row) => h("tr", null, columns.map((column, index) =>
      h(index ? "td" : "th", { class: column.number ? "number" : column.class, scope: index ? null : "row" }, column.cell(row))))));
    more.hidden = part.length === shown.length;
    more.textContent = `Show all ${shown.length.toLocaleString("en")}`;
  };
  const heads = columns.map((column) => h("th", { scope: "col", class: column.number ? "number" : null }, column.key
    ? h("button", { type: "button", click: (event) => {
        const head = event.currentTarget.parentElement;
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        shown = shown.slice().sort((a, b) => {
          const [one, two] = [column.key(a), column.key(b)];
          return (typeof one === "number" ? one - two : String(one).localeCompare(String(two))) * (down ? -1 : 1);
        });
        draw();
      } }, column.title)
    : column.title));
  const root = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, h("table", null, h("thead", null, h("tr", null, heads)), body), more);
  root.show = (next) => { shown = next; open = false; heads.forEach((head) => head.removeAttribute("aria-sort")); draw(); };
  draw();
  return root;
}

/** A row of filters above a list. `fields` are `{name, label, options, any}` (a choice, and what none is called) or `{name, label}` (words); `change` gets their values. */
function filters(fields, values, change) {
  const status = h("p", { class: "quiet", role: "status" });
  const given = { ...values };
  const tell = (name, value) => {
    given[name] = value;
    const query = new URLSearchParams(Object.entries(given).filter(([, text]) => text));
    history.replaceState(null, "", `${location.hash.split("?")[0]}${[...query].length ? `?${query}` : ""}`);
    status.textContent = change(given);
  };
  const inputs = fields.map(({ name, label, options, any }) => h("label", null, h("span", null, label), options
    ? h("select", { change: (event) => tell(name, event.target.value) }, h("option", { value: "" }, any ?? "all"),
        options.map(([value, text]) => h("option", { value, selected: given[name] === value }, text)))
    : h("input", { type: "search", value: given[name] ?? "", placeholder: "press / to search", input: (event) => tell(name, event.target.value) })));
  queueMicrotask(() => (status.textContent = change(given)));
  return h("div", { class: "filters", role: "search", "aria-label": `Filter by ${fields.map(({ label }) => label.toLowerCase()).join(", ")}` }, inputs, status);
}

const matches = (text, words) => (words ?? "").toLowerCase().split(/\s+/).every((word) => text.includes(word));
const choices = (values) => [...new Set(values)].filter((value) => value !== "").sort((a, b) => (typeof a === "number" ? a - b : a.localeCompare(b))).map((value) => [String(value), String(value)]);
