import { runSpecJob, type SpecJob } from './spec-job.js';
import { packReply, type SpecMessage } from './spec-message.js';

// The entry of a process of its own: it ends with the channel to the one that started it.
process.on('message', (job: SpecJob) => {
  process.send?.(answer(job));
});

function answer(job: SpecJob): SpecMessage {
  try {
    return packReply(runSpecJob(job));
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', message, stack };
  }
}
