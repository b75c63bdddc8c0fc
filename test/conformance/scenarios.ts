const resources =
  'Resources are documents that a server offers; a tool catalog has none. What a tool answers with, embedded resources and links among it, is passed on.';
const prompts = 'Prompts are texts that a server offers; a tool catalog has none.';
const asking =
  'The tool asks its caller while it runs. An agent stands between this server and a person or a model of its own, and the servers that are registered here are told that nobody can be asked.';

/** Scenarios that do not apply to a catalog of tools, and why. */
export const notApplicable: Record<string, string> = {
  'completion-complete': 'Completion is of the arguments of prompts and resources.',
  'tools-call-sampling': asking,
  'tools-call-elicitation': asking,
  'elicitation-sep1034-defaults': asking,
  'elicitation-sep1330-enums': asking,
  'resources-list': resources,
  'resources-read-text': resources,
  'resources-read-binary': resources,
  'resources-templates-read': resources,
  'resources-subscribe': resources,
  'resources-unsubscribe': resources,
  'prompts-list': prompts,
  'prompts-get-simple': prompts,
  'prompts-get-with-args': prompts,
  'prompts-get-embedded-resource': prompts,
  'prompts-get-with-image': prompts,
  'elicitation-sep1034-client-defaults': asking,
  'auth/cross-app-access-complete-flow':
    "An extension (SEP-990): a person's sign-in at their company is exchanged for a token. A server is registered for a tenant; no person's identity goes with its calls.",
};

/** What should be known beside what the suite says. */
export const remarks: Record<string, string> = {
  'auth/basic-cimd':
    'The URL of a metadata document was used: that of our own, where the suite waits for one URL of its own.',
};
