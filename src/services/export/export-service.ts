import type { ExportView } from '../../domain/export/export-view.js';
import { describeLive } from '../schedules/live-schedule.js';
import { callTemporal } from '../temporal-call.js';
import { definitionFromLive, type ExportContext } from './definition-from-live.js';

export interface ExportService {
  /** A live schedule as a definition, whoever made it. @throws AlmanacError not-found, unavailable, throttled */
  export(id: string): Promise<ExportView>;
}

export function createExportService(context: ExportContext): ExportService {
  return {
    export: (id) =>
      callTemporal(context.client, async () => definitionFromLive(context, await describeLive(context.client, id)), {
        subject: `schedule ${id}`,
      }),
  };
}
