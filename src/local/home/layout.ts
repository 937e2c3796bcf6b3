import path from 'node:path';

/** Everything the local platform keeps, all below `.almanac`. */
export function homeLayout(home: string) {
  return {
    home,
    /** Who runs here: see state-file.ts. The CLI reads `url` from it, the API the pids. */
    state: path.join(home, 'platform.json'),
    adminKey: path.join(home, 'admin.key'),
    apiKeys: path.join(home, 'api-keys.json'),
    webhookSecret: path.join(home, 'webhook-secret'),
    callbackKeys: path.join(home, 'callback-keys.json'),
    temporalDatabase: path.join(home, 'temporal.db'),
    /** Profile of the local server for every Temporal tool: `TEMPORAL_CONFIG_FILE=.almanac/temporal.toml temporal …`. */
    temporalConfig: path.join(home, 'temporal.toml'),
    s3: path.join(home, 's3'),
    mail: path.join(home, 'mail'),
    logs: path.join(home, 'logs'),
    log: (component: string) => path.join(home, 'logs', `${component}.log`),
  };
}

export type HomeLayout = ReturnType<typeof homeLayout>;
