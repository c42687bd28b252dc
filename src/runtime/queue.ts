/** What a job is about, how far it is, and what came of it: plain JSON. */
export type JobData = Readonly<Record<string, unknown>>;

export interface NewJob {
  /** Names the job among all of its kind, for ever. */
  readonly key: string;
  /** Jobs that belong together. */
  readonly group: string;
  readonly data: JobData;
}

/** A job that was taken. */
export interface TakenJob extends NewJob {
  /** Fires when the job was cancelled, when another worker has taken it over, and when this one is to stop. */
  readonly signal: AbortSignal;
  /** Tells how far it is; the last word is passed on within seconds. */
  report(progress: JobData): void;
}

/** Does a job and returns its result. Done twice it must do no harm: a worker that was thought dead may live. */
export type Work = (job: TakenJob) => Promise<JobData>;

export type JobState = "waiting" | "working" | "done" | "failed" | "cancelled";

export type JobCounts = Readonly<Record<JobState, number>>;

export interface JobStatus {
  readonly state: JobState;
  /** Times that it was begun before. */
  readonly attempts: number;
  /** What was reported last, the result, or `{ "message" }` of what went wrong. */
  readonly told: JobData | undefined;
}

/** A worker that takes jobs. */
export interface Working {
  /** Ends it: no further job is begun, and those at work are given back as if they had never been. */
  stop(): Promise<void>;
}

/**
 * Jobs that outlive the processes that ask for them and that do them. A worker renews its claim to a job as long as it
 * lives; when the claim runs out, another takes the job over. What goes wrong is a UserError.
 */
export interface Queue {
  /** Adds jobs. One that waits or is at work under the same key stays as it is; a finished one begins anew. */
  send(kind: string, jobs: readonly NewJob[]): Promise<void>;
  /** Takes jobs and does so many at once, the longest waiting first. One that throws is tried again, later. */
  work(kind: string, work: Work, slots?: number): Promise<Working>;
  /** How a job stands; undefined where there is none, or none any more. */
  look(kind: string, key: string): Promise<JobStatus | undefined>;
  /** Jobs of a group by how they stand. Finished ones are forgotten after some hours. */
  counts(kind: string, group: string): Promise<JobCounts>;
  /** The same every second, until none waits or is at work. */
  watch(kind: string, group: string, signal?: AbortSignal): AsyncGenerator<JobCounts>;
  /** Calls off jobs that are not finished. */
  cancel(kind: string, keys: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
