// The parts of the report. Each returns what stands in the middle of the page.

const VIEWS = {};

VIEWS[""] = {
  title: "Overview",
  draw() {
    const dags = DATA.dags;
    const tasks = dags.reduce((sum, dag) => sum + dag.tasks.length, 0);
    const kinds = sumKinds(dags);
    const moves = Object.entries(kinds).reduce((sum, [kind, number]) => sum + (kind === "airflow" ? 0 : number), 0);
    const planned = Object.values(kinds).reduce((sum, number) => sum + number, 0);
    const severe = (name) => DATA.findings.filter((finding) => finding.severity === name).length;
    const tile = (href, number, words, note) => h("a", { class: "tile", href }, h("b", null, number), h("span", null, words), note && h("small", null, note));
    const states = {};
    for (const dag of dags) states[stateOf(dag)] = (states[stateOf(dag)] ?? 0) + 1;
    return [
      h("h1", null, "From Airflow to Dagster"),
      h("p", { class: "lead" }, `${DATA.headline}.`),
      h("div", { class: "tiles" },
        tile(at("dags"), dags.length.toLocaleString("en"), "DAGs", `${(states.ready ?? 0).toLocaleString("en")} move as a whole`),
        tile(at("dags"), planned ? `${Math.floor((100 * moves) / planned)}%` : "–", "of the tasks move", `${moves.toLocaleString("en")} of ${tasks.toLocaleString("en")}`),
        tile(at("lineage"), DATA.assets.length.toLocaleString("en"), "data assets", `${DATA.links.length.toLocaleString("en")} links between DAGs`),
        tile(at("plan"), hours(DATA.plan.summary.effort), "of one person's work", `${count(DATA.plan.waves.length, "wave")}`),
        tile(at("findings"), DATA.findings.length.toLocaleString("en"), "findings", `${count(severe("error"), "error")}, ${count(severe("warning"), "warning")}`)),
      section("What tasks become", h("div", { class: "big" }, bar(kinds, "All tasks")), legend(kinds)),
      section("In short", h("ul", null, DATA.summary.map((line) => h("li", null, prose(line)))), h("p", null, h("a", { href: at("plan") }, "The plan"))),
      leverage(6),
      DATA.unknown.length > 0 && section("What would make the unknown known", table("What to give", [
        { title: "Name", cell: (row) => h("code", null, row[0]) },
        { title: "Give", cell: (row) => h("code", null, row[1]) },
        { title: "Findings", cell: (row) => row[2], number: true },
      ], DATA.unknown, 20)),
    ];
  },
};

function leverage(limit) {
  const causes = DATA.plan.leverage;
  if (!causes.length) return null;
  const most = Math.max(...causes.map((cause) => cause.dags.length));
  return section("What to deal with first", h("p", { class: "quiet" }, "Each sets these DAGs free once those above it are done."),
    table("What to deal with first", [
      { title: "What", cell: (cause) => [h("span", { title: DATA.codes[cause.code]?.[1] }, prose(cause.title)), h("small", null, prose(cause.remedy))] },
      { title: "Unlocks", cell: (cause) => h("span", { class: "meter" }, h("span", { class: "fill", style: { width: `${(90 * cause.unlocks.length) / most}px` } }), ` ${count(cause.unlocks.length, "DAG")} of ${cause.dags.length}`) },
      { title: "Effort", cell: (cause) => hours(cause.effort), number: true },
      { title: "First seen", cell: (cause) => place(cause.file, cause.line) },
    ], causes, limit));
}

VIEWS.dags = {
  title: "DAGs",
  draw(_, query) {
    const effort = (dag) => (dag.work ? dag.work.effort[1] : -1);
    const list = table("DAGs", [
      { title: "DAG", key: (dag) => dag.id, cell: (dag) => [dagLink(dag.id), h("small", null, dag.file)] },
      { title: "State", key: (dag) => ["ready", "partly", "stays", "dead", "not selected"].indexOf(stateOf(dag)), cell: stateChip },
      { title: "Tasks", key: (dag) => dag.tasks.length, cell: (dag) => [bar(dag.kinds, dag.id), h("small", null, `${dag.work ? `${dag.work.tasks_that_move} of ` : ""}${dag.tasks.length}`)] },
      { title: "Schedule", key: (dag) => dag.schedule, cell: (dag) => h("code", null, dag.schedule) },
      { title: "Team", key: (dag) => dag.work?.team ?? "", cell: (dag) => dag.work?.team ?? "" },
      { title: "Wave", key: (dag) => dag.work?.wave ?? 999, cell: (dag) => dag.work?.batch ?? "–", number: true },
      { title: "Effort", key: effort, cell: (dag) => (dag.work ? hours(dag.work.effort) : "–"), number: true },
    ], DATA.dags);
    const fields = [
      { name: "q", label: "Search" },
      { name: "state", label: "State", options: Object.entries(STATES) },
      { name: "team", label: "Team", options: choices(DATA.dags.map((dag) => dag.work?.team ?? "")) },
      { name: "wave", label: "Wave", options: choices(DATA.dags.map((dag) => dag.work?.wave ?? "")) },
      { name: "quick", label: "Quick wins", options: [["yes", "only quick wins"]] },
    ];
    return [h("h1", null, "DAGs"), filters(fields, query, (given) => {
      const found = DATA.dags.filter((dag) => matches(dag.search, given.q) && (!given.state || stateOf(dag) === given.state)
        && (!given.team || dag.work?.team === given.team) && (!given.wave || String(dag.work?.wave) === given.wave) && (!given.quick || dag.work?.quick_win));
      list.show(found);
      return `${count(found.length, "DAG")}${found.length === DATA.dags.length ? "" : ` of ${DATA.dags.length.toLocaleString("en")}`}`;
    }), list];
  },
};

