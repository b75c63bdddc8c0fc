import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { childArgument } from './run-child.js';

/** What the parent asks of this process: `flush` is answered once every call so far is recorded. */
export type CallsServerQuestion = 'flush' | 'end';
export type CallsServerAnswer = { url: string } | { isFlushed: true };

async function main(): Promise<void> {
  const application = await createApp(loadConfig(childArgument<Record<string, string>>()));
  const send = (message: CallsServerAnswer) => process.send?.(message);
  process.on('message', async (question: CallsServerQuestion) => {
    if (question === 'flush') {
      await application.calls.journal.flush();
      send({ isFlushed: true });
    }
    if (question === 'end') {
      await application[Symbol.asyncDispose]();
      process.exit(0);
    }
  });
  send({ url: await application.server.listen({ port: 0, host: '127.0.0.1' }) });
}

await main();
