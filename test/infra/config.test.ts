import { describe, it } from 'node:test';
import { expect } from 'expect';
import { distribution } from '../../lib/adapters/license/distribution.ts';
import { buildOptions } from '../../lib/install/build-options.ts';
import { readConfigText } from '../../lib/install/read-config.ts';
import { configWith, faultsOf, goodConfig, example } from '../support/infra.ts';

const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/1';
const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:my-database-AbCdEf';
const CUSTOM_VPC = {
  use_custom_vpc: true, vpc_id: 'vpc-0123456789abcdef0', private_subnet_ids: 'subnet-0aaaaaaaaaaaaaaaa,subnet-0bbbbbbbbbbbbbbbb', availability_zones: ['eu-west-1a', 'eu-west-1b'],
  server_security_group_id: 'sg-00000001', drain_security_group_id: 'sg-00000002', installation_task_security_group_id: 'sg-00000003', database_security_group_id: 'sg-00000004',
};
const DR_KEY = 'arn:aws:kms:eu-central-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef';
const REPLICATION = {
  enabled: true, replica_kms_key_arn: DR_KEY, states_bucket_arn: 'arn:aws:s3:::a-states', run_logs_bucket_arn: 'arn:aws:s3:::a-logs', modules_bucket_arn: 'arn:aws:s3:::a-modules',
  policy_inputs_bucket_arn: 'arn:aws:s3:::a-inputs', workspaces_bucket_arn: 'arn:aws:s3:::a-workspaces',
};