const SEEN = { data: "reads what it makes", trigger: "starts it", wait: "waits for it" };
const MOST_NODES = 80;

/** The DAGs that are at most so many links away from one of them. */
function near(id, steps) {
  const found = new Set([id]);
  for (let step = 0; step < steps; step++) {
    const edge = new Set(found);
    for (const [up, down] of DATA.links) {
      if (edge.has(up)) found.add(down);
      if (edge.has(down)) found.add(up);
    }
  }
  return [...found];
}

function dagGraph(name, ids) {
  const shown = ids.slice(0, MOST_NODES);
  const index = new Map(shown.map((id, number) => [id, number]));
  const edges = new Map();
  for (const [up, down, kind, what] of DATA.links) {
    if (!index.has(up) || !index.has(down)) continue;
    const edge = edges.get(`${index.get(up)} ${index.get(down)}`) ?? { from: index.get(up), to: index.get(down), kind, names: [] };
    edge.names.push(`${SEEN[kind]}: ${what}`);
    edges.set(`${edge.from} ${edge.to}`, edge);
  }
  const nodes = shown.map((id) => {
    const dag = DAGS.get(id);
    return { label: id, sub: dag ? `${STATES[stateOf(dag)]}, ${count(dag.tasks.length, "task")}` : "", kind: dag ? `state-${stateOf(dag)}` : "external", href: at("dag", id) };
  });
  return [graph(name, nodes, [...edges.values()].map((edge) => ({ ...edge, title: edge.names.slice(0, 12).join("\n") }))),
    ids.length > shown.length && h("p", { class: "quiet" }, `${ids.length - shown.length} more DAGs are not drawn.`),
    h("p", { class: "quiet" }, h("span", { class: "key data" }), " reads data  ", h("span", { class: "key trigger" }), " starts  ", h("span", { class: "key wait" }), " waits")];
}

VIEWS.lineage = {
  title: "Lineage",
  draw(_, query) {
    const degree = new Map();
    for (const [up, down] of DATA.links) for (const id of [up, down]) degree.set(id, (degree.get(id) ?? 0) + 1);
    const linked = DATA.dags.map((dag) => dag.id).filter((id) => degree.has(id));
    const busiest = linked.slice().sort((a, b) => degree.get(b) - degree.get(a) || a.localeCompare(b));
    const room = h("div");
    const assets = table("Data assets", [
      { title: "Asset", key: (asset) => asset.key, cell: (asset) => h("a", { href: at("asset", asset.key) }, asset.key) },
      { title: "Kind", key: (asset) => asset.kind, cell: (asset) => (asset.system ? `${asset.kind}, ${asset.system}` : asset.kind) },
      { title: "Made by", key: (asset) => asset.made.length, cell: (asset) => (asset.made.length ? some(asset.made, 3, taskLink) : h("span", { class: "quiet" }, "nothing here")) },
      { title: "Used by", key: (asset) => asset.used.length, cell: (asset) => some(asset.used, 3, taskLink) },
      { title: "Known", class: "short", key: (asset) => asset.confidence, cell: (asset) => asset.confidence },
    ], DATA.assets, 100);
    const small = linked.length <= MOST_NODES;
    const fields = [
      { name: "dag", label: "Around the DAG", options: busiest.map((id) => [id, id]), any: small ? "all" : `${busiest[0]} (most links)` },
      { name: "steps", label: "Links away", options: [["2", "2"], ["3", "3"]], any: "1" },
    ];
    let drawn;
    return [h("h1", null, "Lineage across DAGs"),
      linked.length ? [filters(fields, query, (given) => {
        const id = given.dag || (small ? "" : busiest[0]);
        const key = `${id} ${given.steps}`;
        const ids = id ? near(id, Number(given.steps) || 1) : linked;
        if (drawn !== key) room.replaceChildren(...dagGraph("Lineage across DAGs", ids).filter(Boolean));
        drawn = key;
        return `${count(ids.length, "DAG")}${id ? ` around ${id}` : ` with links, of ${DATA.dags.length.toLocaleString("en")}`}`;
      }), room] : h("p", { class: "quiet" }, "No DAG needs another one."),
      section("Data assets", filters([{ name: "asset", label: "Search" }], query, (given) => {
        const found = DATA.assets.filter((asset) => matches(`${asset.key}\n${asset.name}\n${asset.made.join("\n")}\n${asset.used.join("\n")}`.toLowerCase(), given.asset));
        assets.show(found);
        return count(found.length, "asset");
      }), assets)];
  },
};

