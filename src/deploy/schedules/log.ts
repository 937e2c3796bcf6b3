import { type DestinationStream, pino } from 'pino';

/** The part of a pino logger that a deploy uses; tests give their own. */
export interface DeployLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** JSON lines. Ids, results and codes go in; definitions and what they hold never do. */
export function createDeployLog(
  level: string,
  destination: DestinationStream = pino.destination({ sync: true }),
): DeployLog {
  return pino({ level, base: { service: 'almanac-deploy' }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
