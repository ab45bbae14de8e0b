/** The queues of the product (aws-install.md §6.1). Infrastructure, handlers and the embedded runtime all read this table. */
export const QUEUES = {
  async: { fifo: false, visibilitySeconds: 300, functionTimeoutSeconds: 50, batch: 10 },
  policies: { fifo: false, visibilitySeconds: 600, functionTimeoutSeconds: 100, batch: 1 },
  asyncFifo: { fifo: true, visibilitySeconds: 300, functionTimeoutSeconds: 50, batch: 1 },
  cronjobs: { fifo: false, visibilitySeconds: 300, functionTimeoutSeconds: 50, batch: 1 },
  eventsInbox: { fifo: false, visibilitySeconds: 300, functionTimeoutSeconds: 50, batch: 10 },
  iot: { fifo: false, visibilitySeconds: 45, functionTimeoutSeconds: 7, batch: 50 },
  webhooks: { fifo: false, visibilitySeconds: 600, functionTimeoutSeconds: 100, batch: 1 },
} as const;

export type QueueName = keyof typeof QUEUES;