/** A task as `dag.task`, as a link to its DAG. */
function taskLink(name) {
  for (let dot = name.length; (dot = name.lastIndexOf(".", dot - 1)) > 0; ) if (DAGS.has(name.slice(0, dot))) return h("a", { href: at("dag", name.slice(0, dot)) }, name);
  return name;
}

VIEWS.asset = {
  draw([key]) {
    const asset = DATA.assets.find((one) => one.key === key);
    const seen = [];
    for (const dag of DATA.dags) for (const task of dag.tasks) for (const ref of task.refs) if (ref.key === key) seen.push({ dag, task, ref });
    if (!asset) return [h("h1", null, key), h("p", null, "There is no such asset.")];
    const writes = seen.filter(({ ref }) => ref.way === "output");
    const reads = seen.filter(({ ref }) => ref.way === "input");
    const node = ({ dag, task }) => ({ label: task.id, sub: dag.id, kind: task.becomes, href: at("dag", dag.id) });
    const unique = (list) => [...new Map(list.map((item) => [`${item.dag.id} ${item.task.id}`, item])).values()].slice(0, 40);
    const [makers, users] = [unique(writes), unique(reads)];
    const nodes = [...makers.map(node), { label: key, sub: asset.kind, kind: "asset" }, ...users.map(node)];
    const edges = nodes.map((_, index) => ({ from: Math.min(index, makers.length), to: Math.max(index, makers.length) })).filter((edge) => edge.from !== edge.to);
    return [
      h("h1", null, key),
      h("p", { class: "lead" }, `${asset.system ? `${asset.kind} (${asset.system})` : asset.kind}, in the code `, h("code", null, asset.name), `, ${asset.confidence}`),
      graph(`Who makes and uses ${key}`, nodes, edges),
      section("Evidence", table("Evidence", [
        { title: "Task", cell: ({ dag, task }) => [dagLink(dag.id), h("small", null, task.id)] },
        { title: "Does", class: "short", cell: ({ ref }) => (ref.way === "input" ? "reads" : "writes") },
        { title: "As", cell: ({ ref }) => h("code", null, ref.name) },
        { title: "Known", class: "short", cell: ({ ref }) => ref.confidence },
        { title: "Where", cell: ({ ref }) => place(ref.file, ref.line) },
        { title: "Why", cell: ({ ref }) => prose(ref.why) },
      ], [...writes, ...reads])),
    ];
  },
};

