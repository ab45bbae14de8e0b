import { CfnGroup, CfnSamplingRule } from 'aws-cdk-lib/aws-xray';
import { Construct } from 'constructs';
import { STAGE } from './rest-api.ts';

const GROUPS: Readonly<Record<string, string>> = {
  faults: 'fault = true',
  slow: 'responsetime > 3',
  webhooks: 'http.url CONTAINS "/webhooks/"',
  'worker-api': 'http.url CONTAINS "/worker/v1/"',
};

interface Sampling {
  readonly path: string;
  /** Requests a second that are always kept. */
  readonly atLeast: number;
  /** Share of the others. */
  readonly share: number;
}

const SAMPLING: Readonly<Record<string, Sampling>> = {
  graphql: { path: '/graphql', atLeast: 1, share: 0.05 },
  heartbeat: { path: '/worker/v1/heartbeat', atLeast: 0, share: 0.001 },
  health: { path: '/health*', atLeast: 0, share: 0.001 },
  webhooks: { path: '/webhooks*', atLeast: 1, share: 0.2 },
};

/** Which requests are traced, and the views that group their traces. Functions that a queue starts follow the sampling of Lambda. */
export class Tracing extends Construct {
  constructor(scope: Construct, id: string, prefix: string) {
    super(scope, id);
    for (const [name, filterExpression] of Object.entries(GROUPS)) {
      new CfnGroup(this, `Group-${name}`, {
        groupName: `${prefix}-${name}`,
        filterExpression,
        insightsConfiguration: { insightsEnabled: false, notificationsEnabled: false },
      });
    }
    Object.entries(SAMPLING).forEach(([name, { path, atLeast, share }], index) => {
      new CfnSamplingRule(this, `Sampling-${name}`, {
        samplingRule: {
          ruleName: `${prefix}-${name}`,
          priority: 100 + index,
          serviceName: `${prefix}/${STAGE}`,
          serviceType: '*',
          host: '*',
          httpMethod: '*',
          urlPath: path,
          resourceArn: '*',
          reservoirSize: atLeast,
          fixedRate: share,
          version: 1,
        },
      });
    });
  }
}
