import type { Contract, ContractDiff } from './diff-contract.js';
import { findHosts } from './find-hosts.js';
import { type Grading, gradeToolChange, type ToolFacts } from './grade-tool-change.js';

/** A contract with what else a model is told of the operation. */
export type DescribedContract = Contract &
  Pick<ToolFacts, 'title' | 'description'> & {
    isReadOnly: boolean;
  };

/**
 * Grades the change of an operation like that of any tool; requests that go to another host are suspicious too.
 * `reasons`: what is suspicious, and what differs.
 */
export function gradeOperation(
  before: DescribedContract,
  after: DescribedContract,
  { breaking, reasons }: ContractDiff,
): Grading {
  const tool = gradeToolChange(toFacts(before), toFacts(after));
  const known = new Set(hostsOf(before));
  const hosts = hostsOf(after).filter((host) => !known.has(host));
  const suspicious = [
    ...hosts.map((host) => `its requests go to a host that they did not go to: ${host}`),
    ...(tool.grade === 'SUSPICIOUS' ? tool.reasons : []),
  ];
  if (suspicious.length > 0) return { grade: 'SUSPICIOUS', reasons: [...suspicious, ...reasons] };
  return { grade: breaking ? 'BREAKING' : tool.grade, reasons };
}

function toFacts({
  title,
  description,
  method,
  isReadOnly,
  ...contract
}: DescribedContract): ToolFacts {
  const { inputSchema, outputSchema } = contract;
  const annotations = { readOnlyHint: isReadOnly, destructiveHint: method === 'DELETE' };
  return { title, description, inputSchema, outputSchema, annotations };
}

function hostsOf({ plan }: Contract): string[] {
  return (plan.servers ?? []).flatMap(({ url }) => findHosts(url));
}