/** Each rule of the file: a change of the good example that breaks it, and what is said then. */
const FAULTS: readonly (readonly [rule: string, changes: Record<string, unknown>, fault: string])[] = [
  ['account_name is required', { account_name: null }, 'account_name: is required'],
  ['account_name has a shape', { account_name: '-x' }, 'account_name: must be 2 to 38 letters, digits, "-" or "_", beginning with a letter or digit'],
  ['account_name has at most 38 characters', { account_name: 'a'.repeat(39) }, 'account_name: must be 2 to 38 letters'],
  ['aws_region is required', { aws_region: '' }, 'aws_region: is required'],
  ['aws_region is a region', { aws_region: 'Ireland' }, 'aws_region: is not a region such as eu-west-1'],
  ['China is not supported', { aws_region: 'cn-north-1' }, 'aws_region: regions of China are not supported'],
  ['the hostname is required', { spacelift_hostname: null }, 'spacelift_hostname: is required'],
  ['the hostname has no scheme', { spacelift_hostname: 'https://windlass.example.com' }, 'spacelift_hostname: is not a host name'],
  ['the hostname has no slash', { spacelift_hostname: 'windlass.example.com/x' }, 'spacelift_hostname: is not a host name'],
  ['the hostname has one name', { hostname: 'other.example.com' }, 'hostname: is another name of spacelift_hostname; set one of them'],
  ['webhooks_endpoint is a host name', { webhooks_endpoint: 'hooks' }, 'webhooks_endpoint: is not a host name'],
  ['webhooks_endpoint is another host', { webhooks_endpoint: 'WINDLASS.example.com' }, 'webhooks_endpoint: must not equal spacelift_hostname'],
  ['iot_broker_endpoint is a host name', { iot_broker_endpoint: 'mqtts://broker' }, 'iot_broker_endpoint: is not a host name'],
  ['disable_services is a boolean', { disable_services: 'maybe' }, 'disable_services: must be true or false'],
  ['tracing_enabled is a boolean', { tracing_enabled: 3 }, 'tracing_enabled: must be true or false'],
  ['automatically_report_usage_data is a boolean', { automatically_report_usage_data: [] }, 'automatically_report_usage_data: must be true or false'],
  ['tools.versions_from is https', { tools: { versions_from: 'http://mirror' } }, 'tools.versions_from: is not an https:// URL'],
  ['usage.endpoint is https', { usage: { endpoint: 'http://usage.example.com' } }, 'usage.endpoint: is not an https:// URL'],
  ['tags are a list', { global_resource_tags: { a: 'b' } }, 'global_resource_tags: must be a list of {key, value}'],
  ['tags have a key', { global_resource_tags: [{ value: 'b' }] }, 'global_resource_tags[0].key: is required'],
  ['tags know no other keys', { global_resource_tags: [{ key: 'a', valeu: 'b' }] }, 'global_resource_tags[0].valeu: is not a known key; did you mean value?'],
  ['tags are not the service\'s', { global_resource_tags: [{ key: 'aws:x', value: '1' }] }, 'global_resource_tags[0].key: must not begin with aws:'],
  ['tags are at most 40', { global_resource_tags: Array.from({ length: 41 }, (_, index) => ({ key: `k${index}`, value: '' })) }, 'global_resource_tags: holds 41 tags'],
  ['tags have different keys', { global_resource_tags: [{ key: 'a', value: '1' }, { key: 'a', value: '2' }] }, 'global_resource_tags: holds a key twice'],
  ['tags have one name', { global_resource_tags: [{ key: 'a', value: '1' }], global_resources_tags: [{ key: 'b', value: '1' }] }, 'global_resources_tags: is another name of global_resource_tags'],
  ['the certificate is required', { load_balancer: { certificate_arn: null } }, 'load_balancer.certificate_arn: is required'],
  ['the certificate is of ACM', { load_balancer: { certificate_arn: 'arn:aws:iam::123456789012:server-certificate/x' } }, 'load_balancer.certificate_arn: is not an ARN like arn:aws:acm:eu-west-1'],
  ['the certificate is in the partition', { load_balancer: { certificate_arn: CERTIFICATE.replace('aws', 'aws-us-gov') } }, 'load_balancer.certificate_arn: is in the partition aws-us-gov, but aws_region is in aws'],
  ['the certificate is in the region', { load_balancer: { certificate_arn: CERTIFICATE.replace('eu-west-1', 'us-east-1') } }, 'load_balancer.certificate_arn: is in the region us-east-1, but has to be in eu-west-1'],
  ['a private API in GovCloud stands in a network of the operator', { aws_region: 'us-gov-west-1', load_balancer: { scheme: 'internal', certificate_arn: 'arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1' } }, 'vpc_config.use_custom_vpc: is required with load_balancer.scheme internal in GovCloud'],
  ['scheme is one of two', { load_balancer: { scheme: 'external' } }, 'load_balancer.scheme: must be one of internet-facing, internal'],
  ['ssl_policy admits no TLS 1.0', { load_balancer: { ssl_policy: 'ELBSecurityPolicy-2016-08' } }, 'load_balancer.ssl_policy: admits TLS 1.0 or 1.1'],
  ['ssl_policy admits no TLS 1.1', { load_balancer: { ssl_policy: 'ELBSecurityPolicy-TLS13-1-1-2021-06' } }, 'load_balancer.ssl_policy: admits TLS 1.0 or 1.1'],
  ['ssl_policy is known', { load_balancer: { ssl_policy: 'strong' } }, 'load_balancer.ssl_policy: must be a load balancer\'s policy'],
  ['subnet_placement is one of two', { load_balancer: { subnet_placement: 'dmz' } }, 'load_balancer.subnet_placement: must be one of public, private'],
  ['subnet_placement public needs such subnets', { load_balancer: { scheme: 'internal', subnet_placement: 'public' }, vpc_config: CUSTOM_VPC }, 'vpc_config.public_subnet_ids: is required with load_balancer.subnet_placement public'],
  ['tag.key needs tag.value', { load_balancer: { tag: { key: 'a' } } }, 'load_balancer.tag.value: is needed beside key'],
  ['tag.value needs tag.key', { load_balancer: { tag: { value: 'a' } } }, 'load_balancer.tag.key: is needed beside value'],
  ['delete_protection_enabled is a boolean', { database: { delete_protection_enabled: 'on' } }, 'database.delete_protection_enabled: must be true or false'],
  ['instance_class has a shape', { database: { instance_class: 't4g.large' } }, 'database.instance_class: is not an instance class'],
  ['T classes have no Data API', { database: { instance_class: 'db.t4g.xlarge', access: 'data-api' } }, 'database.access: the Data API does not serve the class db.t4g.xlarge'],
  ['13 is refused', { database: { postgres_engine_version: '13.21' } }, 'database.postgres_engine_version: is too old'],
  ['14 pauses from 14.12', { database: { postgres_engine_version: '14.11' } }, 'database.postgres_engine_version: does not pause, which min_capacity 0 asks for: take 14.12 or later'],
  ['15 pauses from 15.7', { database: { postgres_engine_version: '15.6', min_capacity: 0 } }, 'database.postgres_engine_version: does not pause, which min_capacity 0 asks for: take 15.7 or later'],
  ['16 pauses from 16.3', { database: { postgres_engine_version: '16.2' } }, 'database.postgres_engine_version: does not pause, which min_capacity 0 asks for: take 16.3 or later'],
  ['14 has the Data API from 14.8', { database: { postgres_engine_version: '14.7', min_capacity: 0.5 } }, 'database.postgres_engine_version: is not served by the Data API: take 14.8 or later'],
  ['15 has the Data API from 15.3', { database: { postgres_engine_version: '15.2', min_capacity: 0.5 } }, 'database.postgres_engine_version: is not served by the Data API: take 15.3 or later'],
  ['16 has the Data API from 16.1', { database: { postgres_engine_version: '16.0', instance_class: 'db.r8g.large' } }, 'database.postgres_engine_version: is not served by the Data API: take 16.1 or later'],
  ['18 needs a word', { database: { postgres_engine_version: '18.1' } }, 'database.postgres_engine_version: is not supported; --allow-unsupported-engine'],
  ['the version has a shape', { database: { postgres_engine_version: 'newest' } }, 'database.postgres_engine_version: is not a version such as 16.11'],
  ['backups are kept at most 35 days', { database: { backup_retention_period_days: 36 } }, 'database.backup_retention_period_days: must be a whole number from 1 to 35'],
  ['backups are kept', { database: { backup_retention_period_days: 0 } }, 'database.backup_retention_period_days: must be a whole number from 1 to 35'],
  ['the cluster identifier has a shape', { database: { db_cluster_identifier: '1st' } }, 'database.db_cluster_identifier: must be 1 to 63'],
  ['a secret needs its key', { database: { connection_string_ssm_arn: SECRET } }, 'database.connection_string_ssm_kms_arn: is required with connection_string_ssm_arn'],
  ['a key needs its secret', { database: { connection_string_ssm_kms_arn: KEY } }, 'database.connection_string_ssm_arn: is required with connection_string_ssm_kms_arn'],
  ['the secret is one of Secrets Manager', { database: { connection_string_ssm_arn: 'arn:aws:ssm:eu-west-1:123456789012:parameter/x', connection_string_ssm_kms_arn: KEY } }, 'database.connection_string_ssm_arn: is not an ARN like arn:aws:secretsmanager'],
  ['the secret is not ours', { database: { connection_string_ssm_arn: SECRET.replace('my-database', 'platform/database'), connection_string_ssm_kms_arn: KEY } }, 'database.connection_string_ssm_arn: is the secret of the database that this installation made'],
  ['a self-managed database has no Data API', { database: { connection_string_ssm_arn: SECRET, connection_string_ssm_kms_arn: KEY, access: 'data-api' } }, 'database.access: the Data API does not serve a self-managed database'],
  ['capacity comes in halves', { database: { min_capacity: 0.7 } }, 'database.min_capacity: must be a number in steps of 0.5 from 0 to 256'],
  ['capacity has a limit', { database: { max_capacity: 300 } }, 'database.max_capacity: must be a number in steps of 0.5 from 1 to 256'],
  ['least is not above most', { database: { min_capacity: 8, max_capacity: 4 } }, 'database.min_capacity: must not be above max_capacity'],
  ['the pause comes after five minutes or later', { database: { auto_pause_seconds: 60 } }, 'database.auto_pause_seconds: must be a whole number from 300 to 86400'],
  ['access is one of two', { database: { access: 'proxy' } }, 'database.access: must be one of data-api, direct'],
  ['readers are at most two', { database: { readers: 3 } }, 'database.readers: must be a whole number from 0 to 2'],
  ['somebody must be able to sign in', { sso_config: null }, 'sso_config: is required unless admin.username is set'],
  ['admin_login is required', { sso_config: { admin_login: null } }, 'sso_config.admin_login: is required'],
  ['admin_login is an address', { sso_config: { admin_login: 'me' } }, 'sso_config.admin_login: is not an e-mail address'],
  ['sso_type is required', { sso_config: { sso_type: null } }, 'sso_config.sso_type: is required'],
  ['sso_type is one of two', { sso_config: { sso_type: 'LDAP' } }, 'sso_config.sso_type: must be one of OIDC, SAML'],
  ['OIDC needs a client', { sso_config: { oidc_args: { client_id: '' } } }, 'sso_config.oidc_args.client_id: is required with sso_type OIDC'],
  ['OIDC needs a secret', { sso_config: { oidc_args: { client_credentials: '' } } }, 'sso_config.oidc_args.client_credentials: is required with sso_type OIDC'],
  ['OIDC needs a provider', { sso_config: { oidc_args: { identity_provider_host: null } } }, 'sso_config.oidc_args.identity_provider_host: is required with sso_type OIDC'],
  ['the provider is https', { sso_config: { oidc_args: { identity_provider_host: 'http://login.example.com' } } }, 'sso_config.oidc_args.identity_provider_host: is not an https:// URL'],
  ['SAML needs metadata', { sso_config: { sso_type: 'SAML' } }, 'sso_config.saml_args.metadata: is required with sso_type SAML'],
  ['dynamic metadata is a URL', { sso_config: { sso_type: 'SAML', saml_args: { dynamic: true, metadata: '<xml/>' } } }, 'sso_config.saml_args.metadata: is not an https:// URL'],
  ['metadata is XML', { sso_config: { sso_type: 'SAML', saml_args: { metadata: '<a><b></a>' } } }, 'sso_config.saml_args.metadata: is not well-formed XML'],
  ['metadata has no document type', { sso_config: { sso_type: 'SAML', saml_args: { metadata: '<!DOCTYPE a><EntityDescriptor/>' } } }, 'sso_config.saml_args.metadata: is not well-formed XML without a document type'],
  ['metadata is of an entity', { sso_config: { sso_type: 'SAML', saml_args: { metadata: '<html></html>' } } }, 'sso_config.saml_args.metadata: holds no EntityDescriptor'],
  ['metadata has a signing certificate', { sso_config: { sso_type: 'SAML', saml_args: { metadata: '<md:EntityDescriptor><md:KeyDescriptor use="signing"/></md:EntityDescriptor>' } } }, 'sso_config.saml_args.metadata: holds no signing certificate'],
  ['metadata is at most 256 KiB', { sso_config: { sso_type: 'SAML', saml_args: { metadata: `<a>${'x'.repeat(262_144)}</a>` } } }, 'sso_config.saml_args.metadata: is larger than 256 KiB'],
  ['name_id_format is one of three', { sso_config: { sso_type: 'SAML', saml_args: { name_id_format: 'LOGIN' } } }, 'sso_config.saml_args.name_id_format: must be one of TRANSIENT, EMAIL_ADDRESS, PERMANENT'],
  ['update_on_install is a boolean', { sso_config: { update_on_install: 'x' } }, 'sso_config.update_on_install: must be true or false'],
  ['the topic is of SNS', { alerting: { sns_topic_arn: 'alerts' } }, 'alerting.sns_topic_arn: is not an ARN like arn:aws:sns'],
  ['the topic is in the region', { alerting: { sns_topic_arn: 'arn:aws:sns:eu-west-2:123456789012:alerts' } }, 'alerting.sns_topic_arn: is in the region eu-west-2'],
  ...['run_logs', 'deliveries_bucket', 'uploads_bucket', 'user_uploaded_workspaces_bucket', 'large_queue_messages_bucket', 'metadata_bucket', 'policy_inputs_bucket', 'workspaces_bucket', 'access_logs_bucket'].map((name) =>
    [`${name} lives at least a day`, { s3_config: { [`${name}_expiration_days`]: 0 } }, `s3_config.${name}_expiration_days: must be a whole number from 1`] as const),
  ['large messages outlive their queues', { s3_config: { large_queue_messages_bucket_expiration_days: 1 } }, 's3_config.large_queue_messages_bucket_expiration_days: must be more than 1'],
  ['Slack needs an id', { slack_config: { enabled: true, client_secret: 'a', signing_secret: 'b' } }, 'slack_config.client_id: is required when enabled'],
  ['Slack needs a secret', { slack_config: { enabled: true, client_id: 'a', signing_secret: 'b' } }, 'slack_config.client_secret: is required when enabled'],
  ['Slack needs a signing secret', { slack_config: { enabled: true, client_id: 'a', client_secret: 'b' } }, 'slack_config.signing_secret: is required when enabled'],
  ...['vpc_id', 'private_subnet_ids', 'availability_zones', 'server_security_group_id', 'drain_security_group_id', 'installation_task_security_group_id', 'database_security_group_id'].map((name) =>
    [`a custom network needs ${name}`, { vpc_config: { ...CUSTOM_VPC, [name]: '' } }, `vpc_config.${name}: is required with use_custom_vpc`] as const),
  ['the network has an id', { vpc_config: { ...CUSTOM_VPC, vpc_id: 'main' } }, 'vpc_config.vpc_id: is not the id of a network'],
  ['subnets have ids', { vpc_config: { ...CUSTOM_VPC, private_subnet_ids: 'a,b' } }, 'vpc_config.private_subnet_ids: must be a list of ids such as subnet-'],
  ['subnets are two', { vpc_config: { ...CUSTOM_VPC, private_subnet_ids: 'subnet-0aaaaaaaaaaaaaaaa' } }, 'vpc_config.private_subnet_ids: must name at least two subnets'],
  ['zones are two', { vpc_config: { ...CUSTOM_VPC, availability_zones: 'eu-west-1a' } }, 'vpc_config.availability_zones: must name at least two zones'],
  ['groups have ids', { vpc_config: { ...CUSTOM_VPC, scheduler_security_group_id: 'default' } }, 'vpc_config.scheduler_security_group_id: is not the id of a security group'],
  ['public subnets have ids', { vpc_config: { public_subnet_ids: 'x' } }, 'vpc_config.public_subnet_ids: must be a list of ids'],
  ['a proxy has a scheme', { proxy_config: { http_proxy: 'proxy:3128' } }, 'proxy_config.http_proxy: must carry a scheme'],
  ['a proxy has no password', { proxy_config: { https_proxy: 'http://me:secret@proxy:3128' } }, 'proxy_config.https_proxy: must not hold a user or a password'],
  ['authorities are certificates', { tls_config: { ca_certificates: [Buffer.from('hello').toString('base64')] } }, 'tls_config.ca_certificates: entry 1 is not base64 of a PEM certificate'],
  ['the standby needs the key', { disaster_recovery: { is_dr_instance: true, replica_region: 'eu-central-1' } }, 'disaster_recovery.encryption_primary_key_arn: is required with is_dr_instance'],
  ['the standby knows where its database is', { disaster_recovery: { is_dr_instance: true, replica_region: 'eu-central-1', encryption_primary_key_arn: DR_KEY }, database: { access: 'direct' } }, 'disaster_recovery.is_dr_instance: with functions that connect by themselves needs the address'],
  ['the key is one of several regions', { disaster_recovery: { is_dr_instance: true, replica_region: 'eu-central-1', encryption_primary_key_arn: DR_KEY.replace('mrk-', '') } }, 'disaster_recovery.encryption_primary_key_arn: is not an ARN like'],
  ['the key is in the other region', { disaster_recovery: { is_dr_instance: true, replica_region: 'eu-central-1', encryption_primary_key_arn: DR_KEY.replace('eu-central-1', 'eu-west-2') } }, 'disaster_recovery.encryption_primary_key_arn: is in the region eu-west-2'],
  ['the key is for the standby', { disaster_recovery: { replica_region: 'eu-central-1', encryption_primary_key_arn: DR_KEY } }, 'disaster_recovery.encryption_primary_key_arn: is for the standby region only'],
  ['the other region is another', { disaster_recovery: { replica_region: 'eu-west-1' } }, 'disaster_recovery.replica_region: must not equal aws_region'],
  ['the other region is in the partition', { disaster_recovery: { replica_region: 'us-gov-west-1' } }, 'disaster_recovery.replica_region: is not in the partition aws'],
  ['the other region is said', { disaster_recovery: { s3_bucket_replication: REPLICATION } }, 'disaster_recovery.replica_region: is required with disaster recovery'],
  ['replication is all or none', { disaster_recovery: { replica_region: 'eu-central-1', s3_bucket_replication: { ...REPLICATION, modules_bucket_arn: '' } } }, 'disaster_recovery.s3_bucket_replication.modules_bucket_arn: is required when replication is enabled'],
  ['the standby database is one of three', { disaster_recovery: { replica_region: 'eu-central-1', database: 'cold' } }, 'disaster_recovery.database: must be one of warm, headless, external'],
  ['an external database is said', { disaster_recovery: { replica_region: 'eu-central-1', database: 'external' } }, 'disaster_recovery.database: external needs database.connection_string_ssm_arn'],
  ['drains are counted', { services: { drain: { desired_count: 'many' } } }, 'services.drain.desired_count: must be a whole number from 1 to 100'],
  ['the licence is of a kind', { license: { type: 'free' } }, 'license.type: must be one of aws, jwt, none'],
  ['a License Manager licence has a product', { license: { type: 'aws', entitlements: ['team'] } }, 'license.product_sku: is required with type aws'],
  ['a License Manager licence has entitlements', { license: { type: 'aws', product_sku: 'p' } }, 'license.entitlements: is required with type aws'],
  ['an issuer has a fingerprint', { license: { key_fingerprint: 'abc' } }, 'license.key_fingerprint: is not an issuer\'s fingerprint'],
  ['a token licence has a token', { license: { type: 'jwt' } }, 'license.token: is required with type jwt'],
  ['an administrator has a password', { admin: { username: 'root' } }, 'admin.password: is needed beside username'],
  ['a password has an administrator', { admin: { password: 'x' } }, 'admin.username: is needed beside password'],
  ['web.mode is one of two', { web: { mode: 'bucket' } }, 'web.mode: must be one of gateway, cloudfront'],
  ['a distribution has a certificate', { web: { mode: 'cloudfront' } }, 'web.certificate_arn: is required with mode cloudfront'],
  ['a distribution\'s certificate is in us-east-1', { web: { mode: 'cloudfront', certificate_arn: CERTIFICATE } }, 'web.certificate_arn: is in the region eu-west-1, but has to be in us-east-1'],
  ['a distribution hides the addresses of its viewers', { api: { allowed_cidrs: ['10.0.0.0/8'] }, web: { mode: 'cloudfront', certificate_arn: CERTIFICATE.replace('eu-west-1', 'us-east-1') } }, 'web.mode: api.allowed_cidrs would be compared with the addresses of the distribution'],
  ['a distribution shows no certificate', { api: { mutual_tls_truststore: 's3://authorities/ca.pem' }, web: { mode: 'cloudfront', certificate_arn: CERTIFICATE.replace('eu-west-1', 'us-east-1') } }, 'web.mode: a distribution has no certificate for api.mutual_tls_truststore'],
  ['a private name takes no certificates', { load_balancer: { scheme: 'internal' }, api: { mutual_tls_truststore: 's3://authorities/ca.pem' } }, 'api.mutual_tls_truststore: has no effect on an internal API'],
  ['a distribution reaches no internal API', { load_balancer: { scheme: 'internal' }, web: { mode: 'cloudfront', certificate_arn: CERTIFICATE.replace('eu-west-1', 'us-east-1') } }, 'web.mode: a distribution cannot reach an internal API'],
  ['a zone has an id', { dns: { hosted_zone_id: 'example.com' } }, 'dns.hosted_zone_id: is not the id of a hosted zone'],
  ['the broker\'s certificate is in the region', { dns: { iot_certificate_arn: CERTIFICATE.replace('eu-west-1', 'us-east-1') }, iot_broker_endpoint: 'mqtt.example.com' }, 'dns.iot_certificate_arn: is in the region us-east-1'],
  ['the broker\'s certificate is for a name', { dns: { iot_certificate_arn: CERTIFICATE } }, 'iot_broker_endpoint: is required with dns.iot_certificate_arn'],
  ['api.waf is a boolean', { api: { waf: 'some' } }, 'api.waf: must be true or false'],
  ['allowed addresses are blocks', { api: { allowed_cidrs: ['10.0.0.1'] } }, 'api.allowed_cidrs: "10.0.0.1" is not a block of addresses'],
  ['allowed addresses are not all', { api: { allowed_cidrs: ['0.0.0.0/0'] } }, 'api.allowed_cidrs: 0.0.0.0/0 admits every address'],
  ['the trust store is an object', { api: { mutual_tls_truststore: 'authorities.pem' } }, 'api.mutual_tls_truststore: is not the address of an object'],
  ['the telemetry vendor is known', { telemetry: { vendor: 'Other' } }, 'telemetry.vendor: must be one of AWS, OpenTelemetry, Disabled'],
  ['a collector is for OpenTelemetry', { telemetry: { otlp_endpoint: 'http://collector:4317' } }, 'telemetry.otlp_endpoint: has no meaning with vendor AWS: set OpenTelemetry'],
  ['OpenTelemetry has a collector', { telemetry: { vendor: 'OpenTelemetry' } }, 'telemetry.otlp_endpoint: is required with vendor OpenTelemetry'],
  ['a collector has a scheme', { telemetry: { vendor: 'OpenTelemetry', otlp_endpoint: 'collector:4317' } }, 'telemetry.otlp_endpoint: must carry a scheme'],
  ['a collector has no password', { telemetry: { vendor: 'OpenTelemetry', otlp_endpoint: 'http://a:b@collector:4317' } }, 'telemetry.otlp_endpoint: must not hold a user or a password'],
  ['admitted networks are blocks', { outbound: { allowed_cidrs: ['10.0.0.1'] } }, 'outbound.allowed_cidrs: "10.0.0.1" is not a block of addresses'],
  ['admitted networks are not all', { outbound: { allowed_cidrs: '10.0.0.0/8, ::/0' } }, 'outbound.allowed_cidrs: ::/0 admits every address; name the networks'],
  ['admitted networks fit into an environment', { outbound: { allowed_cidrs: Array.from({ length: 80 }, (_, index) => `10.100.${index + 100}.0/24`) } }, 'outbound.allowed_cidrs: is longer than 1000 characters'],
  ['times of policies are durations', { policies: { timeouts: { plan: 30 } } }, 'policies.timeouts.plan: must be a string'],
  ['times of policies have a unit', { policies: { timeouts: { login: '5' } } }, 'policies.timeouts.login: is not a duration such as 30s or 1m30s, of at most an hour'],
  ['times of policies are some time', { policies: { timeouts: { trigger: '0s' } } }, 'policies.timeouts.trigger: is not a duration'],
  ['times of policies end', { policies: { timeouts: { combined: '2h' } } }, 'policies.timeouts.combined: is not a duration'],
  ['times of policies fit into an environment', { policies: { timeouts: { push: '1s'.repeat(9) } } }, 'policies.timeouts.push: is not a duration'],
  ['times of policies are of known types', { policies: { timeouts: { plans: '5s' } } }, 'policies.timeouts.plans: is not a known key; did you mean plan?'],
  ['admitted hosts are names', { outbound: { allowed_hosts: ['https://hooks.internal'] } }, 'outbound.allowed_hosts: "https://hooks.internal" is not a host name'],
  ['admitted hosts are whole', { outbound: { allowed_hosts: ['*.internal'] } }, 'outbound.allowed_hosts: "*.internal" is not a host name'],
  ['admitted hosts fit into an environment', { outbound: { allowed_hosts: Array.from({ length: 60 }, (_, index) => `hooks-${index}.internal.example`) } }, 'outbound.allowed_hosts: is longer than 1000 characters'],
  ['admitted Terraform versions are a range', { terraform: { allowed_versions: 'newer' } }, 'terraform.allowed_versions: is not a range of versions'],
  ['iot.presence_events is a boolean', { iot: { presence_events: 'x' } }, 'iot.presence_events: must be true or false'],
  ['the boundary is a policy', { permissions_boundary_arn: 'arn:aws:iam::123456789012:role/x' }, 'permissions_boundary_arn: is not an ARN like arn:aws:iam::'],
  ['the prefix is short', { name_prefix: 'a-very-long-prefix-indeed' }, 'name_prefix: must be 1 to 18 lower-case letters'],
  ['the prefix is lower case', { name_prefix: 'Prod' }, 'name_prefix: must be 1 to 18 lower-case letters'],
  ['the gateway is not there yet', { vcs_gateway: { enabled: true } }, 'vcs_gateway.enabled: the gateway to private git hosts is not available'],
  ['the issuer is https', { federation_config: { issuer: 'http://x.example.com' } }, 'federation_config.issuer: is not an https:// URL'],
  ['git credentials are an object', { git: { credentials: ['https://git.example.com'] } }, 'git.credentials: must be an object of {username, password} by https:// addresses'],
  ['git credentials are by addresses', { git: { credentials: { 'git.example.com': { username: 'a', password: 'b' } } } }, 'git.credentials: entry 1 is not for an https:// address'],
  ['git credentials are for https', { git: { credentials: { 'http://git.example.com': { username: 'a', password: 'b' } } } }, 'git.credentials: entry 1 is not for an https:// address'],
  ['an address of git credentials holds none', { git: { credentials: { 'https://me:secret@git.example.com': { username: 'a', password: 'b' } } } }, 'git.credentials: entry 1 has a user or a password in its address'],
  ['an address of git credentials ends with its path', { git: { credentials: { 'https://git.example.com/?a': { username: 'a', password: 'b' } } } }, 'git.credentials: entry 1 is for an address with a question mark'],
  ['git credentials have a password', { git: { credentials: { 'https://git.example.com/team': { username: 'a' } } } }, 'git.credentials["https://git.example.com/team"].password: is required'],
  ['git credentials have a user', { git: { credentials: { 'https://git.example.com': { password: 'a' } } } }, 'git.credentials["https://git.example.com"].username: is required'],
  ['git credentials are texts', { git: { credentials: { 'https://git.example.com': { username: 'a', password: 1 } } } }, 'git.credentials["https://git.example.com"].password: must be a string'],
  ['git credentials are of one line', { git: { credentials: { 'https://git.example.com': { username: 'a', password: 'b\nc' } } } }, 'git.credentials["https://git.example.com"].password: holds a line break'],
  ['git credentials know no other keys', { git: { credentials: { 'https://git.example.com': { username: 'a', password: 'b', passwrd: 'c' } } } }, 'git.credentials["https://git.example.com"].passwrd: is not a known key; did you mean password?'],
  ['git credentials are objects', { git: { credentials: { 'https://git.example.com': 'token' } } }, 'git.credentials["https://git.example.com"]: is not an object'],
  ['git credentials are there once', { git: { credentials: { 'https://git.example.com/a': { username: 'a', password: 'b' }, 'https://GIT.example.com:443/a/': { username: 'c', password: 'd' } } } }, 'git.credentials: https://git.example.com/a is there twice'],
  ['git credentials fit into a secret', { git: { credentials: { 'https://git.example.com/a': { username: 'a', password: 'b'.repeat(66_000) } } } }, 'git.credentials: is larger than 64 KiB'],
  ['a text is a string', { account_name: 12 }, 'account_name: must be a string'],
  ['a block is an object', { database: 'aurora' }, 'database: is not an object'],
  ['a list holds strings', { license: { entitlements: [1] } }, 'license.entitlements: must be a list of strings'],
  ['keys are known', { acount_name: 'x' }, 'acount_name: is not a known key; did you mean account_name?'],
  ['keys of blocks are known', { database: { acess: 'direct' } }, 'database.acess: is not a known key; did you mean access?'],
];

