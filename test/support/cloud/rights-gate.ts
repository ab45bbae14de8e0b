import { errorAnswer, type AwsAnswer, type AwsCall, type Intercept } from '../aws-proxy.ts';
import { MOTO_ACCOUNT } from '../moto.ts';
import { keyNeed, keyUses, namesNoKey, needsOf, type FindSecret } from './call-needs.ts';
import { deciding, type Need, type Statement } from './iam.ts';

/** Whose calls are judged. */
export interface Caller {
  readonly name: string;
  readonly statements: readonly Statement[];
}

export interface Refusal {
  readonly caller: string;
  readonly action: string;
  readonly resource: string;
}

export interface RightsGate {
  readonly intercept: Intercept;
  /** Every call that was refused for want of a right. */
  readonly refusals: readonly Refusal[];
  /** Statements of a caller that decided about no call so far. */
  unused(caller: Caller): readonly string[];
}

/** The error of a service for whoever lacks a right, by the name that the service gives it. */
function denied(call: AwsCall, caller: string, { action, resource }: Need): AwsAnswer {
  const code = call.service === 's3' || call.service === 'sts' || call.service === 'sqs' ? 'AccessDenied' : 'AccessDeniedException';
  const who = `arn:aws:sts::${MOTO_ACCOUNT}:assumed-role/${caller}/${caller}`;
  return errorAnswer(
    call,
    403,
    code,
    `User: ${who} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );
}

export interface GateOptions {
  /** Knows callers by their access keys; 'operator' may do everything. */
  readonly callerOf: (accessKeyId: string) => Caller | 'operator' | 'expired' | undefined;
  /** The key that encrypts what services store; undefined before it is made. */
  readonly masterKeyArn: () => string | undefined;
  readonly findSecret: FindSecret;
}

/** Refuses what the role of the caller does not allow. */
export function rightsGate({ callerOf, masterKeyArn, findSecret }: GateOptions): RightsGate {
  const refusals: Refusal[] = [];
  const used = new Map<string, Set<Statement>>();

  function refuse(call: AwsCall, caller: Caller, need: Need): AwsAnswer | undefined {
    const statement = deciding(caller.statements, need);
    if (statement !== undefined) used.set(caller.name, (used.get(caller.name) ?? new Set()).add(statement));
    if (statement?.Effect === 'Allow') return undefined;
    refusals.push({ caller: caller.name, action: need.action, resource: need.resource });
    return denied(call, caller.name, need);
  }

  return {
    refusals,
    unused: ({ name, statements }) => statements.filter((statement) => !(used.get(name)?.has(statement) ?? false)).map(({ Sid = '' }) => Sid),
    async intercept(call, next) {
      if (call.accessKeyId === undefined) return errorAnswer(call, 403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
      const caller = callerOf(call.accessKeyId);
      if (caller === 'operator') return next(call);
      if (caller === 'expired')
        return errorAnswer(
          call,
          403,
          call.service === 's3' ? 'ExpiredToken' : 'ExpiredTokenException',
          'The security token included in the request is expired',
        );
      if (caller === undefined) return errorAnswer(call, 403, 'UnrecognizedClientException', 'The security token included in the request is invalid.');

      const needs = needsOf(call, findSecret);
      const byAnswer = namesNoKey(call);
      if (needs.length === 0 && !byAnswer) {
        refusals.push({ caller: caller.name, action: `${call.service ?? '?'}: ${call.operation ?? `${call.method} ${call.path}`}`, resource: '?' });
        return errorAnswer(call, 403, 'AccessDenied', 'this call is not known to the local cloud, which lets nobody make it');
      }
      const master = masterKeyArn();
      for (const need of [...needs, ...(master === undefined ? [] : keyUses(needs, master))]) {
        const refusal = refuse(call, caller, need);
        if (refusal !== undefined) return refusal;
      }
      const answer = await next(call);
      if (byAnswer && answer.status === 200) {
        const { KeyId: keyId = '' } = JSON.parse(answer.body.toString('utf8')) as { readonly KeyId?: string };
        return refuse(call, caller, keyNeed(call, keyId)) ?? answer;
      }
      return answer.status === 404 ? missingObject(call, caller, answer) : answer;
    },
  };

  /** S3 tells only those who may list a bucket that an object is missing. */
  function missingObject(call: AwsCall, caller: Caller, answer: AwsAnswer): AwsAnswer {
    const [need] = needsOf(call);
    if (call.service !== 's3' || need?.action !== 's3:GetObject') return answer;
    const bucket = need.resource.replace(/\/.*$/s, '');
    return refuse(call, caller, { action: 's3:ListBucket', resource: bucket }) ?? answer;
  }
}
