import { ContainerImage } from 'aws-cdk-lib/aws-ecs';

/**
 * The official images, for both architectures. The schema of the tools has to be that of the server, so both have one version: the one that
 * the cluster test builds from tools/temporal-server.
 */
export const serverVersion = '1.31.2';
/** The one that the Temporal CLI of the same release shows. */
export const uiVersion = '2.50.1';

export const images = {
  server: () => ContainerImage.fromRegistry(`temporalio/server:${serverVersion}`),
  adminTools: () => ContainerImage.fromRegistry(`temporalio/admin-tools:${serverVersion}`),
  ui: () => ContainerImage.fromRegistry(`temporalio/ui:${uiVersion}`),
} as const;
