import { CfnOutput, CustomResource, Duration, type App } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import type { FunctionName } from '../../core/shared/functions.ts';
import type { InstallConfig } from '../../install/config.ts';
import { ApiDomain } from '../api-domain.ts';
import { AppFunction } from '../app-function.ts';
import { MIGRATIONS_FOLDER, folderDigest, type AssetFolders } from '../assets.ts';
import { Layers } from '../layers.ts';
import { PlatformStack } from '../platform-stack.ts';
import { PlatformApi, STAGE } from '../rest-api.ts';
import { WebAcl } from '../web-acl.ts';

const ANSWERING = ['graphql', 'http', 'worker-api', 'webhooks', 'web'] as const satisfies readonly FunctionName[];
const ROTATION_DAYS = 30;

/** The API with the functions behind it, and those that operators and other functions call. */
export class ApiStack extends PlatformStack {
  constructor(app: App, config: InstallConfig, folders: AssetFolders) {
    super(app, 'api', config);
    const layers = new Layers(this, folders, { policyEngine: true });
    const make = (name: FunctionName): AppFunction => new AppFunction(this, name, { folders, layers });
    const answering = new Map<FunctionName, AppFunction>(ANSWERING.map((name) => [name, make(name)]));
    make('iot-provisioner');
    const ops = make('ops');
    this.#prepareDatabase(ops, [...answering.values()]);

    const api = new PlatformApi(this, 'Api', (name) => (answering.get(name) as AppFunction).live);
    if (config.api.waf) {
      const acl = new WebAcl(this, 'WebAcl', { name: `${config.prefix}-api`, restApiId: api.rest.restApiId, stage: STAGE, behindDistribution: config.web.mode === 'cloudfront' });
      acl.node.addDependency(api.rest.deploymentStage);
      if (config.disasterRecovery !== null) this.publish('api', 'web-acl-arn', acl.arn);
    }
    const { target } = new ApiDomain(this, 'Domain', api);
    this.publish('api', 'rest-api-id', api.rest.restApiId);
    if (target === null) return;
    this.publish('api', 'domain-target', target.name);
    this.publish('api', 'domain-zone', target.zoneId);
    new CfnOutput(this, 'ApiDnsTarget', { value: target.name });
    new CfnOutput(this, 'ApiHostedZoneId', { value: target.zoneId });
  }

  /** Migrations run before new code serves. A standby region has none to run: its database follows the other's. */
  #prepareDatabase(ops: AppFunction, before: readonly AppFunction[]): void {
    const rotates = this.config.database.access !== 'direct';
    // A standby rotates nothing until it serves.
    if (rotates) ops.function.addPermission('Rotation', { principal: new ServicePrincipal('secretsmanager.amazonaws.com'), sourceAccount: this.account });
    if (this.config.disasterRecovery?.isStandby) return;
    const migrations = new CustomResource(this, 'Migrations', {
      serviceToken: ops.function.functionArn,
      resourceType: 'Custom::Migrations',
      serviceTimeout: Duration.seconds(900),
      properties: { Digest: folderDigest(MIGRATIONS_FOLDER) },
    });
    for (const { live } of before) live.node.addDependency(migrations);
    if (!rotates) return;
    for (const user of ['database', 'database-api', 'database-drain'] as const) {
      const schedule = new CfnRotationSchedule(this, `Rotation-${user}`, {
        secretId: this.read('database', `secret-${user}`),
        rotationLambdaArn: ops.function.functionArn,
        rotateImmediatelyOnUpdate: false,
        rotationRules: { automaticallyAfterDays: ROTATION_DAYS },
      });
      schedule.node.addDependency(migrations, ops.function);
    }
  }
}
