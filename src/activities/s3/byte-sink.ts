/** Where the work stands once the bytes that it comes with are stored; worked out only if it is going to be kept. */
export type Mark<M> = () => M;

/** Where bytes go, in order; a promise that holds them back when there are too many. */
export interface ByteSink<M = never> {
  /** Has copied the bytes once its promise is fulfilled. Without bytes it only tells a later mark. */
  write(chunk: Buffer, mark?: Mark<M>): Promise<void>;
}
