import { Match } from 'aws-cdk-lib/assertions';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Mode, settingsOf, synth, templateOf } from './support/synth.js';

const vpcId = 'vpc-0123456789abcdef0';
const workers = ['subnet-0000000a', 'subnet-0000000b'];
const data = ['subnet-0000000c', 'subnet-0000000d'];

afterEach(() => {
  vi.unstubAllEnvs();
});

function existing(mode: Mode, withData: boolean) {
  const zone = (index: number) => ({ workers: workers[index], ...(withData ? { data: data[index] } : {}) });
  return settingsOf(mode, { network: { vpcId, subnets: { 'eu-central-1b': zone(1), 'eu-central-1a': zone(0) } } });
}

describe('an existing VPC with its subnets in the settings', () => {
  it('needs neither an account nor a lookup, and gets nothing of ours', () => {
    vi.stubEnv('CDK_DEFAULT_ACCOUNT', undefined);
    const out = synth(existing('cloud', false));
    expect(templateOf(out, 'AlmanacNetwork').toJSON().Resources).toBeUndefined();
    templateOf(out, 'AlmanacWorker').hasResourceProperties('AWS::ECS::Service', {
      NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ Subnets: workers }) },
    });
    templateOf(out, 'AlmanacWorker').hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: vpcId });
  });

  it('holds a self-hosted Temporal: servers and Lambdas beside the workers, the database apart where it has subnets', () => {
    const subnetsOf = (withData: boolean) => {
      const template = templateOf(synth(existing('self-hosted', withData)), 'AlmanacTemporal');
      template.allResourcesProperties('AWS::ECS::Service', {
        NetworkConfiguration: { AwsvpcConfiguration: Match.objectLike({ Subnets: workers }) },
      });
      return Object.values(template.findResources('AWS::RDS::DBSubnetGroup')).map(
        ({ Properties }) => Properties.SubnetIds,
      );
    };
    expect(subnetsOf(true)).toEqual([data]);
    expect(subnetsOf(false)).toEqual([workers]);
  });
});

describe('an existing VPC by its id alone', () => {
  const settings = (changes = {}) => settingsOf('cloud', { network: { vpcId }, ...changes });

  it('is looked up in the account', () => {
    const { folder } = synth(settings({ account: '111122223333' }));
    expect(folder).toBeDefined();
  });

  it('says what to do where no account is known', () => {
    vi.stubEnv('CDK_DEFAULT_ACCOUNT', undefined);
    expect(() => synth(settings())).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        details: [
          {
            path: 'network.vpcId',
            message: expect.stringMatching(/name them in network\.subnets, or say account/),
            value: vpcId,
          },
        ],
      }),
    );
  });
});
