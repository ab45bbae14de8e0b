import type { App } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { CfnHostedZone, CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { hasPrivateEndpoints, type InstallConfig } from '../../install/config.ts';
import { brokerRecord } from '../broker-record.ts';
import { encryptedQueue } from '../encrypted-queue.ts';
import { IotEndpoint } from '../iot-endpoint.ts';
import { ALL_QUEUES, isDeadLetterQueue, isFifo, type AnyQueue } from '../names.ts';
import { PlatformStack } from '../platform-stack.ts';
import { WorkerReports } from '../worker-reports.ts';

/** Queues, and the way of workers' messages into one of them. */
export class MessagingStack extends PlatformStack {
  constructor(app: App, config: InstallConfig) {
    super(app, 'messaging', config);
    const key = Key.fromKeyArn(this, 'MasterKey', this.read('kms', 'master-key-arn'));
    const dead = { dlq: this.#queue('dlq', key), dlqFifo: this.#queue('dlqFifo', key) };
    const queues = new Map<AnyQueue, Queue>(Object.entries(dead) as [AnyQueue, Queue][]);
    for (const queue of ALL_QUEUES) if (!isDeadLetterQueue(queue)) queues.set(queue, this.#queue(queue, key, isFifo(queue) ? dead.dlqFifo : dead.dlq));
    const queue = (name: AnyQueue): Queue => queues.get(name) as Queue;
    for (const target of [queue('cronjobs'), dead.dlq]) this.#admitSchedules(target);
    new WorkerReports(this, 'WorkerReports', {
      namespace: this.names.iotNamespace,
      reports: queue('iot'),
      deadLetters: dead.dlq,
      key,
      presence: config.iotPresenceEvents,
    });
    const endpoint = new IotEndpoint(this, 'IotEndpoint', config, key);
    this.#brokerName(endpoint);
    this.publish('messaging', 'iot-endpoint', endpoint.address);
    if (!hasPrivateEndpoints(config)) return;
    if (config.disasterRecovery === null) this.publish('messaging', 'iot-data-endpoint', endpoint.ofAccount);
    this.#brokerInsideNetwork(endpoint.ofAccount);
  }

  /** The broker's own name leads to the account's endpoint; with a second region that half of it which is asked while the region serves. */
  #brokerName(endpoint: IotEndpoint): void {
    const { dns, iotBrokerEndpoint, disasterRecovery } = this.config;
    if (disasterRecovery !== null) this.publish('messaging', 'iot-data-endpoint', endpoint.ofAccount);
    if (dns.hostedZoneId === null || iotBrokerEndpoint === null || disasterRecovery !== null) return;
    brokerRecord(this, 'BrokerName', { hostedZoneId: dns.hostedZoneId, name: iotBrokerEndpoint, target: endpoint.ofAccount });
  }

  /** In a network without a way out the broker's full name leads to its endpoint; a zone for less of the name would hide the control plane. */
  #brokerInsideNetwork(name: string): void {
    const zone = new CfnHostedZone(this, 'BrokerZone', { name, vpcs: [{ vpcId: this.read('network', 'vpc-id'), vpcRegion: this.region }] });
    new CfnRecordSet(this, 'BrokerRecord', {
      hostedZoneId: zone.ref,
      name,
      type: 'A',
      aliasTarget: { dnsName: this.read('network', 'iot-endpoint-name'), hostedZoneId: this.read('network', 'iot-endpoint-zone') },
    });
  }

  #queue(name: AnyQueue, key: IKey, deadLetters?: IQueue): Queue {
    const queue = encryptedQueue(this, name, { name: this.names.queue(name), key, ...(deadLetters === undefined ? {} : { deadLetters }) });
    this.publish('messaging', `queue-${name}`, queue.queueUrl);
    return queue;
  }

  #admitSchedules(queue: Queue): void {
    queue.addToResourcePolicy(new PolicyStatement({
      sid: 'Schedules',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
    }));
  }
}
