import type { AwsAnswer, Intercept } from '../aws-proxy.ts';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

const xml = (status: number, body: string): AwsAnswer => ({ status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) });

const answer = (action: string, result: string): AwsAnswer =>
  xml(200, `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result></${action}Response>`);

function missing(name: string): AwsAnswer {
  const error = `<Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message>`;
  return xml(400, `<ErrorResponse xmlns="${NAMESPACE}"><Error>${error}</Error></ErrorResponse>`);
}

/** The stacks of this cloud, as far as commands ask for them: whether one is there, and to take it away with what its template does not retain. */
export function cloudFormationService(stacks: { has(name: string): boolean; remove(name: string): Promise<unknown> }): Intercept {
  return async (call, next) => {
    if (call.service !== 'cloudformation') return next(call);
    const asked = new URLSearchParams(call.body.toString('utf8'));
    const name = asked.get('StackName') ?? '';
    switch (asked.get('Action')) {
      case 'DescribeStacks':
        if (!stacks.has(name)) return missing(name);
        return answer('DescribeStacks', `<Stacks><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>`);
      case 'DeleteStack':
        await stacks.remove(name);
        return answer('DeleteStack', '');
      default:
        return next(call);
    }
  };
}
