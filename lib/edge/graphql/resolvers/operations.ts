import { deadLetters } from '../../../core/operations/actions/list-dead-letters.ts';
import { redriveDeadLetters } from '../../../core/operations/actions/redrive-dead-letters.ts';
import type { MutationResolvers, QueryResolvers } from '../resolver-types.ts';
import { seconds } from './values.ts';

export const Query: Pick<QueryResolvers, 'deadLetters'> = {
  deadLetters: async (_, page, { ports, actor }) => {
    const { items, endCursor, hasNextPage } = await deadLetters(ports, actor, page);
    const edges = items.map(({ id, queue, type, error, receivedAt, body }) => ({ id, queue, type, error, receivedAt: seconds(receivedAt), body: JSON.stringify(body) }));
    return { edges, endCursor: hasNextPage ? endCursor : null };
  },
};

export const Mutation: Pick<MutationResolvers, 'deadLetterRedrive'> = {
  deadLetterRedrive: (_, { ids }, { ports, actor }) => redriveDeadLetters(ports, actor, { ids }),
};
