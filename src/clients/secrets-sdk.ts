/** What is used of the SDK, as a module of its own: a bundle that imports it when it is needed carries nothing else of the SDK. */
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
