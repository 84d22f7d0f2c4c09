import { Task } from "../wasm/pushcart.js";

/**
 * What the core answered, or a promise of it: over a driver that answers with promises the core hands out a task, and has it
 * gone on with when the promise that it waits for has settled.
 * @param {unknown} answer
 * @returns {any}
 */
export const settled = (answer) => (answer instanceof Task ? finished(answer) : answer);

/** @param {Task} task */
async function finished(task) {
  try {
    for (;;) {
      let came;
      let failed = false;
      try {
        came = await task.waiting();
      } catch (error) {
        came = error;
        failed = true;
      }
      const answer = task.resume(came, failed);
      if (answer !== undefined) return answer;
    }
  } finally {
    task.free();
  }
}
