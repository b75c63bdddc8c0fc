import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { profileSelf, type Spent } from './calls-profile.js';
import { childArgument } from './run-child.js';

/**
 * What the parent asks of this process: `flush` is answered once every call so far is recorded, `profile` begins to
 * profile, `spent` ends that.
 */
export type CallsServerQuestion = 'flush' | 'profile' | 'spent' | 'end';
export type CallsServerAnswer = { url: string } | { isDone: true } | Spent;

async function main(): Promise<void> {
  const application = await createApp(loadConfig(childArgument<Record<string, string>>()));
  const send = (message: CallsServerAnswer) => process.send?.(message);
  let endProfile: (() => Promise<Spent>) | null = null;
  process.on('message', async (question: CallsServerQuestion) => {
    if (question === 'flush') {
      await application.calls.journal.flush();
      send({ isDone: true });
    }
    if (question === 'profile') {
      endProfile = await profileSelf();
      send({ isDone: true });
    }
    if (question === 'spent' && endProfile) send(await endProfile());
    if (question === 'end') {
      await application[Symbol.asyncDispose]();
      process.exit(0);
    }
  });
  send({ url: await application.server.listen({ port: 0, host: '127.0.0.1' }) });
}

await main();
