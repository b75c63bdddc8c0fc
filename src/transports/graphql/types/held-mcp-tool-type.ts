import { Field, ObjectType } from 'type-graphql';
import type { ToolGrade } from '../../../catalog/grade-tool-change.js';
import type { HeldDefinition } from '../../../mcp-servers/tool-snapshot.js';
import { ToolGradeEnum } from '../enums/tool-grade.js';
import { DateTimeScalar, JsonScalar } from '../scalars.js';

@ObjectType('HeldMcpTool', {
  description:
    'A definition of a tool that is offered to nobody until `approveMcpTool` releases it.',
  simpleResolvers: true,
})
export class HeldMcpToolType {
  @Field(() => ToolGradeEnum, { description: 'How it was graded.' })
  grade!: ToolGrade;

  @Field(() => [String], { description: 'What led to the grade, a sentence each.' })
  reasons!: string[];

  @Field(() => String, { description: 'SHA-256, hex, of the definition: for `approveMcpTool`.' })
  fingerprint!: string;

  @Field(() => DateTimeScalar, { description: 'When the server first said it.' })
  seenAt!: Date;

  @Field(() => String, { nullable: true, description: 'A name for people.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'What it does, as the server says.' })
  description?: string | null;

  @Field(() => JsonScalar, { description: 'JSON Schema 2020-12 of the arguments.' })
  inputSchema!: unknown;

  @Field(() => JsonScalar, { nullable: true, description: 'JSON Schema 2020-12 of a result.' })
  outputSchema?: unknown;

  @Field(() => JsonScalar, { description: 'What the server says of its effects, unproven.' })
  annotations!: unknown;
}

export function toHeldMcpTool(held: HeldDefinition): HeldMcpToolType {
  const { definition, grade, reasons, fingerprint, seenAt } = held;
  return { ...definition, grade, reasons, fingerprint, seenAt: new Date(seenAt) };
}
