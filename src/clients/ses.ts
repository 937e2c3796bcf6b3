import { SESClient } from '@aws-sdk/client-ses';
import type { AwsSettings } from './s3.js';

export function createSesClient(settings: AwsSettings): SESClient {
  return new SESClient({
    region: settings.region,
    ...(settings.sesEndpoint === undefined ? {} : { endpoint: settings.sesEndpoint }),
  });
}
