import type { LocalConfig } from '../../config.js';
import type { Ports } from './ports.js';

/** Where each part is, be it ours or the real thing. */
export interface Endpoints {
  api: string;
  /** `host:port`. */
  temporal: string;
  /** Only of the local server. */
  temporalUi: string | undefined;
  s3: string;
  ses: string;
  /** Base of `/local/mail`; undefined when mails go to a real SES. */
  mail: string | undefined;
  workerHealth: string;
}

export function endpointsOf({ external }: LocalConfig, ports: Ports): Endpoints {
  const here = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    api: here(ports.api),
    temporal: external.temporalAddress ?? `127.0.0.1:${ports.temporal}`,
    temporalUi: external.temporalAddress === undefined ? here(ports.temporalUi) : undefined,
    s3: external.s3Endpoint ?? here(ports.s3),
    ses: external.sesEndpoint ?? here(ports.ses),
    mail: external.sesEndpoint === undefined ? here(ports.ses) : undefined,
    workerHealth: here(ports.workerHealth),
  };
}
