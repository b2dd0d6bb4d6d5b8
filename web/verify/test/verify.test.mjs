// The built package with real proofs: what holds is reported, what was damaged is refused. Run by `cargo xtask wasm`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = new URL(`${pathToFileURL(process.env.PANGOLIN_PACKAGE)}/`);
const vectors = new URL("../../../crates/proof/tests/vectors/", import.meta.url);
const { load, isRefusal } = await import(new URL("index.js", root));
const verifier = await load();
const text = (name) => readFile(new URL(name, vectors), "utf8");
const trusted = JSON.parse(await text("provenance-trust.json"));
const file = await text("provenance.json");

/** What a certificate shows of the way. */
const history = (answer) => answer.facts.filter(({ name }) => /^(recorded|step|move)/.test(name));

test("a certificate over two chains is checked from one key", () => {
  const answer = verifier.verify(file, trusted);
  assert.equal(isRefusal(answer), false);
  assert.equal(answer.verified, true, JSON.stringify(answer.doubts));
  assert.equal(answer.height, 200);
  const codes = answer.checks.map((check) => check.code);
  for (const code of ["final", "chain", "history", "origin", "moves"]) assert.ok(codes.includes(code), code);
  assert.equal(answer.facts.filter((fact) => fact.name.startsWith("step ")).length, 8);
});

test("a receipt is checked from the key of its chain", async () => {
  const key = (await text("chain-key.hex")).trim();
  const receipt = await text("receipt.json");
  const answer = verifier.verify(receipt, { chain: "09".repeat(32), key });
  assert.equal(answer.verified, true, JSON.stringify(answer));
  assert.equal(answer.height, 5);
  const other = verifier.verify(receipt, trusted);
  assert.equal(other.code, "other-chain");
});

test("a damaged file is refused with code and place", () => {
  const parsed = JSON.parse(file);
  const { value } = parsed.proof.chains[0].state.entries[0];
  parsed.proof.chains[0].state.entries[0].value = `00${value.slice(2)}`;
  const answer = verifier.verify(JSON.stringify(parsed), trusted);
  assert.equal(isRefusal(answer), true);
  assert.deepEqual([answer.code, answer.place], ["wrong-proof", "/proof/chains/0/state/entries/0"]);
  assert.equal(verifier.verify(file.slice(0, -20), trusted).code, "proof-syntax");
  // whatever single digit of it is changed, it is not the same history that is verified
  const whole = verifier.verify(file, trusted);
  const digits = [...file.matchAll(/[0-9a-f]{40,}/g)];
  for (let n = 0; n < 200; n += 1) {
    const match = digits[(n * 7) % digits.length];
    const at = match.index + ((n * 31) % match[0].length);
    const touched = file.slice(0, at) + (file[at] === "0" ? "1" : "0") + file.slice(at + 1);
    const said = verifier.verify(touched, trusted);
    // a proof of something else may be less, and may leave out what is in force
    if (said.verified) assert.deepEqual(history(said), history(whole), `digit ${at}`);
  }
});

test("questions that are none are answered", () => {
  assert.equal(verifier.verify(file, { chain: "12", key: "34" }).code, "question");
  assert.equal(verifier.verify("", trusted).code, "proof-syntax");
  assert.equal(verifier.verify(new Uint8Array([0x50, 0x47, 0x43, 1, 9]), trusted).code, "proof-syntax");
  assert.throws(() => verifier.verify(new Uint8Array(64 * 1024 * 1024), trusted), RangeError);
});

test("the module is small, and what it takes is told", async (t) => {
  const wasm = await readFile(new URL("verify.wasm", root));
  const small = gzipSync(wasm, { level: 9 }).length;
  t.diagnostic(`verify.wasm: ${wasm.length} bytes, ${small} gzipped`);
  assert.ok(small < 400 * 1024, `${small} bytes gzipped`);
  const began = performance.now();
  for (let n = 0; n < 10; n += 1) verifier.verify(file, trusted);
  t.diagnostic(`a certificate over two chains: ${((performance.now() - began) / 10).toFixed(1)} ms`);
});
