import { Aws, Fn } from 'aws-cdk-lib';
import { CfnDistribution, CfnFunction, CfnOriginAccessControl, CfnResponseHeadersPolicy } from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';
import { contentPolicy } from '../core/shared/content-policy.ts';
import type { InstallConfig } from '../install/config.ts';
import { accept } from './acknowledgements.ts';
import { originName } from '../install/names.ts';
import { API_ROUTES } from './api-routes.ts';
import { VIEWER_HEADER } from './web-acl.ts';

/** Policies that the service keeps for everybody. */
const CACHED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const NOT_CACHED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const ONE_YEAR_SECONDS = 31_536_000;
/** Tells functions that the header with the viewer's address is to be believed. */
export const ORIGIN_HEADER = 'x-windlass-origin';

/** Addresses of the interface's pages all show the one document. */
const PAGES = "function handler(event) { var r = event.request; if (r.uri.split('/').pop().indexOf('.') < 0) r.uri = '/index.html'; return r; }";

/** A distribution has room for few patterns: one for each first part of the API's addresses. */
export const apiPatterns = (): readonly string[] =>
  [...new Set(Object.entries(API_ROUTES).filter(([, name]) => name !== 'web').map(([path]) => `/${path.split('/')[1] ?? ''}*`))];

/** Functions behind see the distribution's address, and so does their web ACL, which reads an address alone; these are the viewer's. */
const VIEWER = `function handler(event) { var r = event.request; var ip = event.viewer.ip;
r.headers['cloudfront-viewer-address'] = { value: ip + ':0' }; r.headers['${VIEWER_HEADER}'] = { value: ip }; return r; }`;

interface Sources {
  readonly bucket: string;
  /** Where the interface uploads to. */
  readonly uploadsUrl: string;
  /** The rules in front, where there are any. */
  readonly webAclArn?: string;
  /** Name or ARN of the secret that proves who asks. */
  readonly originSecret: string;
}

export class WebDistribution extends Construct {
  readonly distribution: CfnDistribution;

  constructor(scope: Construct, id: string, config: InstallConfig, from: Sources) {
    super(scope, id);
    const access = new CfnOriginAccessControl(this, 'Access', {
      originAccessControlConfig: { name: `${config.prefix}-web`, originAccessControlOriginType: 's3', signingBehavior: 'always', signingProtocol: 'sigv4' },
    });
    const pages = new CfnFunction(this, 'Pages', {
      name: `${config.prefix}-pages`,
      autoPublish: true,
      functionCode: PAGES,
      functionConfig: { comment: 'pages of the interface', runtime: 'cloudfront-js-2.0' },
    });
    const viewer = new CfnFunction(this, 'Viewer', {
      name: `${config.prefix}-viewer`,
      autoPublish: true,
      functionCode: VIEWER,
      functionConfig: { comment: 'address of the viewer', runtime: 'cloudfront-js-2.0' },
    });
    const headers = new CfnResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyConfig: {
        name: `${config.prefix}-web`,
        securityHeadersConfig: {
          contentSecurityPolicy: { contentSecurityPolicy: contentPolicy(from.uploadsUrl), override: true },
          contentTypeOptions: { override: true },
          referrerPolicy: { referrerPolicy: 'same-origin', override: true },
          strictTransportSecurity: { accessControlMaxAgeSec: ONE_YEAR_SECONDS, override: true },
        },
      },
    });
    const secure = { viewerProtocolPolicy: 'redirect-to-https', compress: true } as const;
    this.distribution = new CfnDistribution(this, 'Distribution', {
      distributionConfig: {
        enabled: true,
        ...(from.webAclArn === undefined ? {} : { webAclId: from.webAclArn }),
        comment: config.prefix,
        aliases: [config.hostname],
        httpVersion: 'http2and3',
        ipv6Enabled: true,
        defaultRootObject: 'index.html',
        viewerCertificate: { acmCertificateArn: config.web.certificateArn ?? '', minimumProtocolVersion: 'TLSv1.2_2021', sslSupportMethod: 'sni-only' },
        origins: [
          {
            id: 'interface',
            domainName: Fn.join('', [from.bucket, '.s3.', Aws.REGION, '.', Aws.URL_SUFFIX]),
            originAccessControlId: access.attrId,
            s3OriginConfig: { originAccessIdentity: '' },
          },
          {
            id: 'api',
            domainName: originName(config.hostname),
            customOriginConfig: { originProtocolPolicy: 'https-only', originSslProtocols: ['TLSv1.2'], originReadTimeout: 30 },
            originCustomHeaders: [
              { headerName: ORIGIN_HEADER, headerValue: Fn.join('', ['{{resolve:secretsmanager:', from.originSecret, ':SecretString}}']) },
            ],
          },
        ],
        defaultCacheBehavior: {
          ...secure,
          targetOriginId: 'interface',
          cachePolicyId: CACHED,
          responseHeadersPolicyId: headers.attrId,
          functionAssociations: [{ eventType: 'viewer-request', functionArn: pages.attrFunctionArn }],
        },
        cacheBehaviors: apiPatterns().map((pathPattern) => ({
          ...secure,
          pathPattern,
          targetOriginId: 'api',
          cachePolicyId: NOT_CACHED,
          originRequestPolicyId: ALL_BUT_HOST,
          functionAssociations: [{ eventType: 'viewer-request', functionArn: viewer.attrFunctionArn }],
          allowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
        })),
      },
    });
    accept(this.distribution, 'CFR1', 'CFR3', ...(from.webAclArn === undefined ? ['CFR2' as const] : []));
  }
}
