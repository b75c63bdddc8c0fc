import { parentPort } from 'node:worker_threads';
import { runSpecJob, type SpecJob } from './spec-job.js';
import { packReply, type SpecMessage } from './spec-message.js';

parentPort?.on('message', (job: SpecJob) => {
  try {
    const { message, moved } = packReply(runSpecJob(job));
    parentPort?.postMessage(message, moved);
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const failed: SpecMessage = { kind: 'failed', message, stack };
    parentPort?.postMessage(failed);
  }
});
