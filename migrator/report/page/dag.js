// One DAG: what it is, what it becomes, and why.

VIEWS.dag = {
  draw([id]) {
    const dag = DAGS.get(id);
    if (!dag) return [h("h1", null, id), h("p", null, "There is no such DAG.")];
    const work = dag.work;
    const deltas = DATA.deltas.filter((delta) => delta.dag === id).sort((a, b) => (a.severity === "info") - (b.severity === "info"));
    const files = new Set([dag.file, ...dag.tasks.map((task) => task.file)]);
    const spans = [dag, ...dag.tasks].map((item) => `${item.file}:${item.line}`);
    const findings = DATA.findings.filter((row) => files.has(row.file) && (DATA.dags.filter((other) => other.file === row.file).length === 1 || spans.includes(`${row.file}:${row.line}`)));
    return [
      h("p", { class: "crumbs" }, h("a", { href: at("dags") }, "DAGs"), " / "),
      h("h1", null, dag.id),
      h("p", { class: "chips" }, stateChip(dag), work?.quick_win && h("span", { class: "chip good" }, "quick win"), work?.dead && h("span", { class: "chip" }, work.dead),
        work?.wave && h("span", { class: "chip" }, `wave ${work.wave}, batch ${work.batch}`), work && h("span", { class: "chip" }, hours(work.effort)), dag.tags.map((tag) => h("span", { class: "chip" }, tag))),
      dag.description && h("p", { class: "lead" }, dag.description.split("\n")[0].replace(/^#+ */, "").slice(0, 300)),
      h("dl", { class: "facts" },
        fact("File", place(dag.file, dag.line)), fact("Schedule in Airflow", h("code", null, dag.schedule), ` (${dag.timezone})`),
        fact("Started in Dagster by", dag.starts.length ? h("ul", null, dag.starts.map((line) => h("li", null, line))) : "nothing by itself"),
        fact("Owners", dag.owners.join(", ") || "none"),
        work && fact("Needs", work.needs.length ? some(work.needs, 6, dagLink) : "no other DAG"), work && work.needed_by.length > 0 && fact("Needed by", some(work.needed_by, 6, dagLink)),
        work && work.held_by.length > 0 && fact("What holds it", h("ul", null, work.held_by.map((cause) => h("li", null, prose(cause))))),
        dag.reason && fact("Why it stays", prose(dag.reason))),
      h("p", null, bar(dag.kinds, dag.id)), legend(dag.kinds),
      lightUp(h("div", { class: "sides" },
        h("section", null, h("h2", null, "In Airflow"), before(dag)),
        h("section", null, h("h2", null, "In Dagster"), after(dag)))),
      section("Tasks", table(`Tasks of ${id}`, [
        { title: "Task", key: (task) => task.id, cell: (task) => [task.id, h("small", null, task.operator, task.mapped && ", mapped", task.rule && `, ${task.rule}`)] },
        { title: "Becomes", key: (task) => ORDER.indexOf(task.becomes), cell: (task) => (task.becomes ? chip(task.becomes) : "–") },
        { title: "Why", cell: (task) => [prose(task.why), task.code && h("small", { title: DATA.codes[task.code]?.[1] }, `${task.code} ${DATA.codes[task.code]?.[0] ?? ""}`)] },
        { title: "Reads", cell: (task) => refs(task, "input") },
        { title: "Writes", cell: (task) => refs(task, "output") },
        { title: "Where", cell: (task) => place(task.file, task.line) },
      ], dag.tasks, 100)),
      work && work.units.length > 0 && section("Task by task", table(`What moves together in ${id}`, [
        { title: "Tasks", cell: (unit) => some(unit.tasks, 8, (task) => h("code", null, task)) },
        { title: "Can be proxied", key: (unit) => Boolean(unit.blocked), cell: (unit) => (unit.blocked ? "no" : unit.conditions.length ? "if" : "yes") },
        { title: "Why", cell: (unit) => [...(unit.blocked ? [unit.blocked] : unit.conditions), unit.why].filter(Boolean).map((text) => h("div", null, prose(text))) },
      ], work.units, 30)),
      work && section("Effort", table(`Effort of ${id}`, [
        { title: "What", cell: (part) => PARTS[part.name] ?? part.name }, { title: "Number", cell: (part) => part.number, number: true }, { title: "Effort", cell: (part) => hours(part.effort), number: true },
      ], [...work.parts, { name: "together", number: "", effort: work.effort }])),
      deltas.length > 0 && section("What will behave differently", table(`Differences of ${id}`, [
        { title: "Severity", cell: (delta) => h("span", { class: `chip s-${delta.severity}` }, SEVERITY[delta.severity]) },
        { title: "Task", cell: (delta) => delta.task ?? "the DAG" },
        { title: "In Airflow", cell: (delta) => prose(delta.airflow) }, { title: "In Dagster", cell: (delta) => prose(delta.dagster) }, { title: "What to do", cell: (delta) => prose(delta.todo || "–") },
      ], deltas, 50)),
      findings.length > 0 && section("Findings", table(`Findings of ${id}`, [
        { title: "Severity", cell: (row) => h("span", { class: `chip s-${row.severity}` }, SEVERITY[row.severity]) }, { title: "Code", cell: (row) => row.code },
        { title: "Where", cell: (row) => place(row.file, row.line) }, { title: "What", cell: (row) => [prose(row.message), row.help && h("small", null, "Help: ", prose(row.help))] },
      ], findings, 30)),
      later("Source", dag.file, dag.line),
    ];
  },
};

const fact = (name, ...value) => [h("dt", null, name), h("dd", null, value)];

function refs(task, way) {
  const found = [...new Map(task.refs.filter((ref) => ref.way === way).map((ref) => [ref.key || ref.name, ref])).values()];
  return some(found, 3, (ref) => h("a", { href: ref.key ? at("asset", ref.key) : at("source", ref.file, ref.line), title: `${ref.confidence}: ${ref.why}` }, ref.key || ref.name));
}

function before(dag) {
  const nodes = dag.tasks.map((task) => ({ label: task.id, sub: task.operator + (task.mapped ? " [mapped]" : ""), kind: task.becomes, task: task.id, href: at("source", task.file, task.line) }));
  const edges = dag.tasks.flatMap((task, to) => task.up.map((from) => ({ from, to })));
  return nodes.length ? graph(`Tasks of ${dag.id} in Airflow`, nodes, edges) : h("p", { class: "quiet" }, "It has no tasks.");
}

function after(dag) {
  const { nodes, edges } = dag.after;
  if (!nodes.length) return h("p", { class: "quiet" }, dag.reason ? ["It stays in Airflow: ", prose(dag.reason)] : "Nothing of it moves.");
  const known = new Map(DATA.assets.map((asset) => [asset.key, asset]));
  return graph(`What ${dag.id} becomes in Dagster`,
    nodes.map((node) => ({ label: node.label, sub: node.kind === "external" ? "made elsewhere" : BECOMES[node.kind], kind: node.kind, task: node.task, href: known.has(node.label) ? at("asset", node.label) : null })),
    edges.map(([from, to]) => ({ from, to })));
}

/** Source that is drawn when it is asked for. */
function later(title, path, line) {
  const room = h("div");
  const details = h("details", { toggle: () => details.open && !room.firstChild && room.append(source(path, line)) }, h("summary", null, h("h2", null, `${title}: ${path}`)), room);
  return details;
}
