import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * For what outlives its stack. A first deployment that fails takes it away again, since its fixed name would keep the next from making it;
 * nothing has been written to it by then.
 */
export const KEPT = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
