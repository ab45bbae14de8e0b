import { jsonCall, serviceUrl, signedCalls, type AwsEnvironment, type CallTelemetry } from './signed-call.ts';

interface Answer {
  readonly __type?: string;
  readonly Parameter?: { readonly Value?: string };
}

/** Parameters of the Parameter Store by their names. Every function needs a call or two of the service, so they come without its client. */
export function ssmParameters(environment: AwsEnvironment, tracing?: CallTelemetry) {
  const call = signedCalls(environment, tracing);

  async function send(operation: 'GetParameter' | 'PutParameter', body: object): Promise<Answer | undefined> {
    const { status, body: text } = await call(jsonCall('ssm', serviceUrl(environment, 'ssm'), `AmazonSSM.${operation}`, body));
    const answer = JSON.parse(text.toString('utf8')) as Answer;
    if (status === 200) return answer;
    if (answer.__type?.endsWith('ParameterNotFound') === true) return undefined;
    throw new Error(`ssm answered ${status} ${answer.__type ?? ''}`.trim());
  }

  return {
    /** Undefined where there is no such parameter. */
    read: async (name: string): Promise<string | undefined> => (await send('GetParameter', { Name: name }))?.Parameter?.Value,
    /** In the place of what was there. */
    async write(name: string, value: string): Promise<void> {
      await send('PutParameter', { Name: name, Value: value, Type: 'String', Overwrite: true });
    },
  };
}
