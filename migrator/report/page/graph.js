// Graphs as SVG: boxes that are links, lines between them, buttons to zoom.

const BOX = { height: 38, least: 96, most: 260, letter: 7.1 };

const cut = (text, letters) => (text.length <= letters ? text : `${text.slice(0, Math.ceil(letters / 2) - 1)}…${text.slice(text.length - Math.floor(letters / 2))}`);

/** A drawing of nodes `{label, sub, kind, href, task}` and edges `{from, to, kind, title}` in a frame that can be scrolled and zoomed. */
function graph(name, nodes, edges) {
  const boxes = nodes.map((node) => {
    const letters = Math.max(node.label.length, (node.sub ?? "").length * 0.9);
    return { w: Math.round(Math.min(BOX.most, Math.max(BOX.least, letters * BOX.letter + 26))), h: node.sub ? BOX.height : 28 };
  });
  const { x, y, width, height, paths } = layered(boxes, edges.map((edge) => [edge.from, edge.to]));
  const lines = edges.map((edge, index) =>
    svg("path", { d: line(paths[index]), class: `edge ${edge.kind ?? ""}`, "marker-end": "url(#arrow)", "data-from": edge.from, "data-to": edge.to },
      edge.title && svg("title", null, edge.title)));
  const items = nodes.map((node, index) => box(node, boxes[index], x[index], y[index]));
  const picture = svg("svg", { class: "graph", viewBox: `-6 -6 ${width + 12} ${height + 12}`, role: "group", "aria-label": name },
    svg("defs", null, svg("marker", { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
      svg("path", { d: "M0 0.5 7.5 4 0 7.5z", class: "tip" }))),
    lines, items);
  return frame(name, picture, width + 12, height + 12);
}

function box(node, size, x, y) {
  const letters = Math.floor((size.w - 22) / BOX.letter);
  const top = y - size.h / 2;
  const words = [node.label, node.sub, node.kind && `(${node.kind})`].filter(Boolean).join(" ");
  return svg(node.href ? "a" : "g", { href: node.href, class: `node k-${node.kind ?? "none"}`, "data-task": node.task, "aria-label": node.href && words },
    svg("title", null, words),
    svg("rect", { x, y: top, width: size.w, height: size.h, rx: 6 }),
    svg("rect", { x, y: top, width: 5, height: size.h, rx: 2.5, class: "strip" }),
    svg("text", { x: x + 13, y: node.sub ? y - 3 : y + 4 }, cut(node.label, letters)),
    node.sub && svg("text", { x: x + 13, y: y + 12, class: "sub" }, cut(node.sub, Math.floor(letters * 1.2))));
}

function line(points) {
  let path = `M${points[0][0]} ${points[0][1]}`;
  for (let step = 1; step < points.length; step++) {
    const [x0, y0] = points[step - 1];
    const [x1, y1] = points[step];
    const bend = (x1 - x0) / 2;
    path += `C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
  }
  return path;
}

function frame(name, picture, width, height) {
  const room = h("div", { class: "canvas", tabindex: "0", role: "region", "aria-label": `${name}, can be scrolled` }, picture);
  let scale = 1;
  const zoom = (next) => {
    scale = Math.min(2, Math.max(0.2, next));
    picture.setAttribute("width", Math.round(width * scale));
    picture.setAttribute("height", Math.round(height * scale));
  };
  const fit = () => zoom(Math.min(1, Math.max(0.4, (room.clientWidth - 16) / width)));
  requestAnimationFrame(fit);
  zoom(1);
  const button = (label, sign, change) => h("button", { type: "button", "aria-label": `${label}: ${name}`, title: label, click: change }, sign);
  return h("div", { class: "frame" }, room,
    h("div", { class: "zoom" }, button("Zoom in", "+", () => zoom(scale * 1.25)), button("Zoom out", "−", () => zoom(scale / 1.25)), button("Fit", "⤢", fit)));
}

/** What is pointed at, or has the focus, in one of the graphs lights up in all of them, by the task that it stands for. */
function lightUp(root) {
  const show = (event) => {
    const task = event.target.closest?.("[data-task]")?.dataset.task;
    for (const node of root.querySelectorAll("[data-task]")) node.classList.toggle("lit", task != null && node.dataset.task === task);
  };
  for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, show);
  return root;
}