describe('a configuration file is refused when', () => {
  for (const [rule, changes, fault] of FAULTS) {
    it(`it breaks the rule: ${rule}`, () => {
      const faults = faultsOf(changes);

      expect(faults).toEqual(expect.arrayContaining([expect.stringContaining(fault)]));
    });
  }

  it('it is not JSON, without repeating any of it', () => {
    expect(readConfigText('{"token": "s3cret",')).toEqual({ faults: ['file: is not JSON'] });
  });

  it('it is JSON of another kind', () => {
    expect(readConfigText('[]')).toEqual({ faults: expect.arrayContaining(['file: is not an object', 'account_name: is required', 'aws_region: is required', 'spacelift_hostname: is required']) });
  });

  it('a distributor\'s build needs a licence and it has none', () => {
    expect(faultsOf({}, { licenseRequired: true })).toEqual(['license.type: this build needs a licence: set aws or jwt']);
    const fixed = buildOptions(distribution({ context: { 'license.required': true, 'license.productSku': 'prod-1' } }));
    expect(faultsOf({}, fixed)).toEqual(['license.type: this build needs a licence: set aws or jwt']);
    expect(faultsOf({ license: { type: 'aws', entitlements: ['team'] } }, fixed)).toEqual([]);
    expect(faultsOf({ license: { type: 'aws', entitlements: ['team'] } })).toEqual(['license.product_sku: is required with type aws']);
  });

  it('several rules are broken, and all are told at once', () => {
    const faults = faultsOf({ account_name: '', aws_region: 'eu-west-1', database: { readers: 9, acess: 'x' }, load_balancer: { certificate_arn: '' }, disable_services: 'x' });

    expect(faults).toEqual([
      'load_balancer.certificate_arn: is required',
      'database.readers: must be a whole number from 0 to 2',
      'account_name: is required',
      'disable_services: must be true or false',
      'database.acess: is not a known key; did you mean access?',
    ]);
  });
});

