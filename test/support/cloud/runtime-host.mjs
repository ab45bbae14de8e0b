// Runs a function's bundle as the service's runtime does: imports it once, then takes one event at a time.
const send = (message) => new Promise((resolve) => process.send(message, resolve));

// Tests let hours pass by telling how far ahead of the machine's clock the function is.
let aheadMs = 0;
const MachineDate = Date;
const now = () => MachineDate.now() + aheadMs;
globalThis.Date = new Proxy(MachineDate, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made),
  get: (target, name) => (name === 'now' ? now : target[name]),
});

/** What is left of a thrown thing in an answer. */
const faultOf = (error) => ({
  errorType: error?.name ?? 'Error',
  errorMessage: error?.message ?? String(error),
  trace: typeof error?.stack === 'string' ? error.stack.split('\n') : [],
});

const { LAMBDA_TASK_ROOT: root, _HANDLER: named, AWS_LAMBDA_FUNCTION_NAME: functionName, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memoryLimitInMB } = process.env;
const [file, exported] = named.split('.');
let handler;
try {
  ({ [exported]: handler } = await import(`file://${root}/${file}.mjs`));
  if (typeof handler !== 'function') throw new Error(`${named} is no function`);
} catch (error) {
  await send({ failed: faultOf(error) });
  process.exit(1);
}

process.on('message', async ({ id, event, leftMs, ahead, trace, functionArn }) => {
  aheadMs = ahead;
  const deadline = Date.now() + leftMs;
  process.env._X_AMZN_TRACE_ID = trace;
  const context = {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '1',
    invokedFunctionArn: functionArn,
    memoryLimitInMB,
    awsRequestId: id,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: String(process.pid),
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const answer = await handler(event, context);
    await send({ id, answer: answer === undefined ? 'null' : JSON.stringify(answer) });
  } catch (error) {
    await send({ id, fault: faultOf(error) });
  }
});
process.on('disconnect', () => process.exit(0));
await send({ ready: true });
