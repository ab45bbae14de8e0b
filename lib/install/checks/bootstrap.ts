import { readParameter } from '../aws/parameters.ts';
import { found, type Check } from './check.ts';

const PARAMETER = '/cdk-bootstrap/hnb659fds/version';
/** The first version whose roles the deployment can use. */
const LEAST = 6;

/** The CDK needs a bucket and roles of its own in the account and region. */
export const checkBootstrap: Check = async ({ aws, config, accountId }) => {
  const { ok, failed } = found('bootstrap');
  const value = await readParameter(aws, PARAMETER);
  if (value === undefined) return [failed(`the CDK is not bootstrapped in ${config.region}; run: npx cdk bootstrap aws://${accountId}/${config.region}`)];
  if (Number(value) < LEAST) return [failed(`the CDK's bootstrap is version ${value}, and ${LEAST} is needed; run: npx cdk bootstrap again`)];
  return [ok(`version ${value}`)];
};