describe('a configuration file is accepted', () => {
  it('with the required keys only', () => {
    const { config, warnings } = goodConfig();

    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      accountName: 'example', region: 'eu-west-1', partition: 'aws', prefix: 'platform', hostname: 'windlass.example.com', tracing: true, servicesDisabled: false, tags: [],
      network: { mode: 'none' }, api: { securityPolicy: 'TLS_1_2', internal: false, waf: true }, web: { mode: 'gateway' }, license: { type: 'none' }, disasterRecovery: null,
      database: { instanceClass: null, engineVersion: '16.11', minCapacity: 0, maxCapacity: 8, autoPauseSeconds: 600, access: 'data-api', backupRetentionDays: 7, deletionProtection: true, readers: 0, external: null },
      expiryDays: { 'run-logs': 60, deliveries: 1, uploads: 1, 'user-uploaded-workspaces': 1, 'large-queue-messages': 2, metadata: 2, 'policy-inputs': 8, workspace: 30, 'access-logs': 7 },
    });
  });

  it('with booleans and numbers as strings', () => {
    const { config } = goodConfig({ tracing_enabled: 'false', disable_services: 'TRUE', database: { max_capacity: '16.5', readers: '1' }, s3_config: { run_logs_expiration_days: '90' } });

    expect(config).toMatchObject({ tracing: false, servicesDisabled: true, database: { maxCapacity: 16.5, readers: 1 }, expiryDays: { 'run-logs': 90 } });
  });

  it('with empty texts and nulls for what is unset', () => {
    expect(goodConfig({ webhooks_endpoint: '', iot_broker_endpoint: null, database: { instance_class: '', db_cluster_identifier: null }, proxy_config: null, vpc_config: { vpc_id: '' } }).config).toEqual(goodConfig().config);
  });

  it('with the other names of two keys', () => {
    const { config } = goodConfig({ spacelift_hostname: null, hostname: 'other.example.com', global_resources_tags: [{ key: 'team', value: 'infra' }] });

    expect(config).toMatchObject({ hostname: 'other.example.com', tags: [{ key: 'team', value: 'infra' }] });
  });

  it('with keys that have no meaning here', () => {
    const changes = { tls_config: { server_certificate_secrets_manager_arn: 'x' }, vpc_config: { public_subnet_ids: 'subnet-0aaaaaaaaaaaaaaaa', load_balancer_security_group_id: 'sg-00000005' }, load_balancer: { subnet_placement: 'public' } };

    expect(faultsOf(changes)).toEqual([]);
  });

  it('with the original\'s own class, which nobody chose', () => {
    expect(goodConfig({ database: { instance_class: 'db.t4g.large' } }).config.database).toMatchObject({ instanceClass: null, access: 'data-api' });
    expect(goodConfig({ database: { instance_class: 'db.r8g.large' } }).config.database).toMatchObject({ instanceClass: 'db.r8g.large', access: 'data-api' });
  });

  it('with older versions of the database that are not asked for what they cannot do', () => {
    for (const version of ['14.12', '15.7', '16.3', '17.4']) expect(faultsOf({ database: { postgres_engine_version: version } })).toEqual([]);
    expect(faultsOf({ database: { postgres_engine_version: '14.8', min_capacity: 0.5 } })).toEqual([]);
    expect(faultsOf({ database: { postgres_engine_version: '14.7', min_capacity: 0.5, access: 'direct' } })).toEqual([]);
    expect(faultsOf({ database: { postgres_engine_version: '15.3', instance_class: 'db.r6g.large' } })).toEqual([]);
    const own = { connection_string_ssm_arn: SECRET, connection_string_ssm_kms_arn: KEY };
    expect(faultsOf({ database: { postgres_engine_version: '14.1', ...own } })).toEqual([]);
  });

  it('with what makes functions join a network', () => {
    const direct = { database: { access: 'direct' } };
    for (const change of [direct, { database: { instance_class: 'db.t4g.xlarge' } }, { load_balancer: { scheme: 'internal' } }]) expect(goodConfig(change).config.network).toEqual({ mode: 'managed' });
    expect(goodConfig({ database: { connection_string_ssm_arn: SECRET, connection_string_ssm_kms_arn: KEY } }).config).toMatchObject({ network: { mode: 'managed' }, database: { access: 'direct', external: { secretArn: SECRET, keyArn: KEY } } });
    expect(goodConfig({ vpc_config: CUSTOM_VPC }).config.network).toMatchObject({ mode: 'custom', privateSubnetIds: ['subnet-0aaaaaaaaaaaaaaaa', 'subnet-0bbbbbbbbbbbbbbbb'], zones: ['eu-west-1a', 'eu-west-1b'], groups: { server: 'sg-00000001', database: 'sg-00000004', scheduler: null } });
  });

  it('in GovCloud, where functions connect by themselves', () => {
    const { config } = goodConfig({ aws_region: 'us-gov-west-1', load_balancer: { certificate_arn: 'arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/1' } });

    expect(config).toMatchObject({ partition: 'aws-us-gov', network: { mode: 'managed' }, database: { access: 'direct' } });
  });

  it('in a region without the Data API, unless the file knows better', () => {
    const melbourne = { aws_region: 'ap-southeast-4', load_balancer: { certificate_arn: CERTIFICATE.replace('eu-west-1', 'ap-southeast-4') } };
    const chosen = goodConfig(melbourne);
    const asked = goodConfig({ ...melbourne, database: { access: 'data-api' } });

    expect(chosen.config).toMatchObject({ network: { mode: 'managed' }, database: { access: 'direct' } });
    expect(chosen.warnings).toEqual([expect.stringMatching(/^database\.access: ap-southeast-4 is not known to have the Data API/)]);
    expect(asked.config).toMatchObject({ network: { mode: 'none' }, database: { access: 'data-api' } });
    expect(asked.warnings).toEqual([]);
  });

  it('with a load balancer\'s policy in API Gateway\'s words', () => {
    const policy = (name: string) => goodConfig({ load_balancer: { ssl_policy: name } }).config.api.securityPolicy;

    expect(policy('ELBSecurityPolicy-TLS-1-2-2017-01')).toBe('TLS_1_2');
    expect(policy('ELBSecurityPolicy-TLS13-1-2-2021-06')).toBe('SecurityPolicy_TLS13_1_2_PQ_2025_09');
    expect(policy('ELBSecurityPolicy-TLS13-1-3-2021-06')).toBe('SecurityPolicy_TLS13_1_3_2025_09');
    expect(policy('ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04')).toBe('SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09');
    expect(policy('ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04')).toBe('SecurityPolicy_TLS13_1_3_FIPS_2025_09');
    expect(policy('SecurityPolicy_TLS13_1_3_2025_09')).toBe('SecurityPolicy_TLS13_1_3_2025_09');
  });

  it('with an engine that the command line permits', () => {
    expect(goodConfig({ database: { postgres_engine_version: '18.1' } }, { allowUnsupportedEngine: true }).config.database.engineVersion).toBe('18.1');
  });

  it('with a warning where it is not as it may seem', () => {
    const warned = (changes: Record<string, unknown>) => goodConfig(changes).warnings.map((warning) => warning.split(':')[0]);

    expect(warned({ database: { postgres_engine_version: '17.4' } })).toEqual(['database.postgres_engine_version']);
    expect(warned({ load_balancer: { scheme: 'internal' } })).toEqual(['load_balancer.scheme']);
    expect(warned({ proxy_config: { https_proxy: 'http://proxy:3128' } })).toEqual(['proxy_config']);
    expect(warned({ services: { drain: { message_processing_timeout_seconds: 900 } } })).toEqual(['services.drain.message_processing_timeout_seconds']);
    expect(warned({ slack_config: { enabled: false, client_id: 'x' } })).toEqual(['slack_config']);
    expect(warned({ automatically_report_usage_data: true })).toEqual(['automatically_report_usage_data']);
    expect(warned({ automatically_report_usage_data: true, usage: { endpoint: 'https://usage.example.com' } })).toEqual([]);
    expect(warned({ outbound: { allowed_hosts: ['hooks'] } })).toEqual(['outbound']);
    expect(warned({ policies: { timeouts: { plan: '90s', login: '20s', combined: '5m' } } })).toEqual(['policies.timeouts.login', 'policies.timeouts.combined']);
    expect(warned({ federation_config: { issuer: 'https://issuer.example.com' } })).toEqual(['federation_config']);
    expect(warned({ disaster_recovery: { is_dr_instance: true, replica_region: 'eu-central-1', encryption_primary_key_arn: DR_KEY } })).toEqual(['disaster_recovery.signing_primary_key_arn']);
    const tied = { dns: { hosted_zone_id: 'Z123ABC456DEF' }, disaster_recovery: { replica_region: 'eu-central-1' } };
    expect(warned(tied)).toEqual([]);
    expect(warned({ ...tied, load_balancer: { scheme: 'internal' } })).toEqual(['load_balancer.scheme', 'dns.hosted_zone_id']);
  });

  it('and keeps what is secret apart from the rest', () => {
    const { config, secrets } = goodConfig({
      admin: { username: 'root', password: 'canary-admin' }, slack_config: { enabled: true, client_id: 'canary-id', client_secret: 'canary-secret', signing_secret: 'canary-signing' }, license: { type: 'jwt', token: 'canary-token' },
    });

    expect(secrets).toEqual({ adminPassword: 'canary-admin', oidcClientSecret: 'replace-me', slack: { clientId: 'canary-id', clientSecret: 'canary-secret', signingSecret: 'canary-signing' }, licenseToken: 'canary-token', gitCredentials: null });
    expect(JSON.stringify(config)).not.toMatch(/canary|replace-me/);
  });

  it('and no fault repeats a value that may be secret', () => {
    const broken = configWith({ admin: { password: 'canary-1' }, license: { type: 'jwt', token: ['canary-2'] }, slack_config: { enabled: true, client_secret: 'canary-3' }, proxy_config: { http_proxy: 'http://canary-4:canary-5@x' } }, example());

    expect(JSON.stringify(readConfigText(JSON.stringify(broken)))).not.toContain('canary');
    const credentials = { 'https://canary-a:canary-b@git.example.com': { username: 'x', password: 'y' }, 'https://git.example.com': { username: 'canary-c', password: 'canary-d\ne' }, 'canary-e': 'canary-f' };
    const faults = faultsOf({ git: { credentials } });
    expect([faults.length, JSON.stringify(faults).match(/canary-\w/)]).toEqual([3, null]);
  });

  it('and takes the addresses of git hosts as they are compared', () => {
    const credentials = { 'https://GIT.example.com:443/team/': { username: 'robot', password: 'p "w%' }, 'https://other.example.com:8443': { username: 'x-token', password: 't' } };

    expect(goodConfig({ git: { credentials } }).secrets.gitCredentials).toEqual({ 'https://git.example.com/team': { username: 'robot', password: 'p "w%' }, 'https://other.example.com:8443': { username: 'x-token', password: 't' } });
    expect(goodConfig({ git: { credentials: {} } }).secrets.gitCredentials).toBeNull();
  });
});
