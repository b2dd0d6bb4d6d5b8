// Checks proofs of Pangolin chains with the verifier that validators use, compiled to WebAssembly.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Functions that the engine's packages name and the verifier never calls. */
function stubs(module) {
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] =
      kind === "function"
        ? () => {
            throw new Error(`the verifier called ${name}, which it must not need`);
          }
        : undefined;
  }
  return imports;
}

async function beside() {
  const url = new URL("./verify.wasm", import.meta.url);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return readFile(url);
  }
  return fetch(url);
}

async function compile(given) {
  if (given instanceof WebAssembly.Module) return given;
  if (typeof Response !== "undefined" && given instanceof Response) {
    if (!given.ok) throw new Error(`the module was not found: ${given.status}`);
    return WebAssembly.compile(await given.arrayBuffer());
  }
  return WebAssembly.compile(given);
}

function bytesOf(proof) {
  if (typeof proof === "string") return encoder.encode(proof);
  return proof instanceof Uint8Array ? proof : new Uint8Array(proof);
}

export const isRefusal = (answer) => "reason" in answer;

export async function load(given) {
  const module = await compile(await (given ?? beside()));
  const fresh = () => new WebAssembly.Instance(module, stubs(module)).exports;
  let wasm = fresh();
  return {
    verify(proof, trusted) {
      const { name, chain, key } = trusted;
      const about = encoder.encode(JSON.stringify({ name, chain, key }));
      const bytes = bytesOf(proof);
      const length = 4 + about.length + bytes.length;
      const at = wasm.pangolin_room(length) >>> 0;
      if (at === 0) throw new RangeError(`a proof of ${bytes.length} bytes is longer than any may be`);
      const room = new Uint8Array(wasm.memory.buffer, at, length);
      new DataView(wasm.memory.buffer).setUint32(at, about.length, true);
      room.set(about, 4);
      room.set(bytes, 4 + about.length);
      try {
        const said = wasm.pangolin_verify();
        const answer = new Uint8Array(wasm.memory.buffer, wasm.pangolin_answer() >>> 0, said);
        return JSON.parse(decoder.decode(answer));
      } catch (error) {
        // a module that stopped half-way is not used again
        wasm = fresh();
        throw error;
      }
    },
  };
}
