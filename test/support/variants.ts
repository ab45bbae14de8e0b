import { serverCertificate } from './server-certificate.ts';

export const EAST_CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/1';
export const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555';
export const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:my-database-AbCdEf';
export const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alerts';
export const OTHER_KEY = 'arn:aws:kms:eu-central-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef';
const REPLICATION = {
  enabled: true, replica_kms_key_arn: OTHER_KEY, states_bucket_arn: 'arn:aws:s3:::a-states', run_logs_bucket_arn: 'arn:aws:s3:::a-logs',
  modules_bucket_arn: 'arn:aws:s3:::a-modules',
  policy_inputs_bucket_arn: 'arn:aws:s3:::a-inputs', workspaces_bucket_arn: 'arn:aws:s3:::a-workspaces',
};

export const GOV = { aws_region: 'us-gov-west-1', load_balancer: { certificate_arn: 'arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1' } };
export const INTERNAL = {
  load_balancer: { scheme: 'internal' },
  tls_config: { ca_certificates: [Buffer.from((await serverCertificate('authority.internal')).cert).toString('base64')] },
  proxy_config: { https_proxy: 'http://proxy.internal:3128', no_proxy: '.internal' },
};
export const CUSTOM = {
  load_balancer: { scheme: 'internal' },
  vpc_config: {
    use_custom_vpc: true, vpc_id: 'vpc-0123456789abcdef0', private_subnet_ids: 'subnet-0aaaaaaaaaaaaaaaa,subnet-0bbbbbbbbbbbbbbbb',
    availability_zones: 'eu-west-1a,eu-west-1b', server_security_group_id: 'sg-00000001',
    drain_security_group_id: 'sg-00000002', installation_task_security_group_id: 'sg-00000003', database_security_group_id: 'sg-00000004',
    scheduler_security_group_id: 'sg-00000005', load_balancer_security_group_id: 'sg-00000006',
  },
};
export const EXTERNAL = { database: { connection_string_ssm_arn: SECRET, connection_string_ssm_kms_arn: KEY } };
export const DISTRIBUTED = { web: { mode: 'cloudfront', certificate_arn: EAST_CERTIFICATE }, dns: { hosted_zone_id: 'Z0123456789ABCDEFGHIJ' } };
export const RECOVERY = { disaster_recovery: { replica_region: 'eu-central-1', s3_bucket_replication: REPLICATION }, alerting: { sns_topic_arn: TOPIC } };
export const STANDBY = {
  disaster_recovery: { is_dr_instance: true, replica_region: 'eu-central-1', encryption_primary_key_arn: OTHER_KEY, signing_primary_key_arn: OTHER_KEY },
};
export const LICENSED = {
  license: {
    type: 'aws',
    product_sku: 'prod-1',
    entitlements: ['team'],
  }, alerting: { sns_topic_arn: TOPIC }, iot: { presence_events: true }, iot_broker_endpoint: 'mqtt.example.com',
  dns: { iot_certificate_arn: 'arn:aws:acm:eu-west-1:123456789012:certificate/1' }, services: { drain: { desired_count: 7 } },
};
const TOKEN = { license: { type: 'jwt', token: 'x' }, alerting: { sns_topic_arn: TOPIC } };
export const OTHERWISE = {
  disable_services: true, tracing_enabled: false, api: {
    waf: false,
    allowed_cidrs: ['10.0.0.0/8'],
    mutual_tls_truststore: 's3://authorities/ca.pem',
  }, name_prefix: 'acme', global_resource_tags: [{ key: 'team', value: 'infra' }],
  load_balancer: { ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-2021-06', tag: { key: 'edge', value: 'yes' } }, database: {
    instance_class: 'db.r8g.large',
    readers: 1,
    delete_protection_enabled: false,
  },
};
export const DIRECT = { database: { access: 'direct' } };
export const ZONE = 'Z0123456789ABCDEFGHIJ';
export const SWITCHED = { ...RECOVERY, dns: { hosted_zone_id: ZONE } };
export const SWITCHED_STANDBY = {
  alerting: { sns_topic_arn: TOPIC }, dns: { hosted_zone_id: ZONE }, disaster_recovery: { ...STANDBY.disaster_recovery, s3_bucket_replication: REPLICATION },
};
export const GOV_RECOVERY = {
  ...GOV, dns: { hosted_zone_id: ZONE }, alerting: { sns_topic_arn: TOPIC.replace('arn:aws:sns:eu-west-1', 'arn:aws-us-gov:sns:us-gov-west-1') },
  disaster_recovery: {
    replica_region: 'us-gov-east-1',
    s3_bucket_replication: Object.fromEntries(Object.entries(REPLICATION).map(([key, value]) =>
      [key, typeof value === 'string' ? value.replace('arn:aws:', 'arn:aws-us-gov:').replace('eu-central-1', 'us-gov-east-1') : value])),
  },
};
/** Every kind of installation, as changes to the example. */
export const VARIANTS = {
  GOV, GOV_RECOVERY, SWITCHED, SWITCHED_STANDBY, INTERNAL, CUSTOM, EXTERNAL, DISTRIBUTED, RECOVERY, STANDBY, LICENSED, TOKEN, OTHERWISE, DIRECT,
};
