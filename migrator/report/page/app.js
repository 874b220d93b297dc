// Which view is shown, the theme, and the keys.

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const NAMES = ["", "dags", "lineage", "plan", "differences", "findings"];

function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  let pieces = path.split("/");
  try {
    pieces = pieces.map(decodeURIComponent);
  } catch {
    pieces = [""];
  }
  return { name: Object.hasOwn(VIEWS, pieces[0]) ? pieces[0] : "", rest: pieces.slice(1), query: Object.fromEntries(new URLSearchParams(query)) };
}

function show(first) {
  const { name, rest, query } = route();
  const part = { dag: "dags", asset: "lineage", source: "dags" }[name] ?? name;
  nav.replaceChildren(h("ul", null, NAMES.map((other) => h("li", null, h("a", { href: at(other), "aria-current": other === part && "page" }, VIEWS[other].title)))));
  main.className = `view-${name || "overview"}`;
  main.replaceChildren(...[VIEWS[name].draw(rest, query)].flat(Infinity).filter(Boolean));
  document.title = `${[rest[0], VIEWS[name].title].filter(Boolean).join(" · ")} · ${TITLE}`;
  if (!first) main.focus({ preventScroll: true });
  const focus = main.querySelector(".source .focus");
  if (focus) focus.scrollIntoView({ block: "center" });
  else window.scrollTo(0, 0);
}

const TITLE = document.title;
const THEMES = ["auto", "light", "dark"];
const themeButton = document.getElementById("theme");

function theme(name) {
  document.documentElement.dataset.theme = name;
  themeButton.textContent = `Theme: ${name}`;
  try {
    localStorage.setItem("theme", name);
  } catch {
    // A file may not keep anything: the theme then holds until the page is closed.
  }
}

let kept = null;
try {
  kept = localStorage.getItem("theme");
} catch {
  kept = null;
}
theme(THEMES.includes(kept) ? kept : "auto");
themeButton.addEventListener("click", () => theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
document.getElementById("print").addEventListener("click", () => {
  location.hash = at("print");
  setTimeout(() => window.print(), 300);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (event.key === "/") {
    event.preventDefault();
    if (!main.querySelector("input[type=search]")) location.hash = at("dags");
    setTimeout(() => main.querySelector("input[type=search]")?.focus(), 50);
  }
  const { name, rest } = route();
  const step = { n: 1, p: -1 }[event.key];
  if (step && name === "dag") {
    const next = DATA.dags[DATA.dags.findIndex((dag) => dag.id === rest[0]) + step];
    if (next) location.hash = at("dag", next.id);
  }
});

window.addEventListener("hashchange", () => show(false));
show(true);
