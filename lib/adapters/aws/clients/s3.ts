import { S3Client } from '@aws-sdk/client-s3';
import { CLIENT_SETTINGS, once } from './settings.ts';

export const s3Client = once(
  () => new S3Client({ ...CLIENT_SETTINGS, requestHandler: { ...CLIENT_SETTINGS.requestHandler, requestTimeout: 30_000 } }),
);

/** The same pair in another region. */
export const s3ClientsIn = (region: string): { readonly client: () => S3Client; readonly presigning: () => S3Client } => ({
  client: once(() => new S3Client({ ...CLIENT_SETTINGS, region })),
  presigning: once(
    () => new S3Client({ ...CLIENT_SETTINGS, region, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
  ),
});

/** For presigned addresses only: by default the SDK would sign the checksum of the empty body that it is given, and no other body would be taken. */
export const s3PresigningClient = once(
  () => new S3Client({ ...CLIENT_SETTINGS, requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' }),
);
