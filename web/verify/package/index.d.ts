/** The one chain that is trusted: its identity and its one public key, both from its genesis file. */
export interface TrustedChain {
  /** Name, for people. */
  name?: string;
  /** Identity, 64 hexadecimal digits. */
  chain: string;
  /** Public key, hexadecimal. */
  key: string;
}

/** Something that was checked and held. */
export interface Check {
  /** Stable code. */
  code: string;
  /** In plain words. */
  text: string;
}

/** A named value that the checks show. Codes of a profile stand as numbers. */
export interface Fact {
  name: string;
  value: string;
}

/** An event of a receipt. */
export interface ProvenEvent {
  /** Its identity, hexadecimal. */
  event: string;
  outcome: "applied" | "waits" | "known";
  /** What would be the refusal while it waits. */
  code: string | null;
  text: string;
}

/** The proof holds; what it does not show stands in `doubts`. */
export interface Report {
  /** Whether everything is shown: there are no doubts. */
  verified: boolean;
  /** Name of the trusted chain. */
  chain: string;
  /** Height of the block or state. */
  height: number;
  /** Time of that height, milliseconds since 1970. */
  timeMs: number;
  checks: Check[];
  facts: Fact[];
  events: ProvenEvent[];
  /** What whoever handles the goods must not overlook. */
  warnings: string[];
  /** What is not shown; of a certificate each begins with its code in brackets. */
  doubts: string[];
  /** What the sender says and nothing proves. */
  claimed: { about: string; texts: string[] };
}

/** The proof does not hold. */
export interface Refusal {
  verified: false;
  /** Stable code. */
  code: string;
  /** JSON pointer, or line and column. */
  place: string | null;
  reason: string;
  /** What to do. */
  remedy: string;
}

export type Answer = Report | Refusal;

/** Whether an answer is a refusal. */
export function isRefusal(answer: Answer): answer is Refusal;

/** Checks proofs; needs no network. */
export interface Verifier {
  /**
   * Checks a proof file, the bytes of a certificate, or what a scanner read of its code.
   * @throws RangeError if the proof is longer than any proof may be
   */
  verify(proof: Uint8Array | ArrayBuffer | string, trusted: TrustedChain): Answer;
}

/**
 * Loads the verifier. Without an argument the module beside this file is used.
 * @param module the bytes of `verify.wasm`, a compiled module, or a response that carries it
 */
export function load(module?: BufferSource | WebAssembly.Module | Response | Promise<Response>): Promise<Verifier>;
