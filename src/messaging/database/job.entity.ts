import { defineEntity, p } from '@mikro-orm/core';

const JobSchema = defineEntity({
  name: 'Job',
  tableName: 'jobs',
  properties: {
    tenantId: p.text().primary(),
    id: p.text().primary(),
    /** Of the arguments. */
    digest: p.text(),
    /** Of whoever runs it; empty once it was released. */
    token: p.text(),
    /** The log's entry that it runs under. */
    entryId: p.text(),
    attempt: p.integer(),
    leaseUntil: p.datetime(),
    /** Its effects may have begun. */
    isStarted: p.boolean().fieldName('is_started'),
    isDone: p.boolean().fieldName('is_done'),
    body: p.blob().nullable(),
    bodyUntil: p.datetime().nullable(),
    /** JSON texts: who wants its result. */
    waiters: p.array(),
    expiresAt: p.datetime(),
  },
});

/** A job of the execution worker, where jobs are kept in the database. */
export class Job extends JobSchema.class {}
JobSchema.setClass(Job);
