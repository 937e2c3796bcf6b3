import {
  S3Client,
  type S3ClientConfig,
  type S3ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import type { Command, HttpHandlerOptions } from '@smithy/types';
import type { AnswerMemory } from './lean-output.js';
import { leanRequestOf } from './lean-request.js';
import { LeanTransport } from './lean-transport.js';

type AnyCommand<I extends ServiceInputTypes, O extends ServiceOutputTypes> = Command<
  ServiceInputTypes,
  I,
  ServiceOutputTypes,
  O,
  S3ClientResolvedConfig
>;

/**
 * The SDK's S3 client with a short way for the requests that a step makes by the thousand: GetObject, HeadObject, PutObject,
 * UploadPart, CopyObject and ListObjectsV2 with the inputs that Almanac gives them. They take a third of the processor time. Credentials,
 * endpoints, retries, checksums and errors are the SDK's; everything else goes the SDK's own way.
 */
export class LeanS3Client extends S3Client {
  readonly #transport: LeanTransport;

  constructor(config: S3ClientConfig) {
    super(config);
    this.#transport = new LeanTransport(this.config);
  }

  override send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: AnyCommand<I, O>,
    options?: HttpHandlerOptions,
  ): Promise<O>;
  override send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: AnyCommand<I, O>,
    callback: (error: unknown, data?: O) => void,
  ): void;
  override send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: AnyCommand<I, O>,
    options: HttpHandlerOptions,
    callback: (error: unknown, data?: O) => void,
  ): void;
  override send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: AnyCommand<I, O>,
    options?: HttpHandlerOptions | ((error: unknown, data?: O) => void),
    callback?: (error: unknown, data?: O) => void,
  ): unknown {
    if (typeof options === 'function') return super.send(command, options);
    if (callback !== undefined) return super.send(command, options ?? {}, callback);
    const request = leanRequestOf(command);
    const signal = options?.abortSignal;
    const isKnownSignal = signal === undefined || signal instanceof AbortSignal;
    if (request === undefined || !isKnownSignal) return super.send(command, options);
    return this.#transport
      .send(request, signal, memoryOf(options))
      .then((output) => output ?? super.send(command, options));
  }

  override destroy(): void {
    this.#transport.close();
    super.destroy();
  }
}

/** Memory for a body comes among the options of a call; other clients pass it over. */
function memoryOf(options: HttpHandlerOptions | undefined): AnswerMemory | undefined {
  if (options === undefined || !('memory' in options)) return undefined;
  return isMemory(options.memory) ? options.memory : undefined;
}

function isMemory(value: unknown): value is AnswerMemory {
  return typeof value === 'object' && value !== null && 'buffer' in value && Buffer.isBuffer(value.buffer);
}
