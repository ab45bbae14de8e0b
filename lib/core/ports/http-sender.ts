export interface HttpCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The whole exchange: resolving, connecting, sending, the answer. */
  readonly deadlineMs: number;
  /** Beyond this the answer is cut. */
  readonly maxAnswerBytes: number;
}

/** Lower-case names. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export type HttpOutcome =
  | { readonly status: number; readonly headers: AnswerHeaders; readonly body: Buffer; readonly cut: boolean; readonly fault?: undefined }
  /** `refused`: an address that nothing may be sent to. `network`: no answer, in words. */
  | { readonly fault: 'refused' | 'network'; readonly message: string };

/**
 * Sends to addresses that users choose, so never into the platform's own network unless the operator allows it. Redirects are not
 * followed: they are answers like others. It does not throw for what the other side does.
 */
export interface HttpSender {
  send(call: HttpCall): Promise<HttpOutcome>;
  /** Why nothing is ever sent to the URL, as far as can be told without asking for its address. */
  refusal(url: string): string | undefined;
}
