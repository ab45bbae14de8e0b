import { Aws, Fn } from 'aws-cdk-lib';
import { CfnDistribution, CfnFunction, CfnOriginAccessControl } from 'aws-cdk-lib/aws-cloudfront';
import { Construct } from 'constructs';
import type { InstallConfig } from '../install/config.ts';
import { accept } from './acknowledgements.ts';
import { originName } from './api-domain.ts';
import { API_ROUTES } from './api-routes.ts';

/** Policies that the service keeps for everybody. */
const CACHED = '658327ea-f89d-4fab-a63d-7e88639e58f6';
const NOT_CACHED = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
const ALL_BUT_HOST = 'b689b0a8-53d0-40ab-baf2-68738e2966ac';
const SECURITY_HEADERS = '67f7725c-6f97-4210-82d7-5512b31e9d03';
/** Tells functions that the header with the viewer's address is to be believed. */
export const ORIGIN_HEADER = 'x-windlass-origin';

/** Addresses of the interface's pages all show the one document. */
const PAGES = "function handler(event) { var r = event.request; if (r.uri.split('/').pop().indexOf('.') < 0) r.uri = '/index.html'; return r; }";

/** A distribution has room for few patterns: one for each first part of the API's addresses. */
export const apiPatterns = (): readonly string[] =>
  [...new Set(Object.entries(API_ROUTES).filter(([, name]) => name !== 'web').map(([path]) => `/${path.split('/')[1] ?? ''}*`))];

/** Functions behind see the distribution's address; this one is the viewer's. */
const VIEWER = "function handler(event) { var r = event.request; r.headers['cloudfront-viewer-address'] = { value: event.viewer.ip + ':0' }; return r; }";

export class WebDistribution extends Construct {
  readonly distribution: CfnDistribution;

  constructor(scope: Construct, id: string, config: InstallConfig, from: { readonly bucket: string; readonly originSecretArn: string }) {
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
    const secure = { viewerProtocolPolicy: 'redirect-to-https', compress: true } as const;
    this.distribution = new CfnDistribution(this, 'Distribution', {
      distributionConfig: {
        enabled: true,
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
              { headerName: ORIGIN_HEADER, headerValue: Fn.join('', ['{{resolve:secretsmanager:', from.originSecretArn, ':SecretString}}']) },
            ],
          },
        ],
        defaultCacheBehavior: {
          ...secure,
          targetOriginId: 'interface',
          cachePolicyId: CACHED,
          responseHeadersPolicyId: SECURITY_HEADERS,
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
    accept(this.distribution, 'CFR1', 'CFR2', 'CFR3');
  }
}
