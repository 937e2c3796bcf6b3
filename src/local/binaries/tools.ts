/**
 * The two servers of the local platform, and what the cluster test runs: what they are called, which version, and where each may come
 * from.
 */

export interface Platform {
  os: NodeJS.Platform;
  arch: NodeJS.Architecture;
}

export interface Tool {
  name: string;
  /** For messages: what it is. */
  title: string;
  /** The pinned version; the `go.mod` of its module pins the same. */
  version: string;
  /** Folder of its module below `tools/`, where that is not its name. */
  goModule?: string;
  /** Environment variable with the path of a binary to use instead. */
  variable: string;
  /** Release folder: asset and `checksums.txt` are below it. */
  releaseUrl: string;
  /** File name of the release archive, undefined where the project releases none for this platform. */
  asset(platform: Platform): string | undefined;
  /** Finds the version in the output of `<name> --version`. */
  versionPattern: RegExp;
  /** Package that `go build` makes it from, and its linker flags. */
  goPackage: string;
  goLinkerFlags: string;
}

/** Asset names: `.goreleaser.yml` of github.com/temporalio/cli at v1.8.2. */
export const temporalCli: Tool = {
  name: 'temporal',
  title: 'Temporal CLI',
  version: '1.8.2',
  variable: 'TEMPORAL_CLI',
  releaseUrl: 'https://github.com/temporalio/cli/releases/download/v1.8.2',
  asset: ({ os, arch }) => (isReleased({ os, arch }) ? `temporal_cli_1.8.2_${os}_${goArch(arch)}.tar.gz` : undefined),
  versionPattern: /^temporal version (\S+)/m,
  goPackage: 'github.com/temporalio/cli/cmd/temporal',
  goLinkerFlags: '-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=1.8.2',
};

/** Asset names: `.goreleaser.yaml` of github.com/versity/versitygw at v1.8.0. */
export const versitygw: Tool = {
  name: 'versitygw',
  title: 'versitygw (S3 server)',
  version: '1.8.0',
  variable: 'VERSITYGW',
  releaseUrl: 'https://github.com/versity/versitygw/releases/download/v1.8.0',
  asset: ({ os, arch }) =>
    isReleased({ os, arch })
      ? `versitygw_v1.8.0_${os === 'linux' ? 'Linux' : 'Darwin'}_${arch === 'x64' ? 'x86_64' : 'arm64'}.tar.gz`
      : undefined,
  versionPattern: /^Version\s*:\s*(\S+)/m,
  goPackage: 'github.com/versity/versitygw/cmd/versitygw',
  goLinkerFlags: '-s -w -X main.Version=1.8.0',
};

/**
 * Server and schema tool as the cluster of our own runs them: `.goreleaser.yml` of github.com/temporalio/temporal at v1.31.2, whose archive
 * holds both.
 */
const temporalRelease = {
  version: '1.31.2',
  goModule: 'temporal-server',
  releaseUrl: 'https://github.com/temporalio/temporal/releases/download/v1.31.2',
  asset: ({ os, arch }: Platform) =>
    isReleased({ os, arch }) ? `temporal_1.31.2_${os}_${goArch(arch)}.tar.gz` : undefined,
  goLinkerFlags: '-s -w',
};

export const temporalServer: Tool = {
  ...temporalRelease,
  name: 'temporal-server',
  title: 'Temporal server',
  variable: 'TEMPORAL_SERVER',
  versionPattern: /^temporal version (\S+)/m,
  goPackage: 'go.temporal.io/server/cmd/server',
};

export const temporalSqlTool: Tool = {
  ...temporalRelease,
  name: 'temporal-sql-tool',
  title: 'Temporal schema tool',
  variable: 'TEMPORAL_SQL_TOOL',
  versionPattern: /^temporal-sql-tool version (\S+)/m,
  goPackage: 'go.temporal.io/server/cmd/tools/sql',
};

function isReleased({ os, arch }: Platform): boolean {
  return (os === 'linux' || os === 'darwin') && (arch === 'x64' || arch === 'arm64');
}

function goArch(arch: NodeJS.Architecture): string {
  return arch === 'x64' ? 'amd64' : arch;
}
