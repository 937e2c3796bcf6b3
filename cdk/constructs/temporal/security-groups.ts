import { Connections, type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { prefixOf } from '../../names.js';
import type { Settings } from '../../settings/schema.js';
import { type ClusterService, services } from './environment.js';
import { grpcPorts, openings } from './ports.js';

type Member = ClusterService | 'ui' | 'tasks';

/** A security group for each part of the cluster: nothing comes in and nothing goes out but what is opened here, by name and port. */
export class ClusterSecurityGroups extends Construct {
  readonly of: Readonly<Record<Member, SecurityGroup>>;

  constructor(scope: Construct, id: string, { settings, vpc }: { settings: Settings; vpc: IVpc }) {
    super(scope, id);
    const create = (member: Member, what: string): SecurityGroup => {
      const description = `Temporal ${what} of ${prefixOf(settings)}`;
      const group = new SecurityGroup(this, member, { vpc, description, allowAllOutbound: false });
      group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'images, logs and secrets');
      return group;
    };
    this.of = {
      frontend: create('frontend', 'frontend'),
      history: create('history', 'history'),
      matching: create('matching', 'matching'),
      worker: create('worker', 'internal worker'),
      ui: create('ui', 'web UI'),
      tasks: create('tasks', 'one-off tasks'),
    };
    for (const { from, to, port, what } of openings) this.#open(from, to, port, `${what} from ${from}`);
    this.#open('ui', 'frontend', grpcPorts.frontend, 'web UI');
    this.#open('tasks', 'frontend', grpcPorts.frontend, 'namespace task');
  }

  /** Lets the servers and the schema task reach a store. */
  openStore(store: SecurityGroup, port: number): void {
    for (const member of [...services, 'tasks'] as const) {
      new Connections({ securityGroups: [this.of[member]] }).allowTo(store, Port.tcp(port), `Temporal ${member}`);
    }
  }

  #open(from: Member, to: Member, port: number, description: string): void {
    new Connections({ securityGroups: [this.of[from]] }).allowTo(this.of[to], Port.tcp(port), description);
  }
}
