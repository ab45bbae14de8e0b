import { readParameter } from '../aws/parameters.ts';
import type { AwsClients } from '../aws/clients.ts';
import { hasEdgeAcl } from '../config.ts';
import { EDGE_REGION } from '../names.ts';
import { found, type Check, type Finding } from './check.ts';

const PARAMETER = '/cdk-bootstrap/hnb659fds/version';
/** The first version whose roles the deployment can use. */
const LEAST = 6;

/** The CDK needs a bucket and roles of its own in the account and region. */
export const checkBootstrap: Check = async ({ aws, config, accountId, elsewhere }) => {
  const here = await bootstrapIn(aws, accountId);
  if (!hasEdgeAcl(config) || config.region === EDGE_REGION) return [here];
  // The rules in front of the distribution are a stack there.
  const edge = elsewhere(EDGE_REGION);
  try {
    return [here, await bootstrapIn(edge, accountId)];
  } finally {
    edge.close();
  }
};

async function bootstrapIn(aws: AwsClients, accountId: string): Promise<Finding> {
  const { ok, failed } = found('bootstrap');
  const value = await readParameter(aws, PARAMETER);
  if (value === undefined) return failed(`the CDK is not bootstrapped in ${aws.region}; run: npx cdk bootstrap aws://${accountId}/${aws.region}`);
  if (Number(value) < LEAST) return failed(`the CDK's bootstrap is version ${value}, and ${LEAST} is needed; run: npx cdk bootstrap again`);
  return ok(`version ${value}`);
}
