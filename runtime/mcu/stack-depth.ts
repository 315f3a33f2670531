/** How deep the C stack can get, from the call graph that GCC writes (-fcallgraph-info=su). */

export interface StackDepth {
  /** Bytes that thread mode and the exceptions on top of it can need; undefined when it cannot be told. */
  readonly bytes: number | undefined;
  /** Why it cannot be told: recursion or a call through a pointer, with the functions in it. */
  readonly reason: string | undefined;
  /** The same number with every function counted once; what a guard has to keep free. */
  readonly withoutCycles: number;
  /** C names of the functions that call themselves, directly or through others. */
  readonly recursive: readonly string[];
  /** True when something is called through a table. */
  readonly indirect: boolean;
}

/** Bytes that the CPU pushes for an exception, with the word that aligns the stack. */
const EXCEPTION_FRAME = 36;

interface Node {
  readonly bytes: number;
  readonly calls: string[];
}

/** The graph of .ci files, one behind the other: title and label of each node (its label has "N bytes"), and the edges. */
function parseCallGraph(text: string): Map<string, Node> {
  const nodes = new Map<string, Node>();
  for (const match of text.matchAll(/^node: \{ title: "([^"]*)" label: "([^"]*)"/gm)) {
    // What one unit defines, another only names: without bytes there.
    const bytes = Number(/(\d+) bytes/.exec(match[2])?.[1] ?? 0);
    nodes.set(match[1], { bytes: Math.max(bytes, nodes.get(match[1])?.bytes ?? 0), calls: [] });
  }
  for (const match of text.matchAll(/^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"/gm)) {
    nodes.get(match[1])?.calls.push(match[2]);
  }
  return nodes;
}

/** A node's own name: GCC titles static functions "file:name", and its clones "name.isra.0". */
const plainName = (title: string) => (title.split(":").at(-1) ?? title).split(".")[0];

/**
 * Deepest way from image_main, plus an interrupt frame and the deepest way from the exception that polls the core, plus
 * another frame for the interrupt of a device.
 * @param text contents of core.ci and app.ci
 */
export function stackDepth(text: string): StackDepth {
  const nodes = parseCallGraph(text);
  const byName = new Map([...nodes.keys()].map((title) => [plainName(title), title]));
  const depths = new Map<string, number>();
  const recursive = new Set<string>();
  let indirect = false;
  let reason: string | undefined;

  function depth(title: string, path: readonly string[]): number {
    const known = depths.get(title);
    if (known !== undefined) return known;
    const node = nodes.get(title);
    if (node === undefined) return 0;
    if (title === "__indirect_call") {
      indirect = true;
      reason ??= `${plainName(path.at(-1) ?? "")} calls through a table`;
      return 0;
    }
    if (path.includes(title)) {
      const cycle = path.slice(path.indexOf(title)).map(plainName);
      for (const name of cycle) recursive.add(name);
      reason ??= `${cycle.join(" calls ")} calls ${plainName(title)}`;
      return 0;
    }
    const below = Math.max(0, ...node.calls.map((called) => depth(called, [...path, title])));
    depths.set(title, node.bytes + below);
    return node.bytes + below;
  }

  const from = (name: string) => depth(byName.get(name) ?? "", []);
  const bytes =
    from("image_main") +
    EXCEPTION_FRAME +
    from("poll_interrupt") +
    EXCEPTION_FRAME +
    Math.max(from("nic_interrupt"), from("timer_interrupt"));
  return {
    bytes: reason === undefined ? bytes : undefined,
    reason,
    withoutCycles: bytes,
    recursive: [...recursive],
    indirect,
  };
}
