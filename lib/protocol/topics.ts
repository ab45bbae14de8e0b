/** Topic frame of workers.md §5, kept compatible with existing IoT rules. */
export const broadcastTopic = (namespace: string, poolId: string) => `${namespace}/readonly/${poolId}/all`;
export const workerTopic = (namespace: string, poolId: string, workerId: string) => `${namespace}/readonly/${poolId}/${workerId}`;
export const reportTopic = (namespace: string, poolId: string, workerId: string) => `${namespace}/writeonly/${poolId}/${workerId}`;
export const mqttClientId = (poolId: string, workerId: string) => `${poolId}-${workerId}`;
