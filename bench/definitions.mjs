import { parseDefinition } from '../dist/src/domain/definition/parse.js';

/** Schedules like those that people have: a cron, two steps, a description. They fire once a year, so that none does meanwhile. */
export function definitionsOf(prefix, count) {
  return Array.from({ length: count }, (_, index) =>
    parseDefinition({
      id: `${prefix}-${index}`,
      description: `Clean the orders of shop ${index} and have the warehouse load them`,
      tags: ['orders'],
      spec: { cron: [`${index % 60} 2 1 6 *`], timezone: 'Europe/Berlin' },
      action: {
        steps: [
          {
            id: 'clean',
            uses: 's3.transform',
            with: {
              source: { bucket: 'orders-raw', prefix: `{% 'shop-${index}/' & $run.date & '/' %}` },
              target: { bucket: 'orders-clean', prefix: '{% $run.date & "/" %}' },
            },
          },
          { id: 'load', uses: 'http.callback', with: { url: 'https://warehouse.example.com/loads' }, timeout: '6h' },
        ],
      },
    }),
  );
}
