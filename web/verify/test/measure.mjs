// How long the built package takes to check certificates:
//   cargo run --release -p pangolin-proof --example certificates DIRECTORY
//   cargo xtask wasm
//   node web/verify/test/measure.mjs DIRECTORY
// It measures this machine and asserts only that each file holds.

import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROUNDS = 20;
const directory = process.argv[2] ?? ".";
const built = new URL("../../../target/wasm/package/", import.meta.url);
const root = process.env.PANGOLIN_PACKAGE ? new URL(`${pathToFileURL(process.env.PANGOLIN_PACKAGE)}/`) : built;
const { load } = await import(new URL("index.js", root));
const verifier = await load();
const names = (await readdir(directory)).filter((name) => name.endsWith(".trust.json")).sort();
for (const name of names.map((name) => name.slice(0, -".trust.json".length))) {
  const trusted = JSON.parse(await readFile(join(directory, `${name}.trust.json`), "utf8"));
  for (const kind of ["json", "bin"]) {
    const file = await readFile(join(directory, `${name}.${kind}`));
    const times = [];
    for (let n = 0; n < ROUNDS; n += 1) {
      const began = performance.now();
      const answer = verifier.verify(kind === "json" ? file.toString() : file, trusted);
      times.push(performance.now() - began);
      if (!answer.verified) throw new Error(`${name}.${kind}: ${JSON.stringify(answer)}`);
    }
    times.sort((a, b) => a - b);
    console.log(`${name}.${kind}: ${file.length} bytes, median ${times[ROUNDS / 2].toFixed(1)} ms`);
  }
}
