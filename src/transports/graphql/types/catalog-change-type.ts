import { Field, ObjectType } from 'type-graphql';
import type { CatalogChangeKind } from '../../../changes/catalog-change.entity.js';
import { CatalogChangeKindEnum } from '../enums/catalog-change-kind.js';
import { DateTimeScalar, RevisionScalar } from '../scalars.js';

@ObjectType('CatalogChange', {
  description: 'One catalog write of the tenant. Revisions have no gaps.',
  simpleResolvers: true,
})
export class CatalogChangeType {
  @Field(() => RevisionScalar, { description: 'The revision that the write made.' })
  revision!: string;

  @Field(() => CatalogChangeKindEnum, { description: 'What it did.' })
  kind!: CatalogChangeKind;

  @Field(() => DateTimeScalar, { description: 'When it was written.' })
  at!: Date;
}
