import { type App, type IPolicyValidationContext, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/** Every template is held against the rules of AwsSolutions at synth, and an error stops it. */
export function checkWithNag(app: App): void {
  Validations.of(app).addPlugins(new Checks(app, { verbose: true }));
}

/**
 * Says why a rule does not hold here.
 *
 * @param rule with the finding in brackets for rules that have several: `AwsSolutions-IAM5[Resource::*]`
 */
export function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: rule, reason });
}

/**
 * Says why a permission of `scope` names resources by a pattern.
 *
 * @param resource as in the statement, tokens included; its spelling in the template, which names the finding, is known at the end
 */
export function acknowledgeWildcard(scope: IConstruct, resource: string, reason: string): void {
  wildcards.set(scope, [...(wildcards.get(scope) ?? []), { resource, reason }]);
}

const wildcards = new WeakMap<IConstruct, { resource: string; reason: string }[]>();

class Checks extends AwsSolutionsChecks {
  override validate(context: IPolicyValidationContext): ReturnType<AwsSolutionsChecks['validate']> {
    for (const construct of context.appConstruct.node.findAll()) {
      for (const { resource, reason } of wildcards.get(construct) ?? []) {
        const name = flattenCfnReference(Stack.of(construct).resolve(resource));
        acknowledge(construct, `AwsSolutions-IAM5[Resource::${name}]`, reason);
      }
    }
    return super.validate(context);
  }
}
