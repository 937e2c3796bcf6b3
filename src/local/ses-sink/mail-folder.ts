import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import PostalMime, { type Address } from 'postal-mime';

/** One mail as `GET /local/mail` shows it. */
export interface MailView {
  /** Also the message id that the sender got. */
  id: string;
  /** When the sink took it, ISO 8601 UTC. */
  date: string;
  from: string;
  to: string[];
  cc: string[];
  subject: string;
  text: string;
  html?: string;
  /** Sizes in bytes, decoded. */
  attachments: { filename: string; size: number }[];
}

export interface MailPage {
  items: MailView[];
  nextPageToken?: string;
}

const idPattern = /^\d{8}T\d{9}Z-[0-9a-f]{12}$/;

/** A folder of `.eml` files whose names sort by the time they came. */
export class MailFolder {
  private readonly parsed = new Map<string, MailView>();
  private lastTime = 0;

  constructor(private readonly folder: string) {}

  /** A new id; ids of one process sort in the order in which they were made. */
  newId(): string {
    this.lastTime = Math.max(Date.now(), this.lastTime + 1);
    const time = new Date(this.lastTime).toISOString().replace(/[-:.]/g, '');
    return `${time}-${randomBytes(6).toString('hex')}`;
  }

  /** A reader sees the whole mail or none of it. */
  async write(id: string, eml: Buffer): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const temporary = path.join(this.folder, `.${id}.tmp`);
    try {
      await writeFile(temporary, eml, { mode: 0o600 });
      await rename(temporary, this.file(id));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** The mail as it was sent, or undefined. */
  async read(id: string): Promise<Buffer | undefined> {
    if (!idPattern.test(id)) return undefined;
    try {
      return await readFile(this.file(id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Newest first; `after` is the token of the page before. */
  async list(limit: number, after?: string): Promise<MailPage> {
    const ids = (await this.ids()).filter((id) => after === undefined || id < after);
    const page = ids.slice(0, limit);
    const items = await Promise.all(page.map((id) => this.view(id)));
    const last = page.at(-1);
    return {
      items: items.filter((item) => item !== undefined),
      ...(ids.length > page.length && last !== undefined ? { nextPageToken: last } : {}),
    };
  }

  private async ids(): Promise<string[]> {
    try {
      const names = await readdir(this.folder);
      return names
        .filter((name) => name.endsWith('.eml'))
        .map((name) => name.slice(0, -'.eml'.length))
        .filter((id) => idPattern.test(id))
        .sort()
        .reverse();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Mails never change, so each is parsed once. */
  private async view(id: string): Promise<MailView | undefined> {
    const known = this.parsed.get(id);
    if (known !== undefined) return known;
    const eml = await this.read(id);
    if (eml === undefined) return undefined;
    const view = await toView(id, eml);
    this.parsed.set(id, view);
    return view;
  }

  private file(id: string): string {
    return path.join(this.folder, `${id}.eml`);
  }
}

async function toView(id: string, eml: Buffer): Promise<MailView> {
  const mail = await PostalMime.parse(eml, { attachmentEncoding: 'arraybuffer' });
  return {
    id,
    date: timeOf(id),
    from: mail.from === undefined ? '' : mailboxes([mail.from]).join(', '),
    to: mailboxes(mail.to ?? []),
    cc: mailboxes(mail.cc ?? []),
    subject: mail.subject ?? '',
    // The parser ends every text with a line feed, whether it was sent or not.
    text: (mail.text ?? '').replace(/\n$/, ''),
    ...(mail.html === undefined ? {} : { html: mail.html }),
    attachments: mail.attachments.map((attachment, index) => ({
      filename: attachment.filename ?? `attachment-${index + 1}`,
      size:
        typeof attachment.content === 'string' ? Buffer.byteLength(attachment.content) : attachment.content.byteLength,
    })),
  };
}

/** Plain addresses; names are in the `.eml`. */
function mailboxes(addresses: Address[]): string[] {
  return addresses.flatMap((item) => (item.group === undefined ? [item.address] : mailboxes(item.group)));
}

/** `20261120T211207123Z-…` → `2026-11-20T21:12:07.123Z` */
function timeOf(id: string): string {
  return id.slice(0, 19).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/, '$1-$2-$3T$4:$5:$6.$7Z');
}
