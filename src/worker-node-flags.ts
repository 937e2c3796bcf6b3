/**
 * Flags that Node is started with for a worker, on a laptop and in the image alike. New objects get 4 MB halves instead of 16:
 * they die young all the same, and a worker takes 20 MB less (`bench/transform.mjs`). Unlike other settings of the heap this one
 * can't be changed once the process runs.
 */
export const workerNodeFlags: readonly string[] = ['--max-semi-space-size=4'];
