// A layered layout, left to right, after Sugiyama: ranks by the longest path, order by medians, heights by neighbours.

const GAP = { x: 56, y: 14 };

/** Nodes `{w, h}` and edges `[from, to]` get places: `{x: [], y: [], width, height, paths: [[x, y]...]}`; y is the middle of a node. */
function layered(nodes, edges) {
  const count = nodes.length;
  const forward = acyclic(count, edges);
  const rank = ranks(count, forward);
  const grid = nodes.map((_, node) => !forward.some(([a, b]) => a === node || b === node));
  const layers = [];
  const size = nodes.map((node) => node.h);
  const layerOf = rank.slice();
  const put = (node, layer) => (layers[layer] ??= []).push(node);
  nodes.forEach((_, node) => grid[node] || put(node, rank[node]));
  // A long edge passes through a place of its own in each layer between its ends.
  const chains = forward.map(([a, b]) => {
    const chain = [a];
    if (forward.length < 600) {
      for (let layer = rank[a] + 1; layer < rank[b]; layer++) {
        const dummy = size.length;
        size.push(2);
        layerOf.push(layer);
        put(dummy, layer);
        chain.push(dummy);
      }
    }
    chain.push(b);
    return chain;
  });
  const before = size.map(() => []);
  const after = size.map(() => []);
  for (const chain of chains) {
    for (let step = 1; step < chain.length; step++) {
      before[chain[step]].push(chain[step - 1]);
      after[chain[step - 1]].push(chain[step]);
    }
  }
  const full = Array.from(layers, (layer) => layer ?? []);
  order(full, before, after, size.length);
  const y = heights(full, before, after, size);
  return places(nodes, grid, full, layerOf, y, size, edges, forward, chains);
}

/** The edges with those turned round that would close a cycle. */
function acyclic(count, edges) {
  const next = Array.from({ length: count }, () => []);
  edges.forEach(([a, b], index) => next[a].push([b, index]));
  const state = new Uint8Array(count);
  const turned = new Set();
  for (let root = 0; root < count; root++) {
    if (state[root]) continue;
    const stack = [[root, 0]];
    state[root] = 1;
    while (stack.length) {
      const top = stack[stack.length - 1];
      const item = next[top[0]][top[1]++];
      if (!item) {
        state[top[0]] = 2;
        stack.pop();
      } else if (state[item[0]] === 1) turned.add(item[1]);
      else if (!state[item[0]]) {
        state[item[0]] = 1;
        stack.push([item[0], 0]);
      }
    }
  }
  return edges.map(([a, b], index) => (turned.has(index) ? [b, a] : [a, b]));
}

function ranks(count, edges) {
  const rank = new Array(count).fill(0);
  const after = Array.from({ length: count }, () => []);
  const left = new Array(count).fill(0);
  for (const [a, b] of edges) {
    after[a].push(b);
    left[b]++;
  }
  const ready = [];
  for (let node = 0; node < count; node++) if (!left[node]) ready.push(node);
  const roots = ready.slice();
  for (let index = 0; index < ready.length; index++) {
    for (const node of after[ready[index]]) {
      rank[node] = Math.max(rank[node], rank[ready[index]] + 1);
      if (!--left[node]) ready.push(node);
    }
  }
  for (const node of roots) if (after[node].length) rank[node] = Math.min(...after[node].map((other) => rank[other])) - 1;
  return rank;
}

/** Sorts each layer by the middle of a node's neighbours, to and fro. */
function order(layers, before, after, total) {
  const place = new Array(total).fill(0);
  const note = (layer) => layer.forEach((node, index) => (place[node] = index));
  layers.forEach(note);
  const sweeps = total > 500 ? 2 : 8;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : layers.slice().reverse()) {
      const middle = new Map(layer.map((node) => {
        const near = (down ? before : after)[node].map((other) => place[other]).sort((a, b) => a - b);
        return [node, near.length ? (near[(near.length - 1) >> 1] + near[near.length >> 1]) / 2 : place[node]];
      }));
      layer.sort((a, b) => middle.get(a) - middle.get(b) || place[a] - place[b]);
      note(layer);
    }
  }
}

/** Middles of the nodes: near to those of their neighbours, without overlap. */
function heights(layers, before, after, size) {
  const y = new Array(size.length).fill(0);
  for (const layer of layers) {
    let top = 0;
    for (const node of layer) {
      y[node] = top + size[node] / 2;
      top += size[node] + GAP.y;
    }
  }
  const apart = (a, b) => (size[a] + size[b]) / 2 + GAP.y;
  for (let round = 0; round < 6; round++) {
    for (const layer of round % 2 ? layers.slice().reverse() : layers) {
      const wish = layer.map((node) => {
        const near = [...(round % 2 ? after : before)[node]];
        return near.length ? near.reduce((sum, other) => sum + y[other], 0) / near.length : y[node];
      });
      const low = wish.slice();
      const high = wish.slice();
      for (let i = 1; i < layer.length; i++) low[i] = Math.max(wish[i], low[i - 1] + apart(layer[i - 1], layer[i]));
      for (let i = layer.length - 2; i >= 0; i--) high[i] = Math.min(wish[i], high[i + 1] - apart(layer[i], layer[i + 1]));
      layer.forEach((node, i) => (y[node] = (low[i] + high[i]) / 2));
    }
  }
  return y;
}

/** Columns for the layers, a grid below for what has no edge, and a line for each edge in its own direction. */
function places(nodes, grid, layers, layerOf, y, size, edges, forward, chains) {
  const used = layers.flat();
  const top = used.length ? Math.min(...used.map((node) => y[node] - size[node] / 2)) : 0;
  const left = [];
  let width = 0;
  layers.forEach((layer, index) => {
    left[index] = width;
    width += Math.max(0, ...layer.filter((node) => node < nodes.length).map((node) => nodes[node].w)) + GAP.x;
  });
  width = Math.max(0, width - GAP.x);
  let height = used.length ? Math.max(...used.map((node) => y[node] + size[node] / 2)) - top : 0;
  const x = nodes.map((_, node) => left[layerOf[node]] ?? 0);
  const middle = y.map((value) => value - top);
  const alone = nodes.map((_, node) => node).filter((node) => grid[node]);
  if (alone.length) {
    const wide = Math.max(...alone.map((node) => nodes[node].w)) + 16;
    const columns = Math.max(1, Math.min(alone.length, Math.floor(Math.max(width, Math.sqrt(alone.length) * wide) / wide) || 1));
    const start = height ? height + GAP.y * 2 : 0;
    alone.forEach((node, index) => {
      x[node] = (index % columns) * wide;
      middle[node] = start + Math.floor(index / columns) * (nodes[node].h + GAP.y) + nodes[node].h / 2;
    });
    width = Math.max(width, columns * wide - 16);
    height = Math.max(...alone.map((node) => middle[node] + nodes[node].h / 2));
  }
  const paths = chains.map((chain, index) => {
    const points = chain.map((node, step) => {
      if (node >= nodes.length) return [left[layerOf[node]], middle[node]];
      return [x[node] + (step === 0 ? nodes[node].w : 0), middle[node]];
    });
    return forward[index][0] === edges[index][0] ? points : points.reverse();
  });
  return { x, y: middle.slice(0, nodes.length), width, height, paths };
}
