/** A duration such as '200ms', or '1h': ns, us, ms, s, m or h. */
export type Duration = string;

/** A duration, or a distribution of durations. */
export type Delay =
  | Duration | 0 | {uniform: [Duration, Duration]} | {lognormal: {median: Duration; p99: Duration}};

/** The options of the command line in camelCase; lists give an option again. docs/options.md says what each does. */
export interface Options {
  port?: number | string;
  stepTime?: Duration | 0;
  progress?: string;
  clock?: string;
  seed?: number | string;
  latency?: Delay;
  readyFile?: string;
  vertex?: boolean;
  data?: string | string[];
  db?: string;
  exportOnExit?: string;
  gcs?: string;
  fidelity?: string;
  auth?: string;
  isolate?: string;
  namespacesMax?: number | string;
  namespaceIdle?: Duration | 0;
  host?: string;
  allowHost?: string | string[];
  streamDelay?: Delay | {firstToken?: Delay; betweenTokens?: Delay};
  maxBody?: number | string;
  journalMax?: number | string;
  controlToken?: string;
  cors?: string | string[];
  noUi?: boolean;
  threads?: number | string;
  logFormat?: string;
  logLevel?: string;
}

/** A text that is equal, or one of these. */
export type TextMatch = string | {equals: string} | {contains: string} | {regex: string};

/** All that is given must hold. */
export interface Match {
  method?: string;
  model?: TextMatch;
  caller?: TextMatch;
  body?: TextMatch;
  prompt?: TextMatch;
  path?: TextMatch;
  requestId?: TextMatch;
  answer?: TextMatch;
  status?: number | string;
  id?: TextMatch;
  displayName?: TextMatch;
  baseModel?: TextMatch;
}

/** An object of the control API: docs/control.md has the shapes. */
export type Json = Record<string, any>;

export interface Times {
  exactly?: number;
  atLeast?: number;
  atMost?: number;
}

export interface VerifyHow {
  times?: number | Times;
  within?: Duration;
  /** Matches in the order of their requests, instead of the one match. */
  order?: Match[];
}

export interface Clock {
  get(): Promise<Json>;
  advance(duration: Duration): Promise<Json>;
  set(clock: {mode?: 'real' | 'frozen' | 'rate'; time?: string; rate?: number}): Promise<Json>;
}

export interface Scripts {
  add(script: Json): Promise<Json>;
  list(): Promise<Json[]>;
  delete(id: string): Promise<void>;
  clear(): Promise<void>;
}

export interface Requests {
  /** The newest first. */
  list(filters?: Record<string, string | number>): Promise<Json[]>;
  count(match?: Match): Promise<number>;
  /** Throws VerificationError unless requests that match came. */
  verify(match: Match | undefined, how?: VerifyHow): Promise<Json>;
  clear(): Promise<void>;
}

export interface Snapshots {
  create(id?: string): Promise<string>;
  restore(id: string, how?: {keepRequests?: boolean}): Promise<void>;
  list(): Promise<Json[]>;
  delete(id: string): Promise<void>;
}

/** The training of one model, named 'tunedModels/numbers'. */
export interface Trainings {
  complete(name: string): Promise<Json>;
  fail(name: string, how?: {code?: number | string; message?: string; atStep?: number}): Promise<Json>;
  stall(name: string, how?: {atStep?: number}): Promise<Json>;
  resume(name: string): Promise<Json>;
  advance(name: string, steps: number): Promise<Json>;
  wait(name: string, timeout?: Duration): Promise<Json>;
}

/** What to set, or where it is null to unset, so that SDKs meet a server. */
export type Variables = Record<string, string | null>;

export interface Control {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly clock: Clock;
  readonly faults: Scripts;
  readonly stubs: Scripts;
  readonly stories: Scripts;
  readonly requests: Requests;
  readonly snapshots: Snapshots;
  readonly trainings: Trainings;
  /** One call of the control API: `path` is below /emulator/v1/. */
  call(verb: string, path: string, body?: unknown): Promise<any>;
  info(): Promise<Json>;
  config(dials?: Json): Promise<Json>;
  reset(how?: {to?: 'seed' | 'empty'; keepRequests?: boolean}): Promise<void>;
  state(): Promise<Json>;
  load(state: Json): Promise<void>;
  variables(): Variables;
}

/** What useTunemock gives: the namespace of the test that runs. */
export interface TestNamespace extends Control {
  readonly key: string;
  /** As the header X-Emulator-Namespace has it, and for clients of Vertex AI the project. */
  readonly name: string;
}

export interface Namespace extends TestNamespace {}
export class Namespace {
  private constructor();
  delete(): Promise<void>;
}

export interface Server extends Control {}
export class Server {
  private constructor();
  /** The namespace of this API key, or of a key that nobody else has; needs --isolate key. */
  namespace(key?: string): Promise<Namespace>;
  log(): string;
  stop(): Promise<void>;
}

export class ControlError extends Error {
  readonly status: number;
}

export class VerificationError extends Error {
  readonly answer: Json;
}

/** Starts a server on a free port, unless `port` says another, and resolves once it answers. */
export function start(options?: Options): Promise<Server>;

/** A server that runs already: at `url`, or where TUNEMOCK_URL says. */
export function connect(url?: string, how?: {controlToken?: string}): Promise<Server>;
