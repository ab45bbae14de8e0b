import { deleteStack } from './aws/stacks.ts';
import type { AwsClients } from './aws/clients.ts';
import type { CommandContext } from './context.ts';
import { EDGE_REGION, stackName, type StackId } from './names.ts';

/** Deletes a stack of the installation in the region where it stands; answers whether it was there. */
export async function removeStack(context: Pick<CommandContext, 'aws' | 'sleep'>, aws: AwsClients, prefix: string, id: StackId): Promise<boolean> {
  const elsewhere = isElsewhere(aws, id);
  const clients = elsewhere ? context.aws(EDGE_REGION) : aws;
  try {
    return await deleteStack(clients, stackName(prefix, id), context.sleep);
  } finally {
    if (elsewhere) clients.close();
  }
}

/** In another region the operator may have no rights: it is looked for there only with reason. */
export const isElsewhere = ({ region }: Pick<AwsClients, 'region'>, id: StackId): boolean => id === 'edge' && region !== EDGE_REGION;