VIEWS.plan = {
  title: "Plan",
  draw() {
    const plan = DATA.plan;
    const dead = DATA.dags.filter((dag) => dag.work?.dead);
    const blocked = DATA.dags.filter((dag) => dag.work && !dag.work.dead && !dag.work.wave);
    const most = Math.max(1, ...plan.waves.flatMap((wave) => wave.batches.map((batch) => batch.effort[1])));
    return [
      h("h1", null, "The plan"),
      h("ul", { class: "lead" }, DATA.summary.map((line) => h("li", null, prose(line)))),
      leverage(12),
      plan.quick_wins.length > 0 && section("Quick wins", h("p", null, some(plan.quick_wins, 12, dagLink), ".")),
      plan.waves.map((wave) => section(`Wave ${wave.number}`,
        h("p", { class: "quiet" }, `${count(wave.batches.reduce((sum, batch) => sum + batch.dags.length, 0), "DAG")}, ${hours(wave.effort)}: `, prose(wave.why)),
        h("ol", { class: "batches" }, wave.batches.map((batch) => h("li", { class: "batch" },
          h("div", { class: "head" }, h("b", null, batch.name), ` ${count(batch.dags.length, "DAG")}, ${hours(batch.effort)}`,
            h("span", { class: "range", "aria-hidden": "true" }, h("span", { style: { "margin-left": `${(100 * batch.effort[0]) / most}%`, width: `${(100 * (batch.effort[1] - batch.effort[0])) / most}%` } }))),
          h("div", null, prose(batch.why)), h("div", { class: "names" }, some(batch.dags, 12, dagLink))))))),
      blocked.length > 0 && section("In no wave", h("p", { class: "quiet" }, "None of their tasks can run in Dagster yet."),
        table("DAGs in no wave", [{ title: "DAG", cell: (dag) => dagLink(dag.id) }, { title: "What holds it", cell: (dag) => prose(dag.work.held_by.join("; ") || dag.reason) }], blocked, 50)),
      plan.critical_path.dags.length > 1 && section("Critical path", h("p", null, `${hours(plan.critical_path.effort)}, one after the other: `, plan.critical_path.dags.flatMap((id, index) => (index ? [" → ", dagLink(id)] : [dagLink(id)])))),
      dead.length > 0 && section("Dead", h("p", { class: "quiet" }, `Not worth moving, which saves ${hours(plan.summary.saved)}.`),
        table("Dead DAGs", [{ title: "DAG", cell: (dag) => dagLink(dag.id) }, { title: "Why", cell: (dag) => dag.work.dead }, { title: "Needed by", cell: (dag) => some(dag.work.needed_by, 4, dagLink) }], dead, 50)),
      plan.shared.length > 0 && section("Used by several DAGs", table("Used by several DAGs", [
        { title: "Kind", cell: (item) => item.kind }, { title: "Name", cell: (item) => h("code", null, item.name) }, { title: "DAGs", cell: (item) => some(item.dags, 6, dagLink) }], plan.shared, 20)),
    ];
  },
};

VIEWS.differences = {
  title: "Differences",
  draw() {
    const rows = DATA.plan.differences;
    return [h("h1", null, "What will behave differently"),
      h("p", { class: "lead" }, "Each is to be accepted, or dealt with as it says. The most severe and most frequent come first; one that concerns several DAGs is decided once."),
      rows.length ? table("Differences", [
        { title: "Severity", key: (row) => ["error", "warning", "info"].indexOf(row.severity), cell: (row) => h("span", { class: `chip s-${row.severity}` }, SEVERITY[row.severity]) },
        { title: "DAGs", key: (row) => row.dags.length, cell: (row) => [h("b", null, row.dags.length.toLocaleString("en")), row.decided_once && h("small", null, "decided once")] },
        { title: "In Airflow", cell: (row) => prose(row.airflow) },
        { title: "In Dagster", cell: (row) => prose(row.dagster) },
        { title: "What to do", cell: (row) => prose(row.mitigation || "–") },
        { title: "Where", cell: (row) => some(row.dags, 3, dagLink) },
      ], rows) : h("p", null, "Nothing.")];
  },
};

VIEWS.findings = {
  title: "Findings",
  draw(_, query) {
    const list = table("Findings", [
      { title: "Severity", key: (row) => ["error", "warning", "info"].indexOf(row.severity), cell: (row) => h("span", { class: `chip s-${row.severity}` }, SEVERITY[row.severity]) },
      { title: "Code", class: "short", key: (row) => row.code, cell: (row) => h("span", { title: DATA.codes[row.code]?.[1] }, row.code) },
      { title: "Where", key: (row) => row.file, cell: (row) => place(row.file, row.line) },
      { title: "What", cell: (row) => [prose(row.message), row.help && h("small", null, "Help: ", prose(row.help))] },
    ], DATA.findings);
    const codes = choices(DATA.findings.map((row) => row.code)).map(([code]) => [code, `${code} ${DATA.codes[code]?.[0] ?? ""}`]);
    const fields = [{ name: "q", label: "Search" }, { name: "severity", label: "Severity", options: Object.entries(SEVERITY) }, { name: "code", label: "Code", options: codes }];
    return [h("h1", null, "Findings"), filters(fields, query, (given) => {
      const found = DATA.findings.filter((row) => (!given.severity || row.severity === given.severity) && (!given.code || row.code === given.code)
        && matches(`${row.code} ${row.file} ${row.message}`.toLowerCase(), given.q));
      list.show(found);
      return count(found.length, "finding");
    }), list];
  },
};

VIEWS.source = {
  draw([path, line]) {
    return [h("h1", null, path), source(path, Number(line))];
  },
};

VIEWS.print = {
  draw() {
    const articles = ["", "plan", "dags", "differences", "findings"].map((name) => h("article", null, VIEWS[name].draw([], {})));
    for (const article of articles) for (const region of article.querySelectorAll("[role=region]")) region.removeAttribute("role");
    return articles;
  },
};
